//! The name that belongs to an address.

use std::fmt::Write;
use std::net::IpAddr;

use crate::name::Name;

/// `192.0.2.1` is `1.2.0.192.in-addr.arpa` (RFC 1035 §3.5), and of an IPv6 address each hex digit
/// is a label below `ip6.arpa` (RFC 3596 §2.5). The order is turned round because a name's left end
/// is its special one, and an address's right end is.
pub fn reverse(address: IpAddr) -> Name {
    let mut text = String::new();
    // Writing to a String cannot fail.
    match address {
        IpAddr::V4(address) => {
            for octet in address.octets().iter().rev() {
                let _ = write!(text, "{octet}.");
            }
            text.push_str("in-addr.arpa");
        }
        IpAddr::V6(address) => {
            for octet in address.octets().iter().rev() {
                let _ = write!(text, "{:x}.{:x}.", octet & 15, octet >> 4);
            }
            text.push_str("ip6.arpa");
        }
    }
    // 73 bytes at most, all of them digits, letters and dots.
    text.parse().unwrap_or_else(|_| Name::root())
}

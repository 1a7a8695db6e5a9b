//! Interface identifiers that are made from a MAC address: modified EUI-64 (RFC 4291, appendix A).
//!
//! It was the first way in which a host gave itself an address: the network's 64 bits from a router,
//! the host's 64 bits from its network card. It is not what a host should do today ([RFC 8064]):
//! the card's number goes wherever the host goes, so anyone who sees the address can follow the
//! host from network to network, learns who made the card, and has few addresses to try in a scan.
//! What hosts use instead is a stable number for each network ([RFC 7217]) and one that changes
//! within days for connections to others ([RFC 8981]). Neither holds a MAC address.
//!
//! [RFC 7217]: https://www.rfc-editor.org/rfc/rfc7217
//! [RFC 8064]: https://www.rfc-editor.org/rfc/rfc8064
//! [RFC 8981]: https://www.rfc-editor.org/rfc/rfc8981

use std::net::Ipv6Addr;

use crate::{Mac, Prefix};

/// How many bits of an address identify the interface (RFC 4291 §2.5.1).
pub const IDENTIFIER_BITS: u8 = 64;

/// In EUI-64 this bit is set in numbers that somebody made up; "modified" means that it is inverted,
/// so that a number that is made up by hand is `::1` and not `::200:0:0:1`.
const LOCAL: u8 = 0b10;

/// The interface identifier of a card: `ff:fe` in the middle, and one bit inverted.
///
/// ```
/// use addresses::{Mac, eui64};
///
/// let mac = Mac([0x00, 0x00, 0x5e, 0x00, 0x53, 0x2a]);
/// assert_eq!(eui64::identifier(mac), [0x02, 0x00, 0x5e, 0xff, 0xfe, 0x00, 0x53, 0x2a]);
/// ```
pub const fn identifier(mac: Mac) -> [u8; 8] {
    let [first, b, c, d, e, last] = mac.octets();
    [first ^ LOCAL, b, c, 0xff, 0xfe, d, e, last]
}

/// The address that a host with this card would give itself on a link with this prefix, or `None`
/// if the prefix leaves less than 64 bits.
pub fn address(prefix: Prefix<Ipv6Addr>, mac: Mac) -> Option<Ipv6Addr> {
    let identifier = u64::from_be_bytes(identifier(mac));
    let network = prefix.network().to_bits();
    (prefix.host_bits() >= IDENTIFIER_BITS).then(|| (network | u128::from(identifier)).into())
}

/// The card's number, if `address` looks as if it were made from one.
///
/// An identifier that was drawn at random has `ff:fe` in that place once in 65,536 times; such an
/// address looks the same.
pub fn mac(address: Ipv6Addr) -> Option<Mac> {
    let [.., first, b, c, 0xff, 0xfe, d, e, last] = address.octets() else { return None };
    let mac = Mac([first ^ LOCAL, b, c, d, e, last]);
    // No card is a group, and multicast addresses have no interface identifier.
    (!mac.is_group() && !address.is_multicast()).then_some(mac)
}

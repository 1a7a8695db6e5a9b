//! Solution: the checksum covers the addresses too, because IPv6's own header has none.

use std::net::Ipv6Addr;

use link_and_ip::wire::Protocol;
use link_and_ip::wire::checksum::Sum;

// ANCHOR: solution
/// The `ICMPv6` message that answers the echo request `message` (RFC 4443 §4.2), which came from
/// `source` to our address `destination`; or nothing, if it is no echo request or is damaged.
pub(crate) fn reply(message: &[u8], source: Ipv6Addr, destination: Ipv6Addr) -> Option<Vec<u8>> {
    // RFC 8200 §8.1. Which of the two is the source makes no difference to a sum.
    let pseudo = Sum::pseudo_v6(source, destination, Protocol::ICMPV6, message.len());
    if message.len() < 8 || message[0] != 128 || pseudo.with(message).finish() != 0 {
        return None;
    }
    let mut reply = message.to_vec();
    reply[0] = 129;
    reply[2..4].fill(0);
    let sum = pseudo.with(&reply).finish();
    reply[2..4].copy_from_slice(&sum.to_be_bytes());
    Some(reply)
}
// ANCHOR_END: solution

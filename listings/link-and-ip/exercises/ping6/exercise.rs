//! Exercise: the answer to `ping -6`.

use std::net::Ipv6Addr;

use link_and_ip::wire::checksum::checksum;

// ANCHOR: exercise
/// The `ICMPv6` message that answers the echo request `message` (RFC 4443 §4.2), which came from
/// `source` to our address `destination`; or nothing, if it is no echo request or is damaged.
pub(crate) fn reply(message: &[u8], source: Ipv6Addr, destination: Ipv6Addr) -> Option<Vec<u8>> {
    let _ = (source, destination); // ICMP does not need them, does it?
    if message.len() < 8 || message[0] != 128 || checksum(message) != 0 {
        return None;
    }
    let mut reply = message.to_vec();
    reply[0] = 129;
    reply[2..4].fill(0);
    let sum = checksum(&reply);
    reply[2..4].copy_from_slice(&sum.to_be_bytes());
    Some(reply)
}
// ANCHOR_END: exercise

//! Exercise: a packet's last hop.

use std::net::Ipv4Addr;

use link_and_ip::wire::ipv4::{LENGTH, Packet};

// ANCHOR: exercise
/// What a router does with a packet for somebody else.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Send it on, as it is now.
    Forward,
    /// Send this packet to its source.
    Answer(Vec<u8>),
    Drop,
}

/// Takes a hop from an IPv4 packet. `own` is the router's address where the packet came in.
pub(crate) fn forward(packet: &mut [u8], own: Ipv4Addr) -> Decision {
    if Packet::parse(packet).is_err() {
        return Decision::Drop;
    }
    if packet[8] == 0 {
        return Decision::Answer(time_exceeded(packet, own));
    }
    packet[8] -= 1;
    Decision::Forward
}

/// The error that `traceroute` waits for (RFC 792).
fn time_exceeded(packet: &[u8], own: Ipv4Addr) -> Vec<u8> {
    let _ = (packet, own, LENGTH);
    todo!("an ICMP message of type 11, code 0, in an IPv4 packet")
}
// ANCHOR_END: exercise

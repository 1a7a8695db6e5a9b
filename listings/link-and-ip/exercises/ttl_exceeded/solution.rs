//! Solution: the last hop is the one that would leave zero, and not every packet is told.

use std::net::Ipv4Addr;

use link_and_ip::wire::Protocol;
use link_and_ip::wire::icmpv4::{self, HOPS_EXCEEDED, Message};
use link_and_ip::wire::ipv4::{Header, Packet, decrement_ttl};

// ANCHOR: solution
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
    let Ok(view) = Packet::parse(packet) else {
        return Decision::Drop;
    };
    if view.ttl() > 1 {
        decrement_ttl(packet); // and the checksum with it
        return Decision::Forward;
    }
    if may_be_told(&view) { Decision::Answer(time_exceeded(&view, own)) } else { Decision::Drop }
}

/// RFC 1122 §3.2.2: no error about an error, about any but the first fragment, or to a source
/// that is no single host.
fn may_be_told(packet: &Packet<'_>) -> bool {
    let source = packet.source();
    let one_host = !(source.is_multicast() || source.is_broadcast() || source.is_unspecified());
    let is_error =
        packet.protocol() == Protocol::ICMP && !matches!(packet.payload().first(), Some(0 | 8));
    one_host && !is_error && packet.fragment_offset() == 0
}

/// The error that `traceroute` waits for (RFC 792).
fn time_exceeded(packet: &Packet<'_>, own: Ipv4Addr) -> Vec<u8> {
    let quoted = icmpv4::quote(packet.bytes());
    let message = Message::TimeExceeded { code: HOPS_EXCEEDED, quoted };
    let mut answer = Vec::new();
    Header::new(Protocol::ICMP, own, packet.source(), message.length()).write(&mut answer);
    message.write(&mut answer);
    answer
}
// ANCHOR_END: solution

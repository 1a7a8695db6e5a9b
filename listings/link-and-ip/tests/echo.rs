//! Ours and smoltcp's answer the same echo requests with the same bytes.

#[path = "../benches/common/mod.rs"]
mod common;

use common::{
    CLIENT, CLIENT_V4, CLIENT_V6, Ours, Peer, SERVER, SERVER_V4, SERVER_V6, Smol, arp_request,
    echo_v4, echo_v6, exchange, link, neighbor_solicitation,
};
use link_and_ip::link::memory::Memory;
use link_and_ip::wire::ethernet::Frame;
use link_and_ip::wire::{icmpv4, icmpv6, ipv4, ipv6};

/// Both, which know the client already, and what they said to its first question.
fn peers() -> [(Box<dyn Peer>, Memory, Vec<u8>); 2] {
    let peers: [Box<dyn Peer>; 2] = [Box::new(Ours::new()), Box::new(Smol::new())];
    peers.map(|mut peer| {
        let mut link = link();
        let arp = exchange(peer.as_mut(), &mut link, arp_request());
        assert_eq!(arp.len(), 1, "{} answers ARP once", peer.name());
        let advertisement = exchange(peer.as_mut(), &mut link, neighbor_solicitation());
        assert_eq!(advertisement.len(), 1, "{} advertises once", peer.name());
        (peer, link, arp[0].clone())
    })
}

#[test]
fn both_answer_arp_with_the_same_bytes() {
    let [(.., ours), (.., theirs)] = peers();
    assert_eq!(ours, theirs);
}

#[test]
fn both_answer_an_echo_with_the_same_message() {
    let [mut ours, mut theirs] = peers();
    for size in [0, 1, 56, 1400, 1452] {
        let data: Vec<_> = (0..size).map(|byte: usize| byte as u8).collect();
        for request in [echo_v4(7, &data), echo_v6(7, &data)] {
            let a = exchange(ours.0.as_mut(), &mut ours.1, request.clone());
            let b = exchange(theirs.0.as_mut(), &mut theirs.1, request);
            assert_eq!(a.len(), 1);
            assert_eq!(comparable(&a[0]), comparable(&b[0]), "{size} bytes");
        }
    }
}

/// The frame without the identification of an IPv4 packet and what depends on it, each checked for
/// itself: RFC 6864 leaves it free in a packet that is not cut.
fn comparable(frame: &[u8]) -> Vec<u8> {
    let view = Frame::parse(frame).expect("an Ethernet frame");
    assert_eq!((view.source(), view.destination()), (SERVER, CLIENT));
    let mut bytes = frame.to_vec();
    if let Ok(packet) = ipv4::Packet::parse(view.payload()) {
        assert_eq!((packet.source(), packet.destination()), (SERVER_V4, CLIENT_V4));
        assert!(icmpv4::Message::parse(packet.payload()).is_ok());
        bytes[18..22].fill(0); // identification, flags
        bytes[24..26].fill(0); // checksum
    } else {
        let packet = ipv6::Packet::parse(view.payload()).expect("an IP packet");
        assert_eq!((packet.source(), packet.destination()), (SERVER_V6, CLIENT_V6));
        assert!(icmpv6::Message::parse(packet.payload(), SERVER_V6, CLIENT_V6).is_ok());
    }
    bytes
}

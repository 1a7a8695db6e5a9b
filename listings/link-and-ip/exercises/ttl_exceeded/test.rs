//! `cargo test -p link-and-ip --test ttl_exceeded`

#[cfg_attr(feature = "solutions", path = "solution.rs")]
#[cfg_attr(not(feature = "solutions"), path = "exercise.rs")]
mod exercise;

use std::net::Ipv4Addr;

use exercise::{Decision, forward};
use link_and_ip::wire::Protocol;
use link_and_ip::wire::icmpv4::{Echo, HOPS_EXCEEDED, Message, Unreachable};
use link_and_ip::wire::ipv4::{Header, Packet};

const HOST: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const ROUTER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 254);
const FAR: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 1);

fn header(ttl: u8) -> Header {
    Header { ttl, ..Header::new(Protocol::UDP, HOST, FAR, 0) }
}

fn packet(header: Header, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    Header { payload_length: payload.len(), ..header }.write(&mut bytes);
    bytes.extend(payload);
    bytes
}

#[test]
fn a_forwarded_packet_has_one_hop_less_and_a_right_checksum() {
    for ttl in 2..=255 {
        let mut bytes = packet(header(ttl), b"33434 or so");
        assert_eq!(forward(&mut bytes, ROUTER), Decision::Forward, "TTL {ttl}");
        let after = Packet::parse(&bytes).expect("a packet that the next router accepts");
        assert_eq!(after.ttl(), ttl - 1);
        assert_eq!(after.payload(), b"33434 or so");
    }
}

#[test]
fn the_last_hop_is_told_to_the_source() {
    for (ttl, length) in [(1, 40), (0, 40), (1, 0), (1, 1400)] {
        let mut bytes = packet(header(ttl), &vec![7; length]);
        let before = bytes.clone();
        let Decision::Answer(answer) = forward(&mut bytes, ROUTER) else {
            panic!("a packet with TTL {ttl} went on, or vanished without a word");
        };
        assert!(answer.len() <= 576, "RFC 1812 §4.3.2.3: {} bytes", answer.len());
        let outer = Packet::parse(&answer).expect("an IPv4 packet");
        assert_eq!((outer.source(), outer.destination()), (ROUTER, HOST));
        assert_eq!(outer.protocol(), Protocol::ICMP);
        let Ok(Message::TimeExceeded { code: HOPS_EXCEEDED, quoted }) =
            Message::parse(outer.payload())
        else {
            panic!("not a time exceeded message: {:02x?}", outer.payload());
        };
        assert!(quoted.len() >= before.len().min(28), "at least the header and 8 bytes more");
        assert!(before.starts_with(quoted), "the packet is quoted as it came");
    }
}

fn icmp(message: Message<'_>) -> Vec<u8> {
    let mut payload = Vec::new();
    message.write(&mut payload);
    packet(Header { protocol: Protocol::ICMP, ..header(1) }, &payload)
}

#[test]
fn a_ping_is_told_and_an_error_is_not() {
    let echo = Echo { identifier: 1, sequence: 1, data: b"ping" };
    for message in [Message::EchoRequest(echo), Message::EchoReply(echo)] {
        assert!(matches!(forward(&mut icmp(message), ROUTER), Decision::Answer(_)));
    }
    let quoted = &packet(header(1), b"12345678")[..];
    for message in [
        Message::TimeExceeded { code: HOPS_EXCEEDED, quoted },
        Message::Unreachable { code: Unreachable::PORT, mtu: 0, quoted },
    ] {
        let decision = forward(&mut icmp(message), ROUTER);
        assert_eq!(decision, Decision::Drop, "two routers would tell each other for ever");
    }
}

#[test]
fn nobody_is_told_about_a_later_fragment_or_in_the_name_of_a_group() {
    let later = Header { fragment_offset: 1480, ..header(1) };
    assert_eq!(forward(&mut packet(later, b"12345678"), ROUTER), Decision::Drop);
    for source in [Ipv4Addr::BROADCAST, Ipv4Addr::UNSPECIFIED, Ipv4Addr::new(224, 0, 0, 1)] {
        let forged = Header { source, ..header(1) };
        assert_eq!(forward(&mut packet(forged, b"12345678"), ROUTER), Decision::Drop);
    }
}

#[test]
fn a_damaged_packet_is_dropped() {
    let whole = packet(header(1), b"12345678");
    for length in 0..whole.len() {
        assert_eq!(forward(&mut whole[..length].to_vec(), ROUTER), Decision::Drop);
    }
}

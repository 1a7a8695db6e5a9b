//! `cargo test -p link-and-ip --test ping6`

#[cfg_attr(feature = "solutions", path = "solution.rs")]
#[cfg_attr(not(feature = "solutions"), path = "exercise.rs")]
mod exercise;

use std::net::Ipv6Addr;

use exercise::reply;
use link_and_ip::wire::icmpv4::Echo;
use link_and_ip::wire::icmpv6::Message;

const PEER: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
const OWN: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 2);

fn written(message: Message<'_>, source: Ipv6Addr, destination: Ipv6Addr) -> Vec<u8> {
    let mut bytes = Vec::new();
    message.write(source, destination, &mut bytes);
    bytes
}

/// What Linux sends behind the IPv6 header for
/// `ping -6 -I 2001:db8::1 -e 4660 -c 1 -s 8 -p a5 2001:db8::2`.
const FROM_LINUX: [u8; 16] = [128, 0, 0x6d, 0x0a, 0x12, 0x34, 0, 1, 0xa5, 0, 0, 0, 0, 0, 0, 0];

#[test]
fn a_request_is_answered_with_its_own_data() {
    for length in [0, 1, 7, 8, 56, 1400] {
        let data: Vec<_> = (0..length).map(|byte: usize| byte as u8).collect();
        let echo = Echo { identifier: 0x1234, sequence: 7, data: &data };
        let request = written(Message::EchoRequest(echo), PEER, OWN);
        let reply = reply(&request, PEER, OWN).expect("an answer");
        let message = Message::parse(&reply, OWN, PEER).expect("a checksum that the peer accepts");
        assert_eq!(message, Message::EchoReply(echo), "{length} bytes of data");
    }
}

#[test]
fn the_answer_is_for_these_two_addresses() {
    let other = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 3);
    let answer = reply(&FROM_LINUX, PEER, OWN).expect("an answer");
    assert!(Message::parse(&answer, OWN, PEER).is_ok());
    assert!(Message::parse(&answer, OWN, other).is_err());
    assert_eq!(reply(&FROM_LINUX, other, OWN), None, "the request was for somebody else");
}

#[test]
fn a_damaged_request_is_not_answered() {
    for bit in 0..FROM_LINUX.len() * 8 {
        let mut damaged = FROM_LINUX;
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(reply(&damaged, PEER, OWN), None, "bit {bit} is wrong");
    }
    for length in 0..FROM_LINUX.len() {
        assert_eq!(reply(&FROM_LINUX[..length], PEER, OWN), None, "cut after {length} bytes");
    }
}

#[test]
fn an_answer_is_not_answered() {
    let echo = Echo { identifier: 1, sequence: 2, data: b"and so on for ever" };
    for message in [Message::EchoReply(echo), Message::TimeExceeded { code: 0, quoted: &[0; 48] }] {
        assert_eq!(reply(&written(message, PEER, OWN), PEER, OWN), None);
    }
}

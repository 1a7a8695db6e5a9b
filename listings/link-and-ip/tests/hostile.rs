//! Frames that nobody should send, and more of them than anybody should.

mod lan;

use std::fs;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use addresses::Mac;
use lan::{check, events, host, interface, ip, mac, ms, stack};
use link_and_ip::Stack;
use link_and_ip::stack::{Config, Discard};
use link_and_ip::wire::ethernet::{EtherType, Frame, Header};
use link_and_ip::wire::{Malformed, Protocol, arp, icmpv4, ipv4, ipv6, ndp};
use proptest::prelude::*;

/// What Linux sent: see `tests/corpus/make.sh`.
static CORPUS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut frames = Vec::new();
    for entry in fs::read_dir(folder).expect("the corpus") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "hex") {
            continue;
        }
        let text = fs::read_to_string(path).expect("hex");
        let bytes = text.lines().filter(|line| !line.starts_with('#'));
        let bytes = bytes.flat_map(str::split_whitespace);
        frames.push(bytes.map(|hex| u8::from_str_radix(hex, 16).expect("two digits")).collect());
    }
    assert!(frames.len() > 20, "the corpus has {} frames", frames.len());
    frames
});

/// A host or a router that has the MAC address of the frame's receiver, and addresses on both links
/// of the corpus.
fn receiver(frame: &[u8], router: bool) -> Stack {
    let to = frame.first_chunk().copied().map_or(mac(0xb), Mac);
    let mut first = interface(0xb, 1500, &["192.0.2.2/24", "2001:db8::2/64"]);
    first.mac = if to.is_group() { mac(0xb) } else { to };
    let second = interface(0xc, 1300, &["198.51.100.1/24", "2001:db8:1::1/64"]);
    let config = if router { Config::router() } else { Config::default() };
    let mut stack = stack(config, &[first, second]);
    stack.register(Protocol::TCP);
    stack
}

// ANCHOR: survives
/// Whatever the frame is: it has one fate, and what is sent because of it is well formed.
fn survives(stack: &mut Stack, frame: &[u8], now: Duration) {
    stack.receive(0, frame, now);
    assert!(stack.counters().adds_up(), "{frame:02x?}: {:#?}", stack.counters());
    while let Some((_, sent)) = stack.next_frame() {
        let sent_frame = Frame::parse(&sent).expect("a frame");
        match sent_frame.ether_type() {
            EtherType::ARP => drop(arp::Packet::parse(sent_frame.payload()).expect("ARP")),
            EtherType::IPV4 => {
                ipv4::Packet::parse(sent_frame.payload()).expect("IPv4");
            }
            EtherType::IPV6 => {
                ipv6::Packet::parse(sent_frame.payload()).expect("IPv6");
            }
            other => panic!("we do not speak {other}"),
        }
        stack.recycle(sent);
    }
    events(stack);
}
// ANCHOR_END: survives

// ANCHOR: cut
#[test]
fn every_frame_cut_at_every_byte() {
    for frame in CORPUS.iter() {
        for router in [false, true] {
            let mut stack = receiver(frame, router);
            for (end, at) in (0..=frame.len()).zip(0..) {
                survives(&mut stack, &frame[..end], ms(at));
            }
            stack.handle_timeout(ms(100_000));
            check(&stack);
            let short = stack.counters().discarded(Discard::Malformed(Malformed::EthernetShort));
            assert_eq!(short, 14, "one for each of the frame's first bytes");
        }
    }
}
// ANCHOR_END: cut

#[test]
fn every_bit_flipped() {
    for frame in CORPUS.iter() {
        let mut stack = receiver(frame, true);
        let mut bad = frame.clone();
        for bit in 0..bad.len().min(100) * 8 {
            bad[bit / 8] ^= 1 << (bit % 8);
            survives(&mut stack, &bad, ms(bit as u64));
            bad[bit / 8] ^= 1 << (bit % 8);
        }
        check(&stack);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..Default::default() })]

    #[test]
    fn changed_frames(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        router in any::<bool>(),
    ) {
        let mut frame = which.get(&CORPUS).clone();
        let mut stack = receiver(&frame, router);
        for (place, value) in changes {
            *place.get_mut(&mut frame) = value;
            survives(&mut stack, &frame, ms(1));
        }
    }

    #[test]
    fn packets_that_are_right_but_for_their_content(
        content in prop::collection::vec(any::<u8>(), 0..200),
        protocol in any::<u8>(),
        destination in 0..6_usize,
        ttl in any::<u8>(),
        v6 in any::<bool>(),
    ) {
        let mut packet = Vec::new();
        let ether_type = if v6 {
            let to = ["2001:db8::2", "fe80::ff:fe00:b", "ff02::1", "2001:db8:1::9", "ff02::1:ff00:2", "::"];
            let to = to[destination].parse().expect("an address");
            let source = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 9);
            let header = ipv6::Header::new(Protocol(protocol), source, to, content.len());
            ipv6::Header { hop_limit: ttl, ..header }.write(&mut packet);
            EtherType::IPV6
        } else {
            let to = ["192.0.2.2", "192.0.2.255", "224.0.0.1", "198.51.100.9", "255.255.255.255", "0.0.0.0"];
            let to = to[destination].parse().expect("an address");
            let source = Ipv4Addr::new(192, 0, 2, 9);
            let header = ipv4::Header::new(Protocol(protocol), source, to, content.len());
            ipv4::Header { ttl, ..header }.write(&mut packet);
            EtherType::IPV4
        };
        packet.extend_from_slice(&content);
        let mut frame = Vec::new();
        Header { destination: mac(0xb), source: mac(9), ether_type }.write(&mut frame);
        frame.extend_from_slice(&packet);
        let mut stack = receiver(&frame, destination % 2 == 1);
        survives(&mut stack, &frame, ms(1));
        survives(&mut stack, &frame, ms(2));
    }
}

/// A host with places for 2²⁴ neighbors on its link.
fn victim() -> Stack {
    host(1, &["10.0.0.1/8", "2001:db8::1/64"])
}

/// A build without optimization is ten times slower: there it is a tenth of the flood.
const FLOOD: u32 = if cfg!(debug_assertions) { 10_000 } else { 100_000 };

#[test]
fn questions_from_many_strangers() {
    let mut stack = victim();
    // A neighbor that matters.
    assert_eq!(stack.ping(ip("10.0.0.2"), 1, 1, b"", ms(0)), Ok(()));
    let mut frame = Vec::new();
    let mut arp_from = |stack: &mut Stack, operation, sender: u32, target: [u8; 4], at| {
        frame.clear();
        let card = Mac([2, 1, (sender >> 16) as u8, (sender >> 8) as u8, sender as u8, 0]);
        Header { destination: mac(1), source: card, ether_type: EtherType::ARP }.write(&mut frame);
        arp::Packet {
            operation,
            sender_mac: card,
            sender_ip: Ipv4Addr::from_bits(0x0a00_0000 + sender),
            target_mac: Mac([0; 6]),
            target_ip: target.into(),
        }
        .write(&mut frame);
        stack.receive(0, &frame, at);
        while let Some((_, frame)) = stack.next_frame() {
            stack.recycle(frame);
        }
    };
    arp_from(&mut stack, arp::Operation::Reply, 2, [10, 0, 0, 1], ms(1));
    for sender in 3..FLOOD {
        arp_from(&mut stack, arp::Operation::Request, sender, [10, 0, 0, 1], ms(2));
    }
    check(&stack);
    assert_eq!(stack.counters().answered, u64::from(FLOOD) - 3, "all were answered,");
    let known: Vec<_> = stack.neighbors(ms(3)).map(|n| n.address).collect();
    assert!(known.len() <= 512, "few remembered: {}", known.len());
    assert!(known.contains(&ip("10.0.0.2")), "and the one that matters is still there");
}

#[test]
fn solicitations_from_many_strangers() {
    let mut stack = victim();
    let target = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
    for sender in 0..FLOOD {
        let from = Ipv6Addr::from_bits(target.to_bits() | 1 << 63 | u128::from(sender) << 8);
        let card = Mac([2, 1, (sender >> 16) as u8, (sender >> 8) as u8, sender as u8, 0]);
        let mut frame = Vec::new();
        Header { destination: mac(1), source: card, ether_type: EtherType::IPV6 }.write(&mut frame);
        let mut message = Vec::new();
        ndp::Message::NeighborSolicitation { target, source_mac: Some(card) }.write(
            from,
            target,
            &mut message,
        );
        let header = ipv6::Header::new(Protocol::ICMPV6, from, target, message.len());
        ipv6::Header { hop_limit: 255, ..header }.write(&mut frame);
        frame.extend_from_slice(&message);
        stack.receive(0, &frame, ms(1));
        while let Some((_, frame)) = stack.next_frame() {
            stack.recycle(frame);
        }
    }
    check(&stack);
    assert_eq!(stack.counters().answered, u64::from(FLOOD));
    assert!(stack.neighbors(ms(2)).count() <= 512);
}

#[test]
fn first_fragments_and_no_others() {
    let mut stack = victim();
    for number in 0..FLOOD {
        let from = Ipv4Addr::from_bits(0x0a00_1000 + (number >> 16));
        let mut frame = Vec::new();
        Header { destination: mac(1), source: mac(9), ether_type: EtherType::IPV4 }
            .write(&mut frame);
        let header = ipv4::Header::new(Protocol::ICMP, from, Ipv4Addr::new(10, 0, 0, 1), 1024);
        let identification = number as u16;
        ipv4::Header { identification, more_fragments: true, ..header }.write(&mut frame);
        frame.resize(frame.len() + 1024, 8);
        stack.receive(0, &frame, ms(1));
    }
    check(&stack);
    assert_eq!(stack.counters().kept, u64::from(FLOOD));
    // What is left of them after a minute: not more than the limits let in.
    stack.handle_timeout(ms(61_001));
    assert!(stack.counters().incomplete <= 64, "{}", stack.counters().incomplete);
    assert!(stack.counters().errors_sent <= 10);
}

#[test]
fn a_scan_through_a_router() {
    // Every packet is for another address that nobody has: each would be a question.
    let mut router = stack(
        Config::router(),
        &[interface(1, 1500, &["10.0.0.1/24"]), interface(2, 1500, &["10.8.0.1/13"])],
    );
    let mut sent = 0;
    for number in 0..FLOOD {
        let to = Ipv4Addr::from_bits(0x0a08_1000 + number);
        let mut frame = Vec::new();
        Header { destination: mac(1), source: mac(9), ether_type: EtherType::IPV4 }
            .write(&mut frame);
        let mut message = Vec::new();
        let echo = icmpv4::Echo { identifier: 1, sequence: 1, data: b"" };
        icmpv4::Message::EchoRequest(echo).write(&mut message);
        ipv4::Header::new(Protocol::ICMP, Ipv4Addr::new(10, 0, 0, 9), to, message.len())
            .write(&mut frame);
        frame.extend_from_slice(&message);
        router.receive(0, &frame, ms(number.into()));
        router.handle_timeout(ms(number.into()));
        while let Some((_, frame)) = router.next_frame() {
            sent += 1;
            router.recycle(frame);
        }
    }
    check(&router);
    assert_eq!(router.counters().forwarded, u64::from(FLOOD));
    assert!(router.neighbors(ms(FLOOD.into())).count() <= 128 + 512);
    assert!(sent <= 2 * FLOOD, "{sent}: a question each, and few errors");
}

//! Frames of Linux's read, cut, damaged and written again.

mod wire_support;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::sync::LazyLock;

use addresses::Mac;
use link_and_ip::wire::dissect::{dissect, render};
use link_and_ip::wire::ethernet::{self, EtherType, Frame};
use link_and_ip::wire::icmpv4::{Echo, Unreachable};
use link_and_ip::wire::ipv4::Ecn;
use link_and_ip::wire::ipv6::Problem;
use link_and_ip::wire::{
    Malformed, Protocol, TABLES, arp, checksum, icmpv4, icmpv6, ipv4, ipv6, ndp,
};
use proptest::collection::vec;
use proptest::prelude::*;
use wire_support::{Case, Seen, corpus_in, see};

fn corpus() -> Vec<Case> {
    corpus_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus"))
}

fn frame(name: &str) -> Vec<u8> {
    corpus().into_iter().find(|case| case.name == name).expect("a frame of that name").frame
}

const A: Mac = Mac([2, 0, 0, 0, 0, 10]);
const B: Mac = Mac([2, 0, 0, 0, 0, 11]);
const A4: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const B4: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);
const A6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 1, 0, 0, 0, 0, 1);
const B6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 1, 0, 0, 0, 0, 2);

#[test]
fn arp_of_the_kernel() {
    let (request, reply) = (frame("arp-request"), frame("arp-reply"));
    let asked = arp::Packet {
        operation: arp::Operation::Request,
        sender_mac: A,
        sender_ip: A4,
        target_mac: Mac([0; 6]),
        target_ip: B4,
    };
    assert_eq!(see(&request), Ok(Seen::Arp(asked)));
    assert_eq!(Frame::parse(&request).map(|frame| frame.destination()), Ok(Mac::BROADCAST));
    let answered = arp::Packet {
        operation: arp::Operation::Reply,
        sender_mac: B,
        sender_ip: B4,
        target_mac: A,
        target_ip: A4,
    };
    assert_eq!(see(&reply), Ok(Seen::Arp(answered)));
    assert_eq!(Frame::parse(&reply).map(|frame| frame.destination()), Ok(A));
}

#[test]
fn echoes_of_the_kernel() {
    let request = frame("echo-request");
    let Ok(Seen::Icmpv4(header, icmpv4::Message::EchoRequest(asked))) = see(&request) else {
        panic!("no echo request")
    };
    assert_eq!((header.source, header.destination, header.ttl), (A4, B4, 64));
    assert_eq!((asked.sequence, asked.data.len()), (1, 56));
    let reply = frame("echo-reply");
    let Ok(Seen::Icmpv4(_, icmpv4::Message::EchoReply(answered))) = see(&reply) else {
        panic!("no echo reply")
    };
    assert_eq!(answered, asked);

    let request = frame("echo-request-v6");
    let Ok(Seen::Icmpv6(header, icmpv6::Message::EchoRequest(asked))) = see(&request) else {
        panic!("no echo request")
    };
    assert_eq!((header.source, header.destination, header.hop_limit), (A6, B6, 64));
    let reply = frame("echo-reply-v6");
    let Ok(Seen::Icmpv6(_, icmpv6::Message::EchoReply(answered))) = see(&reply) else {
        panic!("no echo reply")
    };
    assert_eq!(answered, asked);
}

#[test]
fn neighbor_discovery_of_the_kernel() {
    let solicitation = frame("neighbor-solicitation");
    let Ok(Seen::Ndp(header, message)) = see(&solicitation) else { panic!("no message") };
    assert_eq!(header.destination, ndp::solicited_node(B6));
    assert_eq!(
        Frame::parse(&solicitation).map(|frame| frame.destination()),
        Ok(ndp::multicast_mac(header.destination))
    );
    let asked = ndp::Message::NeighborSolicitation { target: B6, source_mac: Some(A) };
    assert_eq!(message, asked);
    let advertisement = frame("neighbor-advertisement");
    let Ok(Seen::Ndp(_, message)) = see(&advertisement) else { panic!("no message") };
    let answered = ndp::Message::NeighborAdvertisement {
        router: true,
        solicited: true,
        overriding: true,
        target: B6,
        target_mac: Some(B),
    };
    assert_eq!(message, answered);
    let detection = frame("duplicate-address-detection");
    let Ok(Seen::Ndp(header, message)) = see(&detection) else { panic!("no message") };
    assert!(header.source.is_unspecified());
    assert!(matches!(message, ndp::Message::NeighborSolicitation { source_mac: None, .. }));
    let router = frame("router-solicitation");
    let Ok(Seen::Ndp(_, message)) = see(&router) else { panic!("no message") };
    assert_eq!(message, ndp::Message::RouterSolicitation { source_mac: Some(A) });
}

#[test]
fn errors_of_the_kernel_quote_what_the_rfcs_say() {
    let bytes = frame("time-exceeded");
    let Ok(Seen::Icmpv4(_, icmpv4::Message::TimeExceeded { code: 0, quoted })) = see(&bytes) else {
        panic!("not exceeded")
    };
    let packet = ipv4::Packet::parse_quoted(quoted).expect("a quoted packet");
    // It is quoted as it came to the router: with one hop left.
    assert_eq!((packet.ttl(), packet.payload().len()), (1, 64));

    let bytes = frame("fragmentation-needed");
    let Ok(Seen::Icmpv4(header, icmpv4::Message::Unreachable { code, mtu, quoted })) = see(&bytes)
    else {
        panic!("not unreachable")
    };
    assert_eq!((code, mtu), (Unreachable::FRAGMENTATION_NEEDED, 1280));
    assert_eq!(20 + header.payload_length, icmpv4::MAX_ERROR);
    // The quoted packet says that it is longer than what is quoted of it.
    assert_eq!(ipv4::Packet::parse(quoted).err(), Some(Malformed::Ipv4Truncated));
    assert_eq!(icmpv4::quote(&[0; 1428]).len(), quoted.len());

    let bytes = frame("packet-too-big");
    let Ok(Seen::Icmpv6(header, icmpv6::Message::PacketTooBig { mtu: 1280, quoted })) = see(&bytes)
    else {
        panic!("not too big")
    };
    assert_eq!(40 + header.payload_length, icmpv6::MAX_ERROR);
    assert_eq!(icmpv6::quote(&[0; 1448]).len(), quoted.len());

    let bytes = frame("port-unreachable");
    let Ok(Seen::Icmpv4(_, icmpv4::Message::Unreachable { code, .. })) = see(&bytes) else {
        panic!("not unreachable")
    };
    assert_eq!(code, Unreachable::PORT);
}

#[test]
fn the_recorded_route_is_an_option() {
    let bytes = frame("record-route");
    let packet = ipv4::Packet::parse(&bytes[ethernet::LENGTH..]).expect("a packet");
    assert_eq!(packet.header_length(), 60);
    let options: Vec<_> = packet.options().map(|option| option.expect("an option")).collect();
    assert_eq!(options.len(), 1);
    assert_eq!((options[0].kind, options[0].data.len()), (7, 37));
    assert!(!options[0].is_copied());
}

#[test]
fn a_hop_by_hop_option_is_skipped() {
    let bytes = frame("mld-report");
    let Ok(Seen::Icmpv6(header, message)) = see(&bytes) else { panic!("no message") };
    assert_eq!(header.next_header, Protocol::HOP_BY_HOP);
    assert!(matches!(message, icmpv6::Message::Other { kind: 143, .. }), "{message:?}");
}

#[test]
fn a_frame_cut_anywhere_has_a_reason() {
    let cases = corpus();
    assert!(cases.len() >= 27, "only {} frames", cases.len());
    for Case { name, frame } in cases {
        assert!(see(&frame).is_ok(), "{name}: {:?}", see(&frame));
        for length in 0..frame.len() {
            let reason = see(&frame[..length]).expect_err(&name);
            assert!(!reason.to_string().is_empty());
        }
    }
}

/// A frame that is written anew from what its views say is the same frame.
#[test]
fn the_builders_write_what_the_kernel_wrote() {
    for Case { name, frame: bytes } in corpus() {
        let frame = Frame::parse(&bytes).expect("a frame");
        let header = ethernet::Header {
            destination: frame.destination(),
            source: frame.source(),
            ether_type: frame.ether_type(),
        };
        let mut out = Vec::new();
        header.write(&mut out);
        match frame.ether_type() {
            EtherType::ARP => arp::Packet::parse(frame.payload()).expect("ARP").write(&mut out),
            EtherType::IPV4 => {
                let packet = ipv4::Packet::parse(frame.payload()).expect("a packet");
                packet.header().write_with_options(packet.option_bytes(), &mut out);
                match icmpv4::Message::parse(packet.payload()) {
                    Ok(message) => message.write(&mut out),
                    Err(_) => out.extend_from_slice(packet.payload()),
                }
            }
            _ => {
                let packet = ipv6::Packet::parse(frame.payload()).expect("a packet");
                packet.header().write(&mut out);
                let [from, to] = [packet.source(), packet.destination()];
                match see(&bytes) {
                    // It has a nonce (RFC 7527), so that the question does not answer itself on a
                    // link with a loop. We skip that option.
                    _ if name == "duplicate-address-detection" => {
                        out.extend_from_slice(packet.payload());
                    }
                    Ok(Seen::Ndp(_, message)) => message.write(from, to, &mut out),
                    Ok(Seen::Icmpv6(header, message)) if header.next_header == Protocol::ICMPV6 => {
                        message.write(from, to, &mut out);
                    }
                    _ => out.extend_from_slice(packet.payload()),
                }
            }
        }
        assert_eq!(out, bytes, "{name}");
    }
}

/// Flips each bit, and lists the fields in which nobody noticed it.
fn unnoticed_bits(name: &str) -> BTreeMap<&'static str, usize> {
    let frame = frame(name);
    let mut fields = BTreeMap::new();
    for bit in 0..frame.len() * 8 {
        let mut damaged = frame.clone();
        damaged[bit / 8] ^= 0x80 >> (bit % 8);
        if matches!(see(&damaged), Err(_) | Ok(Seen::Other(_) | Seen::OtherType(_))) {
            continue;
        }
        let (table, bit) = match bit / 8 {
            0..14 => (ethernet::HEADER, bit),
            _ if frame[12..14] == [8, 0] => (ipv4::HEADER, bit - 14 * 8),
            _ if frame[12..14] == [8, 6] => (arp::HEADER, bit - 14 * 8),
            _ => (ipv6::HEADER, bit - 14 * 8),
        };
        let field = table.fields.iter().find(|field| bit < field.end()).expect("a header's field");
        *fields.entry(field.name).or_default() += 1;
    }
    fields
}

#[test]
fn a_flipped_bit_is_noticed_but_for_these() {
    // A card's check sequence covers all of the frame, but it ends with the cable.
    let ethernet = [("destination", 48), ("source", 48)];
    assert_eq!(unnoticed_bits("echo-request"), BTreeMap::from(ethernet));
    // IPv6 has no checksum of its own; that of ICMPv6 covers addresses, length and next header.
    let ipv6 = [("flow label", 20), ("traffic class", 8), ("hop limit", 8)];
    assert_eq!(unnoticed_bits("echo-request-v6"), ethernet.into_iter().chain(ipv6).collect());
    // Neighbor discovery notices the hop limit too.
    let ndp = ethernet.into_iter().chain(ipv6[..2].iter().copied()).collect();
    assert_eq!(unnoticed_bits("neighbor-advertisement"), ndp);
    // ARP has no checksum at all. One bit of the sender's MAC would make it a group's.
    let arp = unnoticed_bits("arp-reply");
    let mac = [("sender MAC", 47), ("target MAC", 48), ("sender IP", 32), ("target IP", 32)];
    assert_eq!(arp, ethernet.into_iter().chain(mac).collect());
}

#[test]
fn padding_is_no_part_of_a_packet() {
    let mut bytes = Vec::new();
    ethernet::Header { destination: A, source: B, ether_type: EtherType::IPV4 }.write(&mut bytes);
    let echo = icmpv4::Message::EchoRequest(Echo { identifier: 1, sequence: 2, data: b"abc" });
    ipv4::Header::new(Protocol::ICMP, B4, A4, echo.length()).write(&mut bytes);
    echo.write(&mut bytes);
    let whole = bytes.len();
    // A card would pad with zeros; whatever else stands there must not matter either.
    bytes.resize(ethernet::MIN_FRAME, 0xaa);
    assert!(whole < bytes.len());
    let Ok(Seen::Icmpv4(_, seen)) = see(&bytes) else { panic!("{:?}", see(&bytes)) };
    assert_eq!(seen, echo);
    // Who takes all of the frame for the packet gets a wrong checksum.
    let wrong = icmpv4::Message::parse(&bytes[ethernet::LENGTH + ipv4::LENGTH..]);
    assert_eq!(wrong, Err(Malformed::Icmpv4Checksum));
}

#[test]
fn each_lie_of_an_ipv4_header_has_its_reason() {
    let frame = frame("echo-request");
    let packet = &frame[ethernet::LENGTH..];
    let refused = |at: usize, value: u8| {
        let mut bytes = packet.to_vec();
        bytes[at] = value;
        ipv4::Packet::parse(&bytes).expect_err("a lie")
    };
    assert_eq!(refused(0, 0x65), Malformed::Ipv4Version);
    assert_eq!(refused(0, 0x44), Malformed::Ipv4HeaderLength);
    assert_eq!(refused(3, 19), Malformed::Ipv4TotalLength);
    assert_eq!(refused(2, 0xff), Malformed::Ipv4Truncated);
    assert_eq!(refused(8, 63), Malformed::Ipv4Checksum);
    let mut bytes = Vec::new();
    ipv4::Header::new(Protocol::ICMP, A4, B4, 0).write_with_options(&[7, 9, 4], &mut bytes);
    assert_eq!(ipv4::Packet::parse(&bytes).err(), Some(Malformed::Ipv4Options));
    for option in [&[7, 0][..], &[7, 1], &[7]] {
        bytes.clear();
        ipv4::Header::new(Protocol::ICMP, A4, B4, 0).write_with_options(option, &mut bytes);
        assert_eq!(ipv4::Packet::parse(&bytes).err(), Some(Malformed::Ipv4Options), "{option:?}");
    }
    assert_eq!(
        Frame::parse(&[&[0; 12][..], &[5, 0xff]].concat()).err(),
        Some(Malformed::EthernetLength)
    );
}

fn ipv6_packet(next: Protocol, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    ipv6::Header::new(next, A6, B6, payload.len()).write(&mut bytes);
    bytes.extend_from_slice(payload);
    bytes
}

/// The reason, and code, pointer and whether multicast is answered too.
fn refusal(bytes: &[u8]) -> (Malformed, Option<(Problem, usize, bool)>) {
    let packet = ipv6::Packet::parse(bytes).expect("a packet");
    let refusal = packet.chain().expect_err("a refusal");
    let answer = refusal.answer.map(|it| (it.problem, it.pointer, it.even_to_multicast));
    (refusal.reason, answer)
}

#[test]
fn the_two_highest_bits_of_an_unknown_option_say_what_to_do() {
    let with = |kind: u8| ipv6_packet(Protocol::DESTINATION_OPTIONS, &[59, 0, 1, 0, kind, 2, 0, 0]);
    let skipped = with(0x1e);
    let packet = ipv6::Packet::parse(&skipped).expect("a packet");
    let chain = packet.chain().expect("a chain");
    assert_eq!((chain.protocol, chain.named_at), (Protocol::NO_NEXT_HEADER, 40));
    let reason = Malformed::Ipv6UnknownOption;
    assert_eq!(refusal(&with(0x5e)), (reason, None));
    assert_eq!(refusal(&with(0x9e)), (reason, Some((Problem::Option, 44, true))));
    assert_eq!(refusal(&with(0xde)), (reason, Some((Problem::Option, 44, false))));
}

#[test]
fn extension_headers_are_walked_with_a_bound() {
    let empty = [60, 0, 1, 4, 0, 0, 0, 0];
    let many = ipv6_packet(Protocol::DESTINATION_OPTIONS, &empty.repeat(100));
    assert_eq!(refusal(&many), (Malformed::Ipv6TooManyExtensions, None));
    // 22 options of type "pad one": a packet full of them would keep us busy.
    let pads = [&[59, 2][..], &[0; 22]].concat();
    let pads = ipv6_packet(Protocol::DESTINATION_OPTIONS, &pads);
    assert_eq!(refusal(&pads), (Malformed::Ipv6TooManyOptions, None));
    let late = ipv6_packet(Protocol::DESTINATION_OPTIONS, &[0, 0, 1, 4, 0, 0, 0, 0, 59, 0]);
    assert_eq!(refusal(&late), (Malformed::Ipv6HopByHop, Some((Problem::NextHeader, 40, false))));
    let routed = ipv6_packet(Protocol::ROUTING, &[59, 0, 0, 1, 0, 0, 0, 0]);
    assert_eq!(refusal(&routed), (Malformed::Ipv6Routing, Some((Problem::Field, 42, false))));
    let arrived = ipv6_packet(Protocol::ROUTING, &[59, 0, 0, 0, 0, 0, 0, 0]);
    assert!(ipv6::Packet::parse(&arrived).expect("a packet").chain().is_ok());
    // RFC 6946: a fragment that is the whole packet.
    let atomic = ipv6_packet(Protocol::FRAGMENT, &[17, 0, 0, 0, 1, 2, 3, 4, 9, 9, 9, 9]);
    let packet = ipv6::Packet::parse(&atomic).expect("a packet");
    let chain = packet.chain().expect("a chain");
    assert_eq!((chain.protocol, chain.payload.len()), (Protocol::UDP, 4));
    assert!(chain.fragment.is_none());
}

#[test]
fn neighbor_discovery_from_afar_is_refused() {
    let check = |at: usize, value: u8| {
        let mut bytes = frame("neighbor-advertisement");
        bytes[at] = value;
        // The checksum shall not be what notices it.
        let (header, message) = bytes[ethernet::LENGTH..].split_at_mut(ipv6::LENGTH);
        let packet = ipv6::Packet::parse_quoted(header).expect("a header");
        message[2..4].fill(0);
        let sum = icmpv6::checksum(message, packet.source(), packet.destination());
        message[2..4].copy_from_slice(&sum.to_be_bytes());
        see(&bytes).map(|_| ()).expect_err("a reason")
    };
    assert_eq!(check(14 + 7, 254), Malformed::NdpHopLimit);
    assert_eq!(check(54 + 1, 1), Malformed::NdpCode);
    assert_eq!(check(54 + 8, 0xff), Malformed::NdpTarget);
    assert_eq!(check(14 + 24, 0xff), Malformed::NdpDestination);
    assert_eq!(check(78 + 1, 0), Malformed::NdpOption);
    assert_eq!(check(78 + 1, 2), Malformed::NdpOption);
}

#[test]
fn a_hop_less_needs_no_new_sum() {
    for ttl in 1..=u8::MAX {
        let mut packet = Vec::new();
        let header = ipv4::Header { ttl, ..ipv4::Header::new(Protocol::UDP, A4, B4, 0) };
        header.write(&mut packet);
        assert_eq!(ipv4::decrement_ttl(&mut packet), Some(ttl - 1));
        let mut expected = Vec::new();
        ipv4::Header { ttl: ttl - 1, ..header }.write(&mut expected);
        assert_eq!(packet, expected, "from {ttl}");
    }
    let mut packet = Vec::new();
    ipv4::Header { ttl: 0, ..ipv4::Header::new(Protocol::UDP, A4, B4, 0) }.write(&mut packet);
    assert_eq!(ipv4::decrement_ttl(&mut packet), None);
}

/// RFC 1624 §4: the sum of RFC 1141 gives another zero than a sum anew.
#[test]
fn the_trap_of_two_zeros() {
    // Bytes that add up to fffe with a word of 5555, so the checksum is 1.
    let sum = |word: u16| checksum::checksum(&[&[0xaa, 0xa9][..], &word.to_be_bytes()].concat());
    assert_eq!(sum(0x5555), 0x0001);
    assert_eq!(sum(0x5556), 0x0000);
    assert_eq!(checksum::update(0x0001, 0x5555, 0x5556), 0x0000);
    // RFC 1141 subtracts the difference from the checksum itself: HC' = HC + m + ~m'.
    let add = |a: u16, b: u16| a.wrapping_add(b) + u16::from(a.checked_add(b).is_none());
    assert_eq!(add(add(0x0001, 0x5555), !0x5556), 0xffff);
}

#[test]
fn every_reason_stands_at_its_index() {
    for (index, reason) in Malformed::ALL.iter().enumerate() {
        assert_eq!(*reason as usize, index);
        assert_eq!(reason.to_string(), reason.text());
    }
}

#[test]
fn pictures_are_as_wide_as_32_bits() {
    for table in TABLES {
        let picture = table.picture();
        assert!(picture.is_ascii(), "{}", table.name);
        let widest = picture.lines().map(str::len).max();
        assert!(widest <= Some(80), "{}:\n{picture}", table.name);
        for field in table.fields {
            assert!(picture.contains(field.name), "{}: {}", table.name, field.name);
        }
    }
}

fn mac() -> impl Strategy<Value = Mac> + Clone {
    any::<[u8; 6]>().prop_map(Mac)
}

fn card() -> impl Strategy<Value = Mac> {
    any::<[u8; 6]>().prop_map(|mut bytes| {
        bytes[0] &= 0xfe;
        Mac(bytes)
    })
}

fn ecn() -> impl Strategy<Value = Ecn> {
    use Ecn::{Capable0, Capable1, CongestionExperienced, NotCapable};
    prop_oneof![Just(NotCapable), Just(Capable0), Just(Capable1), Just(CongestionExperienced)]
}

prop_compose! {
    fn header_v4()(
        (dscp, ecn, identification) in (0u8..64, ecn(), any::<u16>()),
        (dont_fragment, more_fragments, offset) in (any::<bool>(), any::<bool>(), 0usize..8192),
        (ttl, protocol) in (any::<u8>(), any::<u8>().prop_map(Protocol)),
        (source, destination) in any::<(Ipv4Addr, Ipv4Addr)>(),
        payload_length in 0usize..200,
    ) -> ipv4::Header {
        ipv4::Header {
            dscp, ecn, identification, dont_fragment, more_fragments, fragment_offset: offset * 8,
            ttl, protocol, source, destination, payload_length,
        }
    }
}

fn any_ndp() -> impl Strategy<Value = ndp::Message> {
    let target = any::<[u8; 15]>().prop_map(|rest| {
        let mut octets = [0x20; 16];
        octets[1..].copy_from_slice(&rest);
        Ipv6Addr::from(octets)
    });
    let source_mac = proptest::option::of(mac());
    prop_oneof![
        (target.clone(), source_mac.clone()).prop_map(|(target, source_mac)| {
            ndp::Message::NeighborSolicitation { target, source_mac }
        }),
        (target, source_mac.clone(), any::<[bool; 3]>()).prop_map(
            |(target, target_mac, [router, solicited, overriding])| {
                ndp::Message::NeighborAdvertisement {
                    router,
                    solicited,
                    overriding,
                    target,
                    target_mac,
                }
            }
        ),
        source_mac.clone().prop_map(|source_mac| ndp::Message::RouterSolicitation { source_mac }),
        (source_mac, any::<(u8, bool, bool, u16, u32, u32)>()).prop_map(
            |(source_mac, (hop_limit, managed, other, lifetime, reachable_time, retrans_timer))| {
                ndp::Message::RouterAdvertisement(ndp::Router {
                    hop_limit,
                    managed,
                    other,
                    lifetime,
                    reachable_time,
                    retrans_timer,
                    source_mac,
                })
            }
        ),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn ethernet_and_arp_are_read_as_they_were_written(
        (destination, source, kind) in (mac(), mac(), 1536u16..),
        (sender_mac, target_mac) in (card(), mac()),
        (sender_ip, target_ip, reply) in any::<(Ipv4Addr, Ipv4Addr, bool)>(),
    ) {
        let mut out = Vec::new();
        let header = ethernet::Header { destination, source, ether_type: EtherType(kind) };
        header.write(&mut out);
        let operation = if reply { arp::Operation::Reply } else { arp::Operation::Request };
        let packet = arp::Packet { operation, sender_mac, sender_ip, target_mac, target_ip };
        packet.write(&mut out);
        let frame = Frame::parse(&out).unwrap();
        prop_assert_eq!((frame.destination(), frame.source()), (destination, source));
        prop_assert_eq!(frame.ether_type().0, kind);
        prop_assert_eq!(arp::Packet::parse(frame.payload()), Ok(packet));
    }

    #[test]
    fn an_ipv4_header_is_read_as_it_was_written(header in header_v4(), words in 0usize..=10) {
        let mut out = Vec::new();
        header.write_with_options(&vec![1; words * 4], &mut out);
        out.resize(out.len() + header.payload_length, 0);
        let packet = ipv4::Packet::parse(&out).unwrap();
        prop_assert_eq!(packet.header(), header);
        prop_assert_eq!(packet.bytes().len(), 20 + words * 4 + header.payload_length);
    }

    #[test]
    fn an_ipv6_header_is_read_as_it_was_written(
        (traffic_class, flow_label, next, hop_limit) in (any::<u8>(), 0u32..1 << 20, any::<u8>(), any::<u8>()),
        (source, destination) in any::<(Ipv6Addr, Ipv6Addr)>(),
        payload_length in 0usize..200,
    ) {
        let next_header = Protocol(next);
        let header = ipv6::Header {
            traffic_class, flow_label, next_header, hop_limit, source, destination, payload_length,
        };
        let mut out = Vec::new();
        header.write(&mut out);
        out.resize(out.len() + payload_length + 7, 0);
        let packet = ipv6::Packet::parse(&out).unwrap();
        prop_assert_eq!(packet.header(), header);
        prop_assert_eq!(packet.bytes().len(), 40 + payload_length);
    }

    #[test]
    fn icmp_is_read_as_it_was_written(
        (identifier, sequence, value, code) in any::<(u16, u16, u32, u8)>(),
        (source, destination) in any::<(Ipv6Addr, Ipv6Addr)>(),
        data in vec(any::<u8>(), 0..100),
    ) {
        let echo = Echo { identifier, sequence, data: &data };
        let quoted = &data[..];
        for message in [
            icmpv4::Message::EchoRequest(echo),
            icmpv4::Message::EchoReply(echo),
            icmpv4::Message::Unreachable { code: Unreachable(code), mtu: identifier, quoted },
            icmpv4::Message::TimeExceeded { code, quoted },
            icmpv4::Message::ParameterProblem { code, pointer: value as u8, quoted },
            icmpv4::Message::Other { kind: 13, code, rest: value.to_be_bytes(), data: &data },
        ] {
            let mut out = Vec::new();
            message.write(&mut out);
            prop_assert_eq!(out.len(), message.length());
            prop_assert_eq!(icmpv4::Message::parse(&out), Ok(message));
        }
        for message in [
            icmpv6::Message::EchoRequest(echo),
            icmpv6::Message::EchoReply(echo),
            icmpv6::Message::Unreachable { code: icmpv6::Unreachable(code), quoted },
            icmpv6::Message::PacketTooBig { mtu: value, quoted },
            icmpv6::Message::TimeExceeded { code, quoted },
            icmpv6::Message::ParameterProblem { code, pointer: value, quoted },
            icmpv6::Message::Other { kind: 200, code, rest: value.to_be_bytes(), data: &data },
        ] {
            let mut out = Vec::new();
            message.write(source, destination, &mut out);
            prop_assert_eq!(out.len(), message.length());
            prop_assert_eq!(icmpv6::Message::parse(&out, source, destination), Ok(message));
        }
    }

    #[test]
    fn neighbor_discovery_is_read_as_it_was_written(message in any_ndp()) {
        let source = "fe80::1".parse::<Ipv6Addr>().unwrap();
        let mut payload = Vec::new();
        message.write(source, B6, &mut payload);
        let mut out = Vec::new();
        let header = ipv6::Header::new(Protocol::ICMPV6, source, B6, payload.len());
        ipv6::Header { hop_limit: ndp::HOP_LIMIT, ..header }.write(&mut out);
        out.extend_from_slice(&payload);
        let packet = ipv6::Packet::parse(&out).unwrap();
        let icmp = icmpv6::Message::parse(packet.payload(), source, B6).unwrap();
        prop_assert_eq!(icmp, icmpv6::Message::NeighborDiscovery(&payload));
        prop_assert_eq!(ndp::Message::parse(packet.payload(), &packet), Ok(message));
    }

    #[test]
    fn the_wide_sum_is_that_of_first_bytes(
        bytes in vec(any::<u8>(), 0..200), at in 0usize..100, word in any::<u16>(),
    ) {
        let slow = first_bytes::frame::checksum(&[&bytes]);
        prop_assert_eq!(checksum::checksum(&bytes), slow);
        let at = at.min(bytes.len()) / 2 * 2;
        let (before, after) = bytes.split_at(at);
        prop_assert_eq!(checksum::Sum::new().with(before).with(after).finish(), slow);
        // Changed in place, as a router does.
        if let [high, low, ..] = *after {
            let mut changed = bytes.clone();
            changed[at..at + 2].copy_from_slice(&word.to_be_bytes());
            let new = checksum::checksum(&changed);
            let updated = checksum::update(slow, u16::from_be_bytes([high, low]), word);
            // Bytes that are all zeros have the sum +0; no header is.
            prop_assert!(updated == new || changed.iter().all(|byte| *byte == 0));
        }
    }

    #[test]
    fn a_dissected_frame_put_together_is_the_frame(
        which in 0usize..27, flips in vec((0usize..1600, any::<u8>()), 0..6), cut in 0usize..2000,
    ) {
        static CORPUS: LazyLock<Vec<Case>> = LazyLock::new(corpus);
        let mut frame = CORPUS[which].frame.clone();
        let length = frame.len();
        for (at, value) in flips {
            frame[at % length] = value;
        }
        frame.truncate(cut);
        let parts = dissect(&frame);
        let together: Vec<u8> = parts.iter().flat_map(|part| part.bytes).copied().collect();
        prop_assert_eq!(together, &frame[..]);
        for line in render(&parts).lines() {
            prop_assert!(line.chars().count() <= 84, "{}", line);
        }
        // Nothing is to be seen but that it does not panic.
        let _ = see(&frame);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..200)) {
        let _ = see(&bytes);
        let parts = dissect(&bytes);
        prop_assert_eq!(parts.iter().map(|part| part.bytes.len()).sum::<usize>(), bytes.len());
    }
}

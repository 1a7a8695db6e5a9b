//! Two hosts on a link.

mod lan;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use addresses::Mac;
use lan::{check, events, frames, host, interface, ip, mac, ms, pair};
use link_and_ip::Stack;
use link_and_ip::link::memory::Conditions;
use link_and_ip::stack::{
    Config, Discard, Echo, ErrorKind, Event, Outgoing, SendError, SetupError,
};
use link_and_ip::wire::ethernet::{EtherType, Frame, Header};
use link_and_ip::wire::ndp::Message;
use link_and_ip::wire::{Protocol, arp, icmpv4, ipv4, ipv6, ndp};

const NOW: Duration = Duration::ZERO;
const EVE: Mac = Mac([2, 0, 0, 0, 0, 0xee]);

fn frame(from: Mac, to: Mac, ether_type: EtherType, payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    Header { destination: to, source: from, ether_type }.write(&mut frame);
    frame.extend_from_slice(payload);
    frame
}

fn arp_frame(operation: arp::Operation, from: Mac, sender: &str, to: Mac, target: &str) -> Vec<u8> {
    let parse = |text: &str| text.parse().expect("an address");
    let packet = arp::Packet {
        operation,
        sender_mac: from,
        sender_ip: parse(sender),
        target_mac: Mac([0; 6]),
        target_ip: parse(target),
    };
    let mut payload = Vec::new();
    packet.write(&mut payload);
    frame(from, to, EtherType::ARP, &payload)
}

fn v4_frame(from: Mac, to: Mac, source: &str, destination: &str, protocol: Protocol) -> Vec<u8> {
    let parse = |text: &str| text.parse().expect("an address");
    let mut content = vec![0; 12];
    if protocol == Protocol::ICMP {
        content.clear();
        let echo = icmpv4::Echo { identifier: 1, sequence: 1, data: b"hello" };
        icmpv4::Message::EchoRequest(echo).write(&mut content);
    }
    let mut packet = Vec::new();
    ipv4::Header::new(protocol, parse(source), parse(destination), content.len())
        .write(&mut packet);
    packet.extend_from_slice(&content);
    frame(from, to, EtherType::IPV4, &packet)
}

fn alice() -> Stack {
    host(1, &["192.0.2.1/24", "2001:db8::1/64"])
}

#[test]
fn ping_and_its_answer() {
    for to in ["192.0.2.2", "2001:db8::2", "fe80::ff:fe00:2"] {
        let mut network = pair(Conditions::default(), 1);
        network.nodes[0].ping(ip(to), 7, 1, b"hello", NOW).expect("sent");
        network.run(ms(100)).expect("time passes");
        let reply = Event::EchoReply {
            from: ip(to),
            identifier: 7,
            sequence: 1,
            data: b"hello".to_vec(),
            hops: 64,
        };
        assert_eq!(events(&mut network.nodes[0]), [reply]);
        let [alice, bob] = &network.nodes[..] else { panic!("two") };
        // The question's answer and the echo's; the question and the echo.
        assert_eq!((alice.counters().received, alice.counters().delivered), (2, 2));
        assert_eq!((bob.counters().received, bob.counters().answered), (2, 2));
        // Who asked was learned on the way, so nobody asked back.
        assert_eq!((alice.counters().sent, bob.counters().sent), (2, 2));
        check(alice);
        check(bob);
    }
}

#[test]
fn large_packets_come_in_pieces() {
    for (to, pieces) in [("192.0.2.2", 3), ("2001:db8::2", 3)] {
        let mut network = pair(Conditions::default(), 1);
        let data: Vec<u8> = (0..4000_u32).map(|n| n as u8).collect();
        network.nodes[0].ping(ip(to), 7, 1, &data, NOW).expect("sent");
        network.run(ms(100)).expect("time passes");
        let events = events(&mut network.nodes[0]);
        assert!(matches!(&events[..], [Event::EchoReply { data: got, .. }] if *got == data));
        let counters = network.nodes[1].counters();
        assert_eq!(counters.kept, pieces - 1, "the last one completes it");
        assert_eq!(counters.answered, 2);
        check(&network.nodes[1]);
    }
}

#[test]
fn bad_links_lose_answers_and_never_change_them() {
    for seed in 0..60 {
        let conditions = Conditions {
            loss: 0.2,
            duplicate: 0.2,
            reorder: 0.3,
            corrupt: 0.05,
            delay: ms(2),
            held_back: ms(20),
            ..Conditions::default()
        };
        let mut network = pair(conditions, seed);
        let (mut asked, mut answered) = (0, 0);
        for sequence in 0..20_u16 {
            let to = if sequence % 2 == 0 { "192.0.2.2" } else { "2001:db8::2" };
            let data = vec![sequence as u8; 100 * usize::from(sequence)];
            let now = network.now();
            network.nodes[0].ping(ip(to), 9, sequence, &data, now).expect("sent");
            asked += 1;
            network.run(now + ms(200)).expect("time passes");
            for event in events(&mut network.nodes[0]) {
                if let Event::EchoReply { sequence, data, .. } = event {
                    assert_eq!(data, vec![sequence as u8; 100 * usize::from(sequence)]);
                    answered += 1;
                }
            }
        }
        assert!((3..=3 * asked).contains(&answered), "seed {seed}: {answered} of {asked}");
        network.nodes.iter().for_each(check);
    }
}

#[test]
fn whoever_asks_for_us_is_answered_and_learned() {
    let mut alice = alice();
    let ask = arp_frame(arp::Operation::Request, mac(2), "192.0.2.2", Mac::BROADCAST, "192.0.2.1");
    alice.receive(0, &ask, NOW);
    let sent = frames(&mut alice);
    let reply = arp::Packet::parse(Frame::parse(&sent[0]).unwrap().payload()).unwrap();
    assert_eq!(Frame::parse(&sent[0]).unwrap().destination(), mac(2), "to nobody else");
    assert_eq!(reply.operation, arp::Operation::Reply);
    assert_eq!((reply.sender_mac, reply.sender_ip), (mac(1), Ipv4Addr::new(192, 0, 2, 1)));
    let known: Vec<_> = alice.neighbors(NOW).map(|n| (n.address, n.mac)).collect();
    assert_eq!(known, [(ip("192.0.2.2"), Some(mac(2)))]);
}

#[test]
fn who_asks_whether_an_address_is_free_is_nobody_yet() {
    let mut alice = alice();
    let probe = arp_frame(arp::Operation::Request, mac(2), "0.0.0.0", Mac::BROADCAST, "192.0.2.1");
    alice.receive(0, &probe, NOW);
    assert_eq!(frames(&mut alice).len(), 1, "it is told that it is not");

    let target = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
    let group = ndp::solicited_node(target);
    let mut message = Vec::new();
    Message::NeighborSolicitation { target, source_mac: None }.write(
        Ipv6Addr::UNSPECIFIED,
        group,
        &mut message,
    );
    let header = ipv6::Header::new(Protocol::ICMPV6, Ipv6Addr::UNSPECIFIED, group, message.len());
    let mut packet = Vec::new();
    ipv6::Header { hop_limit: 255, ..header }.write(&mut packet);
    packet.extend_from_slice(&message);
    let to = ndp::multicast_mac(group);
    alice.receive(0, &frame(mac(2), to, EtherType::IPV6, &packet), NOW);
    let sent = frames(&mut alice);
    assert_eq!(Frame::parse(&sent[0]).unwrap().destination(), Mac([0x33, 0x33, 0, 0, 0, 1]));
    assert_eq!(alice.neighbors(NOW).count(), 0, "and nobody is learned");
    assert_eq!(alice.counters().answered, 2);
}

#[test]
fn what_eve_says_of_bob_is_refused() {
    let mut network = pair(Conditions::default(), 1);
    network.nodes[0].ping(ip("192.0.2.2"), 1, 1, b"", NOW).expect("sent");
    network.run(ms(100)).expect("time passes");
    let alice = &mut network.nodes[0];
    events(alice);
    let lie = arp_frame(arp::Operation::Reply, EVE, "192.0.2.2", mac(1), "192.0.2.1");
    alice.receive(0, &lie, ms(200));
    let conflict = Event::Conflict { interface: 0, address: ip("192.0.2.2"), claimed_by: EVE };
    assert_eq!(events(alice), [conflict]);
    assert_eq!(alice.counters().discarded(Discard::ArpRefused), 1);
    let bob = alice.neighbors(ms(200)).find(|n| n.address == ip("192.0.2.2")).expect("known");
    assert_eq!(bob.mac, Some(mac(2)));

    // A reply that answers no question is no news either.
    let unasked = arp_frame(arp::Operation::Reply, EVE, "192.0.2.9", mac(1), "192.0.2.1");
    alice.receive(0, &unasked, ms(200));
    assert_eq!(alice.counters().discarded(Discard::ArpUnasked), 1);

    // And nobody else is us.
    let theft = arp_frame(arp::Operation::Request, EVE, "192.0.2.1", Mac::BROADCAST, "192.0.2.1");
    alice.receive(0, &theft, ms(200));
    assert_eq!(alice.counters().discarded(Discard::ArpConflict), 1);
    check(alice);
}

#[test]
fn frames_that_deserve_no_answer() {
    use Discard as D;
    let (us, all, icmp) = (mac(1), Mac::BROADCAST, Protocol::ICMP);
    let group = Mac([1, 0, 0x5e, 0, 0, 1]);
    let cases = [
        (v4_frame(EVE, mac(9), "192.0.2.9", "192.0.2.1", icmp), D::NotOurFrame),
        (v4_frame(us, us, "192.0.2.9", "192.0.2.1", icmp), D::OwnMac),
        (v4_frame(all, us, "192.0.2.9", "192.0.2.1", icmp), D::OwnMac),
        (v4_frame(EVE, us, "192.0.2.9", "192.0.2.77", icmp), D::NotForUs),
        (v4_frame(EVE, us, "192.0.2.1", "192.0.2.1", icmp), D::OwnSource),
        (v4_frame(EVE, us, "127.0.0.1", "192.0.2.1", icmp), D::Source),
        (v4_frame(EVE, us, "0.0.0.0", "192.0.2.1", icmp), D::Source),
        (v4_frame(EVE, us, "224.0.0.1", "192.0.2.1", icmp), D::Source),
        (v4_frame(EVE, us, "192.0.2.255", "192.0.2.1", icmp), D::Source),
        (v4_frame(EVE, us, "192.0.2.9", "127.0.0.1", icmp), D::Destination),
        (v4_frame(EVE, all, "192.0.2.9", "192.0.2.1", icmp), D::UnicastForAll),
        // Smurf: one packet to everyone, everyone's answers to the forged source.
        (v4_frame(EVE, all, "192.0.2.9", "192.0.2.255", icmp), D::EchoToGroup),
        (v4_frame(EVE, all, "192.0.2.9", "255.255.255.255", icmp), D::EchoToGroup),
        (v4_frame(EVE, group, "192.0.2.9", "224.0.0.1", icmp), D::EchoToGroup),
        (v4_frame(EVE, all, "192.0.2.9", "192.0.2.255", Protocol::UDP), D::NoPort),
        (frame(EVE, us, EtherType(0x88cc), &[0; 46]), D::EtherType),
        (arp_frame(arp::Operation::Request, EVE, "198.51.100.1", all, "192.0.2.1"), D::ArpOffLink),
        (arp_frame(arp::Operation::Request, EVE, "192.0.2.9", all, "192.0.2.77"), D::ArpNotForUs),
    ];
    for (frame, reason) in cases {
        let mut alice = alice();
        alice.receive(0, &frame, NOW);
        assert_eq!(alice.counters().discarded(reason), 1, "{reason}: {:#?}", alice.counters());
        assert_eq!(frames(&mut alice), Vec::<Vec<u8>>::new(), "{reason}");
        assert_eq!(alice.neighbors(NOW).count(), 0, "{reason}");
        check(&alice);
    }
    let mut alice = alice();
    alice.receive(5, &[0; 60], NOW);
    assert_eq!(alice.counters().discarded(Discard::NoInterface), 1);
}

#[test]
fn a_packet_can_be_taken_out_of_its_frame() {
    let number = Protocol(253);
    let mut network = pair(Conditions::default(), 1);
    let [alice, bob] = &mut network.nodes[..] else { panic!("two hosts") };
    bob.register(number);
    for (to, other) in [("192.0.2.2", "192.0.2.1"), ("2001:db8::2", "2001:db8::1")] {
        // Each knows the other's MAC address, so that frames leave at once.
        assert!(alice.set_neighbor(0, ip(to), mac(2)) && bob.set_neighbor(0, ip(other), mac(1)));
        let before = bob.counters().clone();
        for length in [7, 3000] {
            let payload: Vec<u8> = (0..length).map(|at: u32| at as u8).collect();
            alice.send(&Outgoing::new(ip(to), number, &payload), NOW).expect("sent");
            let sent = frames(alice);
            let (last, first) = sent.split_last().expect("a frame");
            for frame in first {
                assert_eq!(bob.receive_packet(0, frame, NOW), None, "a fragment is no packet");
            }
            let packet = bob.receive_packet(0, last, NOW);
            if length == 7 {
                let packet = packet.expect("it came in one piece");
                assert_eq!((packet.source, packet.payload()), (ip(other), &payload[..]));
                assert_eq!(bob.next_event(), None, "it is told once");
            } else {
                assert_eq!(packet, None, "it lies in no frame");
                let Some(Event::Packet(packet)) = bob.next_event() else { panic!("a packet") };
                assert_eq!(packet.borrowed().payload(), payload);
            }
        }
        assert_eq!(bob.counters().delivered, before.delivered + 2);
        assert_eq!(bob.counters().kept, before.kept + 2);
        check(bob);
    }
}

#[test]
fn transport_protocols_get_their_packets_or_an_error() {
    let mut network = pair(Conditions::default(), 1);
    let number = Protocol(253);
    network.nodes[1].register(number);
    for (to, from) in [("192.0.2.2", "192.0.2.1"), ("2001:db8::2", "2001:db8::1")] {
        let now = network.now();
        network.nodes[0].send(&Outgoing::new(ip(to), number, b"payload"), now).expect("sent");
        network.run(now + ms(50)).expect("time passes");
        let mut got = events(&mut network.nodes[1]);
        let Some(Event::Packet(packet)) = got.pop() else { panic!("a packet") };
        assert_eq!((packet.source, packet.destination), (ip(from), ip(to)));
        assert_eq!((packet.payload(), packet.hop_limit), (&b"payload"[..], 64));

        // The owner knows its ports, and says so.
        let now = network.now();
        network.nodes[1].port_unreachable(&packet, now);
        network.run(now + ms(50)).expect("time passes");
        let Some(Event::Error(error)) = events(&mut network.nodes[0]).pop() else {
            panic!("an error")
        };
        assert_eq!((error.reporter, error.kind), (ip(to), ErrorKind::PortUnreachable));
        assert_eq!((error.destination, error.protocol), (ip(to), number));
        assert_eq!(error.quoted, b"payload");

        for (protocol, v4, v6) in [
            (Protocol::UDP, ErrorKind::PortUnreachable, ErrorKind::PortUnreachable),
            (
                Protocol(254),
                ErrorKind::ProtocolUnreachable,
                ErrorKind::ParameterProblem { code: 1, pointer: 6 },
            ),
        ] {
            let now = network.now();
            network.nodes[0].send(&Outgoing::new(ip(to), protocol, &[1; 16]), now).expect("sent");
            network.run(now + ms(50)).expect("time passes");
            let expected = if ip(to).is_ipv4() { v4 } else { v6 };
            let kinds: Vec<_> = events(&mut network.nodes[0]).into_iter().collect();
            assert!(
                matches!(&kinds[..], [Event::Error(error)] if error.kind == expected),
                "{kinds:?}"
            );
        }
    }
    network.nodes.iter().for_each(check);
}

#[test]
fn a_neighbor_that_never_answers() {
    for to in ["192.0.2.99", "2001:db8::99"] {
        let mut network = pair(Conditions::default(), 1);
        network.nodes[0].ping(ip(to), 1, 1, b"", NOW).expect("it may still answer");
        network.run(ms(2900)).expect("time passes");
        assert_eq!(events(&mut network.nodes[0]), []);
        network.run(ms(4000)).expect("time passes");
        let got = events(&mut network.nodes[0]);
        let [Event::Error(error)] = &got[..] else { panic!("{got:?}") };
        assert_eq!(error.kind, ErrorKind::HostUnreachable);
        assert_eq!(error.destination, ip(to));
        assert_eq!(network.nodes[0].counters().sent, 3, "three questions, no echo");
        assert_eq!(network.nodes[0].counters().unresolved, 1);
    }
}

#[test]
fn an_error_must_be_about_a_packet_of_ours() {
    let mut alice = alice();
    let mut quoted = Vec::new();
    let (eve, other) = (Ipv4Addr::new(192, 0, 2, 9), Ipv4Addr::new(192, 0, 2, 8));
    ipv4::Header::new(Protocol::TCP, other, eve, 8).write(&mut quoted);
    quoted.extend_from_slice(&[0; 8]);
    let message =
        icmpv4::Message::Unreachable { code: icmpv4::Unreachable::PORT, mtu: 0, quoted: &quoted };
    let us = Ipv4Addr::new(192, 0, 2, 1);
    let mut packet = Vec::new();
    ipv4::Header::new(Protocol::ICMP, eve, us, message.length()).write(&mut packet);
    message.write(&mut packet);
    alice.receive(0, &frame(EVE, mac(1), EtherType::IPV4, &packet), NOW);
    assert_eq!(alice.counters().discarded(Discard::IcmpNotOurs), 1);
    assert_eq!(events(&mut alice), []);
}

#[test]
fn the_buffers_go_round() {
    let mut network = pair(Conditions::default(), 1);
    network.nodes[0].ping(ip("192.0.2.2"), 1, 1, &[0; 56], NOW).expect("sent");
    network.run(ms(50)).expect("time passes");
    let request = v4_frame(mac(1), mac(2), "192.0.2.1", "192.0.2.2", Protocol::ICMP);
    let bob = &mut network.nodes[1];
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..100 {
        bob.receive(0, &request, ms(60));
        let (_, frame) = bob.next_frame().expect("an answer");
        seen.insert((frame.as_ptr() as usize, frame.capacity()));
        bob.recycle(frame);
    }
    assert_eq!(seen.len(), 1, "one buffer for all");
}

#[test]
fn a_full_queue_is_counted() {
    let mut alice = alice();
    let ask = arp_frame(arp::Operation::Request, mac(2), "192.0.2.2", Mac::BROADCAST, "192.0.2.1");
    (0..2000).for_each(|_| alice.receive(0, &ask, NOW));
    assert_eq!(alice.counters().answered, 1024);
    assert_eq!(alice.counters().discarded(Discard::OutputFull), 2000 - 1024);
    check(&alice);
}

#[test]
fn what_cannot_be_sent_and_why() {
    let mut alice = alice();
    let mut send = |to: &str| alice.ping(ip(to), 1, 1, b"", NOW);
    assert_eq!(send("198.51.100.1"), Err(SendError::NoRoute));
    assert_eq!(send("2001:db8:1::1"), Err(SendError::NoRoute));
    assert_eq!(send("192.0.2.1"), Err(SendError::Ourselves));
    assert_eq!(send("fe80::ff:fe00:1"), Err(SendError::Ourselves));
    assert_eq!(send("127.0.0.1"), Err(SendError::BadDestination));
    assert_eq!(send("::"), Err(SendError::BadDestination));
    assert_eq!(send("ff02::1"), Ok(()), "there is but one link");
    let big = vec![0; 65_508];
    assert_eq!(alice.ping(ip("192.0.2.2"), 1, 1, &big, NOW), Err(SendError::TooLong));
    let source = Some(ip("192.0.2.2"));
    let forged = Outgoing { source, ..Outgoing::new(ip("192.0.2.3"), Protocol::UDP, b"") };
    assert_eq!(alice.send(&forged, NOW), Err(SendError::NotOurs));
    let echo = Echo {
        to: ip("192.0.2.2"),
        identifier: 1,
        sequence: 1,
        data: &[0; 1473],
        hop_limit: None,
        interface: None,
        dont_fragment: true,
    };
    assert_eq!(alice.echo(&echo, NOW), Err(SendError::TooBig { mtu: 1500 }));
    assert_eq!(alice.echo(&Echo { data: &[0; 1472], ..echo }, NOW), Ok(()));
}

#[test]
fn setups_that_cannot_work() {
    let mut stack = Stack::new(Config::default());
    let mut add = |mtu, address: &str| stack.add_interface(&interface(1, mtu, &[address]));
    assert_eq!(add(1500, "192.0.2.1/33"), Err(SetupError::PrefixLength(ip("192.0.2.1"), 33)));
    assert_eq!(add(1500, "224.0.0.1/4"), Err(SetupError::Address(ip("224.0.0.1"))));
    assert_eq!(add(1000, "2001:db8::1/64"), Err(SetupError::Mtu(1000)));
    assert_eq!(add(67, "192.0.2.1/24"), Err(SetupError::Mtu(67)));
    assert_eq!(add(1500, "192.0.2.1/24"), Ok(0));
    let far: IpAddr = ip("198.51.100.1");
    assert_eq!(stack.add_route(ip("0.0.0.0"), 0, far), Err(SetupError::Gateway(far)));
}

#[test]
fn sources_are_of_the_destinations_scope() {
    let alice =
        host(1, &["192.0.2.1/24", "198.51.100.1/24", "2001:db8:1::1/64", "2001:db8:2::1/64"]);
    let source = |to: &str| alice.source_for(ip(to), Some(0)).expect("a source");
    assert_eq!(source("198.51.100.7"), ip("198.51.100.1"));
    assert_eq!(source("2001:db8:2::7"), ip("2001:db8:2::1"));
    assert_eq!(source("2001:db8:1::7"), ip("2001:db8:1::1"));
    assert_eq!(source("fe80::7"), ip("fe80::ff:fe00:1"));
    assert_eq!(source("ff02::1"), ip("fe80::ff:fe00:1"));
}

#[test]
fn what_is_for_many_asks_nobody() {
    let mut alice = alice();
    for (to, card) in [
        ("255.255.255.255", Mac::BROADCAST),
        ("192.0.2.255", Mac::BROADCAST),
        ("239.255.255.250", Mac([1, 0, 0x5e, 0x7f, 0xff, 0xfa])),
        ("ff02::fb", Mac([0x33, 0x33, 0, 0, 0, 0xfb])),
    ] {
        alice.send(&Outgoing::new(ip(to), Protocol::UDP, &[0; 8]), NOW).expect("one link");
        let sent = frames(&mut alice);
        assert_eq!(sent.len(), 1, "{to}");
        assert_eq!(Frame::parse(&sent[0]).unwrap().destination(), card, "{to}");
    }
    alice.add_interface(&interface(3, 1500, &["198.51.100.1/24"])).expect("a second link");
    let mut send = |to| alice.send(&Outgoing::new(ip(to), Protocol::UDP, &[0; 8]), NOW);
    assert_eq!(send("255.255.255.255"), Err(SendError::NeedsInterface));
    assert_eq!(send("198.51.100.255"), Ok(()), "whose link is in the table");
}

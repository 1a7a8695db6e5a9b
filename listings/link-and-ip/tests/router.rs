//! A router between two links, and what it tells those who send through it.

mod lan;

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use addresses::Mac;
use lan::{ALICE, BOB, MTU, ROUTER, check, events, frames, interface, ip, mac, ms, routed, stack};
use link_and_ip::Stack;
use link_and_ip::link::memory::{Conditions, Memory, Verdict};
use link_and_ip::link::network::Network;
use link_and_ip::stack::{Config, Discard, Echo, ErrorKind, Event, SendError};
use link_and_ip::wire::ethernet::{EtherType, Frame, Header};
use link_and_ip::wire::{Protocol, arp, icmpv4, ipv4, ipv6, ndp};

const BOBS: [&str; 2] = ["192.0.2.130", "2001:db8:b::2"];

fn echo<'a>(to: &str, data: &'a [u8]) -> Echo<'a> {
    let (hop_limit, interface, dont_fragment) = (None, None, false);
    Echo { to: ip(to), identifier: 1, sequence: 1, data, hop_limit, interface, dont_fragment }
}

/// Sends an echo request from Alice, lets a second pass, and gives what she hears.
fn ask(network: &mut Network<Stack>, echo: &Echo<'_>) -> Vec<Event> {
    let now = network.now();
    network.nodes[ALICE].echo(echo, now).expect("sent");
    network.run(now + ms(1000)).expect("time passes");
    network.nodes.iter().for_each(check);
    events(&mut network.nodes[ALICE])
}

fn error(heard: &[Event]) -> (IpAddr, ErrorKind) {
    let [Event::Error(error)] = heard else { panic!("one error, not {heard:?}") };
    (error.reporter, error.kind)
}

/// Which addresses a frame asks about.
fn asked(frame: &[u8]) -> Option<IpAddr> {
    let frame = Frame::parse(frame).ok()?;
    match frame.ether_type() {
        EtherType::ARP => {
            let packet = arp::Packet::parse(frame.payload()).ok()?;
            (packet.operation == arp::Operation::Request).then(|| packet.target_ip.into())
        }
        EtherType::IPV6 => {
            let packet = ipv6::Packet::parse(frame.payload()).ok()?;
            match ndp::Message::parse(packet.chain().ok()?.payload, &packet).ok()? {
                ndp::Message::NeighborSolicitation { target, .. } => Some(target.into()),
                _ => None,
            }
        }
        _ => None,
    }
}

#[test]
fn a_host_elsewhere_is_reached_through_the_router_and_never_asked_for() {
    let mut network = routed(MTU);
    let questions = Arc::new(Mutex::new(BTreeSet::new()));
    for (link, which) in network.links.iter_mut().zip(0..) {
        let questions = Arc::clone(&questions);
        link.filter(move |_, frame| {
            questions.lock().expect("no panic").extend(asked(frame).map(|target| (which, target)));
            Verdict::Pass
        });
    }
    for to in BOBS {
        let heard = ask(&mut network, &echo(to, b"hello"));
        let [Event::EchoReply { from, hops, .. }] = heard[..] else { panic!("{heard:?}") };
        assert_eq!((from, hops), (ip(to), 63), "one router took one hop");
    }
    let asked: Vec<_> = questions.lock().expect("no panic").iter().copied().collect();
    let expected = [
        // On Alice's link only the router was asked for; Bob's asked for Bob only.
        (0, ip("192.0.2.126")),
        (0, ip("2001:db8:a::ff")),
        (1, ip("192.0.2.130")),
        (1, ip("2001:db8:b::2")),
    ];
    assert_eq!(asked, expected);
    assert_eq!(network.nodes[ROUTER].counters().forwarded, 4);
}

#[test]
fn traceroute() {
    // Alice, three routers in a row, and Bob behind the last one.
    let routes = |last: u8| {
        let here = interface(
            2 * last,
            MTU,
            &[&format!("10.{last}.0.2/16"), &format!("fd00:{last}::2/64")],
        );
        let there = last + 1;
        let next = interface(
            2 * last + 1,
            MTU,
            &[&format!("10.{there}.0.1/16"), &format!("fd00:{there}::1/64")],
        );
        let mut router = stack(Config::router(), &[here, next]);
        for to in 0..last {
            router
                .add_route(ip(&format!("10.{to}.0.0")), 16, ip(&format!("10.{last}.0.1")))
                .unwrap();
            router
                .add_route(ip(&format!("fd00:{to}::")), 64, ip(&format!("fd00:{last}::1")))
                .unwrap();
        }
        if last < 2 {
            router.add_route(ip("0.0.0.0"), 0, ip(&format!("10.{there}.0.2"))).unwrap();
            router.add_route(ip("::"), 0, ip(&format!("fd00:{there}::2"))).unwrap();
        }
        router
    };
    let end = |mac, own: [&str; 2], gateway: [&str; 2]| {
        let mut host = lan::host(mac, &own);
        host.add_route(ip("0.0.0.0"), 0, ip(gateway[0])).unwrap();
        host.add_route(ip("::"), 0, ip(gateway[1])).unwrap();
        host
    };
    let mut network = Network::default();
    network.add_node(end(100, ["10.0.0.1/16", "fd00:0::1/64"], ["10.0.0.2", "fd00:0::2"]));
    for last in 0..3 {
        network.add_node(routes(last));
    }
    network.add_node(end(101, ["10.3.0.2/16", "fd00:3::2/64"], ["10.3.0.1", "fd00:3::1"]));
    for left in 0..4 {
        let link = network.add_link(Memory::hub(2, Conditions::default(), 1));
        network.connect(left, u32::from(left > 0), link, 0);
        network.connect(left + 1, 0, link, 1);
    }
    for (to, hops) in [
        ("10.3.0.2", ["10.0.0.2", "10.1.0.2", "10.2.0.2"]),
        ("fd00:3::2", ["fd00:0::2", "fd00:1::2", "fd00:2::2"]),
    ] {
        for (hop, limit) in hops.into_iter().zip(1..) {
            let heard = ask(&mut network, &Echo { hop_limit: Some(limit), ..echo(to, b"") });
            assert_eq!(error(&heard), (ip(hop), ErrorKind::HopLimitExceeded));
        }
        let heard = ask(&mut network, &Echo { hop_limit: Some(4), ..echo(to, b"") });
        assert!(matches!(heard[..], [Event::EchoReply { hops: 61, .. }]), "{heard:?}");
    }
}

#[test]
fn no_route_and_no_neighbor() {
    let mut network = routed(MTU);
    for (to, router) in [("198.51.100.1", "192.0.2.126"), ("2001:db8:c::1", "2001:db8:a::ff")] {
        let heard = ask(&mut network, &echo(to, b""));
        assert_eq!(error(&heard), (ip(router), ErrorKind::NetworkUnreachable));
    }
    assert_eq!(network.nodes[ROUTER].counters().discarded(Discard::NoRoute), 2);
    for (to, router) in [("192.0.2.200", "192.0.2.126"), ("2001:db8:b::99", "2001:db8:a::ff")] {
        assert_eq!(ask(&mut network, &echo(to, b"")), [], "the router is still asking");
        let later = network.now() + ms(3000);
        network.run(later).expect("time passes");
        let heard = events(&mut network.nodes[ALICE]);
        assert_eq!(error(&heard), (ip(router), ErrorKind::HostUnreachable));
    }
}

#[test]
fn a_path_narrower_than_the_first_link() {
    let mut network = routed(1280);
    let data = vec![7; 1452];
    for to in BOBS {
        let heard = ask(&mut network, &Echo { dont_fragment: true, ..echo(to, &data) });
        assert_eq!(error(&heard).1, ErrorKind::TooBig { mtu: 1280 });
        let now = network.now();
        assert_eq!(network.nodes[ALICE].path_mtu(ip(to), None, now), Ok(1280));
        let again = Echo { dont_fragment: true, ..echo(to, &data) };
        let refused = network.nodes[ALICE].echo(&again, now);
        assert_eq!(refused, Err(SendError::TooBig { mtu: 1280 }), "she knows now");
        // What may be cut arrives, because she cuts it.
        let heard = ask(&mut network, &echo(to, &data));
        assert!(matches!(&heard[..], [Event::EchoReply { data: got, .. }] if *got == data));
    }
    let counters = network.nodes[ROUTER].counters();
    assert_eq!(counters.discarded(Discard::TooBig), 2);

    // After ten minutes she tries again.
    let later = network.now() + Duration::from_secs(601);
    network.run(later).expect("time passes");
    assert_eq!(network.nodes[ALICE].path_mtu(ip(BOBS[0]), None, later), Ok(1500));
}

#[test]
fn what_may_be_cut_is_cut_by_an_ipv4_router() {
    // Alice's pieces, pieces that reach Bob, and Bob's, which the router passes on as they are.
    for (length, at_bob, at_alice) in [(1400, 2, 2), (4000, 5, 4)] {
        let mut network = routed(1280);
        ask(&mut network, &echo(BOBS[0], b"who are you?"));
        let data: Vec<u8> = (0..length).map(|n: u32| n as u8).collect();
        let heard = ask(&mut network, &echo(BOBS[0], &data));
        assert!(matches!(&heard[..], [Event::EchoReply { data: got, .. }] if *got == data));
        assert_eq!(network.nodes[BOB].counters().kept, at_bob - 1);
        assert_eq!(network.nodes[ALICE].counters().kept, at_alice - 1);
    }
}

#[test]
fn the_first_large_packet_waits_for_an_unknown_neighbor_in_all_its_pieces() {
    let mut network = routed(1280);
    // Five pieces wait for Bob's MAC address.
    assert_eq!(ask(&mut network, &echo(BOBS[0], &[0; 4000])).len(), 1);
    assert_eq!(network.nodes[ROUTER].counters().unresolved, 0);

    // A packet of more pieces than may wait loses the first ones (RFC 1122 §2.3.2.2).
    let mut network = routed(1280);
    let data = vec![0; 30_000];
    assert_eq!(ask(&mut network, &echo(BOBS[0], &data)), []);
    assert!(network.nodes[ROUTER].counters().unresolved > 0);
    assert_eq!(ask(&mut network, &echo(BOBS[0], &data)).len(), 1, "the second one arrives");
}

/// An echo request from a stranger on Alice's link, for whom the router is the next hop.
struct Stranger {
    source: Ipv4Addr,
    to: Ipv4Addr,
    ttl: u8,
    protocol: Protocol,
    fragment_offset: usize,
    payload: Vec<u8>,
    card: Mac,
}

impl Stranger {
    fn new() -> Self {
        let mut payload = Vec::new();
        let echo = icmpv4::Echo { identifier: 1, sequence: 1, data: b"" };
        icmpv4::Message::EchoRequest(echo).write(&mut payload);
        Self {
            source: Ipv4Addr::new(192, 0, 2, 9),
            to: Ipv4Addr::new(192, 0, 2, 130),
            ttl: 64,
            protocol: Protocol::ICMP,
            fragment_offset: 0,
            payload,
            card: mac(0xa),
        }
    }

    fn frame(&self) -> Vec<u8> {
        let mut frame = Vec::new();
        Header { destination: self.card, source: mac(9), ether_type: EtherType::IPV4 }
            .write(&mut frame);
        let header = ipv4::Header::new(self.protocol, self.source, self.to, self.payload.len());
        ipv4::Header { ttl: self.ttl, fragment_offset: self.fragment_offset, ..header }
            .write(&mut frame);
        frame.extend_from_slice(&self.payload);
        frame
    }
}

/// A router that knows the MAC addresses of the stranger and of Bob.
fn router() -> Stack {
    let mut router = routed(MTU).nodes.swap_remove(ROUTER);
    assert!(router.set_neighbor(0, ip("192.0.2.9"), mac(9)));
    assert!(router.set_neighbor(1, ip("192.0.2.130"), mac(2)));
    router
}

#[test]
fn what_a_router_does_not_forward() {
    use Discard as D;
    let v4 = Ipv4Addr::new;
    let new = Stranger::new;
    let cases = [
        (Stranger { to: v4(192, 0, 2, 255), ..new() }, D::Broadcast),
        (Stranger { to: v4(169, 254, 1, 1), ..new() }, D::LinkLocal),
        (Stranger { source: v4(169, 254, 1, 1), ..new() }, D::LinkLocal),
        (Stranger { to: v4(224, 0, 0, 5), ..new() }, D::Multicast),
        (Stranger { card: Mac::BROADCAST, ..new() }, D::UnicastForAll),
        // Bob's address on Alice's link, and one that is nowhere.
        (Stranger { source: v4(192, 0, 2, 130), ..new() }, D::SourceElsewhere),
        (Stranger { source: v4(198, 51, 100, 1), ..new() }, D::SourceElsewhere),
        (Stranger { source: v4(192, 0, 2, 126), ..new() }, D::OwnSource),
    ];
    for (packet, reason) in cases {
        let mut router = router();
        router.receive(0, &packet.frame(), ms(0));
        assert_eq!(router.counters().discarded(reason), 1, "{reason}: {:#?}", router.counters());
        assert_eq!(frames(&mut router), Vec::<Vec<u8>>::new(), "{reason}");
    }
    let mut router = router();
    router.receive(0, &new().frame(), ms(0));
    let sent = frames(&mut router);
    let packet =
        ipv4::Packet::parse(Frame::parse(&sent[0]).unwrap().payload()).expect("its checksum");
    assert_eq!(packet.ttl(), 63);
    assert_eq!(Frame::parse(&sent[0]).unwrap().destination(), mac(2));
    assert_eq!(Frame::parse(&sent[0]).unwrap().source(), mac(0xb));
}

#[test]
fn errors_that_are_not_sent() {
    let new = || Stranger { ttl: 1, ..Stranger::new() };
    let mut unreachable = Vec::new();
    let message = icmpv4::Message::TimeExceeded { code: 0, quoted: &[0x45; 28] };
    message.write(&mut unreachable);
    let cases = [
        ("about an error", Stranger { payload: unreachable, ..new() }, 0),
        ("about ICMP without a type", Stranger { payload: Vec::new(), ..new() }, 0),
        ("about a later fragment", Stranger { fragment_offset: 8, ..new() }, 0),
        ("about an echo request", new(), 1),
        ("about UDP", Stranger { protocol: Protocol::UDP, payload: vec![0; 8], ..new() }, 1),
    ];
    for (what, packet, errors) in cases {
        let mut router = router();
        router.receive(0, &packet.frame(), ms(0));
        assert_eq!(router.counters().discarded(Discard::HopLimit), 1, "{what}");
        assert_eq!(frames(&mut router).len(), errors, "{what}");
        assert_eq!(router.counters().errors_sent, errors as u64, "{what}");
    }
}

#[test]
fn errors_are_limited() {
    let mut router = router();
    let frame = Stranger { ttl: 1, ..Stranger::new() }.frame();
    (0..1000).for_each(|n| router.receive(0, &frame, ms(n)));
    let counters = router.counters();
    assert_eq!(counters.discarded(Discard::HopLimit), 1000);
    // Ten at once, and ten in the second.
    assert!((19..=20).contains(&counters.errors_sent), "{}", counters.errors_sent);
    assert_eq!(counters.errors_sent + counters.errors_limited, 1000);
    check(&router);
}

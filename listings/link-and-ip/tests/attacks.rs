//! What a reviewer who means harm would send, or ask a stack to send.

mod lan;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use addresses::Mac;
use lan::{events, frames, host, interface, ip, mac, ms, routed, stack};
use link_and_ip::Stack;
use link_and_ip::limiter::Limiter;
use link_and_ip::link::memory::{Conditions, Memory};
use link_and_ip::neighbor;
use link_and_ip::reassembly::{Limits, Reassembly};
use link_and_ip::stack::{
    Config, Discard, Echo, ErrorKind, Event, Outgoing, SendError, SetupError,
};
use link_and_ip::wire::ethernet::{EtherType, Frame, Header};
use link_and_ip::wire::{Malformed, Protocol, arp, icmpv4, icmpv6, ipv4, ipv6, ndp};

const ALICE: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const BOB: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);
const FAR: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 1);

fn alice() -> Stack {
    let mut alice = host(1, &["192.0.2.1/24", "2001:db8::1/64"]);
    alice.add_route(ip("0.0.0.0"), 0, ip("192.0.2.2")).expect("a neighbor");
    assert!(alice.set_neighbor(0, ip("192.0.2.2"), mac(2)));
    assert!(alice.set_neighbor(0, ip("2001:db8::2"), mac(2)));
    alice
}

fn frame(to: Mac, ether_type: EtherType, payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    Header { destination: to, source: mac(2), ether_type }.write(&mut frame);
    frame.extend_from_slice(payload);
    frame
}

fn v4(header: ipv4::Header, payload: &[u8]) -> Vec<u8> {
    let mut packet = Vec::new();
    header.write(&mut packet);
    packet.extend_from_slice(payload);
    packet
}

/// Bob says that Alice's packet, whose beginning is `quoted`, needs a smaller MTU.
fn too_big(to: Ipv4Addr, mtu: u16, quoted: &[u8]) -> Vec<u8> {
    let code = icmpv4::Unreachable::FRAGMENTATION_NEEDED;
    let mut message = Vec::new();
    icmpv4::Message::Unreachable { code, mtu, quoted }.write(&mut message);
    let packet = v4(ipv4::Header::new(Protocol::ICMP, BOB, to, message.len()), &message);
    frame(mac(1), EtherType::IPV4, &packet)
}

/// The beginning of a packet from Alice, as an error quotes it.
fn quoted(length: usize, fragment_offset: usize) -> Vec<u8> {
    let header = ipv4::Header::new(Protocol::TCP, ALICE, FAR, length);
    v4(ipv4::Header { fragment_offset, ..header }, &[7; 8])
}

fn path(alice: &Stack) -> usize {
    alice.path_mtu(FAR.into(), None, ms(1)).expect("a way")
}

/// A host that failed to answer makes an error, whose receiver may be unknown too.
#[test]
fn failures_do_not_pile_up_on_the_call_stack() {
    // The depth of the calls grew with each failure. A thread this small noticed.
    let run = || {
        let neighbors = neighbor::Config { waiting: 1, unresolved: 4000, ..Default::default() };
        let errors = Limiter::new(1_000_000, 1_000_000);
        let config = Config { neighbors, errors, ..Config::router() };
        let mut router = stack(config, &[interface(1, 1500, &["10.0.0.1/8"])]);
        for number in 0..2000_u32 {
            let from = Ipv4Addr::from_bits(0x0a01_0000 + number);
            let to = Ipv4Addr::from_bits(0x0a02_0000 + number);
            let packet = v4(ipv4::Header::new(Protocol::UDP, from, to, 8), &[0; 8]);
            router.receive(0, &frame(mac(1), EtherType::IPV4, &packet), ms(0));
            frames(&mut router);
        }
        for second in 1..=3 {
            router.handle_timeout(ms(1000 * second));
            frames(&mut router);
        }
        router.counters().errors_sent
    };
    let thread = std::thread::Builder::new().stack_size(256 << 10).spawn(run);
    assert_eq!(thread.expect("a thread").join().expect("it ends"), 2000);
}

/// A flood of packets that each deserve an error must not silence the one kind of error without
/// which large packets vanish (RFC 4443 §2.4 (f) leaves the scheme open).
#[test]
fn a_flood_does_not_hide_how_large_packets_may_be() {
    let mut network = routed(1280);
    let router = &mut network.nodes[lan::ROUTER];
    assert!(router.set_neighbor(0, ip("192.0.2.1"), mac(1)));
    let to = Ipv4Addr::new(192, 0, 2, 130);
    let dying =
        v4(ipv4::Header { ttl: 1, ..ipv4::Header::new(Protocol::UDP, ALICE, to, 8) }, &[0; 8]);
    for _ in 0..100 {
        router.receive(0, &frame(mac(0xa), EtherType::IPV4, &dying), ms(1));
    }
    frames(router);
    let header = ipv4::Header::new(Protocol::UDP, ALICE, to, 1400);
    let large = v4(ipv4::Header { dont_fragment: true, ..header }, &[0; 1400]);
    for _ in 0..100 {
        router.receive(0, &frame(mac(0xa), EtherType::IPV4, &large), ms(1));
    }
    let sent = frames(router);
    assert_eq!(sent.len(), 10, "told, and within the limit");
}

#[test]
fn who_is_told_an_error_must_be_who_sent_the_packet() {
    let mut alice = host(1, &["192.0.2.1/24", "192.0.2.9/24"]);
    // Alice sent it from one address, the error comes to the other, or to everyone.
    alice.receive(0, &too_big(Ipv4Addr::new(192, 0, 2, 9), 576, &quoted(1480, 0)), ms(1));
    alice.receive(0, &too_big(Ipv4Addr::new(192, 0, 2, 255), 576, &quoted(1480, 0)), ms(1));
    assert_eq!(events(&mut alice), []);
    assert_eq!(alice.counters().discarded(Discard::IcmpNotOurs), 2);
}

#[test]
fn a_packet_that_fits_was_not_too_big() {
    let mut alice = alice();
    alice.receive(0, &too_big(ALICE, 576, &quoted(500, 0)), ms(1));
    assert_eq!((path(&alice), alice.counters().discarded(Discard::IcmpNotOurs)), (1500, 1));
    alice.receive(0, &too_big(ALICE, 576, &quoted(1480, 0)), ms(1));
    assert_eq!(path(&alice), 576);
    assert!(matches!(&events(&mut alice)[..], [Event::Error(_)]));

    // A router that does not say what fits (RFC 1191 §5).
    let mut alice = self::alice();
    alice.receive(0, &too_big(ALICE, 0, &quoted(1480, 0)), ms(1));
    assert_eq!(path(&alice), 576);

    let mut quoted = Vec::new();
    let [from, to] = [1, 9].map(|last| Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last));
    ipv6::Header::new(Protocol::TCP, from, to, 1000).write(&mut quoted);
    quoted.extend_from_slice(&[0; 1000]);
    let bob = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 2);
    let mut message = Vec::new();
    icmpv6::Message::PacketTooBig { mtu: 1280, quoted: &quoted }.write(bob, from, &mut message);
    let mut packet = Vec::new();
    ipv6::Header::new(Protocol::ICMPV6, bob, from, message.len()).write(&mut packet);
    packet.extend_from_slice(&message);
    alice.receive(0, &frame(mac(1), EtherType::IPV6, &packet), ms(1));
    assert_eq!(alice.counters().discarded(Discard::IcmpNotOurs), 1);
    assert_eq!(alice.path_mtu(to.into(), None, ms(1)), Ok(1500));
}

/// Anybody can quote the right addresses. Whoever sends TCP knows ports and numbers too, and looks
/// at them first (RFC 5927 §4.1).
#[test]
fn a_transport_looks_before_the_path_is_believed_to_be_narrow() {
    let mut alice = alice();
    alice.register(Protocol::TCP);
    alice.receive(0, &too_big(ALICE, 10, &quoted(1480, 0)), ms(1));
    let [Event::Error(error)] = &events(&mut alice)[..] else { panic!("one error") };
    assert_eq!(error.kind, ErrorKind::TooBig { mtu: 68 }, "no link takes less");
    assert_eq!((error.protocol, &error.quoted[..]), (Protocol::TCP, &[7; 8][..]));
    assert_eq!(path(&alice), 1500, "nobody has looked yet");

    assert_eq!(alice.lower_path_mtu(FAR.into(), 1000, ms(2)), 1000);
    assert_eq!(path(&alice), 1000);
    assert_eq!(alice.lower_path_mtu(FAR.into(), 1400, ms(3)), 1000, "smaller only");
    assert_eq!(alice.lower_path_mtu(FAR.into(), 10, ms(3)), 68);
    let later = ms(2) + Duration::from_secs(600);
    assert_eq!(alice.path_mtu(FAR.into(), None, later), Ok(68));
    assert_eq!(alice.path_mtu(FAR.into(), None, later + ms(1)), Ok(1500), "ten minutes each");
}

/// One forged error must not turn each later packet into thirty.
#[test]
fn a_forged_mtu_does_not_make_crumbs_of_our_packets() {
    let mut alice = alice();
    alice.receive(0, &too_big(ALICE, 68, &quoted(1480, 0)), ms(1));
    assert_eq!(path(&alice), 68, "what must not be cut has to be as small as that,");
    alice.ping(FAR.into(), 1, 1, &[0; 1472], ms(2)).expect("sent");
    assert_eq!(frames(&mut alice).len(), 3, "and routers cut the rest if they have to");
    let echo = Echo {
        to: FAR.into(),
        identifier: 1,
        sequence: 1,
        data: &[0; 100],
        hop_limit: None,
        interface: None,
        dont_fragment: true,
    };
    assert_eq!(alice.echo(&echo, ms(2)), Err(SendError::TooBig { mtu: 68 }));
}

/// The middle of a segment is no TCP header: its bytes must not be taken for ports.
#[test]
fn an_error_about_a_later_fragment_quotes_no_header() {
    let mut alice = alice();
    alice.receive(0, &too_big(ALICE, 1000, &quoted(1480, 1480)), ms(1));
    let heard = events(&mut alice);
    let [Event::Error(error)] = &heard[..] else { panic!("{heard:?}") };
    assert_eq!((error.kind, &error.quoted[..]), (ErrorKind::TooBig { mtu: 1000 }, &[][..]));
}

/// RFC 1122 §3.2.1.7.
#[test]
fn nothing_is_sent_without_a_hop_left() {
    let mut alice = alice();
    let packet = Outgoing { hop_limit: Some(0), ..Outgoing::new(FAR.into(), Protocol::UDP, b"") };
    assert_eq!(alice.send(&packet, ms(0)), Err(SendError::NoHops));
    for to in ["192.0.2.2", "2001:db8::2"] {
        let echo = Echo {
            to: ip(to),
            identifier: 1,
            sequence: 1,
            data: b"",
            hop_limit: Some(0),
            interface: None,
            dont_fragment: false,
        };
        assert_eq!(alice.echo(&echo, ms(0)), Err(SendError::NoHops));
    }
    assert_eq!(frames(&mut alice), Vec::<Vec<u8>>::new());
}

/// A fragment from a link-local address of the second link, on which the rest never comes.
fn cut(from: Ipv6Addr, to: Ipv6Addr, offset: usize, more: bool) -> Vec<u8> {
    let mut packet = Vec::new();
    ipv6::Header::new(Protocol::FRAGMENT, from, to, 8 + 16).write(&mut packet);
    ipv6::Fragment {
        next_header: Protocol::UDP,
        offset,
        more,
        identification: 5,
        header_at: ipv6::LENGTH,
        named_at: 6,
    }
    .write(&mut packet);
    packet.extend_from_slice(&[1; 16]);
    packet
}

fn two_links() -> Stack {
    let own = ["2001:db8:a::1/64"];
    let mut both = stack(
        Config::default(),
        &[interface(1, 1500, &own), interface(3, 1500, &["2001:db8:b::1/64"])],
    );
    assert!(both.set_neighbor(1, ip("fe80::9"), mac(2)));
    both
}

#[test]
fn an_error_goes_back_to_the_link_that_the_fragments_came_from() {
    let mut host = two_links();
    let (from, to) = ("fe80::9".parse().unwrap(), "fe80::ff:fe00:3".parse().unwrap());
    let packet = cut(from, to, 0, true);
    host.receive(1, &frame(mac(3), EtherType::IPV6, &packet), ms(0));
    assert_eq!(host.counters().kept, 1);
    host.handle_timeout(ms(60_001));
    let (interface, sent) = host.next_frame().expect("time exceeded");
    assert_eq!((interface, Frame::parse(&sent).unwrap().destination()), (1, mac(2)));
    let payload = Frame::parse(&sent).unwrap().payload();
    assert_eq!(ipv6::Packet::parse(payload).unwrap().destination(), from);
}

/// `fe80::9` on one link and `fe80::9` on another are two hosts (RFC 4007 §5).
#[test]
fn fragments_of_two_links_are_never_put_together() {
    let mut host = two_links();
    host.register(Protocol::UDP);
    let (from, to) = ("fe80::9".parse().unwrap(), "ff02::1".parse().unwrap());
    let all = Mac([0x33, 0x33, 0, 0, 0, 1]);
    host.receive(0, &frame(all, EtherType::IPV6, &cut(from, to, 0, true)), ms(0));
    host.receive(1, &frame(all, EtherType::IPV6, &cut(from, to, 16, false)), ms(0));
    assert_eq!((events(&mut host), host.counters().kept), (vec![], 2));
    host.receive(0, &frame(all, EtherType::IPV6, &cut(from, to, 16, false)), ms(0));
    assert_eq!(events(&mut host).len(), 1);
}

/// Headers in front of a fragment are kept too, and were not counted.
#[test]
fn what_stands_before_a_fragment_takes_little_memory() {
    let mut packet = Vec::new();
    let (from, to) = (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 9), Ipv6Addr::LOCALHOST);
    ipv6::Header::new(Protocol::DESTINATION_OPTIONS, from, to, 2048 + 8 + 16).write(&mut packet);
    packet.extend([Protocol::FRAGMENT.0, 255]);
    let mut options = vec![0; 2046];
    let mut at = 0;
    while at < options.len() {
        let length = (options.len() - at).min(257);
        (options[at], options[at + 1]) = (1, (length - 2) as u8);
        at += length;
    }
    packet.extend(options);
    let (header_at, named_at) = (ipv6::LENGTH + 2048, ipv6::LENGTH);
    let (next_header, identification) = (Protocol::UDP, 1);
    ipv6::Fragment { next_header, offset: 0, more: true, identification, header_at, named_at }
        .write(&mut packet);
    packet.extend([0; 16]);
    let packet = ipv6::Packet::parse(&packet).expect("a packet");
    let chain = packet.chain().expect("a chain");
    assert!(chain.fragment.is_some());
    let mut reassembly = Reassembly::new(Limits { bytes: 1000, ..Limits::default() });
    let refusal = reassembly.add_v6(&packet, &chain, 0, Duration::ZERO).unwrap_err();
    assert_eq!(refusal.reason, Malformed::FragmentMemory);
}

/// One frame "from" everyone, and a switch would send what is for everyone to one port.
#[test]
fn a_switch_does_not_learn_groups() {
    let mut switch = Memory::switch(3, Conditions::default(), 1);
    let mut forged = frame(mac(1), EtherType::ARP, &[]);
    forged[6..12].copy_from_slice(&Mac::BROADCAST.0);
    switch.send(2, forged, ms(0));
    switch.send(0, frame(Mac::BROADCAST, EtherType::ARP, &[]), ms(1));
    assert!(switch.receive(1, ms(1)).is_some());
    assert!(switch.receive(1, ms(1)).is_some(), "the broadcast too");
}

/// News from a transport about a neighbor that has no route, because no table has link-local
/// addresses.
#[test]
fn news_about_a_link_local_neighbor_count() {
    let mut network = lan::pair(Conditions::default(), 1);
    let bob = ip("fe80::ff:fe00:2");
    network.nodes[0].ping(bob, 1, 1, b"", ms(0)).expect("sent");
    network.run(ms(60_000)).expect("time passes");
    let now = network.now();
    let alice = &mut network.nodes[0];
    let state = |alice: &Stack| alice.neighbors(now).find(|n| n.address == bob).map(|n| n.state);
    assert_eq!(state(alice), Some(neighbor::State::Stale));
    alice.confirm(bob, Some(0), now);
    assert_eq!(state(alice), Some(neighbor::State::Reachable));
}

#[test]
fn nobody_is_the_network_or_everyone() {
    let mut host = Stack::new(Config::default());
    for address in ["192.0.2.0", "192.0.2.255"] {
        let refused = host.add_interface(&interface(1, 1500, &[&format!("{address}/24")]));
        assert_eq!(refused, Err(SetupError::Address(ip(address))));
    }
    // Links of two, and of one (RFC 3021).
    assert_eq!(host.add_interface(&interface(1, 1500, &["192.0.2.0/31", "192.0.2.255/32"])), Ok(0));
}

/// A source address of one link on another: nobody there could answer.
#[test]
fn link_local_sources_stay_on_their_link() {
    let mut host = two_links();
    let source: IpAddr = ip("fe80::ff:fe00:1");
    let packet = |interface| Outgoing {
        source: Some(source),
        interface: Some(interface),
        ..Outgoing::new(ip("fe80::9"), Protocol::UDP, b"")
    };
    assert_eq!(host.send(&packet(1), ms(0)), Err(SendError::NotOurs));
    assert_eq!(host.send(&packet(0), ms(0)), Ok(()));
    // A link without IPv6.
    let narrow = host.add_interface(&interface(5, 600, &["192.0.2.1/24"])).expect("IPv4 alone");
    let all = Outgoing { source: Some(ip("2001:db8:a::1")), interface: Some(narrow), ..packet(0) };
    let all = Outgoing { destination: ip("ff02::1"), ..all };
    assert_eq!(host.send(&all, ms(0)), Err(SendError::NoSource));
}

#[test]
fn the_end_of_time_is_no_overflow() {
    let mut alice = host(1, &["192.0.2.1/24"]);
    alice.ping(ip("192.0.2.7"), 1, 1, b"", Duration::MAX).expect("it may answer");
    let header = ipv4::Header::new(Protocol::UDP, BOB, ALICE, 8);
    let piece = v4(ipv4::Header { more_fragments: true, ..header }, &[0; 8]);
    alice.receive(0, &frame(mac(1), EtherType::IPV4, &piece), Duration::MAX);
    alice.receive(0, &too_big(ALICE, 576, &quoted(1480, 0)), Duration::MAX);
    alice.handle_timeout(Duration::MAX);
}

fn v6(text: &str) -> Ipv6Addr {
    text.parse().expect("an address")
}

fn packet_v6(from: &str, to: &str, hop_limit: u8, protocol: Protocol, payload: &[u8]) -> Vec<u8> {
    let header = ipv6::Header::new(protocol, v6(from), v6(to), payload.len());
    let mut packet = Vec::new();
    ipv6::Header { hop_limit, ..header }.write(&mut packet);
    packet.extend_from_slice(payload);
    packet
}

fn icmp_v6(from: &str, to: &str, message: &icmpv6::Message<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    message.write(v6(from), v6(to), &mut bytes);
    packet_v6(from, to, 64, Protocol::ICMPV6, &bytes)
}

fn discovery(from: &str, to: &str, message: ndp::Message) -> Vec<u8> {
    let mut bytes = Vec::new();
    message.write(v6(from), v6(to), &mut bytes);
    packet_v6(from, to, 255, Protocol::ICMPV6, &bytes)
}

fn asks(from: &str, target: &str, source_mac: Mac) -> Vec<u8> {
    let (target, source_mac) = (v6(target), Some(source_mac));
    discovery(from, "2001:db8::1", ndp::Message::NeighborSolicitation { target, source_mac })
}

fn says(target: &str, target_mac: Mac) -> Vec<u8> {
    let message = ndp::Message::NeighborAdvertisement {
        router: false,
        solicited: true,
        overriding: true,
        target: v6(target),
        target_mac: Some(target_mac),
    };
    discovery("2001:db8::2", "2001:db8::1", message)
}

const ECHO: icmpv4::Echo<'static> = icmpv4::Echo { identifier: 1, sequence: 1, data: b"" };

/// Each of these rules keeps something out: nothing is sent, nothing believed.
#[test]
fn ipv6_that_deserves_no_answer() {
    use Discard as D;
    let (us, eve) = ("2001:db8::1", "2001:db8::2");
    let echo = icmpv6::Message::EchoRequest(ECHO);
    let cases = [
        (asks(eve, us, mac(9)), D::NdpSenderMac),
        (asks("2001:db8:9::9", us, mac(2)), D::NdpOffLink),
        (asks(eve, "2001:db8::7", mac(2)), D::NdpNotForUs),
        (says(eve, mac(9)), D::NdpSenderMac),
        (says("2001:db8:9::9", mac(2)), D::NdpOffLink),
        (says("2001:db8::7", mac(2)), D::NdpUnasked),
        (says(us, mac(2)), D::NdpConflict),
        (icmp_v6(eve, "ff02::1", &echo), D::EchoToGroup),
        (icmp_v6("::", "ff02::1:ff00:1", &echo), D::Source),
        (icmp_v6("::", us, &echo), D::Source),
        (icmp_v6("::1", us, &echo), D::Source),
        (icmp_v6("ff02::1", us, &echo), D::Source),
        (icmp_v6("::ffff:192.0.2.2", us, &echo), D::Source),
        (icmp_v6(us, us, &echo), D::OwnSource),
        (icmp_v6(eve, "::1", &echo), D::Destination),
        (icmp_v6(eve, "2001:db8::7", &echo), D::NotForUs),
        (packet_v6(eve, "ff02::1", 64, Protocol::UDP, &[0; 8]), D::NoPort),
    ];
    for (packet, reason) in cases {
        let mut alice = host(1, &["2001:db8::1/64"]);
        alice.receive(0, &frame(mac(1), EtherType::IPV6, &packet), ms(0));
        assert_eq!(alice.counters().discarded(reason), 1, "{reason}: {:#?}", alice.counters());
        assert_eq!(frames(&mut alice), Vec::<Vec<u8>>::new(), "{reason}");
        assert_eq!(alice.neighbors(ms(0)).count(), 0, "{reason}");
        let conflict = events(&mut alice).len();
        assert_eq!(conflict, usize::from(reason == D::NdpConflict), "{reason}");
    }
}

/// RFC 6980 §5: a filter on a switch cannot see what is in the pieces.
#[test]
fn neighbor_discovery_in_pieces_is_refused() {
    let mut alice = host(1, &["2001:db8::1/64"]);
    let whole = asks("2001:db8::2", "2001:db8::1", mac(2));
    for (offset, data) in whole[ipv6::LENGTH..].chunks(16).enumerate() {
        let mut piece = Vec::new();
        let last = data.len() < 16 || offset == 1;
        ipv6::Fragment {
            next_header: Protocol::ICMPV6,
            offset: offset * 16,
            more: !last,
            identification: 1,
            header_at: ipv6::LENGTH,
            named_at: 6,
        }
        .write(&mut piece);
        piece.extend_from_slice(data);
        let packet = packet_v6("2001:db8::2", "2001:db8::1", 255, Protocol::FRAGMENT, &piece);
        alice.receive(0, &frame(mac(1), EtherType::IPV6, &packet), ms(0));
    }
    assert_eq!(alice.counters().discarded(Discard::NdpFragments), 1, "{:#?}", alice.counters());
    assert_eq!((frames(&mut alice).len(), alice.neighbors(ms(0)).count()), (0, 0));
}

#[test]
fn arp_and_ipv4_that_deserve_no_answer() {
    let mut request = Vec::new();
    arp::Packet {
        operation: arp::Operation::Request,
        sender_mac: mac(9), // the frame's is another
        sender_ip: BOB,
        target_mac: Mac([0; 6]),
        target_ip: ALICE,
    }
    .write(&mut request);
    let mut routed = Vec::new();
    let header = ipv4::Header::new(Protocol::ICMP, BOB, ALICE, 8);
    header.write_with_options(&[131, 7, 4, 192, 0, 2, 1, 0], &mut routed);
    icmpv4::Message::EchoRequest(ECHO).write(&mut routed);
    for (ether_type, payload, reason) in [
        (EtherType::ARP, request, Discard::ArpSenderMac),
        (EtherType::IPV4, routed, Discard::SourceRoute),
    ] {
        let mut alice = host(1, &["192.0.2.1/24"]);
        alice.receive(0, &frame(mac(1), ether_type, &payload), ms(0));
        assert_eq!(alice.counters().discarded(reason), 1, "{reason}");
        assert_eq!((frames(&mut alice).len(), alice.neighbors(ms(0)).count()), (0, 0), "{reason}");
    }
}

/// The same link-local address on the wrong link is nobody's.
#[test]
fn a_link_local_address_is_ours_on_its_link_only() {
    for (interface, discards) in [(0, 0), (1, 1)] {
        let mut host = two_links();
        let echo = icmpv6::Message::EchoRequest(ECHO);
        let packet = icmp_v6("fe80::9", "fe80::ff:fe00:1", &echo);
        let to = mac(if interface == 0 { 1 } else { 3 });
        host.receive(interface, &frame(to, EtherType::IPV6, &packet), ms(0));
        assert_eq!(host.counters().discarded(Discard::NotForUs), discards);
    }
}

#[test]
fn what_a_router_does_not_forward_over_ipv6() {
    use Discard as D;
    let (alice, bob) = ("2001:db8:a::1", "2001:db8:b::2");
    let udp = |from: &str, to: &str| packet_v6(from, to, 64, Protocol::UDP, &[0; 8]);
    let all = Mac([0x33, 0x33, 0, 0, 0, 1]);
    let cases = [
        (mac(0xa), udp("fe80::9", bob), D::LinkLocal),
        (mac(0xa), udp(alice, "fe80::9"), D::LinkLocal),
        (mac(0xa), udp(alice, "ff0e::1"), D::Multicast),
        (mac(0xa), udp("2001:db8:b::ff", "2001:db8:a::9"), D::OwnSource),
        (mac(0xa), udp("2001:db8:b::9", bob), D::SourceElsewhere),
        (all, udp(alice, bob), D::UnicastForAll),
    ];
    for (to, packet, reason) in cases {
        let mut router = routed(1500).nodes.swap_remove(lan::ROUTER);
        router.receive(0, &frame(to, EtherType::IPV6, &packet), ms(0));
        assert_eq!(router.counters().discarded(reason), 1, "{reason}: {:#?}", router.counters());
        assert_eq!(frames(&mut router), Vec::<Vec<u8>>::new(), "{reason}");
    }
}

/// No error about an error: two hosts could go on for ever.
#[test]
fn every_type_of_error_is_known_for_one() {
    for kind in 0..=255_u8 {
        let mut router = routed(1500).nodes.swap_remove(lan::ROUTER);
        assert!(router.set_neighbor(0, ip("192.0.2.1"), mac(1)));
        assert!(router.set_neighbor(0, ip("2001:db8:a::1"), mac(1)));
        let to = Ipv4Addr::new(192, 0, 2, 130);
        let header = ipv4::Header::new(Protocol::ICMP, ALICE, to, 8);
        let packet = v4(ipv4::Header { ttl: 1, ..header }, &[kind, 0, 0, 0, 0, 0, 0, 0]);
        router.receive(0, &frame(mac(0xa), EtherType::IPV4, &packet), ms(0));
        let is_error = [3, 4, 5, 11, 12].contains(&kind); // RFC 1122 §3.2.2
        assert_eq!(frames(&mut router).len(), usize::from(!is_error), "ICMP type {kind}");

        let message = [kind, 0, 0, 0, 0, 0, 0, 0];
        let (from, to) = ("2001:db8:a::1", "2001:db8:b::2");
        let packet = packet_v6(from, to, 1, Protocol::ICMPV6, &message);
        router.receive(0, &frame(mac(0xa), EtherType::IPV6, &packet), ms(0));
        let is_error = kind < 128 || kind == 137; // RFC 4443 §2.1, §2.4 (e)
        assert_eq!(frames(&mut router).len(), usize::from(!is_error), "ICMPv6 type {kind}");
    }
}

#[test]
fn a_path_only_becomes_narrower_and_not_less_than_a_link_may_be() {
    let mut alice = alice();
    for (said, believed) in [(1400, 1400), (1450, 1400), (576, 576), (1400, 576), (20, 68)] {
        alice.receive(0, &too_big(ALICE, said, &quoted(1480, 0)), ms(1));
        assert_eq!(path(&alice), believed, "after {said}");
        events(&mut alice);
    }
    let quoted = packet_v6("2001:db8::1", "2001:db8::9", 64, Protocol::TCP, &[0; 1400]);
    let message = icmpv6::Message::PacketTooBig { mtu: 600, quoted: icmpv6::quote(&quoted) };
    let packet = icmp_v6("2001:db8::2", "2001:db8::1", &message);
    alice.receive(0, &frame(mac(1), EtherType::IPV6, &packet), ms(1));
    assert_eq!(alice.path_mtu(ip("2001:db8::9"), None, ms(1)), Ok(1280));
}

/// Each of these reasons has a line of its own in the counters, so each needs a frame that earns it.
#[test]
fn what_nobody_here_wants() {
    use Discard as D;
    let icmp = |kind: u8| {
        let mut message = Vec::new();
        let rest = [0; 4];
        icmpv4::Message::Other { kind, code: 0, rest, data: &[] }.write(&mut message);
        v4(ipv4::Header::new(Protocol::ICMP, BOB, ALICE, message.len()), &message)
    };
    let icmp6 = |kind: u8| {
        let mut message = vec![0; 40];
        message[0] = kind;
        let sum = icmpv6::checksum(&message, v6("fe80::2"), v6("2001:db8::1"));
        message[2..4].copy_from_slice(&sum.to_be_bytes());
        packet_v6("fe80::2", "2001:db8::1", 255, Protocol::ICMPV6, &message)
    };
    let from_v6 = |protocol| packet_v6("2001:db8::2", "2001:db8::1", 64, protocol, &[0; 8]);
    let advertisement = ndp::Message::NeighborAdvertisement {
        router: false,
        solicited: false,
        overriding: true,
        target: v6("2001:db8::2"),
        target_mac: Some(mac(2)),
    };
    let advertisement = discovery("2001:db8::2", "2001:db8::1", advertisement);
    let unknown = v4(ipv4::Header::new(Protocol(200), BOB, ALICE, 8), &[0; 8]);
    let (ip4, ip6) = (EtherType::IPV4, EtherType::IPV6);
    let cases = [
        (ip4, unknown, D::NoProtocol),
        (ip6, from_v6(Protocol(200)), D::NoProtocol),
        (ip6, from_v6(Protocol::NO_NEXT_HEADER), D::NothingInside),
        (ip4, icmp(13), D::IcmpType), // timestamp
        (ip6, icmp6(200), D::IcmpType),
        (ip4, icmp(5), D::Redirect),
        (ip6, icmp6(137), D::Redirect),
        (ip6, advertisement, D::NdpRefused),
    ];
    for (ether_type, packet, reason) in cases {
        let mut alice = host(1, &["192.0.2.1/24", "2001:db8::1/64"]);
        assert!(alice.set_neighbor(0, ip("2001:db8::2"), mac(7)));
        alice.receive(0, &frame(mac(1), ether_type, &packet), ms(0));
        assert_eq!(alice.counters().discarded(reason), 1, "{reason}: {:#?}", alice.counters());
        lan::check(&alice);
    }
}

/// Whoever asks from an address that we have no route to gets no answer.
#[test]
fn an_answer_needs_a_way_back() {
    let mut alice = host(1, &["192.0.2.1/24"]);
    let mut message = Vec::new();
    let echo = icmpv4::Echo { identifier: 1, sequence: 1, data: b"back?" };
    icmpv4::Message::EchoRequest(echo).write(&mut message);
    let packet = v4(ipv4::Header::new(Protocol::ICMP, FAR, ALICE, message.len()), &message);
    alice.receive(0, &frame(mac(1), EtherType::IPV4, &packet), ms(0));
    assert_eq!(alice.counters().discarded(Discard::NoWayBack), 1, "{:#?}", alice.counters());
    lan::check(&alice);
}

/// An owner that looks at no events loses some, and the counters say how many.
#[test]
fn events_that_nobody_takes_are_counted() {
    let mut alice = alice();
    alice.register(Protocol::UDP);
    let packet = v4(ipv4::Header::new(Protocol::UDP, BOB, ALICE, 8), &[0; 8]);
    for _ in 0..1000 {
        alice.receive(0, &frame(mac(1), EtherType::IPV4, &packet), ms(0));
    }
    let lost = alice.counters().discarded(Discard::EventsFull);
    assert_eq!(lost + events(&mut alice).len() as u64, 1000);
    assert!(lost > 0);
    lan::check(&alice);
}

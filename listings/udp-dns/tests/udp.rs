//! UDP on a link in memory: who gets what, who is told of what, and how much may wait.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use addresses::Mac;
use link_and_ip::link::Node;
use link_and_ip::link::memory::{Conditions, Memory};
use link_and_ip::link::network::Network;
use link_and_ip::stack::{Config, ErrorKind, Interface, Outgoing, Stack};
use link_and_ip::wire::{Protocol, icmpv6, ipv6, udp as wire};
use proptest::prelude::*;
use udp_dns::udp::{BindError, EPHEMERAL, Endpoint, MAX_BYTES, MAX_DATAGRAMS, Received, UdpError};

const END: Duration = Duration::from_secs(5);
const NOW: Duration = Duration::ZERO;
const DATA: &[u8] = b"hello";

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

fn at(text: &str) -> SocketAddr {
    text.parse().expect("an address and a port")
}

fn endpoint(last: u8) -> Endpoint {
    let mut stack = Stack::new(Config::default());
    let v6 = format!("2001:db8::{last}");
    let addresses = vec![([192, 0, 2, last].into(), 24), (ip(&v6), 64)];
    stack
        .add_interface(&Interface { mac: Mac([2, 0, 0, 0, 0, last]), mtu: 1500, addresses })
        .expect("a good interface");
    let mut next = 0_u16;
    Endpoint::new(stack, move || {
        next = next.wrapping_mul(25_173).wrapping_add(13_849);
        next
    })
}

/// Alice and Bob.
fn pair() -> Network<Endpoint> {
    Network::pair([endpoint(1), endpoint(2)], Memory::hub(2, Conditions::default(), 1))
}

fn run(net: &mut Network<Endpoint>) {
    let end = net.now() + END;
    net.run(end).expect("time passes");
}

#[test]
fn a_question_and_its_answer_over_both_versions() {
    for to in ["192.0.2.2:53", "[2001:db8::2]:53"] {
        let mut net = pair();
        let server = net.nodes[1].bind(None, 53).expect("port 53");
        let client = net.nodes[0].bind(None, 0).expect("any port");
        net.nodes[0].send_to(client, DATA, at(to), NOW).expect("sent");
        run(&mut net);
        let Received { from, data, to: own, .. } = net.nodes[1].recv_from(server).expect("it came");
        assert_eq!((&data[..], own), (DATA, at(to).ip()));
        assert!(EPHEMERAL.contains(&from.port()));
        let now = net.now();
        net.nodes[1].answer(server, b"world", Some(own), from, now).expect("sent");
        run(&mut net);
        let answer = net.nodes[0].recv_from(client).expect("it came back");
        assert_eq!((answer.from, &answer.data[..]), (at(to), &b"world"[..]));
        assert!(net.nodes[0].recv_from(client).is_none());
    }
}

#[test]
fn nobody_listens_and_the_sender_is_told() {
    for to in ["192.0.2.2:9", "[2001:db8::2]:9"] {
        let mut net = pair();
        let client = net.nodes[0].bind(None, 0).expect("any port");
        let other = net.nodes[0].bind(None, 0).expect("another port");
        net.nodes[0].send_to(client, DATA, at(to), NOW).expect("sent");
        run(&mut net);
        let problem = net.nodes[0].take_problem(client).expect("told");
        assert_eq!((problem.peer, problem.kind), (at(to), ErrorKind::PortUnreachable));
        assert_eq!(problem.reporter, at(to).ip());
        assert_eq!(net.nodes[0].take_problem(other), None);
        assert_eq!(net.nodes[1].counters().no_port, 1);
    }
}

/// RFC 1122 §4.1.3.1 with §3.2.2: a broadcast to a closed port gets no answers from everyone.
#[test]
fn nobody_complains_about_a_broadcast() {
    let mut net = pair();
    let client = net.nodes[0].bind(None, 0).expect("any port");
    net.nodes[0].send_to(client, DATA, at("192.0.2.255:9"), NOW).expect("sent");
    run(&mut net);
    assert_eq!(net.nodes[1].counters().no_port, 1);
    assert_eq!(net.nodes[0].take_problem(client), None);
}

#[test]
fn the_most_specific_socket_gets_it() {
    let mut net = pair();
    let [wildcard, address, peer] = [None, Some(ip("192.0.2.2")), Some(ip("2001:db8::2"))]
        .map(|address| net.nodes[1].bind(address, 53).expect("three sockets on one port"));
    net.nodes[1].connect(peer, at("[2001:db8::1]:7")).expect("a peer");
    assert_eq!(net.nodes[1].bind(None, 53), Err(BindError::Taken));
    assert_eq!(net.nodes[1].bind(Some(ip("192.0.2.1")), 53), Err(BindError::NotOurs));

    let from =
        |port| move |net: &mut Network<Endpoint>| net.nodes[0].bind(None, port).expect("a port");
    let (seven, eight) = (from(7)(&mut net), from(8)(&mut net));
    for (socket, to) in
        [(seven, "192.0.2.2:53"), (seven, "[2001:db8::2]:53"), (eight, "[2001:db8::2]:53")]
    {
        net.nodes[0].send_to(socket, to.as_bytes(), at(to), NOW).expect("sent");
    }
    run(&mut net);
    let mut got = |socket| {
        let received = std::iter::from_fn(|| net.nodes[1].recv_from(socket));
        received.map(|r| (r.from.port(), r.to)).collect::<Vec<_>>()
    };
    assert_eq!(got(address), [(7, ip("192.0.2.2"))]);
    assert_eq!(got(peer), [(7, ip("2001:db8::2"))]);
    assert_eq!(
        got(wildcard),
        [(8, ip("2001:db8::2"))],
        "the wildcard takes what others do not want"
    );
}

/// What a resolver relies on: answers from others do not reach a connected socket, and whoever
/// scans for its port learns nothing.
#[test]
fn a_connected_socket_looks_closed_to_everyone_else() {
    let mut net = pair();
    let socket = net.nodes[1].bind(None, 5353).expect("a port");
    net.nodes[1].connect(socket, at("192.0.2.1:53")).expect("a peer");
    assert_eq!(
        net.nodes[1].send_to(socket, DATA, at("192.0.2.1:54"), NOW),
        Err(UdpError::OtherPeer)
    );
    let [right, wrong] = [53, 54].map(|port| net.nodes[0].bind(None, port).expect("a port"));
    for socket in [right, wrong] {
        net.nodes[0].send_to(socket, DATA, at("192.0.2.2:5353"), NOW).expect("sent");
    }
    run(&mut net);
    assert_eq!(net.nodes[1].recv_from(socket).expect("the peer's").from, at("192.0.2.1:53"));
    assert!(net.nodes[1].recv_from(socket).is_none());
    let told = net.nodes[0].take_problem(wrong).map(|problem| problem.kind);
    assert_eq!(told, Some(ErrorKind::PortUnreachable));
    assert_eq!(net.nodes[1].counters().filtered, 1);
}

#[test]
fn a_full_queue_drops_the_newest_and_counts_it() {
    let mut net = pair();
    let server = net.nodes[1].bind(None, 53).expect("port 53");
    let client = net.nodes[0].bind(None, 0).expect("any port");
    for number in 0..MAX_DATAGRAMS as u8 + 10 {
        let now = net.now();
        net.nodes[0].send_to(client, &[number], at("192.0.2.2:53"), now).expect("sent");
        run(&mut net);
    }
    let kept: Vec<u8> =
        std::iter::from_fn(|| net.nodes[1].recv_from(server)).map(|r| r.data[0]).collect();
    assert_eq!(kept, (0..MAX_DATAGRAMS as u8).collect::<Vec<_>>());
    assert_eq!(net.nodes[1].counters().queue_full, 10);

    // Large ones: by bytes. Once they are taken there is room again.
    let large = vec![7; 60_000];
    for _ in 0..2 {
        for _ in 0..6 {
            let now = net.now();
            net.nodes[0].send_to(client, &large, at("192.0.2.2:53"), now).expect("sent in pieces");
            run(&mut net);
        }
        let kept: Vec<_> = std::iter::from_fn(|| net.nodes[1].recv_from(server)).collect();
        assert_eq!(kept.len(), MAX_BYTES / large.len());
        assert!(kept.iter().all(|received| received.data == large), "put together as they were");
    }
}

#[test]
fn how_long_a_datagram_may_be() {
    let mut net = pair();
    let client = net.nodes[0].bind(None, 0).expect("any port");
    let mut send = |to, length| net.nodes[0].send_to(client, &vec![0; length], at(to), NOW);
    assert_eq!(send("192.0.2.2:9", wire::MAX_DATA_V4), Ok(()));
    assert!(send("192.0.2.2:9", wire::MAX_DATA_V4 + 1).is_err());
    assert_eq!(send("[2001:db8::2]:9", wire::MAX_DATA_V4 + 20), Ok(()));
    let too_long = wire::MAX_DATA_V4 + 21;
    assert_eq!(send("[2001:db8::2]:9", too_long), Err(UdpError::TooLong(too_long)));
    assert_eq!(send("192.0.2.2:0", 1), Err(UdpError::PortZero));
}

#[test]
fn every_ephemeral_port_is_found_and_none_twice() {
    let mut alice = endpoint(1);
    let mut ports = Vec::new();
    for _ in 0..udp_dns::udp::MAX_SOCKETS {
        let socket = alice.bind(None, 0).expect("a free port");
        ports.push(alice.local(socket).expect("it is open").1);
    }
    assert_eq!(alice.bind(None, 0), Err(BindError::TooMany));
    ports.sort_unstable();
    ports.dedup();
    assert_eq!(ports.len(), udp_dns::udp::MAX_SOCKETS);
    assert!(ports.iter().all(|port| EPHEMERAL.contains(port)));
}

/// Bob's raw bytes, as UDP for Alice.
fn raw(payload: &[u8], to: IpAddr) -> Network<Endpoint> {
    let mut net = pair();
    net.nodes[0].bind(None, 53).expect("port 53");
    let packet = Outgoing::new(to, Protocol::UDP, payload);
    net.nodes[1].stack().send(&packet, NOW).expect("sent");
    run(&mut net);
    net
}

fn datagram(to: IpAddr, data: &[u8]) -> Vec<u8> {
    let from = if to.is_ipv4() { ip("192.0.2.2") } else { ip("2001:db8::2") };
    let mut bytes = Vec::new();
    wire::write((from, 9), (to, 53), data, &mut bytes).expect("it fits");
    bytes
}

#[test]
fn what_is_damaged_on_the_way_is_dropped_and_counted() {
    for to in ["192.0.2.1", "2001:db8::1"].map(ip) {
        let whole = datagram(to, b"some data");
        assert_eq!(raw(&whole, to).nodes[0].counters().delivered, 1);
        for length in 0..whole.len() {
            let counters = *raw(&whole[..length], to).nodes[0].counters();
            assert_eq!((counters.bad_length, counters.delivered), (1, 0), "{length} bytes");
        }
        for bit in 0..whole.len() * 8 {
            let mut flipped = whole.clone();
            flipped[bit / 8] ^= 0x80 >> (bit % 8);
            let counters = *raw(&flipped, to).nodes[0].counters();
            assert_eq!(counters.delivered, 0, "bit {bit}");
            assert_eq!(counters.bad_length + counters.bad_checksum, 1, "bit {bit}");
        }
    }
}

/// An error about a datagram that we never sent, or with too few bytes of it.
#[test]
fn an_error_about_somebody_elses_datagram_reaches_nobody() {
    let mut net = pair();
    let client = net.nodes[0].bind(None, 4000).expect("a port");
    net.nodes[0].connect(client, at("192.0.2.2:53")).expect("a peer");
    // Bob is told to complain about a datagram of Alice's that went elsewhere: her other socket's.
    let other = net.nodes[0].bind(None, 4001).expect("a port");
    net.nodes[0].send_to(other, DATA, at("192.0.2.2:99"), NOW).expect("sent");
    run(&mut net);
    assert_eq!(net.nodes[0].take_problem(client), None);
    assert!(net.nodes[0].take_problem(other).is_some());
    net.nodes[0].send_to(other, DATA, at("192.0.2.2:99"), END).expect("sent");
    net.nodes[0].close(other);
    run(&mut net);
    assert_eq!(net.nodes[0].counters().errors_unclaimed, 1, "closed in the meantime");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever arrives is counted once, and nothing panics.
    #[test]
    fn any_payload_has_one_fate(payload: Vec<u8>, v6: bool) {
        let net = raw(&payload, ip(if v6 { "2001:db8::1" } else { "192.0.2.1" }));
        let c = net.nodes[0].counters();
        let fates = [c.delivered, c.queue_full, c.no_port, c.filtered, c.bad_length, c.bad_checksum, c.port_zero];
        prop_assert_eq!(fates.iter().sum::<u64>(), 1);
    }

    /// On a link that loses, doubles, delays and damages: what is delivered is what was sent.
    #[test]
    fn what_arrives_is_what_was_sent(seed: u64, lengths in prop::collection::vec(0_usize..4000, 1..8)) {
        let conditions = Conditions {
            loss: 0.1, duplicate: 0.1, corrupt: 0.1, reorder: 0.2,
            held_back: Duration::from_millis(30), ..Conditions::default()
        };
        let mut net = Network::pair([endpoint(1), endpoint(2)], Memory::hub(2, conditions, seed));
        let server = net.nodes[1].bind(None, 53).expect("port 53");
        let client = net.nodes[0].bind(None, 0).expect("any port");
        let sent: Vec<Vec<u8>> = lengths.iter().zip(0..).map(|(&l, n)| vec![n; l]).collect();
        for data in &sent {
            net.nodes[0].send_to(client, data, at("192.0.2.2:53"), NOW).expect("sent");
        }
        net.run(Duration::from_secs(100)).expect("time passes");
        while let Some(received) = net.nodes[1].recv_from(server) {
            prop_assert!(sent.contains(&received.data));
        }
    }
}

#[test]
fn it_is_a_node() {
    fn node(_: &impl Node) {}
    node(&endpoint(1));
}

/// Over IPv6 nobody cuts but the sender, so it has to learn how much fits; but only from an error
/// about a datagram of its own.
#[test]
fn a_narrow_path_is_believed_of_our_own_datagrams_only() {
    for (port, believed) in [(4000, 1300), (4001, 1500)] {
        let mut net = pair();
        let [alice, bob] = [1, 2].map(|last| Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last));
        net.nodes[0].bind(None, 4000).expect("a port");
        let mut datagram = Vec::new();
        wire::write((alice.into(), port), (bob.into(), 53), &[0; 1400], &mut datagram)
            .expect("it fits");
        let mut packet = Vec::new();
        ipv6::Header::new(Protocol::UDP, alice, bob, datagram.len()).write(&mut packet);
        packet.extend_from_slice(&datagram);
        let mut error = Vec::new();
        icmpv6::Message::PacketTooBig { mtu: 1300, quoted: icmpv6::quote(&packet) }
            .write(bob, alice, &mut error);
        let outgoing = Outgoing::new(alice.into(), Protocol::ICMPV6, &error);
        net.nodes[1].stack().send(&outgoing, NOW).expect("sent");
        run(&mut net);
        let now = net.now();
        let mtu = net.nodes[0].stack().path_mtu(bob.into(), None, now);
        assert_eq!(mtu, Ok(believed), "port {port}");
    }
}

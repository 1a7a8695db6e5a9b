//! Segments from people who wish us ill: guesses, floods and storms. What it costs is measured.

mod lan;

use std::net::IpAddr;
use std::time::Duration;

use fastrand::Rng;
use lan::{CLIENT, END, SERVER, address, connected, drain, mac, ms, pair, pass, server_at, state};
use link_and_ip::Stack;
use link_and_ip::link::Node;
use link_and_ip::link::memory::{Conditions, Memory};
use link_and_ip::link::network::Network;
use link_and_ip::neighbor::State as NeighborState;
use link_and_ip::siphash::siphash;
use link_and_ip::stack::{Config as StackConfig, Interface};
use link_and_ip::wire::ethernet::{self, EtherType};
use link_and_ip::wire::{icmpv4, ipv4};
use tcp::Seq;
use tcp::connection::State;
use tcp::cookie::Cookies;
use tcp::host::{Config, ConnectionId, Host, TCP};
use tcp::segment::{Flags, Header, Options};

/// A frame with a segment to the server, as if from `from`.
fn forged(from: [u8; 4], header: Header, payload: &[u8]) -> Vec<u8> {
    let (source, destination) = (from.into(), [192, 0, 2, 2].into());
    let mut segment = Vec::new();
    header.write(IpAddr::V4(source), IpAddr::V4(destination), [payload, &[]], &mut segment);
    let mut frame = Vec::new();
    let ether_type = EtherType::IPV4;
    ethernet::Header { destination: mac(2), source: mac(1), ether_type }.write(&mut frame);
    ipv4::Header::new(TCP, source, destination, segment.len()).write(&mut frame);
    frame.extend(segment);
    frame
}

/// Gives the server a frame and counts what it sends.
fn throw(net: &mut Network<Host>, frame: &[u8]) -> usize {
    let now = net.now();
    net.nodes[SERVER].receive(0, frame, now);
    let mut answers = 0;
    while let Some((_, frame)) = net.nodes[SERVER].next_frame() {
        net.nodes[SERVER].recycle(frame);
        answers += 1;
    }
    answers
}

fn still_works(net: &mut Network<Host>, client: ConnectionId, server: ConnectionId) {
    let now = net.now();
    net.nodes[CLIENT].write(client, b"still here", now).expect("it can write");
    let mut got = Vec::new();
    let came = net.run_until(now + Duration::from_secs(600), |net| {
        let now = net.now();
        drain(&mut net.nodes[SERVER], server, &mut got, now);
        got.len() >= 10
    });
    assert_eq!((came, &got[..]), (Ok(true), &b"still here"[..]));
}

/// Without timestamps: who guesses those too has even less chance.
fn usual() -> Network<Host> {
    let connection = tcp::connection::Config { timestamps: false, ..Default::default() };
    pair(&Config { connection, ..Config::default() }, Conditions::default(), 1)
}

#[test]
fn syns_from_nowhere_and_an_honest_client() {
    flood(5_000);
}

#[test]
#[ignore = "needs seconds: many SYNs"]
fn a_hundred_thousand_syns_from_nowhere_and_an_honest_client() {
    flood(100_000);
}

fn flood(count: u64) {
    let mut net = usual();
    let listener = net.nodes[SERVER].listen(server_at(80), 128).unwrap();
    // A router, so that strangers can be answered without asking who they are.
    let everywhere = [0, 0, 0, 0].into();
    net.nodes[SERVER].stack_mut().add_route(everywhere, 0, address(1)).unwrap();
    let before = net.nodes[SERVER].memory();
    let mut random = Rng::with_seed(1);
    let mut most = 0;
    for number in 0..count {
        let header = Header {
            source: random.u16(1..),
            destination: 80,
            seq: Seq(random.u32(..)),
            flags: Flags::SYN,
            window: 64_000,
            options: Options { mss: Some(1460), ..Options::default() },
            ..Header::default()
        };
        let from = [100, random.u8(..), random.u8(..), random.u8(..)];
        assert!(throw(&mut net, &forged(from, header, &[])) <= 1, "no answer is larger");
        if number % 1000 == 0 {
            most = most.max(net.nodes[SERVER].memory());
        }
    }
    let counters = *net.nodes[SERVER].counters();
    let megabytes = (most - before) as f64 / 1e6;
    println!("{count} SYNs: {megabytes:.1} MB at most, {} cookies", counters.cookies_sent);
    assert_eq!(net.nodes[SERVER].connections().count(), 1 + 128);
    assert_eq!(counters.cookies_sent, count - 128);
    assert!(most - before < 512 << 10, "{before} bytes before, {most} at most");

    let now = net.now();
    let client = net.nodes[CLIENT].connect(server_at(80), now).unwrap();
    let mut server = None;
    let came = net.run_until(now + ms(100), |net| {
        server = server.or_else(|| net.nodes[SERVER].accept(listener));
        server.is_some()
    });
    assert_eq!(came, Ok(true), "the honest one comes in at once");
    assert_eq!(net.nodes[SERVER].counters().cookies_accepted, 1);
    still_works(&mut net, client, server.unwrap());
}

#[test]
fn without_cookies_the_flood_keeps_the_honest_client_out() {
    let config = Config { cookies: false, ..Config::default() };
    let mut net = pair(&config, Conditions::default(), 1);
    net.nodes[SERVER].listen(server_at(80), 16).unwrap();
    for port in 1..=16 {
        let header =
            Header { source: port, destination: 80, flags: Flags::SYN, ..Header::default() };
        throw(&mut net, &forged([192, 0, 2, 77], header, &[]));
    }
    let now = net.now();
    let client = net.nodes[CLIENT].connect(server_at(80), now).unwrap();
    pass(&mut net, ms(5000));
    assert_eq!(state(&net, CLIENT, client), Some(State::SynSent));
    assert!(net.nodes[SERVER].counters().syns_dropped > 1);
}

#[test]
fn an_ack_that_brings_no_cookie_opens_nothing() {
    let mut net = usual();
    net.nodes[SERVER].listen(server_at(80), 1).unwrap();
    let syn =
        |port| Header { source: port, destination: 80, flags: Flags::SYN, ..Header::default() };
    for port in 1..=2 {
        throw(&mut net, &forged([192, 0, 2, 1], syn(port), &[]));
    }
    assert_eq!(net.nodes[SERVER].counters().cookies_sent, 1, "cookies are looked for now");
    let mut random = Rng::with_seed(1);
    for _ in 0..10_000 {
        let ack = Seq(random.u32(..));
        let header =
            Header { source: 9, destination: 80, ack, flags: Flags::ACK, ..Header::default() };
        throw(&mut net, &forged([192, 0, 2, 1], header, &[]));
    }
    assert_eq!(net.nodes[SERVER].counters().cookies_accepted, 0);
    assert_eq!(net.nodes[SERVER].connections().count(), 2);
}

/// The ports and numbers of a connection, which an attacker has to guess.
fn ends(net: &Network<Host>, client: ConnectionId, server: ConnectionId) -> (u16, Seq, Seq) {
    let port = net.nodes[CLIENT].connection(client).unwrap().local().port();
    let known = net.nodes[SERVER].snapshot(server).unwrap();
    (port, known.rcv_nxt, known.snd_nxt)
}

#[test]
fn only_the_exact_number_resets() {
    let mut net = usual();
    let (client, server, _) = connected(&mut net, 80);
    let (port, expected, _) = ends(&net, client, server);
    let rst =
        |seq| Header { source: port, destination: 80, seq, flags: Flags::RST, ..Header::default() };
    let mut random = Rng::with_seed(1);
    let mut answers = 0;
    for _ in 0..10_000 {
        let guess = Seq(random.u32(..));
        if guess != expected {
            answers += throw(&mut net, &forged([192, 0, 2, 1], rst(guess), &[]));
        }
    }
    // In the window, but not the number: whoever is really there would repeat it (RFC 5961 §3.2).
    for offset in 1..1000 {
        answers += throw(&mut net, &forged([192, 0, 2, 1], rst(expected + offset), &[]));
    }
    assert!(answers <= 100, "{answers} challenges for 11,000 guesses");
    assert_eq!(state(&net, SERVER, server), Some(State::Established));
    still_works(&mut net, client, server);
    let (_, expected, _) = ends(&net, client, server);
    throw(&mut net, &forged([192, 0, 2, 1], rst(expected), &[]));
    assert_eq!(state(&net, SERVER, server), Some(State::Closed));
}

#[test]
fn data_outside_the_window_and_in_a_thousand_pieces_costs_no_memory() {
    let mut net = usual();
    let (client, server, _) = connected(&mut net, 80);
    let (port, expected, ack) = ends(&net, client, server);
    let window = net.nodes[SERVER].snapshot(server).unwrap().rcv_wnd;
    let before = net.nodes[SERVER].memory();
    let data = |seq| {
        let header = Header {
            source: port,
            destination: 80,
            seq,
            ack,
            flags: Flags::ACK,
            ..Header::default()
        };
        forged([192, 0, 2, 1], Header { window: 1000, ..header }, b"evil")
    };
    let mut random = Rng::with_seed(1);
    for _ in 0..5_000 {
        // Beyond the window; and inside, with a hole before each piece.
        throw(&mut net, &data(expected + window + random.u32(1..1 << 30)));
        throw(&mut net, &data(expected + 1 + random.u32(..window - 10)));
    }
    let after = net.nodes[SERVER].memory();
    println!("10000 pieces with holes between them: {} kB more", (after - before) / 1000);
    assert!(after - before < window as usize + (64 << 10), "{before} bytes before, {after} after");
    assert_eq!(state(&net, SERVER, server), Some(State::Established));
}

#[test]
fn a_storm_of_fins_and_acks_for_nobody_gets_one_rst_each() {
    let mut net = usual();
    let before = net.nodes[SERVER].memory();
    let mut random = Rng::with_seed(1);
    for number in 0..10_000 {
        let flags = if number % 2 == 0 { Flags::ACK } else { Flags::FIN_ACK };
        let header = Header {
            source: random.u16(1..),
            destination: random.u16(1..),
            seq: Seq(random.u32(..)),
            ack: Seq(random.u32(..)),
            flags,
            ..Header::default()
        };
        assert_eq!(throw(&mut net, &forged([192, 0, 2, 1], header, &[])), 1);
    }
    assert!(net.nodes[SERVER].memory() - before < 4096);
}

#[test]
fn a_rst_for_nobody_is_not_answered_and_neither_is_a_broadcast() {
    let mut net = usual();
    let header = Header { source: 1, destination: 2, flags: Flags::RST, ..Header::default() };
    assert_eq!(throw(&mut net, &forged([192, 0, 2, 1], header, &[])), 0);
    let syn = Header { source: 1, destination: 2, flags: Flags::SYN, ..Header::default() };
    let mut frame = forged([192, 0, 2, 1], syn, &[]);
    // The same to everyone in the network: no destination of ours.
    let to = [192, 0, 2, 255];
    let mut segment = Vec::new();
    syn.write(IpAddr::from([192, 0, 2, 1]), IpAddr::from(to), [&[], &[]], &mut segment);
    frame.truncate(ethernet::LENGTH);
    frame[..6].fill(0xff);
    ipv4::Header::new(TCP, [192, 0, 2, 1].into(), to.into(), segment.len()).write(&mut frame);
    frame.extend(segment);
    assert_eq!(throw(&mut net, &frame), 0);
    assert_eq!(net.nodes[SERVER].counters().not_for_one, 1);
}

#[test]
fn a_window_of_one_byte_costs_one_byte_at_a_time_and_no_more() {
    let config = tcp::connection::Config { receive_buffer: 1, ..Default::default() };
    let config = Config { connection: config, ..Config::default() };
    let mut net = pair(&config, Conditions { delay: ms(1), ..Conditions::default() }, 1);
    let (client, server, _) = connected(&mut net, 80);
    let now = net.now();
    net.nodes[CLIENT].write(client, b"slowly", now).unwrap();
    let mut got = Vec::new();
    let came = net.run_until(END, |net| {
        let now = net.now();
        drain(&mut net.nodes[SERVER], server, &mut got, now);
        got.len() == 6
    });
    assert_eq!((came, &got[..]), (Ok(true), &b"slowly"[..]));
}

/// An ICMP error to the client, about a segment of its own with number `seq`.
fn too_big(port: u16, seq: Seq, mtu: u16) -> Vec<u8> {
    let (client, server) = ([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
    let mut quoted = Vec::new();
    ipv4::Header::new(TCP, client, server, 1480).write(&mut quoted);
    quoted.extend(port.to_be_bytes());
    quoted.extend(80_u16.to_be_bytes());
    quoted.extend(seq.0.to_be_bytes());
    let code = icmpv4::Unreachable::FRAGMENTATION_NEEDED;
    let message = icmpv4::Message::Unreachable { code, mtu, quoted: &quoted };
    let mut frame = Vec::new();
    let ether_type = EtherType::IPV4;
    ethernet::Header { destination: mac(1), source: mac(2), ether_type }.write(&mut frame);
    let protocol = link_and_ip::wire::Protocol::ICMP;
    ipv4::Header::new(protocol, [192, 0, 2, 77].into(), client, message.length()).write(&mut frame);
    message.write(&mut frame);
    frame
}

#[test]
fn an_icmp_error_is_believed_only_if_it_quotes_what_is_in_flight() {
    let mut net = usual();
    let (client, _, _) = connected(&mut net, 80);
    let port = net.nodes[CLIENT].connection(client).unwrap().local().port();
    let now = net.now();
    net.nodes[CLIENT].write(client, &[7; 5000], now).unwrap();
    // It goes out, and nobody gets it.
    let mut largest = 0;
    while let Some((_, frame)) = net.nodes[CLIENT].next_frame() {
        largest = largest.max(frame.len());
    }
    assert_eq!(largest, 1514);
    let known = net.nodes[CLIENT].snapshot(client).unwrap();
    let host = &mut net.nodes[CLIENT];
    for seq in [known.snd_una - 1, known.snd_nxt, known.snd_nxt + 100_000] {
        host.receive(0, &too_big(port, seq, 600), now);
    }
    assert_eq!(host.counters().errors_ignored, 3);
    assert_eq!(host.stack().path_mtu(address(2), None, now), Ok(1500));
    host.receive(0, &too_big(port, known.snd_una, 600), now);
    assert_eq!(host.stack().path_mtu(address(2), None, now), Ok(600));
    pass(&mut net, ms(10_000));
    let mut got = Vec::new();
    let server = net.nodes[SERVER].connections().find_map(|line| line.id).unwrap();
    let now = net.now();
    drain(&mut net.nodes[SERVER], server, &mut got, now);
    assert_eq!(got, [7; 5000]);
}

#[test]
fn any_bytes_at_all_leave_the_host_standing() {
    let mut net = usual();
    let (client, server, _) = connected(&mut net, 80);
    let (port, expected, ack) = ends(&net, client, server);
    let before = net.nodes[SERVER].memory();
    let mut random = Rng::with_seed(1);
    for _ in 0..20_000 {
        let flags = Flags {
            fin: random.u8(..8) == 0,
            syn: random.u8(..8) == 0,
            ack: random.u8(..8) != 0,
            psh: random.bool(),
            urg: random.bool(),
            ..Flags::default()
        };
        let near = |number: Seq, random: &mut Rng| number + random.u32(..64) - 32;
        let header = Header {
            source: port,
            destination: 80,
            seq: near(expected, &mut random),
            ack: near(ack, &mut random),
            flags,
            window: random.u16(..),
            urgent: random.u16(..),
            options: Options::default(),
        };
        let payload = vec![random.u8(..); random.usize(..40)];
        throw(&mut net, &forged([192, 0, 2, 1], header, &payload));
    }
    assert!(net.nodes[SERVER].memory() - before < 1 << 20);
}

/// RFC 4861 §7.3.1: only progress says that a neighbor is there. A segment in its name is none.
#[test]
fn a_stranger_confirms_no_neighbor() {
    let mut stack = Stack::new(StackConfig::default());
    let addresses = vec![(address(2), 24)];
    stack.add_interface(&Interface { mac: mac(2), mtu: 1500, addresses }).unwrap();
    let config = Config::default();
    let hosts = [lan::host(1, &config), Host::new(stack, config)];
    let mut net = Network::pair(hosts, Memory::hub(2, Conditions::default(), 1));
    let (client, server, _) = connected(&mut net, 80);
    let known = |net: &Network<Host>| {
        let mut all = net.nodes[SERVER].stack().neighbors(net.now());
        all.find(|neighbor| neighbor.address == address(1)).map(|neighbor| neighbor.state)
    };
    assert_eq!(known(&net), Some(NeighborState::Reachable));
    pass(&mut net, Duration::from_secs(600));
    let (source, _, ack) = ends(&net, client, server);
    let header = Header { source, destination: 80, ack, flags: Flags::ACK, ..Header::default() };
    throw(&mut net, &forged([192, 0, 2, 1], header, &[]));
    assert_ne!(known(&net), Some(NeighborState::Reachable));
    still_works(&mut net, client, server);
    assert_eq!(known(&net), Some(NeighborState::Reachable));
}

/// As long as no cookie has been sent, none is looked for, not even a right one.
#[test]
fn a_cookie_that_nobody_asked_for_opens_nothing() {
    let secret = [7, 8];
    let mut net = pair(&Config { secret, ..Config::default() }, Conditions::default(), 1);
    net.nodes[SERVER].listen(server_at(80), 1).unwrap();
    let key = [2_u8, 3].map(|number| siphash([secret[0] ^ 2, secret[1]], &[number]));
    let (client, server) = ((address(1), 9).into(), server_at(80));
    let cookie = Cookies::new(key).make(server, client, Seq(5), Some(1460), net.now());
    let answer = Header {
        source: 9,
        destination: 80,
        seq: Seq(6),
        ack: cookie + 1,
        flags: Flags::ACK,
        ..Header::default()
    };
    let answer = forged([192, 0, 2, 1], answer, &[]);
    throw(&mut net, &answer);
    assert_eq!(net.nodes[SERVER].counters().cookies_accepted, 0);
    // One is sent now, and the same segment does open a connection.
    for source in [1, 2] {
        let syn = Header { source, destination: 80, flags: Flags::SYN, ..Header::default() };
        throw(&mut net, &forged([192, 0, 2, 1], syn, &[]));
    }
    throw(&mut net, &answer);
    assert_eq!(net.nodes[SERVER].counters().cookies_accepted, 1);
}

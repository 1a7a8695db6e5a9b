//! The host: who gets which segment, and who gets RST; queues, ports, TIME-WAIT, ICMP.

mod lan;

use std::collections::HashSet;
use std::net::SocketAddr;
use std::time::Duration;

use lan::{CLIENT, END, SERVER, address, connect_to, connected, drain, host, ms, pair, pass};
use lan::{server_at, state};
use link_and_ip::link::Node;
use link_and_ip::link::memory::Conditions;
use link_and_ip::wire::ethernet::{self, EtherType};
use link_and_ip::wire::ipv4;
use tcp::connection::{Error, State};
use tcp::host::{Config, ConnectError, Event, Limits, ListenError};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_greeting_and_its_answer() {
    let mut net = pair(&Config::default(), Conditions::default(), 1);
    let (client, server, _) = connected(&mut net, 80);
    let now = net.now();
    assert_eq!(net.nodes[CLIENT].write(client, b"hello", now), Ok(5));
    let mut heard = Vec::new();
    let arrived = net.run_until(END, |net| {
        let now = net.now();
        drain(&mut net.nodes[SERVER], server, &mut heard, now);
        heard.len() == 5
    });
    assert_eq!((arrived, &heard[..]), (Ok(true), &b"hello"[..]));
    let now = net.now();
    net.nodes[CLIENT].close(client, now);
    pass(&mut net, SECOND);
    assert_eq!(state(&net, SERVER, server), Some(State::CloseWait));
    let now = net.now();
    net.nodes[SERVER].close(server, now);
    pass(&mut net, SECOND);
    assert_eq!(state(&net, SERVER, server), None, "LAST-ACK is over with the ACK");
    assert_eq!(state(&net, CLIENT, client), Some(State::TimeWait));
    pass(&mut net, SECOND * 61);
    assert_eq!(state(&net, CLIENT, client), None);
}

#[test]
fn nobody_listens_so_the_answer_is_rst() {
    let mut net = pair(&Config::default(), Conditions::default(), 1);
    let now = net.now();
    let client = net.nodes[CLIENT].connect(server_at(81), now).unwrap();
    pass(&mut net, SECOND);
    let mut buffer = [0; 1];
    let now = net.now();
    assert_eq!(net.nodes[CLIENT].read(client, &mut buffer, now), Err(Error::Refused));
    assert_eq!(net.nodes[SERVER].counters().resets_sent, 1);
    assert_eq!(net.nodes[CLIENT].counters().resets_sent, 0, "no RST for RST");
}

#[test]
fn a_listener_of_one_address_comes_before_one_of_all() {
    let mut net = pair(&Config::default(), Conditions::default(), 1);
    let server = &mut net.nodes[SERVER];
    let all = server.listen("0.0.0.0:80".parse().unwrap(), 8).unwrap();
    let one = server.listen(server_at(80), 8).unwrap();
    let (_, accepted) = connect_to(&mut net, 80, one);
    assert_eq!(net.nodes[SERVER].connection(accepted).unwrap().local(), server_at(80));
    net.nodes[SERVER].unlisten(one, END);
    connect_to(&mut net, 80, all);
}

#[test]
fn an_address_is_listened_on_once_and_must_be_ours() {
    let mut host = host(1, &Config::default());
    let at = SocketAddr::new(address(1), 80);
    host.listen(at, 1).unwrap();
    assert_eq!(host.listen(at, 1), Err(ListenError::InUse(at)));
    let foreign = SocketAddr::new(address(9), 80);
    assert_eq!(host.listen(foreign, 1), Err(ListenError::NotOurs(foreign)));
    let any = host.listen(SocketAddr::new(address(1), 0), 1).unwrap();
    assert!(host.listener_address(any).unwrap().port() >= 1024);
}

#[test]
fn ports_are_not_counted_up_and_not_used_twice() {
    let mut host = host(1, &Config::default());
    let mut ports = HashSet::new();
    let mut near = 0;
    let mut last = 0_u16;
    for _ in 0..1000 {
        let id = host.connect(server_at(80), Duration::ZERO).unwrap();
        let port = host.connection(id).unwrap().local().port();
        assert!(port >= 1024 && ports.insert(port));
        near += u32::from(port.abs_diff(last) < 16);
        last = port;
    }
    assert!(near < 10, "{near} of 1000 lie beside the one before");
}

#[test]
fn there_is_an_end_to_connections_of_our_own() {
    let limits = Limits { connections: 3, ..Limits::default() };
    let mut host = host(1, &Config { limits, ..Config::default() });
    for _ in 0..3 {
        host.connect(server_at(80), Duration::ZERO).unwrap();
    }
    assert_eq!(host.connect(server_at(80), Duration::ZERO), Err(ConnectError::TooMany));
    assert_eq!(host.connect(server_at(0), Duration::ZERO), Err(ConnectError::Port));
}

#[test]
fn an_id_that_was_kept_too_long_finds_nobody() {
    let mut net = pair(&Config::default(), Conditions::default(), 1);
    let (client, server, listener) = connected(&mut net, 80);
    let now = net.now();
    net.nodes[SERVER].abort(server, now);
    pass(&mut net, SECOND);
    let (_, other) = connect_to(&mut net, 80, listener);
    assert_ne!(server, other);
    let now = net.now();
    assert_eq!(net.nodes[SERVER].write(server, b"x", now), Err(Error::Closed));
    let mut buffer = [0; 1];
    assert_eq!(net.nodes[CLIENT].read(client, &mut buffer, now), Err(Error::Reset));
}

#[test]
fn news_come_once_and_for_what_has_changed() {
    let mut net = pair(&Config::default(), Conditions::default(), 1);
    let (client, server, _) = connected(&mut net, 80);
    let events = |net: &mut link_and_ip::link::network::Network<_>, node: usize| {
        let host: &mut tcp::host::Host = &mut net.nodes[node];
        std::iter::from_fn(|| host.next_event()).collect::<Vec<_>>()
    };
    events(&mut net, SERVER);
    for _ in 0..5 {
        let now = net.now();
        net.nodes[CLIENT].write(client, &[0; 3000], now).unwrap();
    }
    pass(&mut net, SECOND);
    assert_eq!(events(&mut net, SERVER), [Event::Changed(server)]);
    assert_eq!(events(&mut net, SERVER), []);
}

#[test]
fn the_accept_queue_has_an_end_and_who_did_not_fit_comes_later() {
    let mut net = pair(&Config::default(), Conditions::default(), 1);
    let listener = net.nodes[SERVER].listen(server_at(80), 2).unwrap();
    for _ in 0..5 {
        let now = net.now();
        net.nodes[CLIENT].connect(server_at(80), now).unwrap();
        pass(&mut net, ms(10));
    }
    assert_eq!(net.nodes[SERVER].connections().count(), 1 + 2);
    assert!(net.nodes[SERVER].counters().syns_dropped > 0);
    let mut accepted = 0;
    let all = net.run_until(END, |net| {
        accepted += usize::from(net.nodes[SERVER].accept(listener).is_some());
        accepted == 5
    });
    assert_eq!(all, Ok(true));
}

#[test]
fn a_new_syn_ends_time_wait_if_its_number_is_higher() {
    let mut net = pair(&Config::default(), Conditions::default(), 1);
    let (client, server, listener) = connected(&mut net, 80);
    // The server closes first, so it is the one that waits.
    let now = net.now();
    net.nodes[SERVER].close(server, now);
    pass(&mut net, SECOND);
    let now = net.now();
    let local = net.nodes[CLIENT].connection(client).unwrap().local();
    net.nodes[CLIENT].close(client, now);
    pass(&mut net, SECOND);
    assert_eq!(state(&net, SERVER, server), Some(State::TimeWait));
    assert_eq!(state(&net, CLIENT, client), None);
    // The same port again: 64,511 others would have to be taken.
    let now = net.now();
    let again = net.nodes[CLIENT].connect_from(local.port(), server_at(80), now).unwrap();
    pass(&mut net, SECOND);
    assert_eq!(state(&net, CLIENT, again), Some(State::Established));
    assert_eq!(state(&net, SERVER, server), None);
    assert_eq!(net.nodes[SERVER].counters().time_waits_reused, 1);
    assert!(net.nodes[SERVER].accept(listener).is_some());
}

#[test]
fn time_wait_is_bounded() {
    let limits = Limits { time_wait: 10, ..Limits::default() };
    let mut net = pair(&Config { limits, ..Config::default() }, Conditions::default(), 1);
    let listener = net.nodes[SERVER].listen(server_at(80), 8).unwrap();
    for _ in 0..50 {
        let (client, server) = connect_to(&mut net, 80, listener);
        let now = net.now();
        net.nodes[CLIENT].close(client, now);
        pass(&mut net, ms(1));
        let now = net.now();
        net.nodes[SERVER].close(server, now);
        pass(&mut net, ms(1));
    }
    let waiting = |line: &tcp::host::Listed| line.state == Some(State::TimeWait);
    assert_eq!(net.nodes[CLIENT].connections().filter(waiting).count(), 10);
    assert_eq!(net.nodes[CLIENT].counters().time_waits_cut, 40);
    assert_eq!(net.nodes[SERVER].connections().count(), 1, "its sides are closed");
}

#[test]
fn who_lets_go_and_hears_nothing_more_does_not_wait_for_ever() {
    let mut net = pair(&Config::default(), Conditions::default(), 1);
    let (client, server, _) = connected(&mut net, 80);
    let now = net.now();
    net.nodes[CLIENT].close(client, now);
    pass(&mut net, SECOND * 30);
    assert_eq!(state(&net, CLIENT, client), Some(State::FinWait2));
    pass(&mut net, SECOND * 40);
    assert_eq!(state(&net, CLIENT, client), None);
    let now = net.now();
    net.nodes[SERVER].write(server, b"are you there?", now).unwrap();
    pass(&mut net, SECOND);
    assert_eq!(state(&net, SERVER, server), Some(State::Closed), "it was told by RST");
}

#[test]
fn many_connections_share_the_link_in_turns() {
    let slow = Conditions { bandwidth: Some(10_000_000), delay: ms(5), ..Conditions::default() };
    let mut net = pair(&Config::default(), slow, 1);
    let listener = net.nodes[SERVER].listen(server_at(80), 16).unwrap();
    let pairs: Vec<_> = (0..8).map(|_| connect_to(&mut net, 80, listener)).collect();
    let mut got = [0_usize; 8];
    let end = net.now() + SECOND * 2;
    let mut buffer = vec![0; 1 << 16];
    net.run_until(end, |net| {
        let now = net.now();
        for (got, (client, server)) in got.iter_mut().zip(&pairs) {
            let _ = net.nodes[CLIENT].write(*client, &[7; 4096], now);
            *got += net.nodes[SERVER].read(*server, &mut buffer, now).unwrap_or(0);
        }
        false
    })
    .unwrap();
    let (least, most) = (got.iter().min().unwrap(), got.iter().max().unwrap());
    assert!(got.iter().sum::<usize>() > 2_000_000, "{got:?}");
    assert!(most < &(least * 2), "{got:?}");
}

/// News of a listener that has gone are no news, and must not end the list of the others.
#[test]
fn news_of_one_that_is_gone_hide_no_others() {
    let mut net = pair(&Config::default(), Conditions::default(), 1);
    let (client, server, _) = connected(&mut net, 80);
    let other = net.nodes[SERVER].listen(server_at(81), 8).unwrap();
    while net.nodes[SERVER].next_event().is_some() {}
    let now = net.now();
    net.nodes[CLIENT].connect(server_at(81), now).unwrap();
    pass(&mut net, SECOND);
    let now = net.now();
    net.nodes[CLIENT].write(client, b"hello", now).unwrap();
    pass(&mut net, SECOND);
    net.nodes[SERVER].unlisten(other, END);
    assert_eq!(net.nodes[SERVER].next_event(), Some(Event::Changed(server)));
}

/// Whoever calls knows what it has done. If it were told, a reader that waits would be woken by
/// its own waiting, and a thousand of them by each frame.
#[test]
fn what_a_program_does_is_no_news_to_it() {
    let mut net = pair(&Config::default(), Conditions::default(), 1);
    let (_, server, _) = connected(&mut net, 80);
    let host = &mut net.nodes[SERVER];
    while host.next_event().is_some() {}
    assert_eq!(host.read(server, &mut [0; 10], END), Err(Error::WouldBlock));
    assert_eq!(host.write(server, b"hello", END), Ok(5));
    host.shutdown(server, END);
    assert_eq!(host.next_event(), None);
}

/// RFC 9293 §3.10.7.4 (MUST-58, MUST-59): what has come together is acknowledged together. The
/// segments that come one by one have an answer for every second (§3.8.6.3).
#[test]
fn a_burst_has_one_acknowledgment_and_single_segments_one_for_two() {
    let answers = |bandwidth| {
        let link = Conditions { delay: ms(50), bandwidth, ..Conditions::default() };
        let mut net = pair(&Config::default(), link, 1);
        let (client, ..) = connected(&mut net, 80);
        let before = net.nodes[CLIENT].stats(client).unwrap().segments_received;
        let now = net.now();
        net.nodes[CLIENT].write(client, &vec![7; 10 * 1448], now).unwrap();
        pass(&mut net, ms(150));
        net.nodes[CLIENT].stats(client).unwrap().segments_received - before
    };
    assert_eq!(answers(None), 1);
    assert_eq!(answers(Some(10_000_000)), 5);
}

/// RFC 9293 §3.6.1: the numbers of a connection that ends TIME-WAIT lie behind those of the last
/// one, though it was faster than the clock that first numbers are taken from.
#[test]
fn the_next_connection_begins_behind_the_last() {
    let mut net = pair(&Config::default(), Conditions::default(), 1);
    let (client, server, listener) = connected(&mut net, 80);
    let mut got = Vec::new();
    net.run_until(END, |net| {
        let now = net.now();
        let _ = net.nodes[SERVER].write(server, &[7; 10_000], now);
        drain(&mut net.nodes[CLIENT], client, &mut got, now);
        got.len() > 3_000_000
    })
    .unwrap();
    let now = net.now();
    net.nodes[SERVER].shutdown(server, now);
    net.run_until(END, |net| {
        let now = net.now();
        drain(&mut net.nodes[CLIENT], client, &mut got, now)
    })
    .unwrap();
    let local = net.nodes[CLIENT].connection(client).unwrap().local();
    let now = net.now();
    net.nodes[CLIENT].close(client, now);
    net.nodes[SERVER].close(server, now);
    pass(&mut net, ms(1));
    assert_eq!(state(&net, SERVER, server), Some(State::TimeWait));
    let last = net.nodes[SERVER].snapshot(server).unwrap().snd_nxt;
    let now = net.now();
    net.nodes[CLIENT].connect_from(local.port(), server_at(80), now).unwrap();
    pass(&mut net, ms(1));
    let made = net.nodes[SERVER].accept(listener).expect("a new one");
    assert!(net.nodes[SERVER].snapshot(made).unwrap().snd_una.is_after(last));
}

/// A handshake that is over makes room for the next.
#[test]
fn handshakes_leave_the_queue() {
    let mut net = pair(&Config::default(), Conditions::default(), 1);
    let listener = net.nodes[SERVER].listen(server_at(80), 2).unwrap();
    for _ in 0..10 {
        connect_to(&mut net, 80, listener);
    }
    assert_eq!(net.nodes[SERVER].counters().cookies_sent, 0);
}

/// Who was there first does not send all that it has before the others have their turn.
#[test]
fn connections_take_turns() {
    let mut net = pair(&Config::default(), Conditions::default(), 1);
    let listener = net.nodes[SERVER].listen(server_at(80), 8).unwrap();
    let (now, clients) = (net.now(), [(); 3].map(|()| connect_to(&mut net, 80, listener).0));
    let host = &mut net.nodes[CLIENT];
    for client in clients {
        host.write(client, &[7; 10_000], now).unwrap();
    }
    let mut port =
        || host.next_frame().map(|(_, frame)| u16::from_be_bytes([frame[34], frame[35]]));
    for _ in 0..5 {
        let three = HashSet::from([port(), port(), port()]);
        assert!(three.len() == 3 && !three.contains(&None), "{three:?}");
    }
}

/// A SYN whose number is older than what the last connection has seen is a late duplicate.
#[test]
fn an_old_syn_does_not_end_time_wait() {
    let mut net = pair(&Config::default(), Conditions::default(), 1);
    let (client, server, _) = connected(&mut net, 80);
    let first = net.nodes[CLIENT].snapshot(client).unwrap().snd_una - 1;
    let remote = net.nodes[CLIENT].connection(client).unwrap().local();
    let now = net.now();
    net.nodes[SERVER].close(server, now);
    pass(&mut net, ms(1));
    let now = net.now();
    net.nodes[CLIENT].close(client, now);
    pass(&mut net, ms(1));
    assert_eq!(state(&net, SERVER, server), Some(State::TimeWait));
    let syn = tcp::segment::Header {
        source: remote.port(),
        destination: 80,
        seq: first,
        flags: tcp::segment::Flags::SYN,
        ..Default::default()
    };
    let (mut segment, mut frame) = (Vec::new(), Vec::new());
    syn.write(address(1), address(2), [&[], &[]], &mut segment);
    let (destination, source) = (lan::mac(2), lan::mac(1));
    ethernet::Header { destination, source, ether_type: EtherType::IPV4 }.write(&mut frame);
    let ends = [[192, 0, 2, 1], [192, 0, 2, 2]].map(Into::into);
    ipv4::Header::new(tcp::host::TCP, ends[0], ends[1], segment.len()).write(&mut frame);
    frame.extend(segment);
    let now = net.now();
    net.nodes[SERVER].receive(0, &frame, now);
    assert_eq!(state(&net, SERVER, server), Some(State::TimeWait));
    assert_eq!(net.nodes[SERVER].counters().time_waits_reused, 0);
}

/// RFC 8201 §5.4: a segment is no larger than the path takes, whichever connection has found that
/// out.
#[test]
fn a_path_that_another_connection_found_narrow() {
    let mut net = pair(&Config::default(), Conditions::default(), 1);
    let (client, server, _) = connected(&mut net, 80);
    let now = net.now();
    net.nodes[CLIENT].stack_mut().lower_path_mtu(address(2), 600, now);
    net.nodes[CLIENT].write(client, &vec![7; 20_000], now).unwrap();
    pass(&mut net, SECOND);
    let mut heard = Vec::new();
    let now = net.now();
    drain(&mut net.nodes[SERVER], server, &mut heard, now);
    assert_eq!(heard.len(), 20_000);
    assert_eq!(net.nodes[CLIENT].stats(client).unwrap().timeouts, 0);
}

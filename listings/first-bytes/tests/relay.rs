//! The relay's promises, one test each, with both peers in the test.

mod common;

use std::io::{ErrorKind, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use common::*;
use first_bytes::event::Direction::{ToClient, ToServer};
use first_bytes::event::Side;
use first_bytes::relay::{BUFFER_SIZE, Limits, Stop, Summary, serve};
use testkit::within;

#[test]
fn bytes_pass_unchanged_and_are_told_in_causal_order() {
    let relay = Running::start(limits(1));
    let (mut client, mut server) = relay.pair();
    client.write_all(b"ping").unwrap();
    assert_eq!(read_exactly(&server, 4), b"ping");
    server.write_all(b"pong!").unwrap();
    assert_eq!(read_exactly(&client, 5), b"pong!");
    drop(client);
    assert_eq!(read_to_end(&server), b"");
    drop(server);
    let (summary, recorder) = relay.finish();
    let expected = Summary { connections: 1, unreachable: 0, to_server: 4, to_client: 5 };
    assert_eq!(summary, expected);
    assert_eq!(
        recorder.of(1),
        [
            Told::Opened,
            Told::Bytes(ToServer, 0, b"ping".into()),
            Told::Bytes(ToClient, 0, b"pong!".into()),
            Told::End(ToServer),
            Told::End(ToClient),
            Told::Closed(4, 5),
        ]
    );
}

#[test]
fn the_client_may_close_its_half_and_still_get_the_answer() {
    let relay = Running::start(limits(1));
    let (mut client, mut server) = relay.pair();
    client.write_all(b"question").unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    assert_eq!(read_to_end(&server), b"question");
    relay.recorder.wait_for(1, &Told::End(ToServer));
    // More than any buffer on the way holds.
    let answer = noise(20 << 20, 1);
    let sent = answer.clone();
    let sender = thread::spawn(move || server.write_all(&sent).unwrap());
    assert!(read_to_end(&client) == answer);
    sender.join().unwrap();
    assert_eq!(relay.finish().0.to_client, answer.len() as u64);
}

#[test]
fn the_server_may_close_its_half_and_still_hear_the_rest() {
    let relay = Running::start(limits(1));
    let (mut client, mut server) = relay.pair();
    server.write_all(b"bye").unwrap();
    server.shutdown(Shutdown::Write).unwrap();
    assert_eq!(read_to_end(&client), b"bye");
    client.write_all(b"one more thing").unwrap();
    assert_eq!(read_exactly(&server, 14), b"one more thing");
    drop(client);
    assert_eq!(read_to_end(&server), b"");
    relay.finish();
}

#[test]
fn a_stalled_reader_stops_the_writer_and_loses_nothing() {
    // Far more than the kernel's socket buffers and ours: only a queue that grows could take it.
    const TOO_MUCH: usize = 256 << 20;
    let relay = Running::start(limits(1));
    let (mut client, server) = relay.pair();
    client.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
    let chunk = noise(BUFFER_SIZE, 2);
    let mut written = 0;
    while let Ok(count) = client.write(&chunk) {
        written += count;
        assert!(written < TOO_MUCH, "the relay takes bytes that nobody reads");
    }
    client.shutdown(Shutdown::Write).unwrap();
    assert_eq!(read_to_end(&server).len(), written);
    drop(server);
    drop(client);
    assert_eq!(relay.finish().0.to_server, written as u64);
}

#[test]
fn single_byte_writes_survive() {
    let relay = Running::start(limits(1));
    let (mut client, server) = relay.pair();
    client.set_nodelay(true).unwrap();
    let sent = noise(3000, 3);
    for byte in &sent {
        client.write_all(&[*byte]).unwrap();
    }
    client.shutdown(Shutdown::Write).unwrap();
    assert_eq!(read_to_end(&server), sent);
    drop(server);
    let (_, recorder) = relay.finish();
    assert_eq!(recorder.stream(1, ToServer), sent);
}

#[test]
fn a_refused_target_is_told_and_the_next_client_is_served() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = server.local_addr().unwrap();
    drop(server);
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let relay = Running::start_with(limits(2), nobody, target);
    assert_eq!(read_until_reset(&relay.client()), b"");
    relay.recorder.wait_for(1, &Told::Closed(0, 0));
    assert_eq!(relay.recorder.of(1), [Told::Unreachable, Told::Closed(0, 0)]);

    let server = TcpListener::bind(target).unwrap();
    let client = relay.client();
    drop(impatient(server.accept().unwrap().0));
    assert_eq!(read_to_end(&client), b"");
    drop(client);
    let (summary, _) = relay.finish();
    assert_eq!((summary.connections, summary.unreachable), (2, 1));
}

#[test]
fn the_next_address_is_tried_when_one_refuses() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let refusing = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let targets = [refusing, server.local_addr().unwrap()];
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    client.write_all(b"x").unwrap();
    drop(client);
    let relay = thread::spawn(move || serve(&listener, &targets, &(), limits(1), &Stop::new()));
    assert_eq!(read_to_end(&impatient(server.accept().unwrap().0)), b"x");
    within(LIMIT, "serve returns", move || relay.join().unwrap().unwrap());
}

#[test]
fn a_reset_by_the_client_reaches_the_server_as_a_reset() {
    let relay = Running::start(limits(1));
    let (mut client, server) = relay.pair();
    client.write_all(b"before").unwrap();
    relay.recorder.wait_for(1, &Told::Bytes(ToServer, 0, b"before".into()));
    reset(client);
    assert_eq!(read_until_reset(&server), b"before");
    let (_, recorder) = relay.finish();
    assert_eq!(
        recorder.of(1)[1..],
        [Told::Bytes(ToServer, 0, b"before".into()), Told::Reset(Side::Client), Told::Closed(6, 0)]
    );
}

#[test]
fn a_reset_by_the_server_reaches_the_client_as_a_reset() {
    let relay = Running::start(limits(1));
    let (client, mut server) = relay.pair();
    server.write_all(b"half an ans").unwrap();
    relay.recorder.wait_for(1, &Told::Bytes(ToClient, 0, b"half an ans".into()));
    reset(server);
    // A clean end here would make half an answer look like a whole one.
    assert_eq!(read_until_reset(&client), b"half an ans");
    let (_, recorder) = relay.finish();
    assert!(recorder.of(1).contains(&Told::Reset(Side::Server)));
    assert!(!recorder.of(1).contains(&Told::End(ToClient)));
}

#[test]
fn a_reset_after_a_half_close_still_ends_the_connection() {
    let relay = Running::start(limits(1));
    let (client, server) = relay.pair();
    client.shutdown(Shutdown::Write).unwrap();
    assert_eq!(read_to_end(&server), b"");
    reset(server);
    assert_eq!(read_until_reset(&client), b"");
    relay.finish();
}

#[test]
fn an_early_answer_survives_the_reset_that_follows_it() {
    // A server that refuses an upload answers and closes without reading on, and its kernel sends a
    // RST.
    let relay = Running::start(limits(1));
    let (mut client, mut server) = relay.pair();
    let mut uploading = client.try_clone().unwrap();
    let upload = thread::spawn(move || {
        let chunk = noise(64 << 10, 4);
        (0..1000).find_map(|_| uploading.write_all(&chunk).err())
    });
    read_exactly(&server, 1000);
    server.write_all(b"413 Content Too Large").unwrap();
    relay.recorder.wait_for(1, &Told::Bytes(ToClient, 0, b"413 Content Too Large".into()));
    drop(server);
    assert_eq!(read_exactly(&client, 21), b"413 Content Too Large");
    upload.join().unwrap();
    client.flush().unwrap();
    drop(client);
    let (_, recorder) = relay.finish();
    assert!(recorder.of(1).contains(&Told::Reset(Side::Server)));
}

#[test]
fn a_client_that_reads_late_is_neither_stuck_nor_fooled_when_the_server_dies() {
    let relay = Running::start(limits(1));
    let (mut client, mut server) = relay.pair();
    let recorder = Arc::clone(&relay.recorder);
    // The pump for the answer is busy ...
    let busy = recorder.answer.lock().unwrap();
    server.write_all(b"half an ans").unwrap();
    recorder.wait_for(1, &Told::Bytes(ToClient, 0, b"half an ans".into()));
    // ... so it is the other one that finds the server dead: closing with a byte unread is a reset.
    client.write_all(b"?").unwrap();
    server.peek(&mut [0]).unwrap();
    drop(server);
    // More than fits on the way: somebody has to take it, or the client never comes to reading.
    let chunk = noise(BUFFER_SIZE, 6);
    for _ in 0..1000 {
        client.write_all(&chunk).unwrap();
    }
    assert!(recorder.of(1).contains(&Told::Reset(Side::Server)));
    drop(busy);
    // And what it reads then must not look like a whole answer.
    assert_eq!(read_until_reset(&client), b"half an ans");
    relay.finish();
    assert!(!recorder.of(1).contains(&Told::End(ToClient)));
}

#[test]
fn one_more_than_the_limit_waits_and_is_served_then() {
    let relay = Running::start(Limits { at_once: 2, in_total: Some(3) });
    let (mut first, server) = relay.pair();
    let (second, second_server) = relay.pair();
    let mut third = relay.client();
    third.write_all(b"third").unwrap();
    // The relay works all this time, and yet it does not take the third.
    for _ in 0..100 {
        first.write_all(b"x").unwrap();
        read_exactly(&server, 1);
    }
    assert_eq!(relay.recorder.of(3), []);
    drop((first, server));
    third.shutdown(Shutdown::Write).unwrap();
    assert_eq!(read_to_end(&relay.accept()), b"third");
    drop((second, second_server, third));
    assert_eq!(relay.finish().0.connections, 3);
}

#[test]
fn two_hundred_connections_at_once() {
    const MANY: u64 = 200;
    let relay = Running::start(limits(MANY));
    let server = relay.server.try_clone().unwrap();
    // An echo server which answers only when all of them are connected: then they are open at the
    // same time.
    let echo = thread::spawn(move || {
        let streams: Vec<_> = (0..MANY).map(|_| impatient(server.accept().unwrap().0)).collect();
        for mut stream in streams {
            let bytes = read_to_end(&stream);
            stream.write_all(&bytes).unwrap();
        }
    });
    let clients: Vec<_> = (0..MANY)
        .map(|seed| {
            let mut client = relay.client();
            thread::spawn(move || {
                let sent = noise(1000, seed);
                client.write_all(&sent).unwrap();
                client.shutdown(Shutdown::Write).unwrap();
                assert_eq!(read_to_end(&client), sent);
            })
        })
        .collect();
    within(LIMIT, "all clients are answered", move || {
        for client in clients {
            client.join().unwrap();
        }
        echo.join().unwrap();
    });
    let (summary, _) = relay.finish();
    assert_eq!((summary.connections, summary.to_server), (MANY, MANY * 1000));
}

#[test]
fn stop_now_cuts_off_what_is_open() {
    let relay = Running::start(Limits::default());
    let (idle, idle_server) = relay.pair();
    // And one whose server does not read: its pump waits in a write.
    let (mut busy, busy_server) = relay.pair();
    busy.set_write_timeout(Some(Duration::from_millis(300))).unwrap();
    let chunk = noise(BUFFER_SIZE, 5);
    while busy.write(&chunk).is_ok() {}
    relay.stop.now();
    let address = relay.address;
    let (summary, recorder) = relay.finish();
    assert_eq!(summary.connections, 2);
    assert_eq!(read_until_reset(&idle), b"");
    assert_eq!(read_until_reset(&idle_server), b"");
    read_until_reset(&busy_server);
    for number in [1, 2] {
        assert!(recorder.of(number).contains(&Told::CutOff));
    }
    let refused = TcpStream::connect(address).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
}

#[test]
fn drain_lets_what_is_open_end_by_itself() {
    let relay = Running::start(Limits::default());
    let (mut client, server) = relay.pair();
    relay.stop.drain();
    client.write_all(b"still here").unwrap();
    assert_eq!(read_exactly(&server, 10), b"still here");
    drop((client, server));
    let (summary, recorder) = relay.finish();
    assert_eq!((summary.connections, summary.to_server), (1, 10));
    assert!(!recorder.of(1).contains(&Told::CutOff));
}

#[test]
fn a_stop_that_comes_first_is_not_lost() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let stop = Stop::new();
    stop.now();
    within(LIMIT, "serve returns", move || {
        serve(&listener, &[], &(), Limits::default(), &stop).unwrap();
    });
}

#[test]
fn a_stop_reaches_a_relay_that_waits_for_a_slot() {
    let relay = Running::start(Limits { at_once: 1, in_total: None });
    let (_client, _server) = relay.pair();
    relay.stop.now();
    relay.finish();
}

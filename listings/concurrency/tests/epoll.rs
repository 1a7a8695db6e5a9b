//! What the pages about epoll claim, and the traps of both triggers.
#![cfg(target_os = "linux")]

mod common;

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener};
use std::process::Command;
use std::thread;

use concurrency::epoll;
use concurrency::settings::Settings;
use concurrency::stop;
use testkit::{Process, within};

use common::{LIMIT, Run, connect, serve};

fn output(name: &str, arguments: &[&str]) -> String {
    let finished =
        Process::start(Command::new(testkit::example(name)).args(arguments)).unwrap().finish(LIMIT);
    let finished = finished.unwrap();
    assert!(finished.status.success(), "{}", finished.text());
    finished.text()
}

#[test]
fn one_read_for_each_event_leaves_the_second_half() {
    let text = output("edge_lost", &["reader"]);
    assert!(text.ends_with("in the socket: secondhalf\n"), "{text}");
}

#[test]
fn one_write_for_each_event_writes_once() {
    assert!(output("edge_lost", &["writer"]).ends_with("still to write: 4\n"));
}

#[test]
fn a_short_read_is_not_the_last_when_the_stream_has_ended() {
    let text = output("edge_lost", &["end"]);
    assert!(text.contains("RDHUP, read 7 bytes of 64"), "{text}");
    assert!(text.ends_with("no event for 0.2 s; the next read: 0 bytes\n"), "{text}");
}

#[test]
fn room_to_write_is_reported_without_end() {
    let text = output("always_out", &[]);
    let last = |line: &str| line.split_once(' ').unwrap().1.trim().to_owned();
    let counts: Vec<_> = text.lines().map(last).collect();
    assert_eq!(counts, ["0 wake-ups", "more than 1000 wake-ups", "1 wake-ups"]);
}

#[test]
fn ready_is_no_promise() {
    assert!(output("stale_ready", &[]).ends_with("we read nothing: operation would block\n"));
}

#[test]
fn poll_pays_for_those_who_are_silent() {
    let text = output("who_is_ready", &[]);
    let number = |line: usize, column: usize| -> f64 {
        text.lines().nth(line).unwrap().split_whitespace().nth(column).unwrap().parse().unwrap()
    };
    assert!(number(3, 2) > 10.0 * number(1, 2), "{text}");
    assert!(number(3, 3) < 5.0 * number(1, 3), "{text}");
}

const BOTH: [(&str, Run); 2] = [("level", epoll::run_level), ("edge", epoll::run_edge)];

/// The bytes and the end arrive before the server looks: one event for both.
#[test]
fn the_end_is_seen_when_it_comes_with_the_last_bytes() {
    for (name, run) in BOTH {
        within(LIMIT, name, move || {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let mut client = connect(listener.local_addr().unwrap());
            client.write_all(b"goodbye").unwrap();
            client.shutdown(Shutdown::Write).unwrap();
            let (stopper, stop) = stop::pair().unwrap();
            let server = thread::spawn(move || run(listener, &Settings::default(), &stop).unwrap());
            let mut answer = Vec::new();
            client.read_to_end(&mut answer).unwrap();
            assert_eq!(answer, b"goodbye");
            drop(stopper);
            server.join().unwrap();
        });
    }
}

/// More than any buffer holds, read late: the server stops reading, waits for room, and goes on.
#[test]
fn a_late_reader_gets_everything() {
    const BYTES: usize = 24 << 20;
    for (name, run) in BOTH {
        within(LIMIT, name, move || {
            let (address, stopper, server) = serve(run, Settings::default());
            let client = connect(address);
            let mut sending = client.try_clone().unwrap();
            let sender = thread::spawn(move || {
                let block: Vec<u8> = (0..=255).cycle().take(1 << 20).collect();
                for _ in 0..BYTES >> 20 {
                    sending.write_all(&block).unwrap();
                }
                sending.shutdown(Shutdown::Write).unwrap();
            });
            // Others are served while it is stuck.
            let mut other = connect(address);
            other.write_all(b"other").unwrap();
            other.read_exact(&mut [0; 5]).unwrap();
            let mut answer = Vec::with_capacity(BYTES);
            (&client).read_to_end(&mut answer).unwrap();
            assert_eq!(answer.len(), BYTES);
            assert!(answer.iter().enumerate().all(|(at, &byte)| byte == (at % 256) as u8));
            sender.join().unwrap();
            drop((other, stopper));
            server.join().unwrap();
        });
    }
}

/// A client that sends without a pause and reads as fast has no more than its turn.
#[test]
fn a_fast_client_does_not_keep_the_loop() {
    for (name, run) in BOTH {
        within(LIMIT, name, move || {
            let (address, stopper, server) = serve(run, Settings::default());
            let fast = connect(address);
            let (mut writing, mut reading) = (fast.try_clone().unwrap(), fast.try_clone().unwrap());
            let writer = thread::spawn(move || while writing.write_all(&[b'x'; 16384]).is_ok() {});
            let reader = thread::spawn(move || {
                let mut buffer = [0; 16384];
                while reading.read(&mut buffer).is_ok_and(|count| count > 0) {}
            });
            for _ in 0..20 {
                let mut slow = connect(address);
                slow.write_all(b"slow").unwrap();
                slow.read_exact(&mut [0; 4]).unwrap();
            }
            fast.shutdown(Shutdown::Both).unwrap();
            writer.join().unwrap();
            reader.join().unwrap();
            drop(stopper);
            server.join().unwrap();
        });
    }
}

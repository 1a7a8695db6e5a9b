//! What a loop around `accept` does when the process may open no more files.

use std::env;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, setrlimit};

/// How long a loop runs.
const LIFE: Duration = Duration::from_millis(200);

// ANCHOR: spin
/// Goes on after every error, as a server should. Returns how often `accept` failed.
fn spin(listener: &TcpListener, end: Instant) -> usize {
    let mut failures = 0;
    while Instant::now() < end {
        match listener.accept() {
            Ok(_) => {}
            Err(_) => failures += 1,
        }
    }
    failures
}
// ANCHOR_END: spin

// ANCHOR: pause
/// How long to wait for a descriptor: short enough for a client, long enough for a processor.
const PAUSE: Duration = Duration::from_millis(50);

fn pause(listener: &TcpListener, end: Instant) -> usize {
    let mut failures = 0;
    while Instant::now() < end {
        match listener.accept() {
            Ok(_) => {}
            // This client has gone; the next may not have.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(_) => {
                failures += 1;
                thread::sleep(PAUSE);
            }
        }
    }
    failures
}
// ANCHOR_END: pause

fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let _client = TcpStream::connect(listener.local_addr()?)?;

    // From here on no new descriptor is to be had: the client stays in the queue.
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    setrlimit(Resource::Nofile, none)?;
    println!("accept: {}", listener.accept().expect_err("no descriptor is free"));

    let end = Instant::now() + LIFE;
    let (failures, few) = match env::args().nth(1).as_deref() {
        Some("spin") => (spin(&listener, end), 10),
        Some("pause") => (pause(&listener, end), 10),
        _ => panic!("usage: no_descriptors spin|pause"),
    };
    let word = match failures {
        count if count <= few => "at most 10",
        count if count > 1000 => "more than 1000",
        _ => "more than 10",
    };
    println!("in 200 ms it failed {word} times");
    Ok(())
}

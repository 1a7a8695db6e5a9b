//! What is special about the server on tokio; the rest is in the suite.

mod common;

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use concurrency::settings::Settings;
use concurrency::tokio_server;
use testkit::within;

use common::{LIMIT, connect, serve};

fn echo(mut stream: &TcpStream) {
    let mut answer = [0; 5];
    stream.write_all(b"hello").unwrap();
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"hello");
}

#[test]
fn with_many_threads_it_is_the_same_server() {
    within(LIMIT, "100 clients", || {
        // After the stop, the last of the clients is silent until the others have had their turn.
        let settings = Settings { quiet: LIMIT, drain: LIMIT, ..Settings::default() };
        let (address, stopper, server) = serve(tokio_server::run_multi, settings);
        let clients: Vec<_> = (0..100).map(|_| connect(address)).collect();
        clients.iter().for_each(echo);
        drop(stopper);
        for mut client in clients {
            client.write_all(b"last").unwrap();
            client.shutdown(Shutdown::Write).unwrap();
            let mut answer = Vec::new();
            client.read_to_end(&mut answer).unwrap();
            assert_eq!(answer, b"last");
        }
        server.join().unwrap();
        assert!(TcpStream::connect(address).is_err(), "the port is free again");
    });
}

/// Whoever sends now and then, and never falls silent, cannot keep the server from ending.
#[test]
fn the_drain_has_an_end() {
    within(LIMIT, "the stop", || {
        let drain = Duration::from_millis(300);
        // Nobody is cut for silence, however rarely this thread gets its turn.
        let settings = Settings { quiet: LIMIT, drain, ..Settings::default() };
        let (address, stopper, server) = serve(tokio_server::run, settings);
        let mut client = connect(address);
        echo(&client);
        let since = Instant::now();
        drop(stopper);
        // Until it is cut.
        while client.write_all(b"x").is_ok() && client.read(&mut [0]).is_ok_and(|count| count > 0) {
        }
        assert!(since.elapsed() >= drain);
        server.join().unwrap();
    });
}

/// Nothing of a server that has ended is left in the process.
#[cfg(target_os = "linux")]
#[test]
fn nothing_outlives_it() {
    within(LIMIT, "a stop with an open connection", || {
        let settings = Settings { quiet: Duration::from_millis(50), ..Settings::default() };
        let (address, stopper, server) = serve(tokio_server::run, settings);
        let mut client = connect(address);
        echo(&client);
        drop(stopper);
        server.join().unwrap();
        // Its side is closed: an end, and not a reset, since nothing was unread.
        assert_eq!(client.read(&mut [0; 1]).unwrap(), 0);
        let tcp = fs::read_to_string("/proc/net/tcp").unwrap();
        let port = format!(":{:04X} ", address.port());
        let listening = |line: &str| line.contains(&port) && line.contains(" 0A ");
        assert!(!tcp.lines().any(listening), "{tcp}");
    });
}

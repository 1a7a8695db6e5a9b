//! What is special about the server on tokio; the rest is in the suite.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use std::{fs, io};

use concurrency::settings::Settings;
use concurrency::stop::{Stop, Stopper};
use concurrency::{stop, tokio_server};
use testkit::within;

const LIMIT: Duration = Duration::from_secs(10);

type Run = fn(TcpListener, &Settings, &Stop) -> io::Result<()>;

fn start(run: Run, settings: Settings) -> (SocketAddr, Stopper, JoinHandle<io::Result<()>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (stopper, stop) = stop::pair().unwrap();
    (address, stopper, thread::spawn(move || run(listener, &settings, &stop)))
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream
}

fn echo(mut stream: &TcpStream) {
    let mut answer = [0; 5];
    stream.write_all(b"hello").unwrap();
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"hello");
}

#[test]
fn with_many_threads_it_is_the_same_server() {
    within(LIMIT, "100 clients", || {
        let (address, stopper, server) = start(tokio_server::run_multi, Settings::default());
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
        server.join().unwrap().unwrap();
        assert!(TcpStream::connect(address).is_err(), "the port is free again");
    });
}

/// Whoever sends now and then, and never falls silent, cannot keep the server from ending.
#[test]
fn the_drain_has_an_end() {
    within(LIMIT, "the stop", || {
        let settings = Settings { drain: Duration::from_millis(300), ..Settings::default() };
        let (address, stopper, server) = start(tokio_server::run, settings);
        let mut client = connect(address);
        echo(&client);
        let since = Instant::now();
        drop(stopper);
        while !server.is_finished() {
            let _ = client.write_all(b"x"); // fails when it is cut
            thread::sleep(Duration::from_millis(20));
        }
        assert!(since.elapsed() >= Duration::from_millis(250));
        server.join().unwrap().unwrap();
    });
}

/// Nothing of a server that has ended is left in the process.
#[cfg(target_os = "linux")]
#[test]
fn nothing_outlives_it() {
    within(LIMIT, "a stop with an open connection", || {
        let settings = Settings { quiet: Duration::from_millis(50), ..Settings::default() };
        let (address, stopper, server) = start(tokio_server::run, settings);
        let mut client = connect(address);
        echo(&client);
        drop(stopper);
        server.join().unwrap().unwrap();
        // Its side is closed: an end, and not a reset, since nothing was unread.
        assert_eq!(client.read(&mut [0; 1]).unwrap(), 0);
        let tcp = fs::read_to_string("/proc/net/tcp").unwrap();
        let port = format!(":{:04X} ", address.port());
        let listening = |line: &str| line.contains(&port) && line.contains(" 0A ");
        assert!(!tcp.lines().any(listening), "{tcp}");
    });
}

//! `cargo test -p first-bytes --test connection_limit`

#[cfg_attr(feature = "solutions", path = "solution.rs")]
#[cfg_attr(not(feature = "solutions"), path = "exercise.rs")]
mod exercise;

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use exercise::serve;
use testkit::within;

const LIMIT: Duration = Duration::from_secs(10);

/// How many connections are being handled, and the most that ever were.
#[derive(Default)]
struct Gauge {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Gauge {
    fn handle(&self, mut client: TcpStream) {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        let _ = client.set_read_timeout(Some(LIMIT));
        let mut bytes = Vec::new();
        if client.read_to_end(&mut bytes).is_ok() {
            let _ = client.write_all(&bytes);
        }
        // Counted down before the client can see the end of its answer.
        self.now.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A server that echoes to `total` clients, `limit` at once.
fn server(limit: usize, total: usize) -> (SocketAddr, Arc<Gauge>, thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let gauge = Arc::new(Gauge::default());
    let counting = Arc::clone(&gauge);
    let thread = thread::spawn(move || {
        serve(&listener, limit, total, &|client| counting.handle(client)).unwrap();
    });
    (address, gauge, thread)
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream
}

/// Says its word, and returns what comes back; nothing if the server turned us away.
fn ask(mut stream: TcpStream) -> Vec<u8> {
    let mut answer = Vec::new();
    let asked = stream.write_all(b"word").and_then(|()| stream.shutdown(Shutdown::Write));
    let _ = asked.and_then(|()| stream.read_to_end(&mut answer));
    answer
}

#[test]
fn one_after_the_other_all_are_served() {
    within(LIMIT * 2, "three clients", || {
        let (address, _, serving) = server(3, 3);
        for _ in 0..3 {
            assert_eq!(ask(connect(address)), b"word");
        }
        serving.join().unwrap();
    });
}

#[test]
fn one_too_many_waits_and_is_served_then() {
    within(LIMIT * 2, "three clients, two at once", || {
        let (address, gauge, serving) = server(2, 3);
        let first = connect(address);
        let second = connect(address);
        let third = connect(address);
        while gauge.now.load(Ordering::SeqCst) < 2 {
            thread::yield_now();
        }
        let waiting = thread::spawn(move || ask(third));
        assert_eq!(ask(first), b"word");
        assert_eq!(waiting.join().unwrap(), b"word", "the third was turned away");
        assert_eq!(ask(second), b"word");
        assert_eq!(gauge.most.load(Ordering::SeqCst), 2);
        serving.join().unwrap();
    });
}

#[test]
fn a_crowd_is_served_and_never_too_many_at_once() {
    within(LIMIT * 3, "a crowd", || {
        let (address, gauge, serving) = server(4, 60);
        let clients: Vec<_> =
            (0..60).map(|_| thread::spawn(move || ask(connect(address)))).collect();
        let served = clients.into_iter().map(|client| client.join().unwrap());
        assert_eq!(served.filter(|answer| answer == b"word").count(), 60);
        assert!(gauge.most.load(Ordering::SeqCst) <= 4);
        serving.join().unwrap();
    });
}

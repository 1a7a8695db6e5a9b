//! `cargo test -p sockets --test eyeballs`

#[cfg_attr(feature = "solutions", path = "solution.rs")]
#[cfg_attr(not(feature = "solutions"), path = "exercise.rs")]
mod exercise;

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use exercise::connect;
use socket2::{Domain, Socket, Type};
use testkit::within;

const LIMIT: Duration = Duration::from_secs(20);
const LONG: Duration = Duration::from_secs(5);
const SHORT: Duration = Duration::from_millis(100);

fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// An address that never answers: its queue is full, so the kernel drops every SYN.
fn hole() -> (Socket, TcpStream, SocketAddr) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    socket.listen(0).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    let queued = TcpStream::connect(address).unwrap();
    (socket, queued, address)
}

/// What came of it, and how long it took.
fn timed(addresses: Vec<SocketAddr>, delay: Duration) -> (io::Result<SocketAddr>, Duration) {
    within(LIMIT, "connect", move || {
        let start = Instant::now();
        let result = connect(&addresses, delay, LONG).and_then(|stream| stream.peer_addr());
        (result, start.elapsed())
    })
}

/// Whether somebody has connected to it.
fn asked(listener: &TcpListener) -> bool {
    listener.set_nonblocking(true).unwrap();
    listener.accept().is_ok()
}

#[test]
fn a_hole_costs_one_delay() {
    let (_socket, _queued, hole) = hole();
    let (_listener, good) = listener();
    let (result, took) = timed(vec![hole, good], SHORT);
    assert_eq!(result.unwrap(), good);
    assert!(took >= SHORT, "the first had {took:?} for itself, not {SHORT:?}");
    assert!(took < LONG / 2, "took {took:?}, with a delay of {SHORT:?}");
}

#[test]
fn a_failure_costs_nothing() {
    let (closed, refusing) = listener();
    drop(closed);
    let (_listener, good) = listener();
    let (result, took) = timed(vec![refusing, good], LONG);
    assert_eq!(result.unwrap(), good);
    assert!(took < LONG / 2, "waited {took:?} after a refusal");
}

#[test]
fn a_failure_beside_a_hole_costs_nothing_either() {
    let (_socket, _queued, hole) = hole();
    let (closed, refusing) = listener();
    drop(closed);
    let (_listener, good) = listener();
    let (result, took) = timed(vec![hole, refusing, good], Duration::from_secs(1));
    assert_eq!(result.unwrap(), good);
    assert!(took < Duration::from_millis(1900), "took {took:?} instead of 1 s");
}

#[test]
fn nobody_else_is_asked_after_a_success() {
    let (_first, good) = listener();
    let (second, other) = listener();
    let (result, _) = timed(vec![good, other], LONG);
    assert_eq!(result.unwrap(), good);
    assert!(!asked(&second), "the second was asked as well");
}

#[test]
fn errors_are_told() {
    let (closed, refusing) = listener();
    drop(closed);
    let (result, _) = timed(vec![refusing, refusing], SHORT);
    assert_eq!(result.unwrap_err().kind(), ErrorKind::ConnectionRefused);
    let (result, _) = timed(Vec::new(), SHORT);
    assert_eq!(result.unwrap_err().kind(), ErrorKind::InvalidInput);
}

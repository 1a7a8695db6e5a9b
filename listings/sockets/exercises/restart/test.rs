//! `cargo test -p sockets --test restart`

#[cfg_attr(feature = "solutions", path = "solution.rs")]
#[cfg_attr(not(feature = "solutions"), path = "exercise.rs")]
mod exercise;

use std::io::{self, Read};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use exercise::listen;
use testkit::within;

const LIMIT: Duration = Duration::from_secs(10);

fn any() -> SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

#[test]
fn the_next_life_begins_at_once() {
    within(LIMIT, "a restart", || {
        let listener = listen(any()).unwrap();
        let address = listener.local_addr().unwrap();
        let mut client = TcpStream::connect(address).unwrap();
        // The server closes first, so the wait after the connection is on its side.
        drop(listener.accept().unwrap());
        assert_eq!(client.read(&mut [0]).unwrap(), 0);
        drop((client, listener));
        listen(address).expect("the port of a server that has ended");
    });
}

#[test]
fn a_server_that_lives_keeps_its_port() {
    within(LIMIT, "a second server", || {
        let first = listen(any()).unwrap();
        let second = listen(first.local_addr().unwrap());
        let error = second.expect_err("two servers, and the clients of one go to the other");
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    });
}

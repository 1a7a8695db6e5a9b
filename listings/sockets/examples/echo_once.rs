//! Waits for one client, sends back what it gets, and ends.

use std::env;
use std::io::{Read, Write};
use std::net::TcpListener;

// ANCHOR: main
fn main() -> std::io::Result<()> {
    let address = env::args().nth(1).expect("usage: echo_once ADDRESS:PORT");
    let listener = TcpListener::bind(address)?;
    let (mut peer, _) = listener.accept()?;

    let mut buffer = [0; 1024];
    loop {
        match peer.read(&mut buffer)? {
            0 => return Ok(()),
            count => peer.write_all(&buffer[..count])?,
        }
    }
}
// ANCHOR_END: main

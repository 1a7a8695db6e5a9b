//! Opens connections to two addresses, and keeps them, until there is no local port left.

use std::io;
use std::net::{TcpListener, TcpStream};

/// More than the default range has.
const MAX_CONNECTIONS: usize = 65_536;

// ANCHOR: main
fn main() -> io::Result<()> {
    let first = fill(&TcpListener::bind("127.0.0.1:8080")?)?;
    let second = fill(&TcpListener::bind("127.0.0.2:8080")?)?;
    println!("in all: {} connections", first.len() + second.len());
    Ok(())
}
// ANCHOR_END: main

/// Connects to the listener until an error comes. Returns both ends of each connection.
fn fill(listener: &TcpListener) -> io::Result<Vec<[TcpStream; 2]>> {
    let server = listener.local_addr()?;
    let mut connections = Vec::new();
    while connections.len() < MAX_CONNECTIONS {
        match TcpStream::connect(server) {
            Ok(client) => connections.push([client, listener.accept()?.0]),
            Err(error) => {
                println!("to {}: {} connections, then: {error}", server.ip(), connections.len());
                break;
            }
        }
    }
    Ok(connections)
}

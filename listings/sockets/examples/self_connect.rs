//! A client that keeps trying a port where nobody listens, until somebody answers: itself.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};

/// The kernel needs some 10,000 attempts; more than this means that it chooses in another way.
const MAX_ATTEMPTS: u32 = 1_000_000;

fn main() -> anyhow::Result<()> {
    let server = port_without_server()?;
    let mut stream = keep_trying(server)?;
    let itself = stream.local_addr()? == stream.peer_addr()?;
    println!("connected to {} port", if itself { "our own" } else { "somebody's" });
    stream.write_all(b"hello, server")?;
    let mut bytes = [0; 100];
    let count = stream.read(&mut bytes)?;
    println!("the server says: {}", bytes[..count].escape_ascii());
    match TcpListener::bind(server) {
        Ok(_) => println!("the server starts"),
        Err(error) => println!("the server cannot start: {error}"),
    }
    Ok(())
}

// ANCHOR: keep_trying
fn keep_trying(server: SocketAddr) -> io::Result<TcpStream> {
    for _ in 0..MAX_ATTEMPTS {
        match TcpStream::connect(server) {
            // The server is not up yet, so try again.
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => {}
            result => return result,
        }
    }
    Err(io::Error::other("still refused"))
}
// ANCHOR_END: keep_trying

/// A port where nobody listens, of those that the kernel gives to clients. Linux prefers every other
/// one for them, so this is two further than one that a client got.
fn port_without_server() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let client = TcpStream::connect(listener.local_addr()?)?.local_addr()?;
    let port = client.port().checked_add(2).unwrap_or(client.port() - 2);
    Ok((Ipv4Addr::LOCALHOST, port).into())
}

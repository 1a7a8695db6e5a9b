//! Which two sockets can hold the same port at the same time.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};

use socket2::{Domain, Socket, Type};

// ANCHOR: bind
/// A TCP socket that listens. An IPv6 address takes IPv4 connections as well, unless V6ONLY follows.
fn listen(address: &str, port: u16) -> io::Result<Socket> {
    let (address, only_v6) = match address.strip_suffix(" V6ONLY") {
        Some(address) => (address, true),
        None => (address, false),
    };
    let address: IpAddr = address.parse().map_err(io::Error::other)?;
    let address = SocketAddr::new(address, port);
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    if address.is_ipv6() {
        socket.set_only_v6(only_v6)?;
    }
    socket.bind(&address.into())?;
    socket.listen(1)?;
    Ok(socket)
}
// ANCHOR_END: bind

/// Does the second get the port of the first?
fn together(first: &str, second: &str) -> io::Result<String> {
    let listener = listen(first, 0)?;
    let port = listener.local_addr()?.as_socket().map_or(0, |address| address.port());
    let result = match second.strip_prefix("UDP ") {
        Some(address) => UdpSocket::bind((address, port)).map(drop),
        None => listen(second, port).map(drop),
    };
    Ok(match result {
        Ok(()) => "both".to_owned(),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => "in use".to_owned(),
        Err(error) => error.to_string(),
    })
}

fn main() -> io::Result<()> {
    for (first, second) in [
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.1", "127.0.0.2"),
        ("127.0.0.1", "0.0.0.0"),
        ("0.0.0.0", "127.0.0.1"),
        ("127.0.0.1", "::1"),
        ("127.0.0.1", "::"),
        ("0.0.0.0", "::"),
        ("::", "0.0.0.0"),
        ("0.0.0.0", ":: V6ONLY"),
        ("127.0.0.1", "UDP 127.0.0.1"),
    ] {
        println!("{first:<12} {second:<16} {}", together(first, second)?);
    }
    Ok(())
}

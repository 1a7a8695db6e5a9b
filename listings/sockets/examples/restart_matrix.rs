//! A server ends while one of its connections waits; then it is started again.

use std::io::{self, Read};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

fn listen(address: SocketAddr, reuse: bool) -> io::Result<Socket> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.set_reuse_address(reuse)?;
    socket.bind(&address.into())?;
    socket.listen(1)?;
    Ok(socket)
}

// ANCHOR: life
/// Serves one client, closes first, and ends: its side of the connection is in TIME-WAIT now.
fn first_life(reuse: bool) -> io::Result<SocketAddr> {
    let listener = listen((Ipv4Addr::LOCALHOST, 0).into(), reuse)?;
    let address = listener.local_addr()?.as_socket().expect("an IPv4 address");
    let mut client = TcpStream::connect(address)?;
    client.set_read_timeout(Some(Duration::from_secs(5)))?;
    drop(listener.accept()?);
    client.read_to_end(&mut Vec::new())?;
    Ok(address)
}
// ANCHOR_END: life

fn main() -> io::Result<()> {
    println!("first life    second life");
    for (first, second) in [(false, false), (false, true), (true, false), (true, true)] {
        let address = first_life(first)?;
        let outcome = match listen(address, second) {
            Ok(_) => "listens".to_owned(),
            Err(error) => error.to_string(),
        };
        let word = |reuse| if reuse { "SO_REUSEADDR" } else { "-" };
        println!("{:<13} {:<13} {outcome}", word(first), word(second));
    }
    Ok(())
}

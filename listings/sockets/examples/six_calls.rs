//! `echo_once` again, with a line for each system call.

use std::env;
use std::io::{Read, Write};
use std::net::SocketAddr;

use socket2::{Domain, Socket, Type};

// ANCHOR: main
fn main() -> anyhow::Result<()> {
    let address = env::args().nth(1).expect("usage: six_calls ADDRESS:PORT");
    let address: SocketAddr = address.parse()?;

    let listener = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    listener.bind(&address.into())?;
    listener.listen(128)?;
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

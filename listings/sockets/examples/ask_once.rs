//! Sends a line to a server, and prints what comes back.

use std::env;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};

// ANCHOR: main
fn main() -> io::Result<()> {
    let address = env::args().nth(1).expect("usage: ask_once ADDRESS:PORT");
    let mut server = TcpStream::connect(address)?;
    server.write_all(b"hello\n")?;
    server.shutdown(Shutdown::Write)?;

    let mut buffer = [0; 1024];
    loop {
        match server.read(&mut buffer)? {
            0 => return Ok(()),
            count => io::stdout().write_all(&buffer[..count])?,
        }
    }
}
// ANCHOR_END: main

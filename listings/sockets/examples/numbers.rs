//! What a program holds of a socket: a number.

use std::fs::File;
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;

// ANCHOR: main
fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}  a listener", listener.as_raw_fd());
    let file = File::open("/dev/null")?;
    println!("{}  a file", file.as_raw_fd());
    let client = TcpStream::connect(listener.local_addr()?)?;
    println!("{}  a connection, this end", client.as_raw_fd());

    drop(file);
    let (server, _) = listener.accept()?;
    println!("{}  a connection, the other end", server.as_raw_fd());
    Ok(())
}
// ANCHOR_END: main

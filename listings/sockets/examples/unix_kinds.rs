//! `unix_kinds`: three kinds of Unix sockets, and what each makes of the same calls.

use std::io::{self, ErrorKind, Read, Write};

use socket2::{Domain, Socket, Type};

fn main() -> anyhow::Result<()> {
    println!("            \"ab\", \"cd\", read   nobody reads   the other end is gone");
    for (name, kind) in
        [("stream", Type::STREAM), ("datagram", Type::DGRAM), ("seqpacket", Type::SEQPACKET)]
    {
        println!("{name:<12}{:<19}{:<15}{}", first(kind)?, full(kind)?, gone(kind)?);
    }
    Ok(())
}

// ANCHOR: kinds
fn first(kind: Type) -> io::Result<String> {
    let (mut a, mut b) = Socket::pair(Domain::UNIX, kind, None)?;
    a.write_all(b"ab")?;
    a.write_all(b"cd")?;
    let mut buffer = [0; 16];
    let length = b.read(&mut buffer)?;
    Ok(format!("{:?}", String::from_utf8_lossy(&buffer[..length])))
}

fn full(kind: Type) -> io::Result<&'static str> {
    let (mut a, _b) = Socket::pair(Domain::UNIX, kind, None)?;
    a.set_nonblocking(true)?;
    for _ in 0..100_000 {
        match a.write(&[0; 1000]) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok("send waits"),
            written => written?,
        };
    }
    Ok("all is taken")
}

fn gone(kind: Type) -> io::Result<String> {
    let (mut a, b) = Socket::pair(Domain::UNIX, kind, None)?;
    drop(b);
    a.set_nonblocking(true)?;
    let read = a.read(&mut [0; 16]).map_err(|error| error.kind());
    let write = a.write(b"ab").map_err(|error| error.kind());
    Ok(format!("read {read:?}, write {write:?}"))
}
// ANCHOR_END: kinds

//! `early_answer close|shutdown|linger ADDRESS`: an HTTP server that finds every upload too large,
//! says so before it has read it, and closes. For one client after the other.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::time::{Duration, Instant};

const ANSWER: &[u8] = b"HTTP/1.1 413 Content Too Large\r\nConnection: close\r\n\
    Content-Length: 32\r\n\r\nOne megabyte is all that we take";
const MAX_HEAD: usize = 8192;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [mode, address] = &arguments[..] else {
        anyhow::bail!("usage: early_answer close|shutdown|linger ADDRESS");
    };
    let serve: fn(TcpStream) -> io::Result<()> = match &mode[..] {
        "close" => close,
        "shutdown" => shut_down,
        "linger" => linger,
        other => anyhow::bail!("`{other}` is none of close, shutdown and linger"),
    };
    let listener = TcpListener::bind(address)?;
    println!("listening");
    for client in listener.incoming() {
        let client = client?;
        client.set_read_timeout(Some(Duration::from_secs(5)))?;
        client.set_write_timeout(Some(Duration::from_secs(5)))?;
        if let Err(error) = serve(client) {
            eprintln!("{error}");
        }
    }
    Ok(())
}

/// Reads to the empty line, and not the body; but some of the body has come when this returns.
fn read_head(client: &mut TcpStream) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() == MAX_HEAD {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut byte = [0];
        client.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    client.peek(&mut [0]).map(drop)
}

// ANCHOR: close
fn close(mut client: TcpStream) -> io::Result<()> {
    read_head(&mut client)?;
    client.write_all(ANSWER)
    // `client` is dropped here, which closes it.
}
// ANCHOR_END: close

// ANCHOR: shut_down
fn shut_down(mut client: TcpStream) -> io::Result<()> {
    read_head(&mut client)?;
    client.write_all(ANSWER)?;
    client.shutdown(Shutdown::Write)
}
// ANCHOR_END: shut_down

// ANCHOR: linger
fn linger(mut client: TcpStream) -> io::Result<()> {
    read_head(&mut client)?;
    client.write_all(ANSWER)?;
    client.shutdown(Shutdown::Write)?;
    discard(&mut client)
}

/// Takes what the client still sends: so much, for so long.
fn discard(client: &mut TcpStream) -> io::Result<()> {
    const MOST: usize = 64 << 20;
    let deadline = Instant::now() + Duration::from_secs(2);
    client.set_read_timeout(Some(Duration::from_millis(500)))?;
    let mut buffer = vec![0; 65_536];
    let mut read = 0;
    while read < MOST && Instant::now() < deadline {
        match client.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => read += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
// ANCHOR_END: linger

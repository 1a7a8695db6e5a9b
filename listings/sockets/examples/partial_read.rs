//! `partial_read`: how much a read returns.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

fn main() -> anyhow::Result<()> {
    let (mut near, mut far) = pair()?;
    far.write_all(b"0123456789")?;
    wait_for(&near, 10)?;
    ask(&mut near, 4)?;
    ask(&mut near, 100)?;

    far.write_all(b"ab")?;
    wait_for(&near, 2)?;
    let count = near.peek(&mut [0; 100])?;
    println!("peek 100: {count:>2} bytes, still there");
    ask(&mut near, 0)?;
    ask(&mut near, 100)?;

    drop(far);
    println!("the peer closes");
    ask(&mut near, 100)?;
    Ok(())
}

fn ask(stream: &mut TcpStream, size: usize) -> io::Result<()> {
    let mut buffer = vec![0; size];
    let count = stream.read(&mut buffer)?;
    println!("read {size:>3}: {count:>2} bytes {:?}", String::from_utf8_lossy(&buffer[..count]));
    Ok(())
}

/// Until `count` bytes have arrived; the network may bring them in pieces.
fn wait_for(stream: &TcpStream, count: usize) -> io::Result<()> {
    while stream.peek(&mut [0; 100])? < count {}
    Ok(())
}

/// Two ends of a new connection.
fn pair() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let near = TcpStream::connect(listener.local_addr()?)?;
    near.set_read_timeout(Some(Duration::from_secs(5)))?;
    Ok((near, listener.accept()?.0))
}

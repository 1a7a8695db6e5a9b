//! `sticky`: a receiver that takes each read for a message, and four senders.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

const MESSAGES: [&str; 3] = ["one", "two", "three"];

fn main() -> anyhow::Result<()> {
    // Each message is read before the next one is written.
    let (mut near, mut far) = pair()?;
    let mut read = Vec::new();
    for message in MESSAGES {
        near.write_all(message.as_bytes())?;
        read.push(naive(&mut far)?);
    }
    println!("the receiver is idle:        {read:?}");

    for (what, nodelay) in [("receiver is busy:       ", false), ("same, with TCP_NODELAY: ", true)]
    {
        let (mut near, mut far) = pair()?;
        near.set_nodelay(nodelay)?;
        for message in MESSAGES {
            near.write_all(message.as_bytes())?;
        }
        wait_for(&far, MESSAGES.concat().len())?;
        println!("the {what} {:?}", [naive(&mut far)?]);
    }

    let (mut near, mut far) = pair()?;
    near.write_all(&[b'x'; 10_000])?;
    wait_for(&far, 10_000)?;
    let lengths = [naive(&mut far)?.len(), naive(&mut far)?.len(), naive(&mut far)?.len()];
    println!("one message of 10000 bytes:  {lengths:?}");
    Ok(())
}

// ANCHOR: naive
/// One read, one message.
fn naive(stream: &mut TcpStream) -> io::Result<String> {
    let mut buffer = [0; 4096];
    let count = stream.read(&mut buffer)?;
    Ok(String::from_utf8_lossy(&buffer[..count]).into_owned())
}
// ANCHOR_END: naive

/// Until `count` bytes have arrived and lie in the kernel.
fn wait_for(stream: &TcpStream, count: usize) -> io::Result<()> {
    while stream.peek(&mut vec![0; count])? < count {}
    Ok(())
}

fn pair() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let near = TcpStream::connect(listener.local_addr()?)?;
    let (far, _) = listener.accept()?;
    far.set_read_timeout(Some(Duration::from_secs(5)))?;
    Ok((near, far))
}

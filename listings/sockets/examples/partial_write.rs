//! `partial_write`: how much a write takes while nobody reads.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

const SIZE: usize = 64 << 20;

fn main() -> anyhow::Result<()> {
    let (mut near, far) = pair()?;
    near.set_nonblocking(true)?;
    let message = vec![b'x'; SIZE];

    println!("nobody reads:");
    let mut sent = near.write(&message)?;
    println!("  a write of {SIZE} bytes took {sent}");
    let (more, error) = fill(&mut near, &message[sent..]);
    sent += more;
    println!("  a write of the rest, in the end: {:?}", error.kind());

    println!("somebody reads:");
    far.set_read_timeout(Some(Duration::from_secs(5)))?;
    let reading = thread::spawn(move || io::copy(&mut far.take(SIZE as u64), &mut io::sink()));
    while sent < SIZE {
        sent += write_some(&mut near, &message[sent..])?;
    }
    let read = reading.join().map_err(|_| io::Error::other("the reading thread panicked"))??;
    println!("  {sent} bytes are taken, {read} have come");
    Ok(())
}

// ANCHOR: fill
/// Writes until the kernel takes no more: how many bytes it took, and what it said then.
fn fill(stream: &mut TcpStream, message: &[u8]) -> (usize, io::Error) {
    let mut sent = 0;
    loop {
        match stream.write(&message[sent..]) {
            // It may pass on a little of what it holds meanwhile, and have room again.
            Ok(count) => sent += count,
            Err(error) => return (sent, error),
        }
    }
}

/// Waits until there is room, and writes what fits.
fn write_some(stream: &mut TcpStream, message: &[u8]) -> io::Result<usize> {
    let limit = Timespec { tv_sec: 5, tv_nsec: 0 };
    if poll(&mut [PollFd::new(stream, PollFlags::OUT)], Some(&limit))? == 0 {
        return Err(io::ErrorKind::TimedOut.into());
    }
    stream.write(message)
}
// ANCHOR_END: fill

fn pair() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let near = TcpStream::connect(listener.local_addr()?)?;
    Ok((near, listener.accept()?.0))
}

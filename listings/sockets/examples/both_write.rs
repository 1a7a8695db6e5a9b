//! `both_write BYTES [threads]`: two programs that write all, and read then.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use anyhow::Context;

/// How long a write may hang that has to be found stuck, and anything that goes on.
const SOON: Duration = Duration::from_millis(300);
const PATIENCE: Duration = Duration::from_secs(5);

type Talk = fn(&TcpStream, usize) -> io::Result<u64>;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let size = arguments.next().context("usage: both_write BYTES [threads]")?.parse()?;
    let (talk, limit): (Talk, _) = match arguments.next().as_deref() {
        None => (write_then_read, SOON),
        Some("threads") => (write_and_read, PATIENCE),
        Some(other) => anyhow::bail!("`{other}` is not a way to talk: leave it out, or `threads`"),
    };
    let (near, far) = pair(limit)?;
    let (near, far) = thread::scope(|threads| {
        let far = threads.spawn(|| talk(&far, size));
        (talk(&near, size), far.join())
    });
    report("near", near);
    report("far", far.unwrap_or_else(|_| Err(io::Error::other("it panicked"))));
    Ok(())
}

// ANCHOR: write_then_read
fn write_then_read(mut stream: &TcpStream, size: usize) -> io::Result<u64> {
    stream.write_all(&vec![b'x'; size])?;
    stream.take(size as u64).read_to_end(&mut Vec::new()).map(|count| count as u64)
}
// ANCHOR_END: write_then_read

// ANCHOR: write_and_read
fn write_and_read(mut stream: &TcpStream, size: usize) -> io::Result<u64> {
    thread::scope(|threads| {
        let writing = threads.spawn(move || stream.write_all(&vec![b'x'; size]));
        let count = io::copy(&mut stream.take(size as u64), &mut io::sink())?;
        writing.join().unwrap_or_else(|_| Err(io::Error::other("the writer panicked")))?;
        Ok(count)
    })
}
// ANCHOR_END: write_and_read

fn report(who: &str, result: io::Result<u64>) {
    match result {
        Ok(count) => println!("{who}: wrote all, read {count}"),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
            println!("{who}: stuck for {SOON:?}");
        }
        Err(error) => println!("{who}: {error}"),
    }
}

fn pair(limit: Duration) -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let near = TcpStream::connect(listener.local_addr()?)?;
    let (far, _) = listener.accept()?;
    for stream in [&near, &far] {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(limit))?;
    }
    Ok((near, far))
}

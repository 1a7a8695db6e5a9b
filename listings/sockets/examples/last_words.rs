//! `last_words`: what a close does with bytes that are still on their way.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use socket2::SockRef;

const SIZE: usize = 500_000;

fn main() -> anyhow::Result<()> {
    println!("                          close takes   the peer reads");
    let second = Some(Duration::from_secs(1));
    let linger = |near: &TcpStream, time| SockRef::from(near).set_linger(time);

    let (near, far) = pair()?;
    say_goodbye("close", near, || read(far))?;

    let (near, mut far) = pair()?;
    far.write_all(b"x")?;
    near.peek(&mut [0])?;
    say_goodbye("close, one byte unread", near, || read(far))?;

    let (near, far) = pair()?;
    linger(&near, Some(Duration::ZERO))?;
    say_goodbye("SO_LINGER 0", near, || read(far))?;

    let (near, far) = pair()?;
    linger(&near, second)?;
    say_goodbye("SO_LINGER 1 s", near, || read(far))?;

    let (near, far) = pair()?;
    linger(&near, second)?;
    let reading = thread::spawn(|| read(far));
    let joined = || reading.join().unwrap_or_else(|_| "it panicked".to_owned());
    say_goodbye("SO_LINGER 1 s, it reads", near, joined)?;
    Ok(())
}

// ANCHOR: say_goodbye
/// Writes, closes, and then asks the peer what it has read.
fn say_goodbye(
    how: &str,
    mut near: TcpStream,
    heard: impl FnOnce() -> String,
) -> anyhow::Result<()> {
    near.write_all(&vec![b'x'; SIZE])?;
    let start = Instant::now();
    drop(near);
    println!("{how:<24}  {:>9} s   {}", start.elapsed().as_secs(), heard());
    Ok(())
}
// ANCHOR_END: say_goodbye

/// Reads to the end, or to the error.
fn read(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    let result = stream.read_to_end(&mut bytes);
    let count = if bytes.len() == SIZE { "everything" } else { "a part" };
    match result {
        Ok(_) => format!("{count}, then the end"),
        Err(error) => format!("{count}, then {:?}", error.kind()),
    }
}

fn pair() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let near = TcpStream::connect(listener.local_addr()?)?;
    let (far, _) = listener.accept()?;
    far.set_read_timeout(Some(Duration::from_secs(5)))?;
    Ok((near, far))
}

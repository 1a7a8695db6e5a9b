//! `baton give PATH CLIENTS ADDRESS`, `baton take PATH CLIENTS`: a listening socket that goes from
//! one process to the next, with everyone who waits in its queue.
//!
//! `give` binds ADDRESS and answers clients until a successor connects to the Unix socket PATH, or
//! CLIENTS have been answered, after which it waits for the successor. `take` is the successor; it
//! ends after CLIENTS.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::net::TcpListener;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::{UnixListener, UnixStream};

use anyhow::{Context, bail};
use rustix::event::{PollFd, PollFlags, poll};
use sockets::descriptors::{receive, send};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["give", path, clients, address] => give(path, clients.parse()?, address),
        ["take", path, clients] => take(path, clients.parse()?),
        _ => bail!("usage: baton give PATH CLIENTS ADDRESS | baton take PATH CLIENTS"),
    }
}

// ANCHOR: give
fn give(path: &str, mut clients: usize, address: &str) -> anyhow::Result<()> {
    let listener = TcpListener::bind(address)?;
    // A client may give up between `poll` and `accept`, which then must not wait for the next one.
    listener.set_nonblocking(true)?;
    let door = UnixListener::bind(path)?;
    println!("gives: listening on {}", listener.local_addr()?);
    loop {
        let ask = if clients > 0 { PollFlags::IN } else { PollFlags::empty() };
        let mut ready = [PollFd::new(&door, PollFlags::IN), PollFd::new(&listener, ask)];
        poll(&mut ready, None)?;
        if !ready[0].revents().is_empty() {
            let (successor, _) = door.accept()?;
            fs::remove_file(path)?;
            send(&successor, b"x", &[listener.as_fd()])?;
            println!("gives: gone");
            return Ok(());
        }
        clients -= usize::from(answer(&listener, "given by the first\n")?);
    }
}
// ANCHOR_END: give

// ANCHOR: take
fn take(path: &str, mut clients: usize) -> anyhow::Result<()> {
    let giver = UnixStream::connect(path)?;
    let (_, descriptors) = receive(&giver, &mut [0])?;
    let listener: OwnedFd = descriptors.into_iter().next().context("no descriptor came")?;
    let listener = TcpListener::from(listener);
    println!("takes: listening");
    while clients > 0 {
        poll(&mut [PollFd::new(&listener, PollFlags::IN)], None)?;
        clients -= usize::from(answer(&listener, "given by the second\n")?);
    }
    Ok(())
}
// ANCHOR_END: take

/// Answers whoever is first in the queue; `false` if nobody is.
fn answer(listener: &TcpListener, word: &str) -> io::Result<bool> {
    let (mut client, _) = match listener.accept() {
        Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
        // The client has left while it waited; that is no fault of the listener's.
        Err(error) if error.kind() == ErrorKind::ConnectionAborted => return Ok(false),
        accepted => accepted?,
    };
    // A client that does not want its answer is no reason to end.
    let _ = client.write_all(word.as_bytes());
    Ok(true)
}

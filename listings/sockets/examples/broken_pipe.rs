//! `broken_pipe`: writing to a peer that is gone.

use std::io::{self, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use socket2::SockRef;

fn main() -> anyhow::Result<()> {
    let (mut near, far) = pair()?;
    drop(far);
    println!("the peer has closed:");
    println!("  write: {}", shown(near.write(b"are you there?")));
    wait_for_reset(&near)?;
    println!("  write: {}", shown(near.write(b"hello?")));

    let (mut near, far) = pair()?;
    SockRef::from(&far).set_linger(Some(Duration::ZERO))?;
    drop(far);
    wait_for_reset(&near)?;
    println!("the peer has reset:");
    println!("  write: {}", shown(near.write(b"are you there?")));
    println!("  write: {}", shown(near.write(b"hello?")));
    Ok(())
}

fn shown(result: io::Result<usize>) -> String {
    match result {
        Ok(count) => format!("{count} bytes taken"),
        Err(error) => format!("{:?}", error.kind()),
    }
}

/// Until the peer's RST has come. `poll` reports that without taking the error.
fn wait_for_reset(stream: &TcpStream) -> io::Result<()> {
    let limit = Timespec { tv_sec: 5, tv_nsec: 0 };
    let mut fds = [PollFd::new(stream, PollFlags::empty())];
    if poll(&mut fds, Some(&limit))? == 0 {
        return Err(io::ErrorKind::TimedOut.into());
    }
    Ok(())
}

fn pair() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let near = TcpStream::connect(listener.local_addr()?)?;
    Ok((near, listener.accept()?.0))
}

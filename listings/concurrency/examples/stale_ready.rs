//! `stale_ready`: between "there is something to read" and the read, somebody else reads it.

use std::net::UdpSocket;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

// ANCHOR: stale
fn main() -> anyhow::Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    let other = socket.try_clone()?; // another thread, or another process after a fork
    socket.send_to(b"one datagram", socket.local_addr()?)?;

    let mut asked = [PollFd::new(&socket, PollFlags::IN)];
    println!("ready: {}", poll(&mut asked, Some(&Timespec { tv_sec: 1, tv_nsec: 0 }))?);
    println!("the other one reads {} bytes", other.recv(&mut [0; 64])?);

    socket.set_nonblocking(true)?;
    match socket.recv(&mut [0; 64]) {
        Ok(count) => println!("we read {count} bytes"),
        Err(error) => println!("we read nothing: {}", error.kind()),
    }
    Ok(())
}
// ANCHOR_END: stale

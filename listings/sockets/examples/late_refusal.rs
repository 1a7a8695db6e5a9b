//! `late_refusal`: an error of UDP belongs to an earlier datagram, and takes a later one with it.

use std::io;
use std::net::UdpSocket;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// How long to wait for what is on its way already.
const PATIENCE: Duration = Duration::from_secs(1);

fn main() -> anyhow::Result<()> {
    for connected in [true, false] {
        println!("{}", if connected { "connected" } else { "not connected" });
        trial(connected)?;
    }
    Ok(())
}

// ANCHOR: trial
fn trial(connected: bool) -> io::Result<()> {
    // Bound and dropped: a port on which nobody listens.
    let address = UdpSocket::bind("127.0.0.1:0")?.local_addr()?;
    let client = UdpSocket::bind("127.0.0.1:0")?;
    if connected {
        client.connect(address)?;
    }
    let send = |word: &str| {
        let sent = if connected {
            client.send(word.as_bytes())
        } else {
            client.send_to(word.as_bytes(), address)
        };
        match sent {
            Ok(_) => println!("  send {word:?}: Ok"),
            Err(error) => println!("  send {word:?}: {:?}", error.kind()),
        }
    };
    send("one");
    if connected {
        wait_for_error(&client)?;
    }
    let server = UdpSocket::bind(address)?;
    println!("  the server starts");
    send("two");
    send("three");
    println!("  it receives {:?}", words(&server)?);
    Ok(())
}
// ANCHOR_END: trial

/// Waits until an error stands at the socket, without taking it away.
fn wait_for_error(socket: &UdpSocket) -> io::Result<()> {
    let limit = Timespec::try_from(PATIENCE).map_err(io::Error::other)?;
    // Errors are reported without being asked for.
    poll(&mut [PollFd::new(socket, PollFlags::empty())], Some(&limit))?;
    Ok(())
}

/// What comes until "three" has come.
fn words(server: &UdpSocket) -> io::Result<Vec<String>> {
    server.set_read_timeout(Some(PATIENCE))?;
    let mut buffer = [0; 16];
    let mut words: Vec<String> = Vec::new();
    while words.last().is_none_or(|last| last != "three") {
        let length = server.recv(&mut buffer)?;
        words.push(String::from_utf8_lossy(&buffer[..length]).into_owned());
    }
    Ok(words)
}

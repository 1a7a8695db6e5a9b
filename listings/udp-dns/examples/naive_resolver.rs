//! The tempting resolver: one socket for all questions, and IDs that count up. It asks one server
//! for the A record of each name and prints what it gets: `naive_resolver SERVER NAME…`.
//!
//! It works, as long as nobody wishes it ill: `spoofer` does.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use anyhow::Context;
use udp_dns::message::{Kind, Message};

/// Asks over UDP from one port, with one ID after the other.
pub(crate) struct NaiveResolver {
    socket: UdpSocket,
    id: u16,
}

impl NaiveResolver {
    pub(crate) fn new(server: SocketAddr, first_id: u16) -> io::Result<Self> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        socket.connect(server)?;
        socket.set_read_timeout(Some(Duration::from_secs(2)))?;
        Ok(Self { socket, id: first_id })
    }

    /// The port that all its questions come from.
    pub(crate) fn port(&self) -> io::Result<u16> {
        Ok(self.socket.local_addr()?.port())
    }

    pub(crate) fn send(&mut self, name: &str) -> anyhow::Result<()> {
        self.id = self.id.wrapping_add(1);
        let query = Message::query(self.id, name.parse()?, Kind::A);
        self.socket.send(&query.encode(512)?)?;
        Ok(())
    }

    /// The first answer that has the right ID.
    pub(crate) fn receive(&self) -> anyhow::Result<Message> {
        loop {
            if let Some(message) = self.look()? {
                return Ok(message);
            }
        }
    }

    // ANCHOR: look
    /// Looks at one datagram. The ID is all that it looks at.
    pub(crate) fn look(&self) -> anyhow::Result<Option<Message>> {
        let mut buffer = [0; 512];
        let length = self.socket.recv(&mut buffer)?;
        let message = Message::parse(&buffer[..length]).ok();
        Ok(message.filter(|message| message.id == self.id))
    }
    // ANCHOR_END: look
}

#[allow(dead_code)] // `spoofer` uses the resolver alone
fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let server = arguments.next().context("usage: naive_resolver SERVER:PORT NAME…")?;
    let mut resolver = NaiveResolver::new(server.parse()?, 0)?;
    println!("; from port {}", resolver.port()?);
    for name in arguments {
        resolver.send(&name)?;
        for record in resolver.receive()?.answers {
            println!("{record}");
        }
    }
    Ok(())
}

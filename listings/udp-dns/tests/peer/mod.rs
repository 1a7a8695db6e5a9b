//! A name server that does what a test says, on one port over UDP and TCP.

#![allow(dead_code)] // each test file uses a part of it

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::thread;
use std::time::Duration;

use udp_dns::message::{Class, Data, Kind, Message, Question, Record};

/// No single step takes longer, even on a busy machine.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);
pub(crate) const TRUE: [u8; 4] = [192, 0, 2, 80];
pub(crate) const FORGED: [u8; 4] = [192, 0, 2, 66];

pub(crate) fn question() -> Question {
    Question { name: "www.example.test".parse().unwrap(), kind: Kind::A, class: Class::IN }
}

/// The answer to a query.
pub(crate) fn answer(query: &Message, address: [u8; 4]) -> Message {
    let mut answer = query.clone();
    answer.flags.response = true;
    let name = query.questions[0].name.clone();
    answer.answers =
        vec![Record { name, class: Class::IN, ttl: 300, data: Data::A(address.into()) }];
    answer
}

pub(crate) fn bytes(message: &Message) -> Vec<u8> {
    message.encode(65535).unwrap()
}

pub(crate) struct Peer {
    pub(crate) udp: UdpSocket,
    /// Dropped, it refuses.
    pub(crate) tcp: Option<TcpListener>,
    pub(crate) address: SocketAddr,
}

impl Peer {
    pub(crate) fn new() -> Self {
        loop {
            let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = tcp.local_addr().unwrap();
            // The same number may be taken over UDP.
            if let Ok(udp) = UdpSocket::bind(address) {
                udp.set_read_timeout(Some(LIMIT)).unwrap();
                return Self { udp, tcp: Some(tcp), address };
            }
        }
    }

    /// Plays the server on a thread of its own.
    pub(crate) fn play(self, part: impl FnOnce(&Self) + Send + 'static) -> SocketAddr {
        let address = self.address;
        thread::spawn(move || part(&self));
        address
    }

    /// The next query over UDP.
    pub(crate) fn query(&self) -> (Message, SocketAddr) {
        let mut buffer = [0; 2048];
        let (length, from) = loop {
            match self.udp.recv_from(&mut buffer) {
                // With a time limit, also whoever was stopped and goes on is told so: signal(7).
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                received => break received.unwrap(),
            }
        };
        (Message::parse(&buffer[..length]).unwrap(), from)
    }

    pub(crate) fn send(&self, message: &Message, to: SocketAddr) {
        self.udp.send_to(&bytes(message), to).unwrap();
    }

    /// The next query over TCP.
    pub(crate) fn stream(&self) -> (Message, TcpStream) {
        let (mut stream, _) = self.tcp.as_ref().unwrap().accept().unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        let mut length = [0; 2];
        stream.read_exact(&mut length).unwrap();
        let mut query = vec![0; u16::from_be_bytes(length).into()];
        stream.read_exact(&mut query).unwrap();
        (Message::parse(&query).unwrap(), stream)
    }

    /// Answers the next query over UDP: it does not fit.
    pub(crate) fn truncate(&self) {
        let (query, from) = self.query();
        let mut truncated = answer(&query, FORGED);
        truncated.answers.clear();
        truncated.flags.truncated = true;
        self.send(&truncated, from);
    }
}

pub(crate) fn send_framed(stream: &mut TcpStream, message: &Message) {
    let bytes = udp_dns::resolver::framing::framed(&bytes(message)).unwrap();
    stream.write_all(&bytes).unwrap();
}

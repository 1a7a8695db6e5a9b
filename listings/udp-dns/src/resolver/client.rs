//! An exchange on the machine's sockets, blocking.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use super::exchange::{Exchange, Step};
use super::failure::{Answer, Failure, Problem};
use super::random::System;
use super::settings::Settings;
use crate::message::Question;

/// No datagram is longer: UDP's length field says so.
const MAX_DATAGRAM: usize = 1 << 16;
/// How much is read from a stream at once.
const PIECE: usize = 4096;

/// Asks servers, one question after another.
///
/// ```no_run
/// use udp_dns::message::{Class, Kind, Question};
/// use udp_dns::resolver::{Client, Settings};
///
/// let mut client = Client::new(vec!["192.0.2.53:53".parse()?], Settings::default());
/// let question = Question { name: "example.test".parse()?, kind: Kind::MX, class: Class::IN };
/// let answer = client.ask(question)?;
/// println!("{}", answer.message);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Client {
    servers: Vec<SocketAddr>,
    settings: Settings,
}

impl Client {
    pub fn new(servers: Vec<SocketAddr>, settings: Settings) -> Self {
        Self { servers, settings }
    }

    /// Asks, and waits for the answer, at most for the settings' `deadline`.
    ///
    /// # Errors
    ///
    /// If no server answers. An answer that says SERVFAIL is an answer.
    pub fn ask(&mut self, question: Question) -> Result<Answer, Failure> {
        let start = Instant::now();
        let settings = self.settings.clone();
        let mut exchange = Exchange::new(question, &self.servers, settings, System, Duration::ZERO);
        if self.settings.rotate && !self.servers.is_empty() {
            self.servers.rotate_left(1);
        }
        let mut line = Line::None;
        loop {
            let now = start.elapsed();
            match exchange.next(now) {
                Step::Wait(until) => line.wait(&mut exchange, until.saturating_sub(now)),
                Step::Finished => return exchange.finish(),
                step => line = Line::open(&mut exchange, step, now),
            }
        }
    }
}

/// What is open.
enum Line {
    None,
    Datagrams { socket: UdpSocket, port: u16, server: SocketAddr },
    Stream(TcpStream),
}

impl Line {
    /// Opens what `step` asks for and sends the query. What goes wrong is told to the exchange.
    fn open(exchange: &mut Exchange<System>, mut step: Step, now: Duration) -> Self {
        loop {
            match try_open(&step, now) {
                Ok(Some(line)) => return line,
                Ok(None) => match exchange.port_taken() {
                    Some(another) => step = another,
                    None => return Self::None,
                },
                Err(error) => {
                    exchange.failed(problem(&error));
                    return Self::None;
                }
            }
        }
    }

    /// Hands in what arrives within `time`.
    fn wait(&mut self, exchange: &mut Exchange<System>, time: Duration) {
        // Zero would mean "for ever" to the system.
        let time = Some(time.max(Duration::from_millis(1)));
        let result = match self {
            Self::None => Ok(()),
            Self::Datagrams { socket, port, server } => {
                let mut buffer = vec![0; MAX_DATAGRAM];
                let received =
                    socket.set_read_timeout(time).and_then(|()| socket.recv_from(&mut buffer));
                // Since the socket is connected, the kernel lets nobody but the server through. What
                // came between `bind` and `connect` is in the queue all the same. The server's address
                // is what the kernel says: whoever connects to 0.0.0.0 talks to 127.0.0.1.
                received.and_then(|(length, from)| {
                    let from = if from == socket.peer_addr()? { *server } else { from };
                    exchange.datagram(*port, from, &buffer[..length]);
                    Ok(())
                })
            }
            Self::Stream(stream) => {
                let mut buffer = [0; PIECE];
                let received =
                    stream.set_read_timeout(time).and_then(|()| stream.read(&mut buffer));
                received.map(|length| match length {
                    0 => exchange.closed(),
                    length => exchange.stream(&buffer[..length]),
                })
            }
        };
        match result {
            Ok(()) => {}
            Err(error) if is_nothing_yet(&error) => {}
            Err(error) => exchange.failed(problem(&error)),
        }
    }
}

/// `None` if somebody else has the port.
fn try_open(step: &Step, now: Duration) -> io::Result<Option<Line>> {
    match step {
        Step::Datagram { port, server, query } => {
            let any = match server {
                SocketAddr::V4(_) => IpAddr::from(Ipv4Addr::UNSPECIFIED),
                SocketAddr::V6(_) => IpAddr::from(Ipv6Addr::UNSPECIFIED),
            };
            let socket = match UdpSocket::bind((any, *port)) {
                Err(error) if is_taken(&error) => return Ok(None),
                socket => socket?,
            };
            // Only a connected socket is told of ICMP errors, and it is deaf to everybody else.
            socket.connect(server)?;
            socket.send(query)?;
            Ok(Some(Line::Datagrams { socket, port: *port, server: *server }))
        }
        Step::Stream { server, query, until } => {
            let time = until.saturating_sub(now).max(Duration::from_millis(1));
            let mut stream = TcpStream::connect_timeout(server, time)?;
            stream.set_write_timeout(Some(time))?;
            stream.write_all(query)?;
            Ok(Some(Line::Stream(stream)))
        }
        Step::Wait(_) | Step::Finished => Ok(Some(Line::None)),
    }
}

/// Of binding alone: a firewall may forbid sending, and no other port would help.
fn is_taken(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::AddrInUse | ErrorKind::PermissionDenied)
}

fn is_nothing_yet(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

fn problem(error: &io::Error) -> Problem {
    match error.kind() {
        ErrorKind::ConnectionRefused => Problem::Refused,
        _ => Problem::Io(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Class, Kind, Message};
    use crate::name::Name;

    /// An exchange whose question is under way, with the port that it thinks it was sent from.
    fn asking(server: SocketAddr) -> (Exchange<System>, u16, Vec<u8>) {
        let question = Question { name: Name::root(), kind: Kind::NS, class: Class::IN };
        let mut exchange =
            Exchange::new(question, &[server], Settings::default(), System, Duration::ZERO);
        let Step::Datagram { port, query, .. } = exchange.next(Duration::ZERO) else {
            panic!("a datagram is the first step");
        };
        (exchange, port, query)
    }

    fn answer(query: &[u8]) -> Vec<u8> {
        let mut answer = Message::parse(query).expect("our own");
        answer.flags.response = true;
        answer.encode(512).expect("it fits")
    }

    /// Between `bind` and `connect`, anybody's datagrams are taken, and they stay in the queue.
    #[test]
    fn what_a_stranger_sent_before_the_connection_is_no_answer() -> io::Result<()> {
        let server = UdpSocket::bind("127.0.0.1:0")?.local_addr()?;
        let (mut exchange, port, query) = asking(server);
        // The machine chooses its port, so that none is taken; the exchange does not know.
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        UdpSocket::bind("127.0.0.1:0")?.send_to(&answer(&query), socket.local_addr()?)?;
        socket.connect(server)?;
        Line::Datagrams { socket, port, server }.wait(&mut exchange, Duration::from_secs(5));
        assert_eq!((exchange.ignored().total(), exchange.ignored().wrong_source), (1, 1));
        Ok(())
    }

    /// 0.0.0.0 in a resolv.conf is this machine, and its answers come from 127.0.0.1.
    #[test]
    fn the_unspecified_address_is_answered_by_loopback() -> io::Result<()> {
        let machine = UdpSocket::bind("127.0.0.1:0")?;
        let server = (Ipv4Addr::UNSPECIFIED, machine.local_addr()?.port()).into();
        let (mut exchange, port, query) = asking(server);
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        socket.connect(server)?;
        machine.send_to(&answer(&query), socket.local_addr()?)?;
        Line::Datagrams { socket, port, server }.wait(&mut exchange, Duration::from_secs(5));
        assert!(exchange.finish().is_ok_and(|answer| answer.server == server));
        Ok(())
    }
}

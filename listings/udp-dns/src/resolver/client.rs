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
                    socket.set_read_timeout(time).and_then(|()| socket.recv(&mut buffer));
                // The socket is connected: the kernel lets nobody but the server through.
                received.map(|length| exchange.datagram(*port, *server, &buffer[..length]))
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

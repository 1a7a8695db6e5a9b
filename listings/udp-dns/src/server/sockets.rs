//! The edge: the system's UDP and TCP.
//!
//! One thread waits for datagrams, connections and the end; each connection has a thread of its
//! own. Everything is bounded: connections, how long one may say nothing, how long one message may
//! take, how long an answer may wait to be taken.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::datagrams::Datagrams;
use super::rate::network;
use super::{Line, Rate, RateLimiter, Settings, Transport, answer};
use crate::message::MAX_MESSAGE;
use crate::resolver::framing::{Frames, framed};
use crate::zone::Zone;

/// Datagrams that are answered before connections and the end have their turn.
const BURST: usize = 64;
/// How long callers are left alone when there is no descriptor for them.
const PAUSE: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };

/// How much, and how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// TCP connections at the same time. For one more, one is closed: of those from the networks that
    /// have the most, the longest silent. Under load nobody has a right to silence (RFC 7766 §6.2.3).
    pub connections: usize,
    /// Of these, from one network, a /24 of IPv4 or a /56 of IPv6. One more is closed at once
    /// (RFC 7766 §6.2.2): else a single network could take them all.
    pub per_network: usize,
    /// How long a connection may be silent between two requests (RFC 7766 §6.2.3: seconds).
    pub idle: Duration,
    /// How long one request may take from its first byte to its last, and one answer to be taken.
    pub message: Duration,
    /// Requests on one connection.
    pub requests: usize,
}

impl Default for Limits {
    fn default() -> Self {
        let (idle, message) = (Duration::from_secs(10), Duration::from_secs(5));
        Self { connections: 64, per_network: 16, idle, message, requests: 10_000 }
    }
}

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    #[error("cannot listen on {address}, {transport}: {source}; choose another address or port")]
    Listen { address: SocketAddr, transport: &'static str, source: io::Error },
    #[error("cannot wait for requests: {0}; start again")]
    Wait(io::Error),
}

/// Gets a line for each question.
pub type Log = Box<dyn Fn(SocketAddr, Line<'_>) + Send + Sync>;

/// A UDP and a TCP socket on the same port.
pub struct Sockets {
    udp: Datagrams,
    tcp: TcpListener,
    served: Arc<Served>,
    rate: Option<Rate>,
    limits: Limits,
}

/// What all threads share.
struct Served {
    zone: Zone,
    settings: Settings,
    log: Option<Log>,
}

impl Served {
    fn answer(&self, request: &[u8], transport: Transport) -> Option<Vec<u8>> {
        answer(&self.zone, &self.settings, request, transport)
    }

    /// `answer` is what is sent: the rate limiter may have left nothing of it.
    fn log(&self, from: SocketAddr, request: &[u8], transport: Transport, answer: Option<&[u8]>) {
        if let Some(log) = &self.log {
            log(from, Line { transport, request, answer });
        }
    }
}

impl Sockets {
    /// Listens on both. Port 0 takes one that is free for both.
    ///
    /// An unspecified address, 0.0.0.0 or ::, stands for all of the machine's, those that it gets later
    /// too, and an answer comes from the one that was asked (RFC 2181 §4.1). A question to a
    /// broadcast address is not answered.
    pub fn bind(address: SocketAddr, zone: Zone, settings: Settings) -> Result<Self, ServeError> {
        let failed = |transport| move |source| ServeError::Listen { address, transport, source };
        // The UDP port may be taken where TCP's is free: try a few.
        let mut tries = if address.port() == 0 { 16 } else { 1 };
        let (tcp, udp) = loop {
            tries -= 1;
            let tcp = TcpListener::bind(address).map_err(failed("TCP"))?;
            let same = tcp.local_addr().map_err(failed("TCP"))?;
            match Datagrams::bind(same) {
                Ok(udp) => break (tcp, udp),
                Err(error) if tries == 0 => return Err(failed("UDP")(error)),
                Err(_) => {}
            }
        };
        tcp.set_nonblocking(true).map_err(failed("TCP"))?;
        let served = Arc::new(Served { zone, settings, log: None });
        Ok(Self { udp, tcp, served, rate: Some(Rate::default()), limits: Limits::default() })
    }

    /// Other limits than usual; no rate answers everything.
    #[must_use]
    pub fn with(self, rate: Option<Rate>, limits: Limits) -> Self {
        Self { rate, limits, ..self }
    }

    /// Reports each question.
    #[must_use]
    pub fn with_log(mut self, log: Log) -> Self {
        if let Some(served) = Arc::get_mut(&mut self.served) {
            served.log = Some(log);
        }
        self
    }

    /// Where it listens.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.udp.local_addr()
    }

    /// Answers until something can be read from `shutdown`, or its other end closes. Then it takes
    /// nothing more, closes the connections, and waits for their threads.
    pub fn run(self, shutdown: impl AsFd) -> Result<(), ServeError> {
        let mut limiter = self.rate.map(RateLimiter::new);
        let connections = Connections::default();
        let start = Instant::now();
        // The longest datagram there is. What is longer than a message with one question and
        // options is no question, but the parser may say so.
        let mut buffer = vec![0; MAX_MESSAGE];
        // Set while nobody can be let in: callers who wait would wake us again and again.
        let mut full = false;
        loop {
            let callers = if full { PollFlags::empty() } else { PollFlags::IN };
            let mut watched = [
                PollFd::new(&shutdown, PollFlags::IN),
                PollFd::new(&self.udp, PollFlags::IN),
                PollFd::new(&self.tcp, callers),
            ];
            match poll(&mut watched, full.then_some(&PAUSE)) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(ServeError::Wait(error.into())),
            }
            let [ended, datagrams, callers] = watched.map(|fd| !fd.revents().is_empty());
            if ended {
                connections.close();
                return Ok(());
            }
            if datagrams {
                self.serve_datagrams(&mut limiter, &mut buffer, start);
            }
            full = (callers || full) && !self.accept(&connections);
        }
    }

    /// Errors are those of single datagrams: the next one may be better.
    fn serve_datagrams(
        &self,
        limiter: &mut Option<RateLimiter>,
        buffer: &mut [u8],
        start: Instant,
    ) {
        for _ in 0..BURST {
            let Ok((length, origin)) = self.udp.receive(buffer) else { return };
            let from = origin.from;
            let request = &buffer[..length];
            let mut answer = self.served.answer(request, Transport::Udp);
            if let Some(limiter) = limiter {
                answer = answer.and_then(|whole| limiter.limit(whole, from.ip(), start.elapsed()));
            }
            self.served.log(from, request, Transport::Udp, answer.as_deref());
            if let Some(answer) = answer {
                let _sent = self.udp.answer(&answer, &origin);
            }
        }
    }

    /// Lets callers in. `false` if that is not possible now: out of descriptors, perhaps.
    fn accept(&self, connections: &Connections) -> bool {
        for _ in 0..BURST {
            let (stream, from) = match self.tcp.accept() {
                Ok(accepted) => accepted,
                // Whoever hung up before we came is no trouble of ours.
                Err(error) => {
                    return matches!(
                        error.kind(),
                        ErrorKind::WouldBlock
                            | ErrorKind::ConnectionAborted
                            | ErrorKind::Interrupted
                    );
                }
            };
            connections.start(stream, from.ip(), self.limits, {
                let served = Arc::clone(&self.served);
                move |request: &[u8]| {
                    let answer = served.answer(request, Transport::Tcp);
                    served.log(from, request, Transport::Tcp, answer.as_deref());
                    answer
                }
            });
        }
        true
    }
}

/// The connections that are open: to count them, and to close them at the end.
#[derive(Clone, Default)]
struct Connections(Arc<Mutex<Open>>);

#[derive(Default)]
struct Open {
    connections: HashMap<u64, Connection>,
    threads: Vec<thread::JoinHandle<()>>,
    next: u64,
}

struct Connection {
    stream: Arc<TcpStream>,
    network: IpAddr,
    /// When it sent its last whole request, or when it began: single bytes are no sign of life.
    asked: Instant,
}

impl Open {
    /// How many connections each network has.
    fn counts(&self) -> HashMap<IpAddr, usize> {
        let mut counts = HashMap::new();
        for connection in self.connections.values() {
            *counts.entry(connection.network).or_default() += 1;
        }
        counts
    }

    /// Closes the connection that has the least claim to its place. Who has many may lose one before
    /// who has one: so a few networks that ask all the time do not keep the others out.
    fn make_room(&mut self, counts: &HashMap<IpAddr, usize>) {
        let claim =
            |connection: &Connection| (Reverse(counts.get(&connection.network)), connection.asked);
        let least = self.connections.iter().min_by_key(|(_, connection)| claim(connection));
        let least = least.map(|(&id, _)| id);
        if let Some(connection) = least.and_then(|id| self.connections.remove(&id)) {
            // Its thread sees the end of the stream.
            let _ = connection.stream.shutdown(Shutdown::Both);
        }
    }
}

impl Connections {
    /// A panic of one connection's thread says nothing about the list.
    fn lock(&self) -> std::sync::MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Serves the stream on a thread of its own, if its network may have one more.
    fn start(
        &self,
        stream: TcpStream,
        from: IpAddr,
        limits: Limits,
        mut answer: impl FnMut(&[u8]) -> Option<Vec<u8>> + Send + 'static,
    ) {
        let mut open = self.lock();
        open.threads.retain(|thread| !thread.is_finished());
        let (network, counts) = (network(from), open.counts());
        // The threads of those that made room may need a moment to end: they are bounded too.
        let threads = limits.connections.saturating_mul(2);
        let same = counts.get(&network).copied().unwrap_or(0);
        if same >= limits.per_network || open.threads.len() >= threads {
            return;
        }
        if open.connections.len() >= limits.connections {
            open.make_room(&counts);
        }
        // Shared and not cloned: a clone would take another descriptor.
        let stream = Arc::new(stream);
        let id = open.next;
        open.next += 1;
        let connection = Connection { stream: Arc::clone(&stream), network, asked: Instant::now() };
        open.connections.insert(id, connection);
        let all = self.clone();
        let spawned = thread::Builder::new().stack_size(256 << 10).spawn(move || {
            let guard = Leave { all, id };
            let answer = |request: &[u8]| {
                guard.all.asked(id);
                answer(request)
            };
            // An error is the peer's, or says that it has gone.
            let _ = converse(&stream, limits, answer);
            drop(guard);
        });
        match spawned {
            Ok(thread) => open.threads.push(thread),
            Err(_) => _ = open.connections.remove(&id),
        }
    }

    fn asked(&self, id: u64) {
        if let Some(connection) = self.lock().connections.get_mut(&id) {
            connection.asked = Instant::now();
        }
    }

    fn close(&self) {
        let mut open = self.lock();
        for connection in open.connections.values() {
            let _ = connection.stream.shutdown(Shutdown::Both);
        }
        let threads = std::mem::take(&mut open.threads);
        drop(open);
        for thread in threads {
            let _ = thread.join();
        }
    }
}

/// Takes a connection off the list, also if its thread panics.
struct Leave {
    all: Connections,
    id: u64,
}

impl Drop for Leave {
    fn drop(&mut self) {
        self.all.lock().connections.remove(&self.id);
    }
}

/// Answers what comes over one connection, several requests at a time if they come so
/// (RFC 7766 §6.2.1).
fn converse(
    mut stream: &TcpStream,
    limits: Limits,
    mut answer: impl FnMut(&[u8]) -> Option<Vec<u8>>,
) -> io::Result<()> {
    let mut frames = Frames::default();
    let mut requests = 0;
    let mut buffer = [0; 4096];
    let mut deadline = Instant::now() + limits.idle;
    stream.set_nonblocking(false)?;
    stream.set_nodelay(true)?;
    while requests < limits.requests {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        stream.set_read_timeout(Some(left))?;
        let length = match stream.read(&mut buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            length => length?,
        };
        if length == 0 {
            return Ok(());
        }
        // ANCHOR: requests
        let had_begun = frames.waiting() > 0;
        frames.push(&buffer[..length]);
        let before = requests;
        let (mut answers, mut is_over) = (Vec::new(), false);
        while let Some(request) = frames.take().filter(|_| !is_over) {
            requests += 1;
            // A message without an answer is no reason to stay: over TCP nobody is spoofed. What was
            // asked before it is answered first.
            let answer = answer(&request).and_then(|answer| framed(&answer));
            is_over = answer.is_none();
            answers.extend(answer.unwrap_or_default());
            if answers.len() > MAX_MESSAGE {
                write_within(limits.message, stream, &std::mem::take(&mut answers))?;
            }
        }
        write_within(limits.message, stream, &answers)?;
        if is_over {
            return Ok(());
        }
        // A trickle of single bytes must not move the deadline.
        if frames.waiting() == 0 {
            deadline = Instant::now() + limits.idle;
        } else if !had_begun || requests > before {
            deadline = Instant::now() + limits.message;
        }
        // ANCHOR_END: requests
    }
    Ok(())
}

/// Writes all of it, or fails when the time is up. A timeout of the socket's would begin anew with
/// each write that gets somewhere, and a peer that takes a little now and then would never end.
fn write_within(limit: Duration, mut stream: &TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    let deadline = Instant::now() + limit;
    while !bytes.is_empty() {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        stream.set_write_timeout(Some(left))?;
        match stream.write(bytes) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(length) => bytes = &bytes[length..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

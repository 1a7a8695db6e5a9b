//! The edge: the system's UDP and TCP.
//!
//! One thread waits for datagrams, connections and the end; each connection has a thread of its
//! own. Everything is bounded: connections, how long one may say nothing, how long one message may
//! take, how long an answer may wait to be taken.

use std::collections::HashMap;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::AsFd;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

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
    /// TCP connections at the same time. One more is closed at once.
    pub connections: usize,
    /// Of these, from one network, a /24 of IPv4 or a /56 of IPv6: else whoever opens them all and
    /// asks now and then keeps everybody else out (RFC 7766 §6.2.2).
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
    udp: UdpSocket,
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
    /// At an unspecified address, 0.0.0.0 or ::, the kernel chooses from which of the machine's
    /// addresses an answer over UDP comes. If that is not the one that was asked, a client will not
    /// take it (RFC 1122 §4.1.3.5), and std has no way to say: so better have a server for each.
    pub fn bind(address: SocketAddr, zone: Zone, settings: Settings) -> Result<Self, ServeError> {
        let failed = |transport| move |source| ServeError::Listen { address, transport, source };
        // The UDP port may be taken where TCP's is free: try a few.
        let mut tries = if address.port() == 0 { 16 } else { 1 };
        let (tcp, udp) = loop {
            tries -= 1;
            let tcp = TcpListener::bind(address).map_err(failed("TCP"))?;
            let same = tcp.local_addr().map_err(failed("TCP"))?;
            match UdpSocket::bind(same) {
                Ok(udp) => break (tcp, udp),
                Err(error) if tries == 0 => return Err(failed("UDP")(error)),
                Err(_) => {}
            }
        };
        tcp.set_nonblocking(true).map_err(failed("TCP"))?;
        udp.set_nonblocking(true).map_err(failed("UDP"))?;
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
            let Ok((length, from)) = self.udp.recv_from(buffer) else { return };
            let request = &buffer[..length];
            let mut answer = self.served.answer(request, Transport::Udp);
            if let Some(limiter) = limiter {
                answer = answer.and_then(|whole| limiter.limit(whole, from.ip(), start.elapsed()));
            }
            self.served.log(from, request, Transport::Udp, answer.as_deref());
            if let Some(answer) = answer {
                let _sent = self.udp.send_to(&answer, from);
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
    /// With the network that each comes from.
    streams: HashMap<u64, (IpAddr, Arc<TcpStream>)>,
    threads: Vec<thread::JoinHandle<()>>,
    next: u64,
}

impl Connections {
    /// A panic of one connection's thread says nothing about the list.
    fn lock(&self) -> std::sync::MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Serves the stream on a thread of its own, if there is room.
    fn start(
        &self,
        stream: TcpStream,
        from: IpAddr,
        limits: Limits,
        answer: impl FnMut(&[u8]) -> Option<Vec<u8>> + Send + 'static,
    ) {
        let mut open = self.lock();
        open.threads.retain(|thread| !thread.is_finished());
        let network = network(from);
        let same = open.streams.values().filter(|(other, _)| *other == network).count();
        if open.streams.len() >= limits.connections || same >= limits.per_network {
            return;
        }
        // Shared and not cloned: a clone would take another descriptor.
        let stream = Arc::new(stream);
        let id = open.next;
        open.next += 1;
        open.streams.insert(id, (network, Arc::clone(&stream)));
        let all = self.clone();
        let spawned = thread::Builder::new().stack_size(256 << 10).spawn(move || {
            let guard = Leave { all, id };
            // An error is the peer's, or says that it has gone.
            let _ = converse(&stream, limits, answer);
            drop(guard);
        });
        match spawned {
            Ok(thread) => open.threads.push(thread),
            Err(_) => _ = open.streams.remove(&id),
        }
    }

    fn close(&self) {
        let mut open = self.lock();
        for (_, stream) in open.streams.values() {
            let _ = stream.shutdown(Shutdown::Both);
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
        self.all.lock().streams.remove(&self.id);
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
        let length = stream.read(&mut buffer)?;
        if length == 0 {
            return Ok(());
        }
        // ANCHOR: requests
        let had_begun = frames.waiting() > 0;
        frames.push(&buffer[..length]);
        let before = requests;
        let mut answers = Vec::new();
        while let Some(request) = frames.take() {
            requests += 1;
            // A message without an answer is no reason to stay: over TCP nobody is spoofed.
            let Some(answer) = answer(&request) else { return Ok(()) };
            answers.extend(framed(&answer).unwrap_or_default());
            if answers.len() > MAX_MESSAGE {
                write_within(limits.message, stream, &std::mem::take(&mut answers))?;
            }
        }
        write_within(limits.message, stream, &answers)?;
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

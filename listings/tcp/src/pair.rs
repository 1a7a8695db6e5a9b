//! Two connections and a link in memory between them: no host, no IP, no waiting. For examples,
//! tests and measurements.
//!
//! ```
//! use std::time::Duration;
//!
//! use link_and_ip::link::memory::Conditions;
//! use tcp::connection::Config;
//! use tcp::pair::Pair;
//!
//! let conditions = Conditions { delay: Duration::from_millis(10), ..Conditions::default() };
//! let mut pair = Pair::new([Config::default(); 2], conditions, 1);
//! pair.sides[0].to_write = b"hello".to_vec();
//! pair.run(Duration::from_secs(3600));
//! assert_eq!(pair.sides[1].read, b"hello");
//! assert!(pair.is_over());
//! ```

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::connection::{Config, Connection, Error, State};
use crate::segment::{Flags, Header, Segment};
use crate::seq::Seq;
use crate::trace::{Row, Trace};
use fastrand::Rng;
use link_and_ip::link::memory::{Conditions, Memory};

/// One side: its connection, what it writes and what it has read.
#[derive(Debug)]
pub struct Side {
    /// A listener has none until the SYN comes.
    pub connection: Option<Connection>,
    pub config: Config,
    pub address: SocketAddr,
    pub to_write: Vec<u8>,
    pub written: usize,
    pub read: Vec<u8>,
    pub ended: bool,
    /// Whether to close as soon as all is written.
    pub closes: bool,
    /// Bytes to read at a time; 0 does not read.
    pub appetite: usize,
}

/// Both sides, the link, and the time.
#[derive(Debug)]
pub struct Pair {
    pub sides: [Side; 2],
    /// What was sent, if [`Pair::trace`] was called.
    pub rows: Vec<Row>,
    trace: Option<Trace>,
    pub link: Memory,
    pub now: Duration,
    /// How often [`Pair::step`] was called.
    pub steps: usize,
    random: Rng,
}

fn address(last: u8, port: u16) -> SocketAddr {
    (IpAddr::from([192, 0, 2, last]), port).into()
}

impl Pair {
    /// The first side connects to the second.
    pub fn new(configs: [Config; 2], conditions: Conditions, seed: u64) -> Self {
        let mut random = Rng::with_seed(seed);
        let link = Memory::hub(2, conditions, seed);
        let side = |last, port, config| Side {
            connection: None,
            config,
            address: address(last, port),
            to_write: Vec::new(),
            written: 0,
            read: Vec::new(),
            ended: false,
            closes: true,
            appetite: usize::MAX,
        };
        let mut sides = [side(1, 50_000, configs[0]), side(2, 80, configs[1])];
        // Near the end, so that every run wraps around.
        let isn = Seq(0_u32.wrapping_sub(random.u32(..20_000)));
        let (local, remote) = (sides[0].address, sides[1].address);
        sides[0].connection =
            Some(Connection::connect(configs[0], local, remote, isn, Duration::ZERO));
        Self { sides, rows: Vec::new(), trace: None, link, now: Duration::ZERO, steps: 0, random }
    }

    /// Keeps a row for each segment that is sent.
    pub fn trace(&mut self, names: [&str; 2]) {
        self.trace = Some(Trace::new(names));
    }

    /// The connection of a side that has one.
    pub fn connection(&mut self, side: usize) -> &mut Connection {
        self.sides[side].connection.as_mut().expect("no SYN has come yet")
    }

    /// Does all that can be done now, then lets time pass to the next thing that happens. `false`
    /// if nothing ever will.
    pub fn step(&mut self) -> bool {
        self.steps += 1;
        self.exchange();
        let Some(next) = self.next_event() else { return false };
        self.pass(next);
        true
    }

    fn exchange(&mut self) {
        for at in 0..2 {
            self.deliver(at);
            self.work(at);
        }
        self.flush();
    }

    /// When something happens next.
    fn next_event(&self) -> Option<Duration> {
        let deadlines = self.sides.iter().filter_map(|side| side.connection.as_ref()?.deadline());
        deadlines.chain(self.link.next_arrival()).min()
    }

    /// Lets time pass, to no later than what happens next.
    fn pass(&mut self, next: Duration) {
        self.now = self.now.max(next);
        for side in &mut self.sides {
            let Some(connection) = &mut side.connection else { continue };
            if connection.deadline().is_some_and(|deadline| deadline <= self.now) {
                connection.handle_timeout(self.now);
                let after = connection.deadline();
                assert!(after.is_none_or(|after| after > self.now), "{after:?} is due for ever");
            }
        }
    }

    /// Until that time, and not a moment longer.
    pub fn run_until(&mut self, time: Duration) {
        loop {
            self.exchange();
            match self.next_event() {
                Some(next) if next <= time => self.pass(next),
                _ => break,
            }
        }
        self.now = self.now.max(time);
    }

    /// Sends what there is to send now: between two writes that are not to go together.
    pub fn flush(&mut self) {
        self.send(0);
        self.send(1);
    }

    fn deliver(&mut self, at: usize) {
        while let Some(bytes) = self.link.receive(at, self.now) {
            let (from, to) = (self.sides[1 - at].address, self.sides[at].address);
            let Ok(segment) = Segment::parse(&bytes, from.ip(), to.ip()) else { continue };
            let now = self.now;
            let side = &mut self.sides[at];
            match &mut side.connection {
                Some(connection) if connection.state() == State::Closed => {
                    // What a host does where there is no connection (RFC 9293 §3.10.7.1).
                    let (header, mut out) = (segment.header, Vec::new());
                    if header.flags.ack && !header.flags.rst {
                        let reply = Header {
                            source: header.destination,
                            destination: header.source,
                            seq: header.ack,
                            flags: Flags::RST,
                            ..Header::default()
                        };
                        reply.write(to.ip(), from.ip(), [&[], &[]], &mut out);
                        self.note(at, &out);
                        self.link.send(at, out, now);
                    }
                }
                Some(connection) => connection.receive(&segment, now),
                None if segment.header.flags.syn && !segment.header.flags.ack => {
                    let isn = Seq(0_u32.wrapping_sub(self.random.u32(..20_000)));
                    let made = Connection::accept(side.config, to, from, isn, &segment, now);
                    side.connection = Some(made);
                }
                None => {}
            }
        }
    }

    /// What the program on one side does.
    fn work(&mut self, at: usize) {
        let side = &mut self.sides[at];
        let Some(connection) = &mut side.connection else { return };
        let mut buffer = [0; 4096];
        let most = side.appetite.min(buffer.len());
        while most > 0 && !side.ended {
            match connection.read(&mut buffer[..most]) {
                Ok(0) => side.ended = true,
                Ok(count) => side.read.extend_from_slice(&buffer[..count]),
                Err(_) => break,
            }
        }
        let rest = &side.to_write[side.written..];
        if !rest.is_empty() {
            match connection.write(rest, self.now) {
                Ok(count) => side.written += count,
                Err(Error::WouldBlock) => {}
                Err(_) => return,
            }
        }
        if side.written == side.to_write.len() && side.closes {
            connection.shutdown(self.now);
        }
    }

    fn send(&mut self, at: usize) {
        for sent in 0.. {
            assert!(sent < 100_000, "it never stops to send");
            let mut bytes = Vec::new();
            let Some(connection) = &mut self.sides[at].connection else { return };
            if !connection.transmit(&mut bytes, self.now) {
                return;
            }
            self.note(at, &bytes);
            self.link.send(at, bytes, self.now);
        }
    }

    fn note(&mut self, at: usize, bytes: &[u8]) {
        let (from, to) = (self.sides[at].address, self.sides[1 - at].address);
        if let Some(trace) = &mut self.trace
            && let Ok(segment) = Segment::parse(bytes, from.ip(), to.ip())
        {
            let row = trace.row(at, &segment.header, segment.payload.len(), self.now);
            self.rows.push(row);
        }
    }

    /// Until both are closed, or `limit` of the link's time has passed.
    pub fn run(&mut self, limit: Duration) {
        while self.now < limit && !self.is_over() {
            if !self.step() {
                break;
            }
        }
    }

    /// Until both have read the other's end.
    pub fn run_transfer(&mut self, limit: Duration) {
        while self.now < limit && !self.sides.iter().all(|side| side.ended) {
            if !self.step() {
                break;
            }
        }
    }

    pub fn is_over(&self) -> bool {
        let closed = |side: &Side| {
            side.connection.as_ref().is_some_and(|connection| connection.state() == State::Closed)
        };
        self.sides.iter().all(closed)
    }
}

//! A host: many connections and listeners on one [`Stack`].
//!
//! Frames and time in, frames out: it is a [`Node`](link_and_ip::link::Node), like the stack below
//! it. The program calls [`Host::connect`], [`Host::listen`], [`Host::read`] and the others between
//! two frames, and asks [`Host::next_event`] what has changed.
//!
//! One file is one task: `arrive` finds the connection that a segment belongs to, `handshake` makes
//! new ones, `send` gives each a turn, `errors` reads ICMP, `settle` notes what a call or a segment
//! has changed. `table`, `listener` and `timers` are what they look things up in.
//!
//! What strangers can make grow has a limit: [`Limits`]. [`Host::memory`] says what all of it takes.

mod api;
mod arrive;
mod counters;
mod errors;
mod handshake;
mod listener;
mod ports;
mod send;
mod settle;
mod table;
mod timers;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use fastrand::Rng;
use link_and_ip::Stack;
use link_and_ip::siphash::{Key, siphash};
use link_and_ip::stack::SendError;
use link_and_ip::wire::Protocol;

pub use counters::Counters;
pub use listener::ListenerId;
pub use table::{ConnectionId, Tuple};

use crate::connection::{self, State};
use crate::cookie::Cookies;
use crate::isn::Generator;
use crate::seq::Seq;

use listener::Listeners;
use table::Table;
use timers::Timers;

/// TCP's number in IP, from IANA's list of protocol numbers.
pub const TCP: Protocol = Protocol(6);

/// How much there may be of what others can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections in any state. What is beyond gets no answer, or for our own an error.
    pub connections: usize,
    /// Those of them in TIME-WAIT that belong to nobody any more; the oldest goes first.
    pub time_wait: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 4096, time_wait: 1024 }
    }
}

/// What a host is like.
#[derive(Clone, Debug)]
pub struct Config {
    /// What each of its connections is like.
    pub connection: connection::Config,
    pub limits: Limits,
    /// Whether a full SYN queue answers with cookies (RFC 4987 §3.6). Without, it drops SYNs.
    pub cookies: bool,
    /// What sequence numbers, ports and cookies are made from: whoever knows it can guess them. A
    /// program takes one from the operating system, a test one that it knows.
    pub secret: Key,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            connection: connection::Config::default(),
            limits: Limits::default(),
            cookies: true,
            secret: [0; 2],
        }
    }
}

/// What has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// [`Host::accept`] has one.
    Acceptable(ListenerId),
    /// Look at it: it may be readable, writable, open, or over.
    Changed(ConnectionId),
}

/// Why there is no connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    #[error("cannot connect: {0}")]
    Route(#[from] SendError),
    #[error("port 0 is nobody's: say which port")]
    Port,
    #[error("all ports for that peer are taken: close connections, or wait for TIME-WAIT to end")]
    NoPort,
    #[error("{0} has a connection with that peer already: take another port, or 0")]
    InUse(SocketAddr),
    #[error("there are too many connections: close some, or raise Limits::connections")]
    TooMany,
}

/// Why nobody can listen there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ListenError {
    #[error("{0} is none of our addresses")]
    NotOurs(SocketAddr),
    #[error("somebody listens on {0} already")]
    InUse(SocketAddr),
    #[error("no port is free to listen on")]
    NoPort,
}

/// A line of [`Host::connections`], as `ss -tan` has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed {
    /// `None` for a listener.
    pub id: Option<ConnectionId>,
    /// `None` is LISTEN.
    pub state: Option<State>,
    pub local: SocketAddr,
    /// `None` for a listener.
    pub remote: Option<SocketAddr>,
}

/// A host with TCP.
#[derive(Debug)]
pub struct Host {
    stack: Stack,
    config: Config,
    table: Table,
    listeners: Listeners,
    timers: Timers,
    /// Connections that may have something to send, each once. They take turns, a segment each.
    sending: VecDeque<ConnectionId>,
    time_waits: VecDeque<ConnectionId>,
    events: VecDeque<Event>,
    isn: Generator,
    cookies: Cookies,
    /// Where the numbers of a connection end that has given way to the SYN in hand.
    follows: Option<Seq>,
    /// When one was sent: long after that, none can come back.
    last_cookie: Option<Duration>,
    random: Rng,
    /// The latest time that anybody told us: frames are asked for without one.
    now: Duration,
    counters: Counters,
}

impl Host {
    /// A host on a stack, whose interfaces and routes are set up already.
    pub fn new(mut stack: Stack, config: Config) -> Self {
        stack.register(TCP);
        // One key for each use: ports are seen by everyone, and must tell nothing about the others.
        let derive = |use_: u8| siphash(config.secret, &[use_]);
        Self {
            stack,
            table: Table::default(),
            listeners: Listeners::default(),
            timers: Timers::default(),
            sending: VecDeque::new(),
            time_waits: VecDeque::new(),
            events: VecDeque::new(),
            isn: Generator::new([derive(0), derive(1)]),
            cookies: Cookies::new([derive(2), derive(3)]),
            follows: None,
            last_cookie: None,
            random: Rng::with_seed(derive(4)),
            now: Duration::ZERO,
            counters: Counters::default(),
            config,
        }
    }

    /// The layers below.
    pub fn stack(&self) -> &Stack {
        &self.stack
    }

    /// The layers below, to set up routes and neighbors. Its events are the host's to take.
    pub fn stack_mut(&mut self) -> &mut Stack {
        &mut self.stack
    }

    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// What the network and time have changed since it was asked last; each connection and listener
    /// at most once. What the program does itself is no news.
    pub fn next_event(&mut self) -> Option<Event> {
        while let Some(event) = self.events.pop_front() {
            let told = match event {
                Event::Acceptable(id) => self.listeners.get_mut(id).map(|known| &mut known.told),
                Event::Changed(id) => self.table.get_mut(id).map(|known| &mut known.told),
            };
            // What has gone meanwhile is no news.
            if let Some(told) = told {
                *told = false;
                return Some(event);
            }
        }
        None
    }

    /// Listeners and connections.
    pub fn connections(&self) -> impl Iterator<Item = Listed> + '_ {
        let listeners = self.listeners.iter().map(|(_, listener)| Listed {
            id: None,
            state: None,
            local: listener.local,
            remote: None,
        });
        let connections = self.table.iter().map(|(id, entry)| Listed {
            id: Some(id),
            state: Some(entry.connection.state()),
            local: entry.tuple.local,
            remote: Some(entry.tuple.remote),
        });
        listeners.chain(connections)
    }

    /// Bytes that connections, listeners and queues take. The stack below has limits of its own.
    pub fn memory(&self) -> usize {
        let connections = self.table.iter().map(|(_, entry)| entry.connection.memory());
        let accepted = self.listeners.iter().map(|(_, listener)| listener.accepted.capacity());
        let waiting = [&self.sending, &self.time_waits];
        let ids = accepted.sum::<usize>() + waiting.iter().map(|ids| ids.capacity()).sum::<usize>();
        connections.sum::<usize>()
            + self.table.memory()
            + self.timers.memory()
            + ids * size_of::<ConnectionId>()
            + self.events.capacity() * size_of::<Event>()
    }

    fn tick(&mut self, now: Duration) {
        self.now = self.now.max(now);
    }
}

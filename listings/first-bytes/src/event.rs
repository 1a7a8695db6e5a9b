//! What the relay tells those who watch it.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

/// One of the two programs that talk through the relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Client,
    Server,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Client => "client",
            Self::Server => "server",
        })
    }
}

/// One of the two byte streams of a connection. They share nothing: each has its own offsets and
/// its own end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    ToServer,
    ToClient,
}

impl Direction {
    /// Both, in the order in which the events of one moment are told.
    pub const BOTH: [Self; 2] = [Self::ToServer, Self::ToClient];

    /// Who sends these bytes.
    pub fn source(self) -> Side {
        match self {
            Self::ToServer => Side::Client,
            Self::ToClient => Side::Server,
        }
    }

    /// Who receives them.
    pub fn destination(self) -> Side {
        self.reverse().source()
    }

    /// The other stream of the same connection.
    #[must_use]
    pub fn reverse(self) -> Self {
        match self {
            Self::ToServer => Self::ToClient,
            Self::ToClient => Self::ToServer,
        }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} → {}", self.source(), self.destination())
    }
}

/// A connection as its observers know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Counts from 1 in the order of accepting. Addresses do not identify a connection: a port is
    /// used again.
    pub number: u64,
    /// Where the client's socket is.
    pub client: SocketAddr,
    /// Where the server's socket is, or where it should have been.
    pub server: SocketAddr,
    /// The wall clock's time of accepting, for records that outlive the run. Events carry the time
    /// since then.
    pub accepted: SystemTime,
}

/// One thing that happened on a connection.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// The server is connected too; bytes can flow.
    Opened,
    /// The server cannot be connected. Nothing but `Closed` follows.
    Unreachable { error: &'a io::Error },
    /// These bytes were read and are about to be passed on; `offset` counts from the stream's
    /// start.
    Bytes { direction: Direction, offset: u64, bytes: &'a [u8] },
    /// The source has said all it had to say (a FIN). The other direction goes on.
    EndOfStream { direction: Direction },
    /// One side's socket died (a RST, or the kernel gave up on it), and with it both directions.
    Reset { by: Side, error: &'a io::Error },
    /// The relay was told to stop while this connection was open.
    CutOff,
    /// Both sockets are closed. The totals count the bytes told as `Bytes`.
    Closed { to_server: u64, to_client: u64 },
}

/// Somebody who watches. It is called from the threads of all connections at once.
///
/// The relay tells of bytes *before* it passes them on, and goes on only when the call returns. So
/// an answer is always told after the request which caused it, and a slow observer slows the
/// traffic.
pub trait Observer: Sync {
    /// `at` is the time since the connection was accepted.
    fn observe(&self, connection: &Connection, at: Duration, event: Event<'_>);
}

/// Nobody watches.
impl Observer for () {
    fn observe(&self, _: &Connection, _: Duration, _: Event<'_>) {}
}

impl<O: Observer + ?Sized> Observer for &O {
    fn observe(&self, connection: &Connection, at: Duration, event: Event<'_>) {
        (**self).observe(connection, at, event);
    }
}

/// All of them watch, told one after the other.
impl<O: Observer> Observer for Vec<O> {
    fn observe(&self, connection: &Connection, at: Duration, event: Event<'_>) {
        for observer in self {
            observer.observe(connection, at, event);
        }
    }
}

/// Somebody who writes down what happens and may run out of room to write on.
pub trait Sink: Sync {
    /// Writes one event; `at` is the time since the connection was accepted.
    fn put(&self, connection: &Connection, at: Duration, event: Event<'_>) -> io::Result<()>;
}

/// Makes an observer of a sink: the first failure goes to `alarm`, and from then on the sink is
/// left alone.
///
/// The relay must not suffer when a disk is full. It does not learn of it either: this is where it
/// ends.
pub struct Guard<S, F> {
    sink: S,
    alarm: F,
    failed: OnceLock<io::ErrorKind>,
}

impl<S: Sink, F: Fn(&io::Error) + Sync> Guard<S, F> {
    pub fn new(sink: S, alarm: F) -> Self {
        Self { sink, alarm, failed: OnceLock::new() }
    }

    /// Why the sink has missed something, if it has.
    pub fn failure(&self) -> Option<io::ErrorKind> {
        self.failed.get().copied()
    }
}

impl<S: Sink, F: Fn(&io::Error) + Sync> Observer for Guard<S, F> {
    fn observe(&self, connection: &Connection, at: Duration, event: Event<'_>) {
        if self.failure().is_some() {
            return;
        }
        if let Err(error) = self.sink.put(connection, at, event) {
            // Two connections may fail at the same moment; one of them gets to say so.
            if self.failed.set(error.kind()).is_ok() {
                (self.alarm)(&error);
            }
        }
    }
}

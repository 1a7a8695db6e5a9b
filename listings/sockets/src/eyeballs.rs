//! Happy Eyeballs (RFC 8305): one connection to a host that has many addresses, some of which may
//! not work.
//!
//! [`Race`] decides and does nothing else: it takes addresses, times and failures, and says which
//! attempt starts when. It never looks at a clock, so a test can let hours pass in no time.
//! [`connect`] runs it with non-blocking sockets and `poll`.
//!
//! It leaves out: the lookup, whose two answers RFC 8305 §3 does not wait for, since `getaddrinfo`
//! gives both at once; what earlier connections have taught (§4); and networks without IPv4 (§7).
//!
//! ```
//! use std::net::TcpListener;
//! use std::time::Duration;
//! use sockets::eyeballs;
//!
//! let server = TcpListener::bind("127.0.0.1:0")?;
//! let addresses = eyeballs::interleave(&["[::1]:1".parse()?, server.local_addr()?]);
//! let (stream, _) = eyeballs::connect(&addresses, eyeballs::ATTEMPT_DELAY, Duration::from_secs(5))?;
//! assert_eq!(stream.peer_addr()?, server.local_addr()?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod driver;

use std::collections::{HashSet, VecDeque};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

pub use driver::{ConnectError, End, Tried, connect};

/// How long an attempt has the network for itself (RFC 8305 §8).
pub const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// Two attempts never start closer together, even if the first fails at once (RFC 8305 §5). For a
/// delay that is computed, the same section recommends at least 100 ms.
pub const MIN_ATTEMPT_DELAY: Duration = Duration::from_millis(10);

/// And never further apart, however large a delay is asked for (RFC 8305 §5).
pub const MAX_ATTEMPT_DELAY: Duration = Duration::from_secs(2);

/// More addresses than this are not tried: a name may have thousands, and each may hold a socket.
pub const MAX_ADDRESSES: usize = 16;

// ANCHOR: interleave
/// The addresses, each once, with the families taking turns; the first keeps its place, and so does
/// each within its family (RFC 8305 §4, with a First Address Family Count of 1).
pub fn interleave(addresses: &[SocketAddr]) -> Vec<SocketAddr> {
    let mut seen = HashSet::new();
    let unique = addresses.iter().copied().filter(|address| seen.insert(*address));
    let first_is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) =
        unique.partition(|address| address.is_ipv6() == first_is_v6);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let mut turns = Vec::new();
    loop {
        let pair = [first.next(), second.next()];
        if pair == [None, None] || turns.len() >= MAX_ADDRESSES {
            // Cut only now, so that many of one family leave room for the other.
            turns.truncate(MAX_ADDRESSES);
            return turns;
        }
        turns.extend(pair.into_iter().flatten());
    }
}
// ANCHOR_END: interleave

// ANCHOR: race
/// Which attempt starts when.
#[derive(Debug)]
pub struct Race {
    waiting: VecDeque<SocketAddr>,
    /// Started, and nothing heard yet.
    open: Vec<SocketAddr>,
    /// When the last attempt started.
    started: Instant,
    /// Before this, no other one starts.
    next: Instant,
    delay: Duration,
}

/// What to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Start an attempt, then ask again.
    Start(SocketAddr),
    /// Wait for an open attempt, but not longer than until this time, if there is one.
    Wait(Option<Instant>),
    /// Every address has failed.
    Lost,
}

impl Race {
    /// The next step, at the time `now`.
    pub fn step(&mut self, now: Instant) -> Step {
        let Some(&address) = self.waiting.front() else {
            return if self.open.is_empty() { Step::Lost } else { Step::Wait(None) };
        };
        if now < self.next {
            return Step::Wait(Some(self.next));
        }
        self.waiting.pop_front();
        self.open.push(address);
        self.started = now;
        self.next = now + self.delay;
        Step::Start(address)
    }

    /// An attempt has failed, so the next one need not wait for the rest of the delay.
    pub fn failed(&mut self, address: SocketAddr, now: Instant) {
        if let Some(index) = self.open.iter().position(|other| *other == address) {
            self.open.swap_remove(index);
        }
        self.next = now.max(self.started + MIN_ATTEMPT_DELAY);
    }
}
// ANCHOR_END: race

impl Race {
    /// A race that has not begun, over addresses in the order of preference: see [`interleave`].
    ///
    /// A `delay` of less than [`MIN_ATTEMPT_DELAY`] or more than [`MAX_ATTEMPT_DELAY`] is taken for
    /// that.
    pub fn new(addresses: &[SocketAddr], delay: Duration, now: Instant) -> Self {
        let waiting = addresses.iter().take(MAX_ADDRESSES).copied().collect();
        let delay = delay.clamp(MIN_ATTEMPT_DELAY, MAX_ATTEMPT_DELAY);
        Self { waiting, open: Vec::new(), started: now, next: now, delay }
    }
}

//! One socket: where it is, whom it listens to, what waits.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};

use link_and_ip::stack::{ErrorKind, InterfaceId};

/// How many datagrams wait for the owner, at most.
pub const MAX_DATAGRAMS: usize = 64;
/// How many bytes they have together, at most: a few of the largest ones.
pub const MAX_BYTES: usize = 256 * 1024;
/// How many errors wait.
const MAX_PROBLEMS: usize = 16;

/// Names a socket. A closed one's is not used again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SocketId(u64);

impl SocketId {
    pub(super) fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// A datagram that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The scope of a link-local IPv6 address is the interface's number plus one.
    pub from: SocketAddr,
    /// The address that it was sent to: the answer comes from there, if it is not a group's.
    pub to: IpAddr,
    pub interface: InterfaceId,
    pub data: Vec<u8>,
}

/// What became of a datagram that the socket sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Who says so. Anyone can forge that: it is a hint, and no proof.
    pub reporter: IpAddr,
    /// To whom the datagram was sent.
    pub peer: SocketAddr,
    pub kind: ErrorKind,
}

/// How well a datagram fits a socket; more is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// Another port, or another address.
    Nobody,
    /// It would, if the socket were not connected to somebody else.
    OtherPeer,
    /// The socket has all addresses.
    Wildcard,
    Address,
    /// The socket is connected to the datagram's sender.
    Peer,
}

#[derive(Debug)]
pub(super) struct Socket {
    pub(super) address: Option<IpAddr>,
    pub(super) port: u16,
    pub(super) peer: Option<SocketAddr>,
    waiting: VecDeque<Received>,
    /// Of all that waits. A count of datagrams alone would allow 4 MiB.
    bytes: usize,
    pub(super) problems: VecDeque<Problem>,
}

impl Socket {
    pub(super) fn new(address: Option<IpAddr>, port: u16) -> Self {
        let (waiting, problems) = (VecDeque::new(), VecDeque::new());
        Self { address, port, peer: None, waiting, bytes: 0, problems }
    }

    pub(super) fn is_at(&self, address: Option<IpAddr>, port: u16) -> bool {
        self.port == port && self.address == address
    }

    // ANCHOR: fit
    pub(super) fn fit(&self, to: IpAddr, port: u16, from: SocketAddr) -> Fit {
        if self.port != port || self.address.is_some_and(|address| address != to) {
            return Fit::Nobody;
        }
        match (self.peer, self.address) {
            (Some(peer), _) if same(peer, from) => Fit::Peer,
            (Some(_), _) => Fit::OtherPeer,
            (None, Some(_)) => Fit::Address,
            (None, None) => Fit::Wildcard,
        }
    }
    // ANCHOR_END: fit

    /// Returns how many datagrams of others it threw away.
    pub(super) fn connect(&mut self, peer: SocketAddr) -> u64 {
        self.peer = Some(peer);
        let before = self.waiting.len();
        self.waiting.retain(|received| same(peer, received.from));
        self.bytes = self.waiting.iter().map(|received| received.data.len()).sum();
        self.problems.retain(|problem| same(peer, problem.peer));
        (before - self.waiting.len()) as u64
    }

    /// Returns whether there was room.
    pub(super) fn push(&mut self, received: Received) -> bool {
        let room =
            self.waiting.len() < MAX_DATAGRAMS && self.bytes + received.data.len() <= MAX_BYTES;
        if room {
            self.bytes += received.data.len();
            self.waiting.push_back(received);
        }
        room
    }

    pub(super) fn pop(&mut self) -> Option<Received> {
        let received = self.waiting.pop_front()?;
        self.bytes -= received.data.len();
        Some(received)
    }

    /// Returns whether there was room.
    pub(super) fn tell(&mut self, problem: Problem) -> bool {
        let room = self.problems.len() < MAX_PROBLEMS;
        if room {
            self.problems.push_back(problem);
        }
        room
    }
}

/// The same address and port. The scope is compared only if both sides know it: an ICMP error does
/// not say on which link its subject was sent.
pub(super) fn same(a: SocketAddr, b: SocketAddr) -> bool {
    let scopes = |a: SocketAddr, b: SocketAddr| match (a, b) {
        (SocketAddr::V6(a), SocketAddr::V6(b)) => {
            a.scope_id() == b.scope_id() || a.scope_id() == 0 || b.scope_id() == 0
        }
        _ => true,
    };
    a.ip() == b.ip() && a.port() == b.port() && scopes(a, b)
}

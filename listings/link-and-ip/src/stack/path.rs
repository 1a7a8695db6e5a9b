//! What the routers said about the sizes that paths take (RFC 1191, RFC 8201).

use std::net::IpAddr;
use std::time::Duration;

use super::interface::{MIN_MTU_V4, MIN_MTU_V6};

/// How many destinations are remembered. The oldest is forgotten first, and then found again.
const LIMIT: usize = 64;
/// RFC 1191 §6.3, RFC 8201 §5.3: after ten minutes the path may have become better.
const LIFETIME: Duration = Duration::from_secs(600);

#[derive(Debug, Default)]
pub(super) struct Paths {
    /// Few and seldom: a list is searched faster than a map is hashed.
    list: Vec<Path>,
}

#[derive(Debug)]
struct Path {
    destination: IpAddr,
    mtu: usize,
    until: Duration,
}

impl Paths {
    /// The largest packet that the path is known to take, if less than the link does.
    pub(super) fn mtu(&self, destination: IpAddr, now: Duration) -> Option<usize> {
        let path = self.list.iter().find(|path| path.destination == destination)?;
        (now < path.until).then_some(path.mtu)
    }

    // ANCHOR: lower
    /// A router says that a packet was too big. It is believed when it makes packets smaller
    /// (RFC 8201 §4), and never below what each link must take: a forged one only slows us down.
    pub(super) fn lower(&mut self, destination: IpAddr, mtu: usize, now: Duration) -> usize {
        let known = self.mtu(destination, now).unwrap_or(usize::MAX);
        let mtu = believable(destination, mtu).min(known);
        self.list.retain(|path| path.destination != destination);
        if self.list.len() == LIMIT {
            self.list.remove(0);
        }
        self.list.push(Path { destination, mtu, until: now.saturating_add(LIFETIME) });
        mtu
    }
    // ANCHOR_END: lower
}

/// Every link takes so much, whatever anybody says.
pub(super) fn believable(destination: IpAddr, mtu: usize) -> usize {
    mtu.max(if destination.is_ipv4() { MIN_MTU_V4 } else { MIN_MTU_V6 })
}

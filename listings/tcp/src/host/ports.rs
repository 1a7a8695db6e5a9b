//! The port that a connection of ours comes from.

use std::net::{IpAddr, SocketAddr};

use super::{Host, Tuple};

/// RFC 6056 §3.2 wants all from here on. Those below are such as the peer may trust more.
const FIRST: u16 = 1024;

impl Host {
    /// A port that nobody guesses, and that no connection with `remote` has: one is drawn, and the
    /// search goes on from there (RFC 6056 §3.3.1). A listener's port is left alone.
    pub(super) fn ephemeral_port(&mut self, local: IpAddr, remote: SocketAddr) -> Option<u16> {
        let start = self.random.u16(FIRST..);
        let ports = (start..=u16::MAX).chain(FIRST..start);
        ports.into_iter().find(|&port| {
            let tuple = Tuple { local: SocketAddr::new(local, port), remote };
            !self.listeners.has_port(port) && self.table.find(&tuple).is_none()
        })
    }

    /// The same for a listener that does not mind.
    pub(super) fn free_port(&mut self) -> Option<u16> {
        let start = self.random.u16(FIRST..);
        let mut ports = (start..=u16::MAX).chain(FIRST..start);
        ports.find(|&port| !self.listeners.has_port(port))
    }
}

//! A socket that waits for connections.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Condvar};

use super::{Net, Shared, TcpStream, sleep};
use crate::host::ListenerId;

/// How many connections wait to be accepted, and how many handshakes go on, unless the caller says
/// otherwise: std's number.
const BACKLOG: usize = 128;

/// A socket that waits for connections, as std's `TcpListener`.
#[derive(Debug)]
pub struct TcpListener {
    shared: Arc<Shared>,
    id: ListenerId,
    local: SocketAddr,
    changed: Arc<Condvar>,
}

impl TcpListener {
    /// Listens at an address of the host. An unspecified address is all of them, port 0 any that is
    /// free.
    ///
    /// # Errors
    ///
    /// If the address is not the host's, or taken.
    pub fn bind(net: &Net, local: SocketAddr) -> io::Result<Self> {
        Self::bind_with_backlog(net, local, BACKLOG)
    }

    /// The same, with the length of both queues.
    pub fn bind_with_backlog(net: &Net, local: SocketAddr, backlog: usize) -> io::Result<Self> {
        let shared = Arc::clone(&net.shared);
        let changed = Arc::<Condvar>::default();
        let mut state = shared.lock();
        state.check()?;
        let id = state
            .host()
            .listen(local, backlog)
            .map_err(|error| io::Error::new(io::ErrorKind::AddrInUse, error))?;
        let local = state.host().listener_address(id).unwrap_or(local);
        state.listeners.insert(id, Arc::clone(&changed));
        drop(state);
        Ok(Self { shared, id, local, changed })
    }

    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// Waits for a connection.
    ///
    /// # Errors
    ///
    /// If the host has ended.
    pub fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        let mut state = self.shared.lock();
        loop {
            if let Some(id) = state.host().accept(self.id) {
                let stream = TcpStream::new(Arc::clone(&self.shared), &mut state, id)?;
                let peer = stream.peer_addr();
                return Ok((stream, peer));
            }
            state = sleep(state, &self.changed, None)?;
        }
    }

    /// Connections, one after the other, until the host ends.
    pub fn incoming(&self) -> Incoming<'_> {
        Incoming(self)
    }
}

/// See [`TcpListener::incoming`].
#[derive(Debug)]
pub struct Incoming<'a>(&'a TcpListener);

impl Iterator for Incoming<'_> {
    type Item = TcpStream;

    fn next(&mut self) -> Option<TcpStream> {
        Some(self.0.accept().ok()?.0)
    }
}

impl Drop for TcpListener {
    fn drop(&mut self) {
        let now = self.shared.now();
        let mut state = self.shared.lock();
        state.listeners.remove(&self.id);
        state.host().unlisten(self.id, now);
        drop(state);
        self.shared.waker.wake();
    }
}

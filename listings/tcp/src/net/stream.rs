//! A connection that reads and writes and waits.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use http_messages::blocking::Stream;

use super::{Net, Running, Shared, sleep};
use crate::connection::{Error, Snapshot, State, Stats};
use crate::host::ConnectionId;

/// A connection, as std's `TcpStream`. Dropping it closes it; what was written still goes out, as
/// long as its [`Net`] lives.
#[derive(Debug)]
pub struct TcpStream {
    shared: Arc<Shared>,
    id: ConnectionId,
    local: SocketAddr,
    peer: SocketAddr,
    changed: Arc<Condvar>,
    /// How long a read and a write may wait.
    limits: Mutex<[Option<Duration>; 2]>,
}

const READ: usize = 0;
const WRITE: usize = 1;

impl TcpStream {
    /// Connects, and waits as long as TCP itself tries.
    ///
    /// # Errors
    ///
    /// If there is no way to the peer, nobody listens there, or nobody answers.
    pub fn connect(net: &Net, remote: SocketAddr) -> io::Result<Self> {
        Self::connect_until(net, 0, remote, None)
    }

    /// The same from a port of ours; 0 takes any that is free.
    pub fn connect_from(net: &Net, port: u16, remote: SocketAddr) -> io::Result<Self> {
        Self::connect_until(net, port, remote, None)
    }

    /// The same, and waits for `limit` at most.
    pub fn connect_timeout(net: &Net, remote: SocketAddr, limit: Duration) -> io::Result<Self> {
        Self::connect_until(net, 0, remote, Some(Instant::now() + limit))
    }

    fn connect_until(
        net: &Net,
        port: u16,
        remote: SocketAddr,
        end: Option<Instant>,
    ) -> io::Result<Self> {
        let shared = Arc::clone(&net.shared);
        let now = shared.now();
        let mut state = net.shared.lock();
        state.check()?;
        let made = state.host().connect_from(port, remote, now);
        let id = made.map_err(|error| io::Error::new(io::ErrorKind::AddrNotAvailable, error))?;
        let stream = Self::new(shared, &mut state, id)?;
        drop(state);
        stream.shared.waker.wake();
        stream.wait_until_open(end)?;
        Ok(stream)
    }

    fn wait_until_open(&self, end: Option<Instant>) -> io::Result<()> {
        let mut state = self.shared.lock();
        loop {
            let connection = state.host().connection(self.id).ok_or(Error::Closed)?;
            if let Some(error) = connection.error() {
                return Err(error.into());
            }
            if !matches!(connection.state(), State::SynSent | State::SynReceived) {
                return Ok(());
            }
            state = sleep(state, &self.changed, end)?;
        }
    }

    pub(super) fn new(
        shared: Arc<Shared>,
        state: &mut MutexGuard<'_, Running>,
        id: ConnectionId,
    ) -> io::Result<Self> {
        let connection = state.host().connection(id).ok_or(Error::Closed)?;
        let (local, peer) = (connection.local(), connection.remote());
        let changed = Arc::<Condvar>::default();
        state.streams.insert(id, Arc::clone(&changed));
        Ok(Self { shared, id, local, peer, changed, limits: Mutex::default() })
    }

    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    pub fn peer_addr(&self) -> SocketAddr {
        self.peer
    }

    /// How long a read may wait; `None` for ever.
    pub fn set_read_timeout(&self, limit: Option<Duration>) {
        self.set_limit(READ, limit);
    }

    /// How long a write may wait for room; `None` for ever.
    pub fn set_write_timeout(&self, limit: Option<Duration>) {
        self.set_limit(WRITE, limit);
    }

    fn set_limit(&self, which: usize, limit: Option<Duration>) {
        self.limits.lock().unwrap_or_else(PoisonError::into_inner)[which] = limit;
    }

    /// Ends the writing side, after what was written: the peer reads its end. `Read` and `Both` end
    /// the reading side too, and what still comes is answered with RST.
    pub fn shutdown(&self, how: Shutdown) {
        let now = self.shared.now();
        let mut state = self.shared.lock();
        if how == Shutdown::Write {
            state.host().shutdown(self.id, now);
        } else {
            state.host().close(self.id, now);
        }
        self.after_call(state);
    }

    /// Ends both sides at once, with RST.
    pub fn abort(&self) {
        let now = self.shared.now();
        let mut state = self.shared.lock();
        state.host().abort(self.id, now);
        self.after_call(state);
    }

    /// Another thread may wait in a read or a write that will not be. The host has no news of what
    /// we do ourselves.
    fn after_call(&self, state: MutexGuard<'_, Running>) {
        drop(state);
        self.changed.notify_all();
        self.shared.waker.wake();
    }

    /// `None` if it is gone.
    pub fn state(&self) -> Option<State> {
        self.shared.lock().host().state(self.id)
    }

    /// What it has counted.
    pub fn stats(&self) -> Option<Stats> {
        self.shared.lock().host().stats(self.id).copied()
    }

    /// Its variables.
    pub fn snapshot(&self) -> Option<Snapshot> {
        self.shared.lock().host().snapshot(self.id)
    }

    // ANCHOR: block
    /// Tries again after each change, until it works or its time is over.
    fn block(
        &self,
        which: usize,
        mut attempt: impl FnMut(&mut Running, Duration) -> Result<usize, Error>,
    ) -> io::Result<usize> {
        let limit = self.limits.lock().unwrap_or_else(PoisonError::into_inner)[which];
        let end = limit.map(|limit| Instant::now() + limit);
        let mut state = self.shared.lock();
        loop {
            match attempt(&mut state, self.shared.now()) {
                Err(Error::WouldBlock) => state = sleep(state, &self.changed, end)?,
                result => {
                    drop(state);
                    // There may be data to send now, or a larger window to tell of.
                    self.shared.waker.wake();
                    return Ok(result?);
                }
            }
        }
    }
    // ANCHOR_END: block
}

impl Read for &TcpStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        self.block(READ, |state, now| state.host().read(self.id, buffer, now))
    }
}

impl Write for &TcpStream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        self.block(WRITE, |state, now| state.host().write(self.id, bytes, now))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for TcpStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self).read(buffer)
    }
}

impl Write for TcpStream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (&*self).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

// ANCHOR: stream
/// What Part II's server asks of a connection.
impl Stream for &TcpStream {
    fn limit_read(&self, limit: Option<Duration>) -> io::Result<()> {
        self.set_read_timeout(limit);
        Ok(())
    }

    fn limit_write(&self, limit: Option<Duration>) -> io::Result<()> {
        self.set_write_timeout(limit);
        Ok(())
    }

    fn end_output(&self) -> io::Result<()> {
        self.shutdown(Shutdown::Write);
        Ok(())
    }
}
// ANCHOR_END: stream

impl Drop for TcpStream {
    fn drop(&mut self) {
        let now = self.shared.now();
        let mut state = self.shared.lock();
        state.streams.remove(&self.id);
        state.host().close(self.id, now);
        drop(state);
        self.shared.waker.wake();
    }
}

//! How a server ends, and how many connections it has.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::server::Watch;

/// How long the wake-up call may take. If the listener's queue is full it fails, and is not needed.
const WAKE_LIMIT: Duration = Duration::from_secs(1);

/// Tells a running [`Server`](super::Server) to end, from any thread. Clones are the same switch.
#[derive(Clone, Default)]
pub struct Stop {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// No more connections, and no more requests.
    requested: bool,
    /// And those that are being answered are to end now.
    cutting: bool,
    /// Where to connect in order to wake the thread that accepts: std has no other way to interrupt
    /// it.
    wake: Option<SocketAddr>,
    /// Connections counted so far; the number of one is its name.
    last: u64,
    links: HashMap<u64, Link>,
}

/// An open connection.
struct Link {
    stream: Arc<TcpStream>,
    /// It waits for a request, so that nobody loses anything if it is closed.
    idle: bool,
}

impl Stop {
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes no more connections and closes those that wait for a request. Those that are answering
    /// one finish their response, for at most [`Timeouts::grace`](super::Timeouts::grace).
    pub fn drain(&self) {
        let mut state = self.lock();
        state.requested = true;
        for link in state.links.values().filter(|link| link.idle) {
            // Its thread waits in a read, which now says that the stream has ended.
            let _ = link.stream.shutdown(Shutdown::Read);
        }
        self.wake(state);
    }

    /// Takes no more connections and cuts off those that are open.
    pub fn now(&self) {
        let mut state = self.lock();
        state.requested = true;
        state.cut();
        self.wake(state);
    }

    fn wake(&self, mut state: MutexGuard<'_, State>) {
        let wake = state.wake.take();
        drop(state);
        self.shared.changed.notify_all();
        if let Some(address) = wake {
            let _ = TcpStream::connect_timeout(&address, WAKE_LIMIT);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        f.debug_struct("Stop")
            .field("requested", &state.requested)
            .field("connections", &state.links.len())
            .finish()
    }
}

impl State {
    fn cut(&mut self) {
        self.cutting = true;
        for link in self.links.values() {
            let _ = link.stream.shutdown(Shutdown::Both);
        }
    }
}

/// One of the connections that are allowed at once; dropping it lets the next one in.
pub(super) struct Slot {
    stop: Stop,
    number: u64,
}

impl Watch for Slot {
    fn idle(&self, idle: bool) -> bool {
        let mut state = self.stop.lock();
        if let Some(link) = state.links.get_mut(&self.number) {
            link.idle = idle;
        }
        !state.requested
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.stop.lock().links.remove(&self.number);
        self.stop.shared.changed.notify_all();
    }
}

impl Stop {
    /// From now on a stop also wakes the thread that accepts on `listener`.
    pub(super) fn wakes(&self, listener: &TcpListener) {
        let address = listener.local_addr().ok().map(|address| match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => (Ipv4Addr::LOCALHOST, address.port()).into(),
            IpAddr::V6(ip) if ip.is_unspecified() => (Ipv6Addr::LOCALHOST, address.port()).into(),
            _ => address,
        });
        self.lock().wake = address;
    }

    /// Nobody accepts any more, and the port may soon be somebody else's.
    pub(super) fn need_not_wake(&self) {
        self.lock().wake = None;
    }

    pub(super) fn is_requested(&self) -> bool {
        self.lock().requested
    }

    pub(super) fn is_without_connections(&self) -> bool {
        self.lock().links.is_empty()
    }

    /// Waits until fewer than `most` connections are open; false if the server is to stop.
    pub(super) fn wait_for_room(&self, most: usize) -> bool {
        let mut state = self.lock();
        while !state.requested && state.links.len() >= most {
            let woken = self.shared.changed.wait(state);
            state = woken.unwrap_or_else(PoisonError::into_inner);
        }
        !state.requested
    }

    /// Counts `stream` as one of the open connections.
    pub(super) fn enroll(&self, stream: &Arc<TcpStream>) -> Slot {
        let mut state = self.lock();
        state.last += 1;
        let number = state.last;
        state.links.insert(number, Link { stream: Arc::clone(stream), idle: false });
        if state.cutting {
            state.cut();
        }
        Slot { stop: self.clone(), number }
    }

    /// Waits until something changes, at most `limit`.
    pub(super) fn pause(&self, limit: Duration) {
        let state = self.lock();
        if !state.requested {
            drop(self.shared.changed.wait_timeout(state, limit));
        }
    }

    /// Waits until no connection is open, at most `limit`; true if that is so.
    pub(super) fn wait_for_end(&self, limit: Duration) -> bool {
        let start = Instant::now();
        let mut state = self.lock();
        while !state.links.is_empty() {
            let left = limit.saturating_sub(start.elapsed());
            if left.is_zero() || (state.cutting && limit > CUT_LIMIT) {
                return false;
            }
            let woken = self.shared.changed.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Lets connections finish for `grace`, then cuts them off. A handler that does not come back is
    /// left behind.
    pub(super) fn end(&self, grace: Duration) {
        if !self.wait_for_end(grace) {
            self.now();
            self.wait_for_end(CUT_LIMIT);
        }
    }
}

/// How long threads may take to notice that their connection has been cut off.
const CUT_LIMIT: Duration = Duration::from_millis(500);

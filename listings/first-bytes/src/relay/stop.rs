//! How a relay ends, and how many connections it has.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::link::Link;

/// How long the wake-up call may take. If the listener's queue is full it fails, and is not needed.
const WAKE_LIMIT: Duration = Duration::from_secs(1);

/// Tells a running [`serve`](super::serve) to end, from any thread. Clones are the same switch.
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
    /// No more connections.
    requested: bool,
    /// And those which are open are to end now.
    cutting: bool,
    /// Where to connect in order to wake the thread that accepts: std has no other way to interrupt
    /// it.
    wake: Option<SocketAddr>,
    /// Connections accepted and not ended yet.
    busy: usize,
    /// Those of them that have a server.
    links: HashMap<u64, Arc<Link>>,
}

impl Stop {
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes no more connections; those which are open end by themselves.
    pub fn drain(&self) {
        let mut state = self.lock();
        state.requested = true;
        let wake = state.wake.take();
        drop(state);
        self.shared.changed.notify_all();
        if let Some(address) = wake {
            let _ = TcpStream::connect_timeout(&address, WAKE_LIMIT);
        }
    }

    /// Takes no more connections and cuts off those which are open. Their peers see a reset.
    pub fn now(&self) {
        let mut state = self.lock();
        state.cutting = true;
        for link in state.links.values() {
            link.cut();
        }
        drop(state);
        self.drain();
    }
}

/// One of the connections that are allowed at once; dropping it lets the next one in.
pub(super) struct Slot(Stop);

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.lock().busy -= 1;
        self.0.shared.changed.notify_all();
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

    /// Waits until fewer than `at_once` connections are open; `None` if the relay is to stop.
    pub(super) fn wait_for_slot(&self, at_once: usize) -> Option<Slot> {
        let mut state = self.lock();
        while !state.requested && state.busy >= at_once {
            let woken = self.shared.changed.wait(state);
            state = woken.unwrap_or_else(PoisonError::into_inner);
        }
        if state.requested {
            return None;
        }
        state.busy += 1;
        Some(Slot(self.clone()))
    }

    pub(super) fn is_requested(&self) -> bool {
        self.lock().requested
    }

    /// Whether a connection is open beside the one that holds the caller's slot.
    pub(super) fn others_are_open(&self) -> bool {
        self.lock().busy > 1
    }

    /// Waits until something changes, at most `limit`.
    pub(super) fn pause(&self, limit: Duration) {
        let state = self.lock();
        if !state.requested {
            drop(self.shared.changed.wait_timeout(state, limit));
        }
    }

    /// Makes `link` one of those which [`Stop::now`] cuts, at once if that has been called.
    pub(super) fn enroll(&self, number: u64, link: &Arc<Link>) {
        let mut state = self.lock();
        state.links.insert(number, Arc::clone(link));
        if state.cutting {
            link.cut();
        }
    }

    /// Forgets a link and so closes its sockets; true if it ended because of [`Stop::now`].
    pub(super) fn dismiss(&self, number: u64) -> bool {
        let mut state = self.lock();
        state.links.remove(&number);
        state.cutting
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! Sockets that block, as std's do: for programs that read and write and wait.
//!
//! A thread runs the [`Host`] on its TAP device. A call takes the lock, does what it can do at once,
//! and otherwise sleeps until the thread says that something has changed. What a program writes
//! beyond the send buffer waits in the program: that is back-pressure, all the way to whoever
//! produces the bytes.
//!
//! [`TcpStream`] reads and writes by `Read` and `Write` and can be a server's
//! [`Stream`](http_messages::blocking::Stream), so whatever runs on std's sockets runs on these.

mod listener;
mod stream;

use std::collections::HashMap;
use std::io::{self, PipeWriter};
use std::ops::ControlFlow;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use link_and_ip::link::Node;
use link_and_ip::link::tap::{Direction, Driver, Owner, Waker};
use link_and_ip::stack::InterfaceId;

pub use listener::{Incoming, TcpListener};
pub use stream::TcpStream;

use crate::connection::State;
use crate::host::{ConnectionId, Event, Host, ListenerId};
use crate::lossy::Lossy;

/// A node that has a host inside.
pub trait Carrier: Node + Send {
    fn host(&self) -> &Host;
    fn host_mut(&mut self) -> &mut Host;

    /// What time it is, before frames are asked for: programs may have made some since the last one
    /// came.
    fn tick(&mut self, _now: Duration) {}
}

impl Carrier for Host {
    fn host(&self) -> &Host {
        self
    }

    fn host_mut(&mut self) -> &mut Host {
        self
    }
}

impl Carrier for Lossy<Host> {
    fn host(&self) -> &Host {
        self.node()
    }

    fn host_mut(&mut self) -> &mut Host {
        self.node_mut()
    }

    fn tick(&mut self, now: Duration) {
        Lossy::tick(self, now);
    }
}

/// Sees each frame that passes the TAP device.
pub type Observer = Box<dyn FnMut(Direction, &[u8], Duration) + Send>;

/// A host that runs. Dropping it unplugs the cable, and every call on its sockets fails.
#[derive(Debug)]
pub struct Net {
    shared: Arc<Shared>,
    /// Its end is the thread's end.
    running: Option<PipeWriter>,
    thread: Option<JoinHandle<()>>,
}

/// What the sockets and the thread share.
struct Shared {
    state: Mutex<Running>,
    waker: Waker,
    /// The host's time zero.
    start: Instant,
}

struct Running {
    carrier: Box<dyn Carrier>,
    /// Who sleeps until something about a connection has changed.
    streams: HashMap<ConnectionId, Arc<Condvar>>,
    listeners: HashMap<ListenerId, Arc<Condvar>>,
    /// Who sleeps until anything has changed.
    anything: Arc<Condvar>,
    /// Why the thread has ended.
    ended: Option<String>,
}

impl Net {
    /// Runs a host on the devices of a driver, in a thread of its own.
    ///
    /// # Errors
    ///
    /// If the operating system has no thread, pipe or event left for us.
    pub fn start(
        mut driver: Driver,
        carrier: impl Carrier + 'static,
        observer: Observer,
    ) -> io::Result<Self> {
        let state = Running {
            carrier: Box::new(carrier),
            streams: HashMap::new(),
            listeners: HashMap::new(),
            anything: Arc::default(),
            ended: None,
        };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            waker: driver.waker()?,
            start: driver.start(),
        });
        let (shutdown, running) = io::pipe()?;
        let mut turns = Turns { shared: Arc::clone(&shared), observer };
        let thread = thread::Builder::new().name("tcp".into()).spawn(move || {
            let mut node = Locked(Arc::clone(&turns.shared));
            let _end = End(Arc::clone(&turns.shared));
            match driver.run(&mut node, &mut turns, shutdown) {
                Ok(_) => turns.shared.end("the network has been shut down"),
                Err(error) => turns.shared.end(&error.to_string()),
            }
        })?;
        Ok(Self { shared, running: Some(running), thread: Some(thread) })
    }

    /// Does something with the host between two frames. What it has to send goes out afterwards.
    pub fn with<T>(&self, call: impl FnOnce(&mut Host, Duration) -> T) -> T {
        let now = self.shared.now();
        let result = call(self.shared.lock().carrier.host_mut(), now);
        self.shared.waker.wake();
        result
    }

    /// Waits until `done`, which is asked again after each change; `false` if `limit` passes first.
    pub fn wait(&self, limit: Duration, mut done: impl FnMut(&Host) -> bool) -> bool {
        let end = Instant::now() + limit;
        let mut state = self.shared.lock();
        let anything = Arc::clone(&state.anything);
        loop {
            if done(state.carrier.host()) {
                return true;
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || state.ended.is_some() {
                return false;
            }
            state = anything.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Why it does not run any more, if so.
    pub fn ended(&self) -> Option<String> {
        self.shared.lock().ended.clone()
    }

    /// Waits until all that was written and closed has gone, and only TIME-WAIT is left; then until
    /// that is over too, but no longer than `last`. A kernel keeps TIME-WAIT for programs that have
    /// ended. Ours ends with the program, and a FIN that comes again finds nobody: `last` is how long
    /// to stay for it.
    pub fn drain(&self, limit: Duration, last: Duration) -> bool {
        let over = |state| matches!(state, None | Some(State::TimeWait | State::Closed));
        let gone = |state| matches!(state, None | Some(State::Closed));
        self.wait(limit, |host| host.connections().all(|line| over(line.state)))
            && self.wait(last, |host| host.connections().all(|line| gone(line.state)))
    }
}

impl Drop for Net {
    fn drop(&mut self) {
        self.running = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    fn lock(&self) -> MutexGuard<'_, Running> {
        // Nothing under the lock is left half done by a panic that others could trip over.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All calls fail from here on. The first reason counts.
    fn end(&self, why: &str) {
        let mut state = self.lock();
        state.ended.get_or_insert_with(|| why.to_owned());
        state.streams.values().chain(state.listeners.values()).for_each(|all| all.notify_all());
        state.anything.notify_all();
    }
}

impl Running {
    fn host(&mut self) -> &mut Host {
        self.carrier.host_mut()
    }

    /// Fails after the thread has ended.
    fn check(&self) -> io::Result<()> {
        match &self.ended {
            Some(why) => Err(io::Error::new(io::ErrorKind::NetworkDown, why.clone())),
            None => Ok(()),
        }
    }
}

/// Sleeps until `changed` or `end`.
fn sleep<'a>(
    state: MutexGuard<'a, Running>,
    changed: &Condvar,
    end: Option<Instant>,
) -> io::Result<MutexGuard<'a, Running>> {
    state.check()?;
    let Some(end) = end else {
        return Ok(changed.wait(state).unwrap_or_else(PoisonError::into_inner));
    };
    let left = end.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(io::Error::new(io::ErrorKind::TimedOut, "nothing came in time"));
    }
    Ok(changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0)
}

/// However the thread ends, nobody waits for it any more: a panic would leave all of them asleep.
struct End(Arc<Shared>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.end("the thread that runs the network has panicked");
    }
}

/// The host, as the driver's thread sees it: locked for one call at a time.
struct Locked(Arc<Shared>);

impl Node for Locked {
    fn receive(&mut self, interface: InterfaceId, frame: &[u8], now: Duration) {
        self.0.lock().carrier.receive(interface, frame, now);
    }

    fn next_frame(&mut self) -> Option<(InterfaceId, Vec<u8>)> {
        self.0.lock().carrier.next_frame()
    }

    fn recycle(&mut self, frame: Vec<u8>) {
        self.0.lock().carrier.recycle(frame);
    }

    fn deadline(&self) -> Option<Duration> {
        self.0.lock().carrier.deadline()
    }

    fn handle_timeout(&mut self, now: Duration) {
        self.0.lock().carrier.handle_timeout(now);
    }
}

/// What the thread does after each burst of frames: wakes whom they concern.
struct Turns {
    shared: Arc<Shared>,
    observer: Observer,
}

impl Owner<Locked> for Turns {
    fn turn(&mut self, _: &mut Locked, now: Duration) -> ControlFlow<()> {
        let mut state = self.shared.lock();
        state.carrier.tick(now);
        while let Some(event) = state.host().next_event() {
            let changed = match event {
                Event::Changed(id) => state.streams.get(&id),
                Event::Acceptable(id) => state.listeners.get(&id),
            };
            if let Some(changed) = changed {
                changed.notify_all();
            }
        }
        state.anything.notify_all();
        ControlFlow::Continue(())
    }

    fn frame(&mut self, direction: Direction, _: InterfaceId, frame: &[u8], now: Duration) {
        (self.observer)(direction, frame, now);
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("now", &self.now()).finish_non_exhaustive()
    }
}

impl From<crate::connection::Error> for io::Error {
    fn from(error: crate::connection::Error) -> Self {
        use crate::connection::Error as E;
        let kind = match error {
            E::WouldBlock => io::ErrorKind::WouldBlock,
            E::Refused => io::ErrorKind::ConnectionRefused,
            E::Reset => io::ErrorKind::ConnectionReset,
            E::TimedOut => io::ErrorKind::TimedOut,
            E::Unreachable => io::ErrorKind::HostUnreachable,
            E::Closed => io::ErrorKind::BrokenPipe,
        };
        Self::new(kind, error)
    }
}

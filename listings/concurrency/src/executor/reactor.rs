//! From file descriptors to wakers.

use std::future::poll_fn;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::event::{EventfdFlags, Timespec, eventfd};
use rustix::io::Errno;

use super::Core;
use super::queue::Bell;
use super::slab::Slab;

/// Events of one `epoll_wait`.
const BATCH: usize = 256;

/// What a task waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Bytes, the end of the stream, or a connection to accept.
    Read,
    /// Room for bytes.
    Write,
}

/// One direction of a descriptor.
#[derive(Debug)]
struct Side {
    /// Whether a call is worth a try. True until one fails, so nobody waits before trying.
    ready: bool,
    /// Whom to tell. One task: a second one that waits for the same takes its place.
    waker: Option<Waker>,
}

/// A descriptor that epoll knows.
#[derive(Debug)]
struct Entry {
    sides: [Side; 2],
    /// The end of the stream is in sight: after a short read, there is still something to read.
    ended: bool,
}

/// epoll, and who waits for what.
pub(crate) struct Reactor {
    epoll: OwnedFd,
    entries: Slab<Entry>,
    events: Vec<Event>,
}

impl Reactor {
    /// `bell` ends a [`wait`](Self::wait).
    pub(crate) fn new(bell: &Eventfd) -> io::Result<Self> {
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        let flags = EventFlags::IN | EventFlags::ET;
        epoll::add(&epoll, &bell.0, EventData::new_u64(BELL), flags)?;
        Ok(Self { epoll, entries: Slab::new(), events: Vec::with_capacity(BATCH) })
    }

    // ANCHOR: register
    /// Registers `fd` for good, for both directions, edge triggered: one system call in its life.
    fn register(&mut self, fd: BorrowedFd<'_>) -> io::Result<u64> {
        let side = || Side { ready: true, waker: None };
        let key = self.entries.insert(Entry { sides: [side(), side()], ended: false });
        let flags = EventFlags::IN | EventFlags::OUT | EventFlags::RDHUP | EventFlags::ET;
        if let Err(error) = epoll::add(&self.epoll, fd, EventData::new_u64(key), flags) {
            self.entries.remove(key);
            return Err(error.into());
        }
        Ok(key)
    }
    // ANCHOR_END: register

    // ANCHOR: wait
    /// Sleeps until something is ready or `limit` is over, and gives the wakers of all who waited
    /// for it. No task runs before the last event of the batch is noted.
    pub(crate) fn wait(
        &mut self,
        limit: Option<Duration>,
        wakers: &mut Vec<Waker>,
    ) -> io::Result<()> {
        let limit = limit.map(whole_milliseconds);
        self.events.clear();
        let buffer = rustix::buffer::spare_capacity(&mut self.events);
        match epoll::wait(&self.epoll, buffer, limit.as_ref()) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        for event in &self.events {
            // No entry: the bell, or what somebody dropped a moment ago.
            let Some(entry) = self.entries.get_mut(event.data.u64()) else { continue };
            let flags = event.flags;
            let hung_up = flags.intersects(EventFlags::HUP | EventFlags::ERR);
            entry.ended |= hung_up || flags.contains(EventFlags::RDHUP);
            let readable = flags.contains(EventFlags::IN) || entry.ended;
            let writable = flags.contains(EventFlags::OUT) || hung_up;
            for (side, now) in entry.sides.iter_mut().zip([readable, writable]) {
                side.ready |= now;
                wakers.extend(side.waker.take_if(|_| now));
            }
        }
        Ok(())
    }
    // ANCHOR_END: wait
}

/// Rounded up: woken early, the loop would find nothing to do and ask again.
fn whole_milliseconds(limit: Duration) -> Timespec {
    let milliseconds = limit.as_nanos().div_ceil(1_000_000).min(u128::from(u32::MAX >> 1));
    let limit = Duration::from_millis(milliseconds as u64);
    Timespec { tv_sec: limit.as_secs().cast_signed(), tv_nsec: limit.subsec_nanos().into() }
}

/// The key of no entry.
const BELL: u64 = u64::MAX;

/// A number in the kernel that epoll watches. It is written to and never read: edge triggered, each
/// write is news.
#[derive(Debug)]
pub(crate) struct Eventfd(OwnedFd);

impl Eventfd {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?))
    }
}

impl Bell for Eventfd {
    fn ring(&self) {
        // It fails when the sum reaches 2^64; at a million a second, that takes 584,000 years.
        let _ = rustix::io::write(&self.0, &1u64.to_ne_bytes());
    }
}

/// A non-blocking descriptor whose readiness tasks can wait for. Dropped, it is deregistered and
/// closed.
pub struct Source<T: AsFd> {
    inner: T,
    key: u64,
    core: Rc<Core>,
}

impl<T: AsFd> Source<T> {
    /// Registers `inner`, which has to be non-blocking.
    ///
    /// # Errors
    ///
    /// What `epoll_ctl` says: `EPERM` for a file on a disk, which is always ready; `ENOSPC` for more
    /// descriptors than the user may watch.
    ///
    /// # Panics
    ///
    /// Outside of [`run`](super::run).
    pub fn new(inner: T) -> io::Result<Self> {
        let core = Core::current();
        let key = core.reactor.borrow_mut().register(inner.as_fd())?;
        Ok(Self { inner, key, core })
    }

    /// What it was made of.
    pub fn get_ref(&self) -> &T {
        &self.inner
    }

    // ANCHOR: io
    /// Makes a call that does not block, again each time that it might succeed, until it does.
    /// Dropped before, it has done nothing.
    pub async fn io<R>(
        &self,
        direction: Direction,
        mut call: impl FnMut(&T) -> io::Result<R>,
    ) -> io::Result<R> {
        loop {
            self.ready(direction).await;
            match call(&self.inner) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.exhausted(direction);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }

    /// Waits until a call may be worth a try.
    pub async fn ready(&self, direction: Direction) {
        poll_fn(|context| self.poll_ready(direction, context)).await;
    }

    fn poll_ready(&self, direction: Direction, context: &mut Context<'_>) -> Poll<()> {
        if !self.core.spend() {
            // This task has had its share; it comes back after the others.
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let mut reactor = self.core.reactor.borrow_mut();
        let Some(entry) = reactor.entries.get_mut(self.key) else { return Poll::Ready(()) };
        let side = &mut entry.sides[direction as usize];
        if side.ready {
            return Poll::Ready(());
        }
        side.waker = Some(context.waker().clone());
        Poll::Pending
    }

    /// A call would have blocked: from now on, only an event makes this direction ready.
    pub fn exhausted(&self, direction: Direction) {
        if let Some(entry) = self.core.reactor.borrow_mut().entries.get_mut(self.key) {
            entry.sides[direction as usize].ready = false;
        }
    }
    // ANCHOR_END: io

    /// Fewer bytes came than there was room for: the next read would block, unless the end of the
    /// stream is what it would find. Saves that call (epoll(7), question 9).
    pub fn short_read(&self) {
        if let Some(entry) = self.core.reactor.borrow_mut().entries.get_mut(self.key)
            && !entry.ended
        {
            entry.sides[Direction::Read as usize].ready = false;
        }
    }
}

impl<T: AsFd> Drop for Source<T> {
    fn drop(&mut self) {
        let mut reactor = self.core.reactor.borrow_mut();
        // Before it is closed: a copy of the descriptor elsewhere would keep it registered.
        let _ = epoll::delete(&reactor.epoll, &self.inner);
        reactor.entries.remove(self.key);
    }
}

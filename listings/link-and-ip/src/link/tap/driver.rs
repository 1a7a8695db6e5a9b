//! The loop that carries frames between a node and its TAP devices: all waiting is here.

use std::io;
use std::ops::ControlFlow;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::io::Errno;

use super::{MAX_FRAME, Tap, TapError};
use crate::link::Node;
use crate::stack::InterfaceId;

/// How many frames are taken from one interface before the others, the timers and the owner have
/// their turn: a flood on one of them must not starve the rest.
const BURST: usize = 64;

/// Which way a frame went, seen from the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    In,
    Out,
}

/// What a node works for: a program that pings, a server, a test.
pub trait Owner<N> {
    /// Its turn: take events, send packets. It is called before every wait, so after each burst of
    /// frames and when [`Owner::deadline`] has come. `Break` ends the loop, after what it sent.
    fn turn(&mut self, node: &mut N, now: Duration) -> ControlFlow<()>;

    /// When it wants a turn at the latest.
    fn deadline(&self) -> Option<Duration> {
        None
    }

    /// A frame passed. For those who print or record.
    fn frame(&mut self, _: Direction, _: InterfaceId, _frame: &[u8], _now: Duration) {}
}

/// Why [`Driver::run`] came back without an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The owner said so.
    ByOwner,
    /// The other end of `shutdown` spoke or closed.
    ByShutdown,
}

/// What stops the loop.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DriverError {
    #[error(transparent)]
    Tap(#[from] TapError),
    #[error("cannot wait for frames: {0}; start again")]
    Wait(io::Error),
}

/// The devices of one node, and the clock it lives by.
#[derive(Debug)]
pub struct Driver {
    taps: Vec<(InterfaceId, Tap)>,
    /// The node's time zero.
    start: Instant,
    /// One frame, the longest there is: a shorter buffer would cut frames without a word.
    buffer: Vec<u8>,
    /// Whom other threads wake it by, if there are any.
    waker: Option<Waker>,
}

/// Ends the waiting of a [`Driver`] from another thread, so that its owner has a turn now.
#[derive(Clone, Debug)]
pub struct Waker {
    /// A number in the kernel that can be waited for (`eventfd(2)`).
    event: Arc<OwnedFd>,
    /// Whether somebody has called since the last turn: the others need no system call.
    called: Arc<AtomicBool>,
}

impl Waker {
    fn new() -> io::Result<Self> {
        let event = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Self { event: Arc::new(event), called: Arc::default() })
    }

    /// The owner's next turn begins after this call, however short the wait before it.
    pub fn wake(&self) {
        if !self.called.swap(true, Ordering::AcqRel) {
            // It can only fail when the number is at its end: the driver is called already then.
            let _ = rustix::io::write(&self.event, &1_u64.to_ne_bytes());
        }
    }

    /// Before a turn: calls from here on are for the next one.
    fn begin_turn(&self) {
        self.called.swap(false, Ordering::AcqRel);
    }

    /// Reads the kernel's number off, so that it can be waited for again.
    fn clear(&self) {
        let _ = rustix::io::read(&self.event, &mut [0; 8]);
    }
}

impl Driver {
    /// Each device with the number of the node's interface.
    pub fn new(taps: Vec<(InterfaceId, Tap)>) -> Self {
        Self { taps, start: Instant::now(), buffer: vec![0; MAX_FRAME], waker: None }
    }

    /// What other threads wake it by. All wakers of a driver are one.
    pub fn waker(&mut self) -> io::Result<Waker> {
        if let Some(waker) = &self.waker {
            return Ok(waker.clone());
        }
        Ok(self.waker.insert(Waker::new()?).clone())
    }

    /// The moment that the node's time counts from.
    pub fn start(&self) -> Instant {
        self.start
    }

    /// The node's time.
    pub fn now(&self) -> Duration {
        self.start.elapsed()
    }

    // ANCHOR: run
    /// Carries frames and keeps time until the owner has enough, or until something can be read
    /// from `shutdown` or its other end closes: one end of [`std::io::pipe`] will do.
    pub fn run<N: Node>(
        &mut self,
        node: &mut N,
        owner: &mut impl Owner<N>,
        shutdown: impl AsFd,
    ) -> Result<Ended, DriverError> {
        loop {
            self.receive(node, owner)?;
            if node.deadline().is_some_and(|deadline| deadline <= self.now()) {
                node.handle_timeout(self.now());
            }
            if let Some(waker) = &self.waker {
                waker.begin_turn();
            }
            let flow = owner.turn(node, self.now());
            self.send(node, owner)?;
            if flow.is_break() {
                return Ok(Ended::ByOwner);
            }
            let deadline = [node.deadline(), owner.deadline()].into_iter().flatten().min();
            if self.wait(deadline, &shutdown)? {
                return Ok(Ended::ByShutdown);
            }
        }
    }
    // ANCHOR_END: run

    /// Hands what has arrived to the node.
    fn receive<N: Node>(
        &mut self,
        node: &mut N,
        owner: &mut impl Owner<N>,
    ) -> Result<(), DriverError> {
        for (interface, tap) in &self.taps {
            for _ in 0..BURST {
                let Some(length) = tap.receive(&mut self.buffer)? else { break };
                let (frame, now) = (&self.buffer[..length], self.start.elapsed());
                owner.frame(Direction::In, *interface, frame, now);
                node.receive(*interface, frame, now);
            }
        }
        Ok(())
    }

    /// Hands what the node has to say to the devices.
    fn send<N: Node>(
        &mut self,
        node: &mut N,
        owner: &mut impl Owner<N>,
    ) -> Result<(), DriverError> {
        while let Some((interface, frame)) = node.next_frame() {
            owner.frame(Direction::Out, interface, &frame, self.now());
            if let Some((_, tap)) = self.taps.iter().find(|(number, _)| *number == interface) {
                // A frame may get lost on any link, and the node is made for that.
                let _sent = tap.send(&frame)?;
            }
            node.recycle(frame);
        }
        Ok(())
    }

    /// Waits for a frame or the deadline; `true` if it is over.
    fn wait(&self, deadline: Option<Duration>, shutdown: impl AsFd) -> Result<bool, DriverError> {
        let mut watched = vec![PollFd::new(&shutdown, PollFlags::IN)];
        watched.extend(self.taps.iter().map(|(_, tap)| PollFd::new(tap, PollFlags::IN)));
        watched.extend(self.waker.iter().map(|waker| PollFd::new(&waker.event, PollFlags::IN)));
        let left = deadline.map(|deadline| deadline.saturating_sub(self.now()));
        // A time that is too long for the kernel is as good as none.
        let left = left.and_then(|left| Timespec::try_from(left).ok());
        match poll(&mut watched, left.as_ref()) {
            // A signal: the loop looks at everything again.
            Ok(_) | Err(Errno::INTR) => {
                let called = watched.last().is_some_and(|last| !last.revents().is_empty());
                let over = !watched[0].revents().is_empty();
                if let Some(waker) = self.waker.as_ref().filter(|_| called) {
                    waker.clear();
                }
                Ok(over)
            }
            Err(error) => Err(DriverError::Wait(error.into())),
        }
    }
}

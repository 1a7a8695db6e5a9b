//! Waiting for one socket, for the stop and for a time, in one call.

use std::io;
use std::os::fd::AsFd;
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::settings::{FOREVER, Settings};
use crate::stop::Stop;

/// How a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waited {
    /// There is something to do; an error or the end of the stream counts.
    Ready,
    /// The server shall end.
    Stopped,
    /// The time is over.
    TimedOut,
}

/// Waits until `fd` can be read from, `stop` is requested, or `limit` is over (`None`: no limit).
/// What is ready wins over the stop.
pub fn readable(fd: impl AsFd, stop: Option<&Stop>, limit: Option<Duration>) -> io::Result<Waited> {
    Ok(until(&fd, PollFlags::IN, stop, limit)?.0)
}

/// The same, until `fd` can be written to.
pub fn writable(fd: impl AsFd, stop: Option<&Stop>, limit: Option<Duration>) -> io::Result<Waited> {
    Ok(until(&fd, PollFlags::OUT, stop, limit)?.0)
}

/// How long a thread waits for the bytes of a connection: [`Settings::idle`] for each, and after
/// the stop [`Settings::quiet`] for each, [`Settings::drain`] for all. Its clone has the same
/// limits, and looks at the stop by itself.
#[derive(Debug, Clone)]
pub struct Patience<'a> {
    settings: &'a Settings,
    stop: &'a Stop,
    /// When the last connection is cut; known since the stop was seen.
    cut: Option<Instant>,
}

impl<'a> Patience<'a> {
    pub fn new(settings: &'a Settings, stop: &'a Stop) -> Self {
        Self { settings, stop, cut: None }
    }

    /// Whether `fd` could be read from in time; if not, the connection has to be given up.
    pub fn readable(&mut self, fd: impl AsFd) -> io::Result<bool> {
        self.until(&fd, PollFlags::IN)
    }

    /// Whether `fd` could be written to in time.
    pub fn writable(&mut self, fd: impl AsFd) -> io::Result<bool> {
        self.until(&fd, PollFlags::OUT)
    }

    /// Does the work for a line, which takes `time`. Whether there is time left: a client that has
    /// sent many lines at once has nothing to wait for, and must not keep the server from ending.
    pub fn work(&mut self, time: Duration) -> bool {
        thread::sleep(time);
        if self.cut.is_none() && self.stop.requested() {
            self.stopped();
        }
        self.cut.is_none_or(|cut| Instant::now() < cut)
    }

    fn stopped(&mut self) {
        self.cut = Some(Instant::now() + self.settings.drain.min(FOREVER));
    }

    fn until(&mut self, fd: &impl AsFd, flags: PollFlags) -> io::Result<bool> {
        let mut waited = Waited::Stopped;
        if self.cut.is_none() {
            let stopped;
            (waited, stopped) = until(fd, flags, Some(self.stop), Some(self.settings.idle))?;
            // Also when there is something to do: a client that never falls silent must not keep
            // the server from ending.
            if stopped {
                self.stopped();
            }
        }
        if let (Waited::Stopped, Some(cut)) = (waited, self.cut) {
            let left = cut.saturating_duration_since(Instant::now());
            let limit = left.min(self.settings.quiet);
            waited = if left.is_zero() {
                Waited::TimedOut
            } else {
                until(fd, flags, None, Some(limit))?.0
            };
        }
        Ok(waited == Waited::Ready)
    }
}

/// How the wait ended, and whether the stop was requested at its end.
fn until(
    fd: &impl AsFd,
    flags: PollFlags,
    stop: Option<&Stop>,
    limit: Option<Duration>,
) -> io::Result<(Waited, bool)> {
    let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
    let mut fds = [PollFd::new(fd, flags), PollFd::new(fd, flags)];
    let mut waiting = &mut fds[..1];
    if let Some(stop) = stop {
        fds[1] = PollFd::new(stop, PollFlags::IN);
        waiting = &mut fds[..];
    }
    loop {
        let left = deadline.map(|at| at.saturating_duration_since(Instant::now()));
        let left = left.map(|left| Timespec::try_from(left).unwrap_or(MAX_WAIT));
        match poll(waiting, left.as_ref()) {
            Ok(0) => return Ok((Waited::TimedOut, false)),
            Ok(_) => {
                let stopped = waiting.get(1).is_some_and(|stop| !stop.revents().is_empty());
                let ready = !waiting[0].revents().is_empty();
                return Ok((if ready { Waited::Ready } else { Waited::Stopped }, stopped));
            }
            Err(Errno::INTR) => {} // a signal; wait for what is left
            Err(error) => return Err(error.into()),
        }
    }
}

/// For durations that the kernel's type cannot hold: a century.
const MAX_WAIT: Timespec = Timespec { tv_sec: 3_155_760_000, tv_nsec: 0 };

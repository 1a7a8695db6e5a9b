//! The conversation: two pumps and one `poll`.

use std::io::{self, ErrorKind, PipeReader, sink};
use std::net::Shutdown;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use anyhow::Context;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use sockets::pump::Pump;

use crate::streams::{Input, NOBODY_READS, Output, Peer};

/// Bytes that wait in each direction at most, and the most in one read. A pipe of Linux holds half.
const CAPACITY: usize = 128 << 10;

/// The most in one datagram: what is longer in one read of standard input is cut.
const DATAGRAM: usize = 16 << 10;

/// With `--send-only`: how long a peer is heard out after our end, and how long it may be silent.
const LINGER: Duration = Duration::from_secs(10);
const LINGER_SILENCE: Duration = Duration::from_secs(1);

/// What a conversation may do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    /// Standard input goes to the peer.
    pub(crate) send: bool,
    /// What the peer says goes to standard output; otherwise it is read and dropped.
    pub(crate) receive: bool,
    /// The end of standard input is told to the peer.
    pub(crate) shutdown: bool,
    /// The longest silence, in both directions together.
    pub(crate) idle: Option<Duration>,
}

/// How a conversation ended.
#[derive(Debug)]
pub(crate) enum Ending {
    /// Both directions reached their end.
    Done,
    /// The peer took no more; this many bytes that were read from standard input are lost.
    Broken(usize, io::Error),
    /// Nobody said anything for too long.
    Idle,
    /// Ctrl-C.
    Stopped,
}

/// What is ready, of what was asked for.
struct Ready {
    stop: bool,
    input: bool,
    peer: PollFlags,
    output: PollFlags,
}

/// A conversation with one peer.
pub(crate) struct Talk<'a> {
    /// From standard input to the peer.
    up: Pump,
    /// From the peer to standard output.
    down: Pump,
    input: &'a mut Input,
    output: &'a mut Output,
    peer: &'a Peer,
    /// Becomes readable on Ctrl-C.
    stop: &'a PipeReader,
    rules: Rules,
    /// Why `up` ended before its time, and how much was lost.
    broken: Option<(usize, io::Error)>,
    /// When a peer that nobody listens to was told the end.
    told: Option<Instant>,
}

impl<'a> Talk<'a> {
    pub(crate) fn new(
        input: &'a mut Input,
        output: &'a mut Output,
        peer: &'a Peer,
        stop: &'a PipeReader,
        rules: Rules,
    ) -> Self {
        let mut up = Pump::new(if peer.datagrams { DATAGRAM } else { CAPACITY });
        if !rules.send {
            up.give_up();
        }
        let down = Pump::new(CAPACITY);
        Self { up, down, input, output, peer, stop, rules, broken: None, told: None }
    }

    // ANCHOR: talk
    /// Passes bytes both ways until both directions have ended.
    pub(crate) fn run(mut self) -> anyhow::Result<Ending> {
        let mut last = Instant::now();
        while !self.is_over() {
            let ready = self.wait(last)?;
            if ready.stop {
                return Ok(Ending::Stopped);
            }
            if self.pass(&ready)? > 0 {
                last = Instant::now();
            } else if self.silence().is_some_and(|longest| last.elapsed() >= longest) {
                return Ok(if self.told.is_some() { Ending::Done } else { Ending::Idle });
            }
            if self.up.must_end() && self.rules.shutdown && !self.peer.datagrams {
                // An error means that the connection is gone: the next read says how.
                let _ = self.peer.socket.shutdown(Shutdown::Write);
                if !self.rules.receive {
                    last = Instant::now();
                    self.told = Some(last);
                }
            }
            // Standard output stays open: it may be others' as well, and ends with us.
            self.down.must_end();
        }
        Ok(self.broken.map_or(Ending::Done, |(lost, error)| Ending::Broken(lost, error)))
    }

    /// Moves what can be moved without waiting; returns how many bytes were.
    fn pass(&mut self, ready: &Ready) -> anyhow::Result<usize> {
        let mut moved = 0;
        if ready.input {
            moved += self.up.fill(self.input).context("cannot read standard input")?;
        }
        if self.down.wants_source() && !ready.peer.is_empty() {
            moved += self.down.fill(&mut &*self.peer).context("the peer broke off")?;
        } else if ready.peer.intersects(PollFlags::ERR | PollFlags::HUP) && !self.up.wants_sink() {
            // There was nothing to ask for, and it spoke all the same: nobody is there any more.
            self.give_up(self.peer.socket.take_error()?);
        }
        match self.up.drain(&mut &*self.peer) {
            Ok(count) => moved += count,
            Err(error) => self.give_up(Some(error)),
        }
        if !self.rules.receive {
            return Ok(moved + self.down.drain(&mut sink())?);
        }
        if ready.output.intersects(NOBODY_READS) {
            return Err(io::Error::from(ErrorKind::BrokenPipe)).context(CANNOT_WRITE);
        }
        Ok(moved + self.down.drain(self.output).context(CANNOT_WRITE)?)
    }
    // ANCHOR_END: talk

    /// With `--send-only`, the end of standard input is not quite the end: a close while the peer
    /// talks is a reset, and costs what it has not read yet. So it is heard out, but not for ever.
    fn is_over(&self) -> bool {
        let lingers = self.told.is_some_and(|told| told.elapsed() < LINGER);
        self.up.is_done() && (self.down.is_done() || !(self.rules.receive || lingers))
    }

    /// The longest time in which no byte moves.
    fn silence(&self) -> Option<Duration> {
        if self.told.is_some() { Some(LINGER_SILENCE) } else { self.rules.idle }
    }

    /// The peer takes nothing any more.
    fn give_up(&mut self, error: Option<io::Error>) {
        let lost = self.up.give_up();
        if let Some(error) = error {
            self.broken = Some((lost, error));
        }
    }

    // ANCHOR: wait
    /// Waits for the one thing, of all that would let us go on, that comes first.
    fn wait(&self, last: Instant) -> io::Result<Ready> {
        let when = |yes: bool, flag: PollFlags| if yes { flag } else { PollFlags::empty() };
        let peer = when(self.down.wants_source(), PollFlags::IN)
            | when(self.up.wants_sink(), PollFlags::OUT);
        // Without a wish, only an end or an error is reported; for what has ended, again and
        // again, so it is left out.
        let input = self.up.wants_source().then(|| (self.input.as_fd(), PollFlags::IN));
        let socket = (!peer.is_empty() || !self.up.is_done()).then(|| (self.peer.as_fd(), peer));
        let output = (self.rules.receive && !self.down.is_done())
            .then(|| (self.output.as_fd(), when(self.down.wants_sink(), PollFlags::OUT)));
        let wishes = [Some((self.stop.as_fd(), PollFlags::IN)), input, socket, output];

        let mut fds: Vec<_> =
            wishes.iter().flatten().map(|(fd, flags)| PollFd::new(fd, *flags)).collect();
        let limit = self.silence().map(|longest| timespec(longest.saturating_sub(last.elapsed())));
        match poll(&mut fds, limit.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let mut answers = fds.iter().map(PollFd::revents);
        let [stop, input, peer, output] =
            wishes.map(|wish| wish.and_then(|_| answers.next()).unwrap_or(PollFlags::empty()));
        Ok(Ready { stop: !stop.is_empty(), input: !input.is_empty(), peer, output })
    }
    // ANCHOR_END: wait
}

const CANNOT_WRITE: &str = "cannot write to standard output";

/// What is longer than the kernel can count is as good as for ever.
fn timespec(limit: Duration) -> Timespec {
    Timespec::try_from(limit).unwrap_or(Timespec { tv_sec: i64::MAX, tv_nsec: 0 })
}

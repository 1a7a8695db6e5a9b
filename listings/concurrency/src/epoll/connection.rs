//! One connection of the event loop: what is known of its socket, and its turn.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Instant;

use rustix::event::epoll::EventFlags;

use crate::session::{Session, Step};
use crate::settings::{FOREVER, Settings, UNWANTED};

/// Reads in one turn. A client that sends faster than we answer has to let the others go first after
/// that many.
const READS: usize = 4;

/// How a turn ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// Nothing can be done before the next event, or the deadline.
    Wait,
    /// There is more to do, but it is the others' turn.
    Again,
    /// All is answered.
    End,
}

#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is known by itself")]
pub(super) struct Connection {
    pub(super) stream: TcpStream,
    session: Session,
    /// A read may find something: true from the event until a read finds no more.
    readable: bool,
    /// A write may find room: the same.
    writable: bool,
    /// epoll has said that the stream ends. It says so once if it is edge triggered, so from here on
    /// a read that is short is not the last.
    ending: bool,
    /// What epoll was told to report, if it is level triggered.
    pub(super) interest: EventFlags,
    /// It is in the queue of those whose turn comes.
    pub(super) queued: bool,
    /// When the last byte went either way.
    pub(super) moved: Instant,
    /// When the work for a line is done.
    pub(super) work: Option<Instant>,
    /// Its entry in the timers.
    pub(super) timer: Instant,
    /// The client has ended its side.
    heard_out: bool,
    /// Bytes that came after our side had ended; `None` before.
    unwanted: Option<usize>,
}

impl Connection {
    pub(super) fn new(stream: TcpStream, session: Session, now: Instant) -> Self {
        Self {
            stream,
            session,
            readable: false,
            writable: true,
            ending: false,
            interest: EventFlags::empty(),
            queued: false,
            moved: now,
            work: None,
            timer: now,
            heard_out: false,
            unwanted: None,
        }
    }

    /// What an event says. False: nobody is left to talk to. A hang-up alone is not that: both sides
    /// have ended, and there may be bytes to read first.
    pub(super) fn note(&mut self, flags: EventFlags) -> bool {
        self.ending |= flags.contains(EventFlags::RDHUP);
        self.readable |= flags.intersects(EventFlags::IN | EventFlags::RDHUP | EventFlags::HUP);
        self.writable |= flags.contains(EventFlags::OUT);
        !flags.contains(EventFlags::ERR)
    }

    /// When it has to be looked at without an event.
    pub(super) fn deadline(&self, settings: &Settings, stopped: Option<Instant>) -> Instant {
        self.work.unwrap_or_else(|| match stopped {
            None => self.moved + settings.idle.min(FOREVER),
            Some(at) => self.moved.max(at) + settings.quiet.min(FOREVER),
        })
    }

    // ANCHOR: interest
    /// What a level-triggered epoll shall report. Nothing that cannot be used now: it would be
    /// reported without end.
    pub(super) fn wanted(&self) -> EventFlags {
        match self.session.step() {
            Step::Read | Step::End => EventFlags::IN | EventFlags::RDHUP,
            Step::Write => EventFlags::OUT,
            Step::Work(_) => EventFlags::empty(),
        }
    }
    // ANCHOR_END: interest

    // ANCHOR: turn
    /// Does what can be done without waiting, and no more than is fair.
    pub(super) fn turn(&mut self, buffer: &mut [u8], now: Instant) -> io::Result<Turn> {
        let mut reads = 0;
        if self.work.is_some_and(|done| done <= now) {
            self.work = None;
            self.session.worked();
        }
        loop {
            match self.session.step() {
                Step::Read if !self.readable => return Ok(Turn::Wait),
                Step::Read if reads == READS => return Ok(Turn::Again),
                Step::Read => {
                    reads += 1;
                    self.read(buffer, now)?;
                }
                Step::Write if !self.writable => return Ok(Turn::Wait),
                Step::Write => self.write(now)?,
                Step::Work(time) => {
                    self.work.get_or_insert(now + time);
                    return Ok(Turn::Wait);
                }
                Step::End => return self.farewell(buffer),
            }
        }
    }
    // ANCHOR_END: turn

    // ANCHOR: read
    fn read(&mut self, buffer: &mut [u8], now: Instant) -> io::Result<()> {
        match self.stream.read(buffer) {
            Ok(0) => {
                self.heard_out = true;
                self.session.ended();
            }
            Ok(count) => {
                self.session.received(&buffer[..count]);
                self.moved = now;
                // Less than there was room for: that was all. But the end of the stream is no
                // bytes, and may be waiting behind them.
                self.readable = count == buffer.len() || self.ending;
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => self.readable = false,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }
    // ANCHOR_END: read

    fn write(&mut self, now: Instant) -> io::Result<()> {
        match self.stream.write(self.session.output()) {
            Ok(count) => {
                self.session.sent(count);
                self.moved = now;
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => self.writable = false,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// All is answered. If the client has not ended its side (we have had enough of it), ours ends,
    /// and what still comes is dropped: closed with bytes unread, the connection would be reset, and
    /// the last answer might be lost with it.
    fn farewell(&mut self, buffer: &mut [u8]) -> io::Result<Turn> {
        if !self.heard_out && self.unwanted.is_none() {
            self.stream.shutdown(Shutdown::Write)?;
        }
        let mut unwanted = self.unwanted.unwrap_or(0);
        for _ in 0..READS {
            if self.heard_out || unwanted > UNWANTED {
                return Ok(Turn::End);
            }
            match self.stream.read(buffer) {
                Ok(0) => self.heard_out = true,
                Ok(count) => unwanted += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.readable = false;
                    break;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.unwanted = Some(unwanted);
        Ok(if self.readable { Turn::Again } else { Turn::Wait })
    }
}

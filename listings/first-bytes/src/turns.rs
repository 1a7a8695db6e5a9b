//! Joins the reads of one turn.
//!
//! TCP passes on a stream of bytes and no boundaries ([RFC 9293] §3.7): what one side writes at
//! once, the other may read in two pieces, or in twenty. Where the cuts are depends on timing and
//! differs from run to run. What does not differ, for protocols in which the sides take turns, is
//! which bytes come before the other side speaks.
//!
//! [RFC 9293]: https://www.rfc-editor.org/rfc/rfc9293#section-3.7

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::event::{Connection, Direction, Event, Observer};

/// The most that is held back, in bytes for each connection. A turn that is longer is told in
/// pieces of this size.
pub const LONGEST: usize = 64 << 10;

/// Holds bytes back until the direction turns, the stream ends or [`LONGEST`] is reached, then
/// tells them as one.
///
/// An end of stream is held back too: if both sides end and no byte lies between, the client's end
/// is told first. The two ends may have crossed on the way, and then their order is chance.
pub struct Turns<O> {
    inner: O,
    /// By the connection's number. One lock for all, because the order of a connection's events
    /// must survive.
    held: Mutex<HashMap<u64, Held>>,
}

/// What one connection's observer has not been told yet.
#[derive(Default)]
struct Held {
    run: Option<Run>,
    end: Option<(Direction, Duration)>,
}

/// Bytes of one direction without a gap.
struct Run {
    direction: Direction,
    offset: u64,
    bytes: Vec<u8>,
    /// When the first of them came.
    at: Duration,
}

impl<O: Observer> Observer for Turns<O> {
    fn observe(&self, connection: &Connection, at: Duration, event: Event<'_>) {
        let mut all = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let held = all.entry(connection.number).or_default();
        let tell = |at, event: Event<'_>| self.inner.observe(connection, at, event);
        match event {
            Event::Bytes { direction, offset, bytes } => {
                held.tell_end(&tell);
                held.add(direction, offset, bytes, at, &tell);
            }
            Event::EndOfStream { direction } => {
                held.tell_run(&tell);
                held.add_end(direction, at, &tell);
            }
            _ => {
                held.tell_run(&tell);
                held.tell_end(&tell);
                tell(at, event);
            }
        }
        if matches!(event, Event::Closed { .. }) {
            all.remove(&connection.number);
        }
    }
}

impl Held {
    fn add(
        &mut self,
        direction: Direction,
        mut offset: u64,
        mut bytes: &[u8],
        at: Duration,
        tell: &impl Fn(Duration, Event<'_>),
    ) {
        if self.run.as_ref().is_some_and(|run| run.direction != direction) {
            self.tell_run(tell);
        }
        while !bytes.is_empty() {
            let run =
                self.run.get_or_insert_with(|| Run { direction, offset, bytes: Vec::new(), at });
            let (now, later) = bytes.split_at(bytes.len().min(LONGEST - run.bytes.len()));
            run.bytes.extend_from_slice(now);
            offset += now.len() as u64;
            bytes = later;
            // The cut depends on the bytes before it alone, never on how they were read.
            if run.bytes.len() == LONGEST {
                self.tell_run(tell);
            }
        }
    }

    fn add_end(&mut self, direction: Direction, at: Duration, tell: &impl Fn(Duration, Event<'_>)) {
        match self.end {
            Some((Direction::ToClient, _)) if direction == Direction::ToServer => {
                tell(at, Event::EndOfStream { direction });
                self.tell_end(tell);
            }
            _ => {
                self.tell_end(tell);
                self.end = Some((direction, at));
            }
        }
    }

    fn tell_run(&mut self, tell: &impl Fn(Duration, Event<'_>)) {
        if let Some(Run { direction, offset, bytes, at }) = self.run.take() {
            tell(at, Event::Bytes { direction, offset, bytes: &bytes });
        }
    }

    fn tell_end(&mut self, tell: &impl Fn(Duration, Event<'_>)) {
        if let Some((direction, at)) = self.end.take() {
            tell(at, Event::EndOfStream { direction });
        }
    }
}

impl<O: Observer> Turns<O> {
    pub fn new(inner: O) -> Self {
        Self { inner, held: Mutex::default() }
    }
}

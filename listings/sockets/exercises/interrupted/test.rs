//! `cargo test -p sockets --test interrupted`

#[cfg_attr(feature = "solutions", path = "solution.rs")]
#[cfg_attr(not(feature = "solutions"), path = "exercise.rs")]
mod exercise;

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::time::Duration;

use exercise::{Peer, read_all};

const LIMIT: Duration = Duration::from_secs(1);

/// What happens next, and how long that takes.
#[derive(Clone, Copy)]
enum Event {
    Bytes(&'static [u8]),
    /// A signal during `wait`.
    Signal,
    /// `wait` says that there is something, and a signal comes during `read`.
    SignalInRead,
    Reset,
    End,
}
use Event::{Bytes, End, Reset, Signal, SignalInRead};

/// Plays a list of events; the last one comes again and again.
struct Script {
    now: Duration,
    events: VecDeque<(u64, Event)>,
    ready: Option<Event>,
    calls: u32,
}

impl Script {
    fn new(events: &[(u64, Event)]) -> Self {
        let events = events.iter().copied().collect();
        Self { now: Duration::ZERO, events, ready: None, calls: 0 }
    }

    fn next(&mut self) -> (Duration, Event) {
        let (after, event) = *self.events.front().expect("events");
        if self.events.len() > 1 {
            self.events.pop_front();
        }
        (Duration::from_millis(after), event)
    }
}

impl Peer for Script {
    fn now(&self) -> Duration {
        self.now
    }

    fn wait(&mut self, limit: Duration) -> io::Result<bool> {
        self.calls += 1;
        assert!(self.calls < 1000, "this goes on for ever: {:?} are over", self.now);
        assert!(!limit.is_zero() || self.now < LIMIT, "the time is over, so why wait?");
        if self.ready.is_some() {
            return Ok(true);
        }
        let (after, event) = self.next();
        if after > limit {
            self.now += limit;
            return Ok(false);
        }
        self.now += after;
        match event {
            Signal => Err(ErrorKind::Interrupted.into()),
            other => {
                self.ready = Some(other);
                Ok(true)
            }
        }
    }

    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.ready.take().expect("a read that would block for ever: `wait` said nothing") {
            Bytes(bytes) => {
                buffer[..bytes.len()].copy_from_slice(bytes);
                Ok(bytes.len())
            }
            SignalInRead | Signal => Err(ErrorKind::Interrupted.into()),
            Reset => Err(ErrorKind::ConnectionReset.into()),
            End => Ok(0),
        }
    }
}

fn read(events: &[(u64, Event)]) -> (Result<Vec<u8>, ErrorKind>, Duration) {
    let mut script = Script::new(events);
    let result = read_all(&mut script, LIMIT).map_err(|error| error.kind());
    (result, script.now)
}

#[test]
fn without_a_signal() {
    let (result, _) = read(&[(10, Bytes(b"one ")), (10, Bytes(b"two")), (10, End)]);
    assert_eq!(result, Ok(b"one two".to_vec()));
}

#[test]
fn a_signal_in_either_call_is_no_failure() {
    let events = [
        (10, Signal),
        (10, Bytes(b"one ")),
        (10, SignalInRead),
        (10, Signal),
        (10, Bytes(b"two")),
        (10, SignalInRead),
        (10, End),
    ];
    assert_eq!(read(&events).0, Ok(b"one two".to_vec()));
}

#[test]
fn other_errors_are_failures() {
    assert_eq!(read(&[(10, Bytes(b"one")), (10, Reset)]).0, Err(ErrorKind::ConnectionReset));
}

#[test]
fn signals_do_not_give_more_time() {
    for event in [Signal, SignalInRead] {
        let (result, now) = read(&[(300, event)]);
        assert_eq!(result, Err(ErrorKind::TimedOut));
        assert!(now <= LIMIT, "{now:?} instead of {LIMIT:?}");
    }
}

#[test]
fn neither_do_single_bytes() {
    let (result, now) = read(&[(300, Bytes(b"."))]);
    assert_eq!(result, Err(ErrorKind::TimedOut));
    assert!(now <= LIMIT, "{now:?} instead of {LIMIT:?}");
}

//! A relay that runs on a thread of the test, and an observer that remembers.
#![allow(dead_code, reason = "each test file is a crate of its own and uses a part of this")]

use std::io::{self, Read};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use first_bytes::event::{Connection, Direction, Event, Observer, Side};
use first_bytes::relay::{Limits, Stop, Summary, serve};
use socket2::SockRef;
use testkit::within;

/// For what must happen: long enough for a machine under load.
pub(crate) const LIMIT: Duration = Duration::from_secs(30);

/// An event that outlives its call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Opened,
    Unreachable,
    Bytes(Direction, u64, Vec<u8>),
    End(Direction),
    Reset(Side),
    CutOff,
    Closed(u64, u64),
}

impl From<Event<'_>> for Told {
    fn from(event: Event<'_>) -> Self {
        match event {
            Event::Opened => Self::Opened,
            Event::Unreachable { .. } => Self::Unreachable,
            Event::Bytes { direction, offset, bytes } => {
                Self::Bytes(direction, offset, bytes.to_vec())
            }
            Event::EndOfStream { direction } => Self::End(direction),
            Event::Reset { by, .. } => Self::Reset(by),
            Event::CutOff => Self::CutOff,
            Event::Closed { to_server, to_client } => Self::Closed(to_server, to_client),
        }
    }
}

/// Remembers all events, and lets a test wait for one.
#[derive(Default)]
pub(crate) struct Recorder {
    told: Mutex<Vec<(u64, Told)>>,
    changed: Condvar,
    /// While a test has this lock, the pump for the answer stands still, as behind a client that
    /// does not read.
    pub(crate) answer: Mutex<()>,
}

impl Observer for Recorder {
    fn observe(&self, connection: &Connection, _: Duration, event: Event<'_>) {
        self.told.lock().unwrap().push((connection.number, event.into()));
        self.changed.notify_all();
        if let Event::Bytes { direction: Direction::ToClient, .. } = event {
            drop(self.answer.lock());
        }
    }
}

impl Recorder {
    /// Everything told about one connection.
    pub(crate) fn of(&self, number: u64) -> Vec<Told> {
        let told = self.told.lock().unwrap();
        told.iter().filter(|(of, _)| *of == number).map(|(_, event)| event.clone()).collect()
    }

    /// Waits until `event` is told about connection `number`.
    pub(crate) fn wait_for(&self, number: u64, event: &Told) {
        let deadline = Instant::now() + LIMIT;
        let mut told = self.told.lock().unwrap();
        while !told.iter().any(|(of, found)| *of == number && found == event) {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "never told: #{number} {event:?}; told: {told:?}");
            told = self.changed.wait_timeout(told, left).unwrap().0;
        }
    }

    /// One stream of a connection put together, after a check that its offsets have neither gap nor
    /// overlap.
    pub(crate) fn stream(&self, number: u64, wanted: Direction) -> Vec<u8> {
        let mut stream = Vec::new();
        for event in self.of(number) {
            if let Told::Bytes(direction, offset, bytes) = event
                && direction == wanted
            {
                assert_eq!(offset, stream.len() as u64);
                stream.extend(bytes);
            }
        }
        stream
    }
}

/// A relay between the test, as client, and the test, as server.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) server: TcpListener,
    pub(crate) stop: Stop,
    pub(crate) recorder: Arc<Recorder>,
    thread: Option<thread::JoinHandle<Summary>>,
}

impl Running {
    pub(crate) fn start(limits: Limits) -> Self {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let target = server.local_addr().unwrap();
        Self::start_with(limits, server, target)
    }

    pub(crate) fn start_with(limits: Limits, server: TcpListener, target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, recorder) = (Stop::new(), Arc::new(Recorder::default()));
        let (switch, watcher) = (stop.clone(), Arc::clone(&recorder));
        let thread =
            thread::spawn(move || serve(&listener, &[target], &*watcher, limits, &switch).unwrap());
        Self { address, server, stop, recorder, thread: Some(thread) }
    }

    pub(crate) fn client(&self) -> TcpStream {
        impatient(TcpStream::connect(self.address).unwrap())
    }

    pub(crate) fn accept(&self) -> TcpStream {
        let server = self.server.try_clone().unwrap();
        impatient(within(LIMIT, "the relay connects", move || server.accept().unwrap().0))
    }

    /// A client, and its server behind the relay.
    pub(crate) fn pair(&self) -> (TcpStream, TcpStream) {
        (self.client(), self.accept())
    }

    /// Waits until the relay ends by itself.
    pub(crate) fn finish(mut self) -> (Summary, Arc<Recorder>) {
        let thread = self.thread.take().unwrap();
        let summary = within(LIMIT, "serve returns", move || thread.join().unwrap());
        (summary, Arc::clone(&self.recorder))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.now();
    }
}

/// A stream on which no test hangs.
pub(crate) fn impatient(stream: TcpStream) -> TcpStream {
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream.set_write_timeout(Some(LIMIT)).unwrap();
    stream
}

pub(crate) fn read_exactly(mut stream: &TcpStream, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    stream.read_exact(&mut bytes).unwrap();
    bytes
}

pub(crate) fn read_to_end(mut stream: &TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    bytes
}

/// What is read until the connection is reset; panics if it ends any other way.
pub(crate) fn read_until_reset(mut stream: &TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let error = stream.read_to_end(&mut bytes).expect_err("a reset, not a clean end");
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    bytes
}

/// Closes the stream with a RST instead of a FIN.
pub(crate) fn reset(stream: TcpStream) {
    SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
    drop(stream);
}

pub(crate) fn limits(in_total: u64) -> Limits {
    Limits { in_total: Some(in_total), ..Limits::default() }
}

/// Bytes without a pattern that a mistake could repeat by luck.
pub(crate) fn noise(count: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    std::iter::repeat_with(next).take(count).collect()
}

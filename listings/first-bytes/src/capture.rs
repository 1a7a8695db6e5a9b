//! Writes what the relay sees as a pcap file, with headers that are made to fit.
//!
//! The relay has two TCP connections, and the file shows one, between the client's address and the
//! server's. It begins its sequence numbers at 0, where a real host picks a secret number (RFC 9293
//! §3.4.1): so a sequence number less one is an offset in the stream, and two runs give the same
//! frames.

use std::collections::HashMap;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::event::{Connection, Direction, Event, Side, Sink};
use crate::frame::{ACK, CLIENT_MAC, FIN, MAX_SEGMENT, PSH, RST, SERVER_MAC, SYN, Segment};
use crate::pcap;

/// The options of a SYN: a maximum segment size of 1460 and a window scale of 7, with a NOP to fill
/// the word. Without the scale the window could not be larger than 64 KiB, and a longer turn would
/// overrun it.
const SYN_OPTIONS: [u8; 8] = [2, 4, 0x05, 0xb4, 1, 3, 3, 7];

/// The file, and how far each connection's two streams have come in it.
pub struct Capture<W> {
    state: Mutex<State<W>>,
}

struct State<W> {
    out: W,
    flows: HashMap<u64, Flow>,
    /// The newest time written: threads overtake each other, a capture's clock does not run
    /// backwards.
    latest: Duration,
}

impl<W: Write> Capture<W> {
    /// Begins a file; its header is written here.
    pub fn new(mut out: W) -> io::Result<Self> {
        out.write_all(&pcap::file_header())?;
        out.flush()?;
        let state = State { out, flows: HashMap::new(), latest: Duration::ZERO };
        Ok(Self { state: Mutex::new(state) })
    }

    /// The file, when nothing is to be added.
    pub fn into_inner(self) -> W {
        self.state.into_inner().unwrap_or_else(PoisonError::into_inner).out
    }
}

impl<W: Write + Send> Sink for Capture<W> {
    fn put(&self, connection: &Connection, at: Duration, event: Event<'_>) -> io::Result<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = since_epoch(connection.accepted) + at;
        state.latest = state.latest.max(now);
        let time = state.latest;
        let flow = state.flows.entry(connection.number).or_insert_with(|| Flow::new(connection));
        let frames = flow.frames(event);
        if matches!(event, Event::Closed { .. }) {
            state.flows.remove(&connection.number);
        }
        let mut records = Vec::new();
        for frame in frames {
            records.extend(pcap::record_header(time, frame.len()));
            records.extend(frame);
        }
        // In one piece and without a buffer that waits: the file is whole after each event,
        // whenever peek ends.
        state.out.write_all(&records)
    }
}

fn since_epoch(time: SystemTime) -> Duration {
    // A clock before 1970 is broken; the file then counts from 1970.
    time.duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// One connection as the file tells it.
struct Flow {
    /// Client and server.
    ends: [SocketAddr; 2],
    /// The sequence number that each of them uses next. It counts bytes, SYN and FIN, and wraps at
    /// 2^32.
    next: [u32; 2],
}

impl Flow {
    fn new(connection: &Connection) -> Self {
        Self { ends: [connection.client, connection.server], next: [0, 0] }
    }

    /// The frames for one event.
    fn frames(&mut self, event: Event<'_>) -> Vec<Vec<u8>> {
        use Side::{Client, Server};
        match event {
            Event::Opened => vec![
                self.control(Client, SYN),
                self.control(Server, SYN | ACK),
                self.control(Client, ACK),
            ],
            Event::Unreachable { error } => {
                let mut frames = vec![self.control(Client, SYN)];
                if error.kind() == io::ErrorKind::ConnectionRefused {
                    frames.push(self.control(Server, RST | ACK));
                }
                frames
            }
            Event::Bytes { direction, bytes, .. } => {
                let mut frames: Vec<_> =
                    bytes.chunks(MAX_SEGMENT).map(|data| self.data(direction, data)).collect();
                frames.push(self.control(direction.destination(), ACK));
                frames
            }
            Event::EndOfStream { direction } => vec![
                self.control(direction.source(), FIN | ACK),
                self.control(direction.destination(), ACK),
            ],
            Event::Reset { by, .. } => vec![self.control(by, RST | ACK)],
            Event::CutOff | Event::Closed { .. } => Vec::new(),
        }
    }

    fn data(&mut self, direction: Direction, data: &[u8]) -> Vec<u8> {
        self.frame(direction.source(), PSH | ACK, &[], data)
    }

    fn control(&mut self, from: Side, flags: u8) -> Vec<u8> {
        let options: &[u8] = if flags & SYN != 0 { &SYN_OPTIONS } else { &[] };
        self.frame(from, flags, options, &[])
    }

    fn frame(&mut self, from: Side, flags: u8, options: &[u8], data: &[u8]) -> Vec<u8> {
        let (own, peer) = match from {
            Side::Client => (0, 1),
            Side::Server => (1, 0),
        };
        let macs = [CLIENT_MAC, SERVER_MAC];
        let segment = Segment {
            source: self.ends[own],
            destination: self.ends[peer],
            macs: [macs[own], macs[peer]],
            sequence: self.next[own],
            acknowledgment: if flags & ACK != 0 { self.next[peer] } else { 0 },
            flags,
            options,
            data,
        };
        // SYN and FIN take a number of their own, so that they can be acknowledged like a byte (RFC
        // 9293 §3.4).
        let taken = data.len() + usize::from(flags & (SYN | FIN) != 0);
        self.next[own] = self.next[own].wrapping_add(taken as u32);
        segment.to_frame()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::dissect;

    /// The sequence and the acknowledgment number of a frame.
    fn numbers(frame: &[u8]) -> Vec<String> {
        let fields = dissect(frame);
        fields.iter().map(|f| f.meaning.clone()).filter(|text| text.contains("number")).collect()
    }

    #[test]
    fn numbers_wrap_after_4_gib() {
        let mut flow = Flow::new(&Connection {
            number: 1,
            client: "192.0.2.1:1".parse().unwrap(),
            server: "192.0.2.2:2".parse().unwrap(),
            accepted: UNIX_EPOCH,
        });
        flow.frames(Event::Opened);
        // As after a SYN and 2^32 - 3 bytes from the client.
        flow.next[0] = 1u32.wrapping_add(u32::MAX - 2);
        let bytes = b"abcdef";
        let direction = Direction::ToServer;
        let frames =
            flow.frames(Event::Bytes { direction, offset: u64::from(u32::MAX) - 2, bytes });
        assert_eq!(
            frames.iter().map(|frame| numbers(frame)).collect::<Vec<_>>(),
            [
                ["sequence number 4294967294", "acknowledgment number 1"],
                ["sequence number 1", "acknowledgment number 4"]
            ]
        );
        // The FIN comes after a SYN and 2^32 + 3 bytes.
        let frames = flow.frames(Event::EndOfStream { direction });
        assert_eq!(numbers(&frames[0])[0], "sequence number 4");
        assert_eq!(numbers(&frames[1])[1], "acknowledgment number 5");
    }
}

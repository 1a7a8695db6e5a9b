//! Events as text, at most 80 columns wide for IPv4.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::event::{Connection, Direction, Event, Sink};
use crate::hexdump;

/// Prints every event to `out`.
///
/// An event's lines are put together first and written in one go under a lock: the dumps of two
/// connections never mix.
pub struct Printer<W> {
    out: Mutex<W>,
}

impl<W: Write> Printer<W> {
    pub fn new(out: W) -> Self {
        Self { out: Mutex::new(out) }
    }
}

impl<W: Write + Send> Sink for Printer<W> {
    fn put(&self, connection: &Connection, at: Duration, event: Event<'_>) -> io::Result<()> {
        let text = render(connection, at, event);
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        out.write_all(text.as_bytes())?;
        // A dump that waits in a buffer for the next one is of no use to somebody who watches.
        out.flush()
    }
}

/// The lines for one event, each with its newline.
pub fn render(connection: &Connection, at: Duration, event: Event<'_>) -> String {
    let mut text = format!("#{} ", connection.number);
    // Writing to a String cannot fail.
    let _ = match event {
        Event::Opened => writeln!(text, "opened by {}", connection.client),
        Event::Unreachable { error } => {
            let advice = match error.kind() {
                io::ErrorKind::ConnectionRefused => "is the server running, and on that port?",
                _ => "is the address right?",
            };
            let Connection { number, server, .. } = connection;
            writeln!(text, "cannot reach {server}: {error}\n#{number} {advice}")
        }
        Event::Bytes { direction, offset, bytes } => {
            let count = count(bytes.len() as u64);
            let _ = writeln!(text, "{direction}  {count} at {offset}  ({})", seconds(at));
            hexdump::dump(&mut text, offset, bytes);
            Ok(())
        }
        Event::EndOfStream { direction } => writeln!(text, "{direction}  end of stream"),
        Event::Reset { by, error } => writeln!(text, "reset by the {by}: {error}"),
        Event::CutOff => writeln!(text, "cut off: peek is stopping"),
        Event::Closed { to_server, to_client } => {
            writeln!(text, "closed: {}, {}", traffic(to_server, to_client), seconds(at))
        }
    };
    text
}

/// The totals of both directions, as the closing lines show them.
pub fn traffic(to_server: u64, to_client: u64) -> String {
    let arrow = |direction| match direction {
        Direction::ToServer => "→",
        Direction::ToClient => "←",
    };
    let [there, back] = Direction::BOTH.map(arrow);
    format!("{} {there}, {} {back}", count(to_server), count(to_client))
}

fn count(bytes: u64) -> String {
    if bytes == 1 { "1 byte".to_owned() } else { format!("{bytes} bytes") }
}

/// Always seconds with six digits, so that one pattern finds every time in the output.
fn seconds(time: Duration) -> String {
    format!("{}.{:06} s", time.as_secs(), time.subsec_micros())
}

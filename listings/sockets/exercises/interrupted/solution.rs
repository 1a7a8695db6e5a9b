//! Solution: a signal ends neither the read nor the patience.

use std::io::{self, ErrorKind};
use std::time::Duration;

/// A socket and a clock. The test's clock runs only while somebody waits.
pub(crate) trait Peer {
    /// The time now, since some beginning.
    fn now(&self) -> Duration;
    /// Waits until there is something to read, at most `limit`: `poll`. `false`: there is nothing.
    fn wait(&mut self, limit: Duration) -> io::Result<bool>;
    /// Reads what is there: `read`. 0 is the end.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize>;
}

// ANCHOR: solution
/// Reads to the end of the stream, within `limit` in all.
pub(crate) fn read_all(peer: &mut impl Peer, limit: Duration) -> io::Result<Vec<u8>> {
    let deadline = peer.now() + limit;
    let mut bytes = Vec::new();
    let mut buffer = [0; 64];
    loop {
        // A point in time survives a signal; a duration would begin again.
        let left = deadline.saturating_sub(peer.now());
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        match peer.wait(left) {
            Ok(true) => {}
            Ok(false) => return Err(ErrorKind::TimedOut.into()),
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        }
        match peer.read(&mut buffer) {
            Ok(0) => return Ok(bytes),
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
// ANCHOR_END: solution

//! Exercise: a signal ends neither the read nor the patience.

use std::io;
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

// ANCHOR: exercise
/// Reads to the end of the stream, within `limit` in all.
///
/// Both calls may fail with `Interrupted`, any number of times; that is no failure. When the time is
/// over, the error is of the kind `TimedOut`; it is over as well if a signal or a byte comes all the
/// time.
pub(crate) fn read_all(peer: &mut impl Peer, limit: Duration) -> io::Result<Vec<u8>> {
    let deadline = peer.now() + limit;
    let mut bytes = Vec::new();
    let mut buffer = [0; 64];
    loop {
        if peer.now() >= deadline || !peer.wait(limit)? {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let count = peer.read(&mut buffer)?;
        if count == 0 {
            return Ok(bytes);
        }
        bytes.extend_from_slice(&buffer[..count]);
    }
}
// ANCHOR_END: exercise

//! Exercise: a hole costs one delay, not one timeout.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

// ANCHOR: exercise
/// Connects to the first of `addresses` that answers, within `limit`.
///
/// The next attempt starts when the last one has had `delay` for itself, or has failed; the earlier
/// ones go on. Nothing starts after one has succeeded. If all fail, the last error is returned, and
/// without an address one of the kind `InvalidInput`.
pub(crate) fn connect(
    addresses: &[SocketAddr],
    delay: Duration,
    limit: Duration,
) -> io::Result<TcpStream> {
    let deadline = Instant::now() + limit;
    let _ = delay;
    let mut last = io::Error::from(io::ErrorKind::InvalidInput);
    for address in addresses {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        // One after the other: nobody asks how long it has been.
        match TcpStream::connect_timeout(address, left) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}
// ANCHOR_END: exercise

//! Solution: a hole costs one delay, not one timeout.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

// ANCHOR: solution
/// Connects to the first of `addresses` that answers, within `limit`.
///
/// Each attempt has a thread. Those that lose are not canceled: they end at the deadline, and their
/// sockets with them.
pub(crate) fn connect(
    addresses: &[SocketAddr],
    delay: Duration,
    limit: Duration,
) -> io::Result<TcpStream> {
    let deadline = Instant::now() + limit;
    let (sender, results) = mpsc::channel();
    let mut last = io::Error::from(io::ErrorKind::InvalidInput);
    let mut waiting = addresses.iter().copied();
    let mut open = 0;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let mut patience = left;
        if let Some(address) = waiting.next() {
            let sender = sender.clone();
            thread::spawn(move || sender.send(TcpStream::connect_timeout(&address, left)));
            open += 1;
            patience = left.min(delay);
        } else if open == 0 {
            return Err(last);
        }
        match results.recv_timeout(patience) {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => {
                open -= 1;
                last = error;
            }
            // The delay is over, or the limit. We hold a sender, so nobody has hung up.
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
        }
    }
}
// ANCHOR_END: solution

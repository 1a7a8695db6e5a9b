//! Exercise: the end of a stream is passed on, and nothing else.

use std::io;
use std::net::{Shutdown, TcpStream};

// ANCHOR: exercise
/// Copies all that `source` sends to `destination`, then passes the end of the stream on. Returns
/// how many bytes.
///
/// A relay runs this twice on the same two sockets, once in each direction, on two threads.
pub(crate) fn pump(mut source: &TcpStream, mut destination: &TcpStream) -> io::Result<u64> {
    let count = io::copy(&mut source, &mut destination)?;
    // No more bytes, so we are done with both.
    source.shutdown(Shutdown::Both)?;
    destination.shutdown(Shutdown::Both)?;
    Ok(count)
}
// ANCHOR_END: exercise

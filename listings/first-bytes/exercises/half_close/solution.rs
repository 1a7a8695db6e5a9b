//! Solution: only the direction that has ended is closed.

use std::io;
use std::net::{Shutdown, TcpStream};

// ANCHOR: solution
/// Copies all that `source` sends to `destination`, then passes the end of the stream on. Returns
/// how many bytes.
///
/// A relay runs this twice on the same two sockets, once in each direction, on two threads.
pub(crate) fn pump(mut source: &TcpStream, mut destination: &TcpStream) -> io::Result<u64> {
    let count = io::copy(&mut source, &mut destination)?;
    // A FIN for the destination. What it still has to say comes back by the other pump.
    destination.shutdown(Shutdown::Write)?;
    Ok(count)
}
// ANCHOR_END: solution

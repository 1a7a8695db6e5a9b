//! Exercise: one message that comes after its length, from a peer that nobody knows.

use std::io::{self, Read};

// ANCHOR: exercise
/// Reads one message: four bytes with its length, big-endian, and then so many bytes.
///
/// `None` if the stream ends before a message; `UnexpectedEof` if it ends within one; `InvalidData`
/// if a message is longer than `limit`.
pub(crate) fn read_message(stream: &mut impl Read, limit: usize) -> io::Result<Option<Vec<u8>>> {
    let _ = limit;
    let mut prefix = [0; 4];
    if stream.read(&mut prefix)? == 0 {
        return Ok(None);
    }
    let mut message = vec![0; u32::from_be_bytes(prefix) as usize];
    stream.read_exact(&mut message)?;
    Ok(Some(message))
}
// ANCHOR_END: exercise

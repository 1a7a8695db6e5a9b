//! Solution: the first byte may be missing, and no other; a length is a claim.

use std::io::{self, ErrorKind, Read};

// ANCHOR: solution
/// Reads one message: four bytes with its length, big-endian, and then so many bytes.
///
/// `None` if the stream ends before a message; `UnexpectedEof` if it ends within one; `InvalidData`
/// if a message is longer than `limit`.
pub(crate) fn read_message(stream: &mut impl Read, limit: usize) -> io::Result<Option<Vec<u8>>> {
    let mut prefix = [0; 4];
    let first = loop {
        match stream.read(&mut prefix[..1]) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => break result?,
        }
    };
    if first == 0 {
        return Ok(None);
    }
    stream.read_exact(&mut prefix[1..])?;
    let length = u32::from_be_bytes(prefix) as usize;
    if length > limit {
        return Err(ErrorKind::InvalidData.into());
    }
    let mut message = vec![0; length];
    stream.read_exact(&mut message)?;
    Ok(Some(message))
}
// ANCHOR_END: solution

//! Moves bytes between a stream and the codec.

use std::io::{ErrorKind, Read, Write};

use bytes::BytesMut;

use super::error::{Error, is_timeout};
use crate::limits::READ_SIZE;

/// Reads once into the end of `buffer`; 0 is the end of the stream.
pub(super) fn read_into(stream: &mut impl Read, buffer: &mut BytesMut) -> Result<usize, Error> {
    let start = buffer.len();
    buffer.resize(start + READ_SIZE, 0);
    let result = loop {
        match stream.read(&mut buffer[start..]) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => break result,
        }
    };
    let count = result.as_ref().map_or(0, |count| *count);
    buffer.truncate(start + count);
    result.map_err(|error| if is_timeout(&error) { Error::Timeout } else { Error::Read(error) })
}

/// Writes all of `out` and empties it.
pub(super) fn flush(stream: &mut impl Write, out: &mut BytesMut) -> Result<(), Error> {
    if out.is_empty() {
        return Ok(());
    }
    let result = stream.write_all(out).and_then(|()| stream.flush());
    out.clear();
    result.map_err(|error| if is_timeout(&error) { Error::Timeout } else { Error::Write(error) })
}

/// Reads a piece of a body that is to be sent, at most `most` bytes.
pub(super) fn read_piece(
    reader: &mut dyn Read,
    piece: &mut Vec<u8>,
    most: u64,
) -> Result<usize, Error> {
    let size = usize::try_from(most).unwrap_or(READ_SIZE).min(READ_SIZE);
    piece.resize(size, 0);
    loop {
        match reader.read(piece) {
            Ok(count) => {
                piece.truncate(count);
                return Ok(count);
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(Error::Body(error)),
        }
    }
}

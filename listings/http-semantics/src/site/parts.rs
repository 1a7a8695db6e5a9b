//! Parts of a file, and text between them, as one stream.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use crate::range::{ByteRange, Piece};

/// Reads the pieces of a response one after the other.
pub(super) struct Parts {
    file: File,
    pieces: VecDeque<Piece>,
    current: Current,
    length: u64,
}

enum Current {
    Text(io::Cursor<Vec<u8>>),
    /// The file stands where the next byte of the range is.
    Range {
        left: u64,
    },
}

impl Parts {
    pub(super) fn new(file: File, pieces: Vec<Piece>) -> Self {
        let length = pieces.iter().map(Piece::len).sum();
        let current = Current::Text(io::Cursor::new(Vec::new()));
        Self { file, pieces: pieces.into(), current, length }
    }

    /// How many bytes all pieces have.
    pub(super) fn len(&self) -> u64 {
        self.length
    }
}

impl Read for Parts {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let count = match &mut self.current {
                Current::Text(text) => text.read(buffer)?,
                Current::Range { left } => {
                    let count = (&self.file).take(*left).read(buffer)?;
                    *left -= count as u64;
                    count
                }
            };
            if count > 0 {
                return Ok(count);
            }
            if matches!(self.current, Current::Range { left: 1.. }) {
                return Err(io::ErrorKind::UnexpectedEof.into()); // The file has become shorter.
            }
            match self.pieces.pop_front() {
                None => return Ok(0),
                Some(Piece::Text(text)) => {
                    self.current = Current::Text(io::Cursor::new(text.into_bytes()));
                }
                Some(Piece::Range(range)) => {
                    self.file.seek(SeekFrom::Start(range.first))?;
                    self.current = Current::Range { left: ByteRange::len(range) };
                }
            }
        }
    }
}

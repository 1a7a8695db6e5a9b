//! Solution: what has come belongs to the reader of frames, and not to the future.

use std::io::{self, ErrorKind};
use std::mem;

use tokio::io::{AsyncRead, AsyncReadExt};

// ANCHOR: solution
/// Frames out of a stream: a length of two bytes, the high one first, and so many bytes.
pub(crate) struct Frames<R> {
    stream: R,
    /// What has come of the next frame, its length included, and nothing behind it.
    came: Vec<u8>,
}

impl<R: AsyncRead + Unpin> Frames<R> {
    pub(crate) fn new(stream: R) -> Self {
        Self { stream, came: Vec::new() }
    }

    /// The next frame, or `None` if the stream ends before it begins. An end inside of it is an
    /// error, `UnexpectedEof`.
    ///
    /// # Cancel safety
    ///
    /// The future may be dropped whenever it is pending, and nothing is lost.
    pub(crate) async fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            let missing = match self.came.split_first_chunk() {
                None => 2 - self.came.len(),
                Some((&length, content)) => usize::from(u16::from_be_bytes(length)) - content.len(),
            };
            if missing == 0 {
                return Ok(Some(mem::take(&mut self.came).split_off(2)));
            }
            // The only await. A pending read has taken nothing, and a read that took something has
            // put it into `came` before anybody can drop this future.
            let mut rest = (&mut self.stream).take(missing as u64);
            if rest.read_buf(&mut self.came).await? == 0 {
                let inside = !self.came.is_empty();
                return if inside { Err(ErrorKind::UnexpectedEof.into()) } else { Ok(None) };
            }
        }
    }
}
// ANCHOR_END: solution

//! Exercise: a frame that comes in pieces, and somebody who loses patience between them.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

// ANCHOR: exercise
/// Frames out of a stream: a length of two bytes, the high one first, and so many bytes.
pub(crate) struct Frames<R> {
    stream: R,
}

impl<R: AsyncRead + Unpin> Frames<R> {
    pub(crate) fn new(stream: R) -> Self {
        Self { stream }
    }

    /// The next frame, or `None` if the stream ends before it begins. An end inside of it is an
    /// error, `UnexpectedEof`.
    ///
    /// # Cancel safety
    ///
    /// The future may be dropped whenever it is pending, and nothing is lost.
    pub(crate) async fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut length = [0; 2];
        if self.stream.read(&mut length[..1]).await? == 0 {
            return Ok(None);
        }
        self.stream.read_exact(&mut length[1..]).await?;
        let mut content = vec![0; u16::from_be_bytes(length).into()];
        self.stream.read_exact(&mut content).await?;
        Ok(Some(content))
    }
}
// ANCHOR_END: exercise

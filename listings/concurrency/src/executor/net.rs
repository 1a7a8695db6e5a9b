//! TCP on [`Source`].

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};

use super::reactor::{Direction, Source};

impl Source<TcpListener> {
    /// The next connection of the backlog.
    pub async fn accept(&self) -> io::Result<Source<TcpStream>> {
        let (stream, _) = self.io(Direction::Read, TcpListener::accept).await?;
        stream.set_nonblocking(true)?;
        Source::new(stream)
    }
}

impl Source<TcpStream> {
    /// Reads what is there into `buffer`, which must not be empty; 0 is the end of the stream.
    pub async fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.io(Direction::Read, |mut stream| stream.read(buffer)).await?;
        if count < buffer.len() {
            self.short_read();
        }
        Ok(count)
    }

    /// Writes all of `bytes`. Dropped before its end, nobody knows how many were written.
    pub async fn write_all(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.io(Direction::Write, |mut stream| stream.write(bytes)).await? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                count => bytes = &bytes[count..],
            }
        }
        Ok(())
    }
}

//! What a server needs of a connection.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

/// A connection as a server needs it.
///
/// A stream in memory can leave the three methods as they are: it is never waited for.
pub trait Stream: Read + Write {
    fn limit_read(&self, _limit: Option<Duration>) -> io::Result<()> {
        Ok(())
    }

    fn limit_write(&self, _limit: Option<Duration>) -> io::Result<()> {
        Ok(())
    }

    /// Tells the peer that no more will come, while what it sends can still be read.
    fn end_output(&self) -> io::Result<()> {
        Ok(())
    }
}

impl Stream for &TcpStream {
    fn limit_read(&self, limit: Option<Duration>) -> io::Result<()> {
        self.set_read_timeout(limit)
    }

    fn limit_write(&self, limit: Option<Duration>) -> io::Result<()> {
        self.set_write_timeout(limit)
    }

    fn end_output(&self) -> io::Result<()> {
        self.shutdown(Shutdown::Write)
    }
}

impl Stream for TcpStream {
    fn limit_read(&self, limit: Option<Duration>) -> io::Result<()> {
        self.set_read_timeout(limit)
    }

    fn limit_write(&self, limit: Option<Duration>) -> io::Result<()> {
        self.set_write_timeout(limit)
    }

    fn end_output(&self) -> io::Result<()> {
        self.shutdown(Shutdown::Write)
    }
}

//! A client that gives up after [`LIMIT`] instead of waiting for ever.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use crate::server::LIMIT;

/// Long enough that a server which serves would have answered; a loaded machine only makes a
/// server slower that is expected not to answer.
const SILENCE: Duration = Duration::from_millis(150);

/// A connection to the server.
pub(crate) struct Client(pub(crate) TcpStream);

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Result<Self, String> {
        let stream = TcpStream::connect_timeout(&address, LIMIT).map_err(text("connect"))?;
        stream.set_nodelay(true).map_err(text("TCP_NODELAY"))?;
        stream.set_read_timeout(Some(LIMIT)).map_err(text("read timeout"))?;
        stream.set_write_timeout(Some(LIMIT)).map_err(text("write timeout"))?;
        Ok(Self(stream))
    }

    pub(crate) fn send(&self, bytes: &[u8]) -> Result<(), String> {
        (&self.0).write_all(bytes).map_err(text("write"))
    }

    /// Reads as many bytes as `bytes` has; they have to be these.
    pub(crate) fn expect(&self, bytes: &[u8]) -> Result<(), String> {
        let mut got = vec![0; bytes.len()];
        (&self.0).read_exact(&mut got).map_err(text("read"))?;
        if got == bytes { Ok(()) } else { Err(differ(&got, bytes)) }
    }

    pub(crate) fn round_trip(&self, bytes: &[u8]) -> Result<(), String> {
        self.send(bytes)?;
        self.expect(bytes)
    }

    pub(crate) fn half_close(&self) -> Result<(), String> {
        self.0.shutdown(Shutdown::Write).map_err(text("shutdown"))
    }

    /// Reads to the end, which has to be an orderly one; the bytes before it have to be these.
    pub(crate) fn expect_last(&self, bytes: &[u8]) -> Result<(), String> {
        let mut got = Vec::new();
        (&self.0).take(64 << 20).read_to_end(&mut got).map_err(text("read to the end"))?;
        if got == bytes { Ok(()) } else { Err(differ(&got, bytes)) }
    }

    /// The server has not answered, and does not for a while.
    pub(crate) fn expect_silence(&self) -> Result<(), String> {
        self.0.set_read_timeout(Some(SILENCE)).map_err(text("read timeout"))?;
        let result = self.0.peek(&mut [0]);
        self.0.set_read_timeout(Some(LIMIT)).map_err(text("read timeout"))?;
        match result {
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                Ok(())
            }
            other => Err(format!("expected silence, got {other:?}")),
        }
    }

    /// The connection ends, in whatever way.
    pub(crate) fn expect_end(&self) -> Result<(), String> {
        loop {
            match (&self.0).read(&mut [0; 16 << 10]) {
                Ok(0) => return Ok(()),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return Ok(()),
                Err(error) => return Err(format!("expected the end: {error}")),
            }
        }
    }

    /// Ends with a reset, as a program does that is killed with bytes unread.
    pub(crate) fn reset(self) -> Result<(), String> {
        let socket = socket2::SockRef::from(&self.0);
        socket.set_linger(Some(Duration::ZERO)).map_err(text("SO_LINGER"))
    }
}

pub(crate) fn text(what: &str) -> impl Fn(io::Error) -> String {
    move |error| format!("{what}: {error}")
}

fn differ(got: &[u8], wanted: &[u8]) -> String {
    let same = got.iter().zip(wanted).take_while(|(a, b)| a == b).count();
    format!("{} bytes, wanted {}; the first {same} are right", got.len(), wanted.len())
}

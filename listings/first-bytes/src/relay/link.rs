//! The two sockets of one connection, and the ways in which they end.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use socket2::SockRef;

use crate::event::Direction;

/// Bytes that each direction holds at most, in user space. There is one buffer and no queue behind
/// it, so a receiver that stops reading stops the sender too (backpressure), instead of filling our
/// memory.
///
/// The size is where more stops helping. The fastest rounds of `cargo bench` on loopback, two cores,
/// in MiB/s: 4 KiB 0.6k, 8 KiB 0.9k, 16 KiB 1.2k, 32 KiB 1.4k, 64 KiB 1.5k, 128 KiB 1.4k, 256 KiB
/// 1.6k, and the last two cost 256 MiB and more for a thousand connections.
pub const BUFFER_SIZE: usize = 64 << 10;

/// How long a write may wait before it looks whether the connection was cut. It bounds how long a
/// stop takes while a receiver does not read; it is no limit on the receiver's patience.
pub const WRITE_TICK: Duration = Duration::from_millis(200);

/// One client and its server.
pub(super) struct Link {
    client: TcpStream,
    server: TcpStream,
    /// Nobody is to wait on these sockets any more.
    cut: AtomicBool,
    /// One of the sockets is dead. Its kernel reports that to one call only, and to later ones it
    /// looks like a clean end, which must not be passed on: the other side would take half an
    /// answer for a whole one.
    broken: AtomicBool,
    /// Which directions have read all they will ever read.
    ended: [AtomicBool; 2],
}

impl Link {
    /// Ties a client to its server, or closes it if there is none.
    pub(super) fn new(client: TcpStream, server: io::Result<TcpStream>) -> io::Result<Self> {
        let server = server.inspect_err(|_| {
            // The nearest we can come to the refusal that the client would have met without us.
            reset_on_close(&client);
        })?;
        for stream in [&client, &server] {
            // The sender's own Nagle algorithm has decided already how long bytes wait for more.
            stream.set_nodelay(true)?;
            stream.set_write_timeout(Some(WRITE_TICK))?;
        }
        let no = AtomicBool::default;
        Ok(Self { client, server, cut: no(), broken: no(), ended: [no(), no()] })
    }

    /// Where a direction's bytes come from and where they go.
    pub(super) fn ends(&self, direction: Direction) -> (&TcpStream, &TcpStream) {
        match direction {
            Direction::ToServer => (&self.client, &self.server),
            Direction::ToClient => (&self.server, &self.client),
        }
    }

    /// Reads what is there; 0 is the end of the stream, by whatever cause.
    pub(super) fn read(&self, mut source: &TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match source.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                _ if self.is_cut() => return Ok(0),
                result => return result,
            }
        }
    }

    /// Writes all of `bytes`, however long the destination takes.
    pub(super) fn write_all(&self, mut to: &TcpStream, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match to.write(bytes) {
                Ok(count) => bytes = &bytes[count..],
                Err(error) if is_passing(error.kind()) && !self.is_cut() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Notes that a socket is dead; true for the first to find out, who is to tell.
    pub(super) fn breaks(&self) -> bool {
        !self.is_cut() && !self.broken.swap(true, SeqCst)
    }

    pub(super) fn is_broken(&self) -> bool {
        self.broken.load(SeqCst)
    }

    pub(super) fn is_cut(&self) -> bool {
        self.cut.load(SeqCst)
    }

    /// Ends both directions at once. Blocked readers wake up, and when the sockets are closed both
    /// peers get a RST: a FIN would tell them that they have got everything.
    pub(super) fn cut(&self) {
        self.cut.store(true, SeqCst);
        for stream in [&self.client, &self.server] {
            reset_on_close(stream);
            // It fails only if the peer is gone already, and then no reader waits.
            let _ = stream.shutdown(Shutdown::Read);
        }
    }

    /// Notes the end of a direction; false if it is not the sender's own end but that of the whole
    /// connection.
    pub(super) fn end(&self, direction: Direction) -> bool {
        self.ended[direction as usize].store(true, SeqCst);
        if self.is_broken() {
            self.cut();
        }
        !self.is_cut()
    }

    /// The destination is dead, yet its last words may still be under way to the source, which
    /// perhaps does not listen before it has said all: what it says is taken and dropped until the
    /// other direction is through.
    pub(super) fn give_up(&self, direction: Direction, buffer: &mut [u8]) {
        if self.ended[direction.reverse() as usize].load(SeqCst) {
            self.cut();
        }
        let (source, _) = self.ends(direction);
        while self.read(source, buffer).is_ok_and(|count| count > 0) {}
    }
}

/// Makes the kernel send a RST instead of a FIN when the socket is closed.
fn reset_on_close(stream: &TcpStream) {
    // It fails only if the connection is gone already, and then there is nobody to tell.
    let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
}

/// Failures of a write after which to write again.
fn is_passing(kind: io::ErrorKind) -> bool {
    use io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(kind, Interrupted | WouldBlock | TimedOut)
}

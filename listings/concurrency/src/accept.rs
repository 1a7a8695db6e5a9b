//! Taking connections from a listener, whatever happens: too many of them, no descriptors left, a
//! client that is gone before it is seen. Every server of this crate accepts through this.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use rustix::io::Errno;

use crate::settings::BUSY;
use crate::stop::Stop;
use crate::wait::{self, Waited};

/// How long nobody accepts when the system has run out of something that only time brings back.
pub const PAUSE: Duration = Duration::from_millis(100);

/// How long a refused client has to read why, and to end its side.
const FAREWELL: Duration = Duration::from_millis(500);

/// How often the refused ones are looked at.
const LOOK: Duration = Duration::from_millis(20);

/// Refused connections that are kept open at the same time; the oldest is closed for one more.
const FAREWELLS: usize = 64;

/// What a look at the backlog found.
#[derive(Debug)]
pub enum Accepted {
    /// A connection: non-blocking, and without Nagle's algorithm.
    Stream(TcpStream),
    /// Nobody waits.
    Nothing,
    /// Somebody may wait, but the system has no descriptor or no memory: ask again after [`PAUSE`],
    /// and serve the others until then.
    Later,
}

/// A listener that does not block and does not give up.
#[derive(Debug)]
pub struct Acceptor {
    listener: TcpListener,
    /// A descriptor to give away: with all others taken, a client can be told so only through one
    /// more. Without it the client would wait in the backlog, and `poll` would report it for ever.
    spare: Option<File>,
    /// Told to come again, and not closed yet.
    refused: VecDeque<(Instant, TcpStream)>,
    /// When to look at them next. Looked at for each client, they would cost a read each, 64 for
    /// every one that is refused.
    look: Instant,
}

impl Acceptor {
    pub fn new(listener: TcpListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let spare = Some(File::open("/dev/null")?);
        Ok(Self { listener, spare, refused: VecDeque::new(), look: Instant::now() })
    }

    /// The next connection of the backlog, without waiting.
    // ANCHOR: accept
    pub fn accept(&mut self) -> Accepted {
        loop {
            let error = match self.listener.accept() {
                Ok((stream, _)) => match prepare(&stream) {
                    Ok(()) => return Accepted::Stream(stream),
                    Err(_) => continue, // gone again
                },
                Err(error) => error,
            };
            match error.raw_os_error().map(Errno::from_raw_os_error) {
                Some(Errno::AGAIN) => return Accepted::Nothing,
                Some(Errno::MFILE) if self.spare.is_some() => {
                    // The kernel takes the descriptor first and looks for a client then: it says
                    // EMFILE also when nobody waits.
                    match self.give_the_spare() {
                        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                            return Accepted::Nothing;
                        }
                        Err(_) => return Accepted::Later,
                        Ok(()) => {}
                    }
                }
                Some(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM) => {
                    self.spare = self.spare.take().or_else(|| File::open("/dev/null").ok());
                    return Accepted::Later;
                }
                // A signal, or a connection that ended before it was accepted: not our end.
                Some(Errno::INTR | Errno::CONNABORTED) => {}
                // Linux hands an error of the network to whoever accepts next (accept(2)).
                _ => return Accepted::Later,
            }
        }
    }
    // ANCHOR_END: accept

    /// Waits for the next connection; `None` when the server shall end.
    pub fn next(&mut self, stop: &Stop) -> io::Result<Option<TcpStream>> {
        loop {
            let waited = wait::readable(&self.listener, Some(stop), self.timeout())?;
            if stop.requested() {
                return Ok(None);
            }
            self.sweep();
            if waited != Waited::Ready {
                continue;
            }
            match self.accept() {
                Accepted::Stream(stream) => return Ok(Some(stream)),
                Accepted::Nothing => {}
                Accepted::Later => {
                    // The end of the pause, or the stop; the loop finds out which.
                    wait::readable(stop, None, Some(PAUSE))?;
                }
            }
        }
    }

    /// After the stop: whoever is in the backlog has finished the handshake, and closing the
    /// listener would reset them. The first `room` of them are returned, to be served; the others
    /// are told that the server is busy. Then the listener is closed, so that the next client is
    /// refused by the kernel.
    pub fn rest(mut self, room: usize) -> Vec<TcpStream> {
        let mut streams = Vec::new();
        while let Accepted::Stream(stream) = self.accept() {
            if streams.len() < room {
                streams.push(stream);
            } else {
                self.refuse(stream);
            }
        }
        streams
    }

    /// Tells a client that there is no room for it. It does not wait: the connection is closed by
    /// [`sweep`](Self::sweep), when the client has read the answer and ended its side, or when its
    /// time is over. Closed at once, with bytes of the client unread, the kernel would send a reset
    /// (RFC 9293 §3.6.1), and the client might never read the answer (RFC 9112 §9.6).
    pub fn refuse(&mut self, mut stream: TcpStream) {
        self.sweep();
        // An empty send buffer takes a line at once; and a client that is gone needs no answer.
        if stream.write_all(BUSY).is_err() || stream.shutdown(Shutdown::Write).is_err() {
            return;
        }
        if self.refused.len() == FAREWELLS {
            self.refused.pop_front();
        }
        self.refused.push_back((Instant::now() + FAREWELL, stream));
    }

    /// Closes the refused connections whose clients are done. To be called whenever
    /// [`timeout`](Self::timeout) is over; more often, it does nothing.
    pub fn sweep(&mut self) {
        let now = Instant::now();
        if now < self.look {
            return;
        }
        self.look = now + LOOK;
        self.refused.retain_mut(|(until, stream)| *until > now && !ended(stream));
    }

    /// When [`sweep`](Self::sweep) has to be called; `None` if there is nothing to do.
    pub fn timeout(&self) -> Option<Duration> {
        let left = self.look.saturating_duration_since(Instant::now());
        (!self.refused.is_empty()).then_some(left)
    }

    /// All descriptors are taken: the client gets the spare one for as long as it takes to say so.
    ///
    /// # Errors
    ///
    /// What `accept` says, if there was no client.
    fn give_the_spare(&mut self) -> io::Result<()> {
        self.refused.clear(); // they hold descriptors too
        self.spare = None;
        let given = self.listener.accept().map(|(mut stream, _)| {
            let told = prepare(&stream).and_then(|()| stream.write_all(BUSY));
            // What it has sent is read, as in `sweep`; what it sends later meets a reset.
            if told.and_then(|()| stream.shutdown(Shutdown::Write)).is_ok() {
                ended(&mut stream);
            }
        });
        self.spare = File::open("/dev/null").ok();
        given
    }
}

/// What `poll` and `epoll` wait for: readable means [`Acceptor::accept`].
impl AsFd for Acceptor {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.listener.as_fd()
    }
}

fn prepare(stream: &TcpStream) -> io::Result<()> {
    stream.set_nonblocking(true)?;
    stream.set_nodelay(true)
}

/// Drops what the client still says; whether it has ended. One read for each look: a client that
/// sends without an end has until its time is over.
fn ended(stream: &mut TcpStream) -> bool {
    let mut unwanted = [0; 16 << 10];
    match stream.read(&mut unwanted) {
        Ok(count) => count == 0,
        Err(error) => {
            !matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
        }
    }
}

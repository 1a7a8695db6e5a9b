//! A [`Race`] with sockets.

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use socket2::{Domain, Socket, Type};

use super::{Race, Step};

/// One address, and what became of it.
#[derive(Debug)]
pub struct Tried {
    /// Where to.
    pub address: SocketAddr,
    /// When the attempt started, counted from the call.
    pub at: Duration,
    /// How it ended.
    pub end: End,
}

/// How an attempt ended.
#[derive(Debug)]
pub enum End {
    /// This is the connection.
    Won,
    /// The kernel said so.
    Failed(io::Error),
    /// Another was faster, or the time was over: the socket was closed.
    Canceled,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Won => write!(f, "connected"),
            Self::Failed(error) => write!(f, "{error}"),
            Self::Canceled => write!(f, "canceled"),
        }
    }
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// There was nothing to try.
    #[error("no address to connect to: look the name up first")]
    NoAddress,
    /// Each attempt has failed by itself.
    #[error("none of {} addresses answers: {}", .0.len(), list(.0))]
    AllFailed(Vec<Tried>),
    /// The limit came first.
    #[error("no connection in time: {}", list(.0))]
    TimedOut(Vec<Tried>),
    /// No `poll`.
    #[error("cannot wait for sockets: {0}")]
    Poll(io::Error),
}

fn list(tried: &[Tried]) -> String {
    let texts: Vec<_> = tried.iter().map(|one| format!("{}: {}", one.address, one.end)).collect();
    texts.join(", ")
}

/// An attempt under way, as an index into what was tried.
struct Attempt {
    socket: Socket,
    index: usize,
}

// ANCHOR: connect
/// Connects to the first of `addresses` that answers, within `limit`; also returns what was tried.
///
/// # Errors
///
/// [`ConnectError`], with every attempt and its end.
pub fn connect(
    addresses: &[SocketAddr],
    delay: Duration,
    limit: Duration,
) -> Result<(TcpStream, Vec<Tried>), ConnectError> {
    let start = Instant::now();
    let mut race = Race::new(addresses, delay, start);
    let mut open: Vec<Attempt> = Vec::new();
    let mut tried: Vec<Tried> = Vec::new();
    loop {
        let now = Instant::now();
        match race.step(now) {
            Step::Start(address) => {
                let mut end = End::Canceled; // unless it ends otherwise
                match begin(address) {
                    Ok(socket) => open.push(Attempt { socket, index: tried.len() }),
                    Err(error) => {
                        race.failed(address, now);
                        end = End::Failed(error);
                    }
                }
                tried.push(Tried { address, at: now - start, end });
            }
            Step::Wait(until) => {
                let left = limit.saturating_sub(start.elapsed());
                if left.is_zero() {
                    return Err(ConnectError::TimedOut(tried));
                }
                let left = until.map_or(left, |until| left.min(until - now));
                wait(&open, left).map_err(ConnectError::Poll)?;
                if let Some(stream) = take_winner(&mut open, &mut tried, &mut race) {
                    return Ok((stream, tried)); // dropping `open` closes the others
                }
            }
            Step::Lost if tried.is_empty() => return Err(ConnectError::NoAddress),
            Step::Lost => return Err(ConnectError::AllFailed(tried)),
        }
    }
}
// ANCHOR_END: connect

/// Starts to connect, and does not wait.
fn begin(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    match socket.connect(&address.into()) {
        Err(error) if Errno::from_io_error(&error) == Some(Errno::INPROGRESS) => Ok(socket),
        // A signal does not stop it either (POSIX, connect).
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(socket),
        Err(error) => Err(error),
        Ok(()) => Ok(socket),
    }
}

/// Waits until one of them is decided, at most `limit`.
fn wait(open: &[Attempt], limit: Duration) -> io::Result<()> {
    let mut fds: Vec<_> =
        open.iter().map(|attempt| PollFd::new(&attempt.socket, PollFlags::OUT)).collect();
    let limit = Timespec::try_from(limit).ok();
    match poll(&mut fds, limit.as_ref()) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Looks at each: those that failed leave, the first that is connected is the winner.
fn take_winner(open: &mut Vec<Attempt>, tried: &mut [Tried], race: &mut Race) -> Option<TcpStream> {
    let mut index = 0;
    while index < open.len() {
        let Attempt { socket, index: which } = &open[index];
        let one = &mut tried[*which];
        // Both questions: neither an error nor a peer means that it is still under way.
        let error = socket.take_error().unwrap_or_else(Some);
        if let Some(error) = error {
            one.end = End::Failed(error);
            race.failed(one.address, Instant::now());
            open.remove(index);
        } else if socket.peer_addr().is_ok() && socket.set_nonblocking(false).is_ok() {
            one.end = End::Won;
            return Some(open.remove(index).socket.into());
        } else {
            index += 1;
        }
    }
    None
}

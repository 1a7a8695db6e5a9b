//! Standard input and output, and the socket, as things that never make us wait.

use std::io::{self, ErrorKind, IsTerminal, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{FileType, Mode, OFlags, fstat, open};
use socket2::Socket;

/// What a pipe takes without waiting when `poll` calls it writable. POSIX promises 512 at least;
/// Linux has 4,096, macOS 512.
const PIPE_BUF: usize = if cfg!(target_os = "linux") { 4096 } else { 512 };

/// What `poll` says of a standard output that nobody reads: a pipe has an error, and a socket is at
/// its end.
pub(crate) const NOBODY_READS: PollFlags = PollFlags::ERR.union(PollFlags::HUP);

/// Standard input. It is read once after each time that `poll` has called it readable.
#[derive(Debug)]
pub(crate) struct Input(io::Stdin);

impl Input {
    pub(crate) fn new() -> Self {
        Self(io::stdin())
    }
}

impl AsFd for Input {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // Not `Stdin::read`, whose own buffer `poll` knows nothing about.
        Ok(rustix::io::read(&self.0, buffer)?)
    }
}

/// Standard output. `O_NONBLOCK` would change it for everyone who shares it, so we do not set it.
#[derive(Debug)]
pub(crate) struct Output {
    fd: OwnedFd,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A file or a device: a write ends by itself.
    File,
    /// A second description of the same pipe, which is ours, and non-blocking.
    Ours,
    /// A pipe or terminal shared with others: ask first, then write no more than fits.
    Shared,
}

impl Output {
    /// # Errors
    ///
    /// If standard output is not open.
    pub(crate) fn new() -> io::Result<Self> {
        let fd = io::stdout().as_fd().try_clone_to_owned()?;
        let kind = match FileType::from_raw_mode(fstat(&fd)?.st_mode) {
            FileType::RegularFile => Kind::File,
            FileType::CharacterDevice if !fd.is_terminal() => Kind::File,
            _ => Kind::Shared,
        };
        if kind == Kind::Shared
            && let Some(fd) = reopened(&fd)
        {
            return Ok(Self { fd, kind: Kind::Ours });
        }
        Ok(Self { fd, kind })
    }
}

// ANCHOR: reopen
/// The same pipe or terminal through a description of our own, where `O_NONBLOCK` bothers nobody.
fn reopened(fd: &OwnedFd) -> Option<OwnedFd> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let path = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(fd));
    let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    // A socket cannot be opened, and a terminal may belong to somebody else.
    open(path, flags, Mode::empty()).ok()
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut count = bytes.len();
        if self.kind == Kind::Shared {
            let mut fds = [PollFd::new(&self.fd, PollFlags::OUT)];
            poll(&mut fds, Some(&rustix::event::Timespec::default()))?;
            if !fds[0].revents().intersects(PollFlags::OUT | NOBODY_READS) {
                return Err(ErrorKind::WouldBlock.into());
            }
            count = count.min(PIPE_BUF);
        }
        Ok(rustix::io::write(&self.fd, &bytes[..count])?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
// ANCHOR_END: reopen

impl AsFd for Output {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// The socket, which is non-blocking: nobody else has it.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) socket: Socket,
    /// Datagrams have no end: an empty one is a message without bytes.
    pub(crate) datagrams: bool,
}

impl Read for &Peer {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match (&self.socket).read(buffer)? {
            0 if self.datagrams => Err(ErrorKind::WouldBlock.into()),
            count => Ok(count),
        }
    }
}

impl Write for &Peer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (&self.socket).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl AsFd for Peer {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

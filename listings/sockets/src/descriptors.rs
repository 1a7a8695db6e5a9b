//! File descriptors sent over a Unix stream: `SCM_RIGHTS` of `unix(7)`.
//!
//! A descriptor travels beside bytes, at least one, and a reader that asks for bytes alone loses it
//! without a word.
//!
//! ```
//! use std::io::{Read, Seek, Write};
//! use std::os::fd::AsFd;
//! use std::os::unix::net::UnixStream;
//!
//! use sockets::descriptors::{receive, send};
//!
//! let (here, there) = UnixStream::pair()?;
//! send(&here, b"x", &[here.as_fd()])?;
//! let mut byte = [0];
//! let (length, mut descriptors) = receive(&there, &mut byte)?;
//! let mut also_here = UnixStream::from(descriptors.remove(0));
//! also_here.write_all(b"hello")?;
//! # assert_eq!(length, 1);
//! # let mut hello = [0; 5];
//! # (&there).read_exact(&mut hello)?;
//! # assert_eq!(&hello, b"hello");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::io::{self, IoSlice, IoSliceMut, Write};
use std::mem::MaybeUninit;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

use rustix::cmsg_space;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use thiserror::Error;

/// How many descriptors one message of [`send`] and [`receive`] has at most. Linux takes 253.
pub const MOST: usize = 4;

/// Why no descriptors came.
#[derive(Debug, Error)]
pub enum ReceiveError {
    /// More came than there was room for. Those that fitted are closed again: half of a message is
    /// of no use, and nobody else would close them.
    #[error("more than {MOST} descriptors came with one message; send fewer")]
    TooMany,
    /// The system call failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

// ANCHOR: send
/// Sends `bytes` and, with the first of them, `descriptors`. The caller keeps its own.
///
/// # Errors
///
/// `InvalidInput` if there are no bytes or more than [`MOST`] descriptors; else as `sendmsg`.
pub fn send(stream: &UnixStream, bytes: &[u8], descriptors: &[BorrowedFd<'_>]) -> io::Result<()> {
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(MOST))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    let fits = control.push(SendAncillaryMessage::ScmRights(descriptors));
    if bytes.is_empty() || !fits {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let sent = sendmsg(stream, &[IoSlice::new(bytes)], &mut control, SendFlags::empty())?;
    // The descriptors have left with the first byte; of the bytes, some may be left.
    (&*stream).write_all(&bytes[sent..])
}
// ANCHOR_END: send

// ANCHOR: receive
/// Receives up to `buffer.len()` bytes, as one `read` would, and the descriptors that came with
/// them. They are not handed on to programs that this one starts.
///
/// # Errors
///
/// [`ReceiveError::TooMany`], or as `recvmsg`.
pub fn receive(
    stream: &UnixStream,
    buffer: &mut [u8],
) -> Result<(usize, Vec<OwnedFd>), ReceiveError> {
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(MOST))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let message = recvmsg(stream, &mut [IoSliceMut::new(buffer)], &mut control, CLOSE_ON_EXEC)
        .map_err(io::Error::from)?;
    let mut descriptors = Vec::new();
    for part in control.drain() {
        if let RecvAncillaryMessage::ScmRights(came) = part {
            descriptors.extend(came);
        }
    }
    // The room is rounded up, so some that are too many may still fit.
    if message.flags.contains(ReturnFlags::CTRUNC) || descriptors.len() > MOST {
        // What has come is ours, and is closed here.
        return Err(ReceiveError::TooMany);
    }
    Ok((message.bytes, descriptors))
}
// ANCHOR_END: receive

#[cfg(target_os = "linux")]
const CLOSE_ON_EXEC: RecvFlags = RecvFlags::CMSG_CLOEXEC;
/// Elsewhere it would take a second call, in between which another thread may start a program.
#[cfg(not(target_os = "linux"))]
const CLOSE_ON_EXEC: RecvFlags = RecvFlags::empty();

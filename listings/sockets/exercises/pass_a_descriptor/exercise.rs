//! Exercise: all the descriptors of a message, or an error, and none left open.

use std::io::{self, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};

// ANCHOR: exercise
/// Receives up to `buffer.len()` bytes and the descriptors that came with them, at most `most`.
///
/// More than `most` are `InvalidData`, and then none of them stays open.
pub(crate) fn receive(
    stream: &UnixStream,
    buffer: &mut [u8],
    _most: usize,
) -> io::Result<(usize, Vec<OwnedFd>)> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let parts = &mut [IoSliceMut::new(buffer)];
    let message = recvmsg(stream, parts, &mut control, RecvFlags::empty())?;
    let mut descriptors = Vec::new();
    for part in control.drain() {
        if let RecvAncillaryMessage::ScmRights(came) = part {
            descriptors.extend(came);
        }
    }
    Ok((message.bytes, descriptors))
}
// ANCHOR_END: exercise

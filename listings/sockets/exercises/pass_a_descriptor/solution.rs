//! Solution: room for `most`, and two looks at whether there were more. The kernel says that
//! something was cut off; but the room is rounded up, and what fits into it is not cut off.

use std::io::{self, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, recvmsg};

// ANCHOR: solution
/// Receives up to `buffer.len()` bytes and the descriptors that came with them, at most `most`.
///
/// More than `most` are `InvalidData`, and then none of them stays open.
pub(crate) fn receive(
    stream: &UnixStream,
    buffer: &mut [u8],
    most: usize,
) -> io::Result<(usize, Vec<OwnedFd>)> {
    let mut space = vec![MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(most))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let parts = &mut [IoSliceMut::new(buffer)];
    let message = recvmsg(stream, parts, &mut control, RecvFlags::empty())?;
    let mut descriptors = Vec::new();
    for part in control.drain() {
        if let RecvAncillaryMessage::ScmRights(came) = part {
            descriptors.extend(came);
        }
    }
    if message.flags.contains(ReturnFlags::CTRUNC) || descriptors.len() > most {
        // Those that came are closed with the vector.
        return Err(io::ErrorKind::InvalidData.into());
    }
    Ok((message.bytes, descriptors))
}
// ANCHOR_END: solution

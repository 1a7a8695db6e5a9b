//! `cargo test -p sockets --test pass_a_descriptor`

#[cfg_attr(feature = "solutions", path = "solution.rs")]
#[cfg_attr(not(feature = "solutions"), path = "exercise.rs")]
mod exercise;

use std::io::{self, IoSlice, PipeReader, PipeWriter, Read, Write, pipe};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use exercise::receive;
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use testkit::within;

const LIMIT: Duration = Duration::from_secs(10);

/// A stream on whose other end a byte and the writing ends of `count` pipes wait; the reading ends
/// are ours.
fn sent(count: usize) -> (UnixStream, Vec<PipeReader>) {
    let (here, there) = UnixStream::pair().unwrap();
    let (readers, writers): (Vec<_>, Vec<PipeWriter>) = (0..count).map(|_| pipe().unwrap()).unzip();
    let descriptors: Vec<BorrowedFd<'_>> = writers.iter().map(AsFd::as_fd).collect();
    let mut space = vec![MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(count))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    assert!(count == 0 || control.push(SendAncillaryMessage::ScmRights(&descriptors)));
    sendmsg(&here, &[IoSlice::new(b"x")], &mut control, SendFlags::empty()).unwrap();
    (there, readers)
}

fn whole(count: usize, most: usize) {
    within(LIMIT, "a message with descriptors", move || {
        let (stream, readers) = sent(count);
        let mut buffer = [0; 8];
        let (length, descriptors) = receive(&stream, &mut buffer, most).unwrap();
        assert_eq!(&buffer[..length], b"x");
        assert_eq!(descriptors.len(), count);
        for (mut reader, descriptor) in readers.into_iter().zip(descriptors) {
            PipeWriter::from(descriptor).write_all(b"through").unwrap();
            let mut text = String::new();
            reader.read_to_string(&mut text).unwrap();
            assert_eq!(text, "through");
        }
    });
}

fn too_many(count: usize, most: usize) {
    within(LIMIT, "a message with too many descriptors", move || {
        let (stream, readers) = sent(count);
        let error = receive(&stream, &mut [0; 8], most).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        for mut reader in readers {
            // The end comes when the last writing end is closed, wherever it is.
            assert_eq!(reader.read(&mut [0]).unwrap(), 0);
        }
    });
}

#[test]
fn bytes_come_without_descriptors() {
    whole(0, 4);
}

#[test]
fn one_descriptor_comes() {
    whole(1, 1);
}

#[test]
fn as_many_as_allowed_come() {
    whole(4, 4);
    whole(7, 7);
    whole(3, 10);
}

#[test]
fn far_too_many_are_refused_and_closed() {
    too_many(20, 4);
    too_many(20, 1);
}

#[test]
fn one_too_many_is_refused_and_closed() {
    for most in 1..=8 {
        too_many(most + 1, most);
    }
}

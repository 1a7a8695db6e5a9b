//! Exercise: the answer is the last head, and not the first one.

use std::io::{self, BufRead, Read};

/// More interim responses than this before the final one are an error: a server must not keep a
/// client waiting forever with promises.
pub(crate) const MAX_INTERIM: usize = 16;

/// The most that a head may have, in bytes.
pub(crate) const MAX_HEAD: u64 = 8192;

// ANCHOR: exercise
/// Reads the response to a request up to its content, and returns its status.
///
/// Interim responses (RFC 9110 §15.2) come before it. They are none of the caller's business, with
/// one exception: after 101 the connection speaks another protocol, so that is an end as well.
pub(crate) fn final_status(stream: &mut impl BufRead) -> io::Result<u16> {
    read_head(stream)
}
// ANCHOR_END: exercise

/// Reads a head, its empty line included, and returns its status.
fn read_head(stream: &mut impl BufRead) -> io::Result<u16> {
    let mut head = stream.take(MAX_HEAD);
    let mut status_line = String::new();
    head.read_line(&mut status_line)?;
    let status = status_line.split(' ').nth(1).and_then(|code| code.parse().ok());
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        if head.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    status.ok_or_else(|| io::Error::other("no status"))
}

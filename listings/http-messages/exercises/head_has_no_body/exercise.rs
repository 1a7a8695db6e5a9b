//! Exercise: a response whose Content-Length is no promise of content.

use std::io::{self, BufRead, Read};

/// The most that a head may have, in bytes.
const MAX_HEAD: u64 = 8192;

/// The most content that is taken, in bytes.
pub(crate) const MAX_CONTENT: u64 = 1 << 20;

#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) content: Vec<u8>,
}

// ANCHOR: exercise
/// Reads the response to a request with this method, and nothing of what may come after it on the
/// same connection.
pub(crate) fn read_response(method: &str, stream: &mut impl BufRead) -> io::Result<Response> {
    let (status, length) = read_head(stream)?;
    let _ = method;
    // Without a length the content goes on to the end of the stream (RFC 9112 §6.3).
    let mut content = Vec::new();
    stream.take(length.unwrap_or(MAX_CONTENT)).read_to_end(&mut content)?;
    Ok(Response { status, content })
}
// ANCHOR_END: exercise

/// Reads a head, its empty line included. Returns its status and its Content-Length.
fn read_head(stream: &mut impl BufRead) -> io::Result<(u16, Option<u64>)> {
    let mut head = stream.take(MAX_HEAD);
    let mut status_line = String::new();
    head.read_line(&mut status_line)?;
    let status = status_line.split(' ').nth(1).and_then(|code| code.parse().ok());
    let (mut length, mut line) = (None, String::new());
    while line != "\r\n" {
        line.clear();
        if head.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if let Some(value) = line.strip_prefix("Content-Length:") {
            length = Some(value.trim().parse().map_err(io::Error::other)?);
        }
    }
    if length.is_some_and(|length| length > MAX_CONTENT) {
        return Err(io::Error::other("too much content"));
    }
    status.map(|status| (status, length)).ok_or_else(|| io::Error::other("no status"))
}

//! Solution: what the client says is only a claim; what it sent is not.

use udp_dns::message::{Message, TooLong};

// ANCHOR: solution
/// How many times as long as the request an answer may be.
pub(crate) const FACTOR: usize = 3;

/// The bytes to send over UDP. `whole` is the answer to `question`, which came in `request_length`
/// bytes.
pub(crate) fn over_udp(
    question: &Message,
    request_length: usize,
    whole: &Message,
) -> Result<Vec<u8>, TooLong> {
    // RFC 6891 §6.2.3: less than 512 means 512.
    let theirs = question.edns.as_ref().map_or(512, |edns| usize::from(edns.udp_size).max(512));
    // More than 1232 bytes may need fragments. TC says that records are missing, and to ask over TCP.
    let limit = theirs.min(1232).min(FACTOR * request_length);
    whole.encode(limit)
}
// ANCHOR_END: solution

//! Exercise: an answer over UDP that is worth its request.

use udp_dns::message::{Message, TooLong};

// ANCHOR: exercise
/// How many times as long as the request an answer may be.
pub(crate) const FACTOR: usize = 3;

/// The bytes to send over UDP. `whole` is the answer to `question`, which came in `request_length`
/// bytes.
pub(crate) fn over_udp(
    question: &Message,
    request_length: usize,
    whole: &Message,
) -> Result<Vec<u8>, TooLong> {
    let _ = request_length;
    // As much as the client says it takes.
    let limit = question.edns.as_ref().map_or(512, |edns| edns.udp_size);
    whole.encode(limit.into())
}
// ANCHOR_END: exercise

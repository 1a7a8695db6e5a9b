//! Exercise: a client that asks whether what it has is still current.

use http_messages::{Fields, Status};

/// A response that the client keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) fields: Fields,
    pub(crate) content: Vec<u8>,
}

// ANCHOR: exercise
/// The client has `stored` and has asked for it again with `If-None-Match`. What does it keep after
/// this response?
pub(crate) fn keep(_stored: Stored, _status: Status, fields: Fields, content: Vec<u8>) -> Stored {
    // The latest response is the current one.
    Stored { fields, content }
}
// ANCHOR_END: exercise

//! Solution: a 304 renews what is stored, an error leaves it alone, anything else takes its place.

use http_messages::{Class, Fields, Status};

/// A response that the client keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) fields: Fields,
    pub(crate) content: Vec<u8>,
}

// ANCHOR: solution
/// The client has `stored` and has asked for it again with `If-None-Match`. What does it keep after
/// this response?
pub(crate) fn keep(stored: Stored, status: Status, fields: Fields, content: Vec<u8>) -> Stored {
    if status == Status::NOT_MODIFIED {
        return renewed(stored, &fields);
    }
    match status.class() {
        // It says something about the server, and nothing about the resource.
        Class::ServerError => stored,
        _ => Stored { fields, content },
    }
}

/// The content stays, with what describes it; all else is as the 304 says (RFC 9111 §3.2).
fn renewed(mut stored: Stored, fields: &Fields) -> Stored {
    const ABOUT_CONTENT: [&str; 3] = ["Content-Length", "Content-Encoding", "Content-Range"];
    let is_new = |name: &str| !ABOUT_CONTENT.iter().any(|about| about.eq_ignore_ascii_case(name));
    // First all of them out, then all in: a field may come several times.
    for (name, _) in fields.iter().filter(|(name, _)| is_new(name)) {
        stored.fields.remove(name);
    }
    for (name, value) in fields.iter().filter(|(name, _)| is_new(name)) {
        // It has come in a field, so it fits into one.
        let _ = stored.fields.append(name, value);
    }
    stored
}
// ANCHOR_END: solution

//! Exercise: go on with a download, or begin again?

/// What the server has now.
pub(crate) struct Representation {
    /// With its quotes, and `W/` if it is weak.
    pub(crate) etag: &'static str,
    pub(crate) content: &'static str,
}

// ANCHOR: exercise
/// The answer to `GET` with `Range: bytes=FROM-` and this `If-Range`: status and content. It is 206
/// with the rest if the client's beginning is the beginning of this representation, and 200 with
/// everything if not (RFC 9110 §13.1.5).
pub(crate) fn answer(now: &Representation, from: usize, if_range: &str) -> (u16, &'static str) {
    let opaque = |tag: &str| tag.trim_start_matches("W/").to_string();
    if opaque(if_range) == opaque(now.etag) {
        (206, &now.content[from..])
    } else {
        (200, now.content)
    }
}
// ANCHOR_END: exercise

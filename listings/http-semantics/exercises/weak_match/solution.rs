//! Solution: only a strong tag promises the same bytes.

/// What the server has now.
pub(crate) struct Representation {
    /// With its quotes, and `W/` if it is weak.
    pub(crate) etag: &'static str,
    pub(crate) content: &'static str,
}

// ANCHOR: solution
/// The answer to `GET` with `Range: bytes=FROM-` and this `If-Range`: status and content. It is 206
/// with the rest if the client's beginning is the beginning of this representation, and 200 with
/// everything if not (RFC 9110 §13.1.5).
pub(crate) fn answer(now: &Representation, from: usize, if_range: &str) -> (u16, &'static str) {
    // A weak tag promises the same meaning. Half of one and half of another has none.
    let strong = now.etag.starts_with('"');
    if strong && if_range == now.etag { (206, &now.content[from..]) } else { (200, now.content) }
}
// ANCHOR_END: solution

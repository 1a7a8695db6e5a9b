//! Exercise: with which requests does a cookie travel?

/// The `SameSite` attribute as the jar holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SameSite {
    Strict,
    Lax,
    None,
    /// It was left out, or had a value that nobody knows.
    Unset,
}

/// What caused a request, and what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    /// A page of the same site caused it, or the user typed the address.
    pub(crate) same_site: bool,
    /// It replaces the page in the address bar: a link or a form, not an image, a frame or a fetch.
    pub(crate) top_level: bool,
    /// The method is GET, HEAD, OPTIONS or TRACE.
    pub(crate) safe: bool,
}

// ANCHOR: exercise
/// Whether a cookie that was made `age` seconds ago goes with this request
/// (RFC 10025 §5.6.7.1, §5.6.7.2, §5.8.3).
pub(crate) fn is_sent(attribute: SameSite, age: u64, request: Request) -> bool {
    let _ = age;
    match attribute {
        SameSite::Strict => request.same_site,
        SameSite::Lax | SameSite::Unset => request.same_site || request.safe,
        SameSite::None => true,
    }
}
// ANCHOR_END: exercise

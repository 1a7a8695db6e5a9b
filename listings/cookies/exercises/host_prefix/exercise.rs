//! Exercise: a name that only this host, on a secure channel, can have set.

/// What a `Set-Cookie` field asks for, after parsing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    /// Empty if the field had no `=`, or nothing before it.
    pub(crate) name: &'a str,
    #[allow(dead_code, reason = "not looked at, so far")]
    pub(crate) value: &'a str,
    /// The `Domain` attribute.
    pub(crate) domain: Option<&'a str>,
    /// The `Path` attribute. Without it the path is the request's directory, which is often `/`.
    pub(crate) path: Option<&'a str>,
    pub(crate) secure: bool,
}

// ANCHOR: exercise
/// Whether the prefixes of the name allow the cookie (RFC 10025 §4.1.3, §5.7). `trusted` says that
/// the answer came over https.
pub(crate) fn prefixes_allow(cookie: Wanted<'_>, trusted: bool) -> bool {
    if cookie.name.starts_with("__Host-") {
        let whole_site = cookie.path.is_none_or(|path| path == "/");
        return trusted && cookie.secure && cookie.domain.is_none() && whole_site;
    }
    if cookie.name.starts_with("__Secure-") {
        return trusted && cookie.secure;
    }
    true
}
// ANCHOR_END: exercise

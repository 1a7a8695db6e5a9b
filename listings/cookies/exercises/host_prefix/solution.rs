//! Solution: in any case of letters, with every condition, and not by way of the value.

/// What a `Set-Cookie` field asks for, after parsing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    /// Empty if the field had no `=`, or nothing before it.
    pub(crate) name: &'a str,
    pub(crate) value: &'a str,
    /// The `Domain` attribute.
    pub(crate) domain: Option<&'a str>,
    /// The `Path` attribute. Without it the path is the request's directory, which is often `/`.
    pub(crate) path: Option<&'a str>,
    pub(crate) secure: bool,
}

// ANCHOR: solution
/// Whether the prefixes of the name allow the cookie (RFC 10025 §4.1.3, §5.7). `trusted` says that
/// the answer came over https.
pub(crate) fn prefixes_allow(cookie: Wanted<'_>, trusted: bool) -> bool {
    // A cookie without a name goes out as its value alone: `Cookie: __Host-id=x`, to the server
    // the same bytes as a cookie with that name.
    if cookie.name.is_empty() {
        return !has_prefix(cookie.value, "__Host-") && !has_prefix(cookie.value, "__Secure-");
    }
    let secure = trusted && cookie.secure;
    if has_prefix(cookie.name, "__Host-") {
        return secure && cookie.domain.is_none() && cookie.path == Some("/");
    }
    secure || !has_prefix(cookie.name, "__Secure-")
}

/// Some servers do not tell `__host-id` from `__Host-id`, so a user agent must not either.
fn has_prefix(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}
// ANCHOR_END: solution

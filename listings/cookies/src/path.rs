//! Paths: which part of a site a cookie is for (RFC 10025 §5.1.4).
//!
//! A path narrows where a cookie is *sent*. It protects nothing: pages of one host can read each
//! other whatever their paths are (RFC 10025 §8.5).

// ANCHOR: path
/// Where a cookie belongs whose `Set-Cookie` names no path: the folder of the request's path.
///
/// `/docs/intro` gives `/docs`, and so does `/docs/`. `/intro` gives `/`.
#[must_use]
pub fn default_path(request_path: &[u8]) -> &[u8] {
    match request_path.iter().rposition(|byte| *byte == b'/') {
        Some(last) if last > 0 && request_path[0] == b'/' => &request_path[..last],
        _ => b"/",
    }
}

/// Whether a cookie for `cookie_path` is for `request_path` too: it is the same, or a folder above.
///
/// `/docs` is for `/docs` and `/docs/intro`, and not for `/docsearch`. Nothing is decoded or
/// resolved: `/%64ocs` is another path.
#[must_use]
pub fn path_match(request_path: &[u8], cookie_path: &[u8]) -> bool {
    match request_path.strip_prefix(cookie_path) {
        Some(rest) => rest.is_empty() || cookie_path.ends_with(b"/") || rest[0] == b'/',
        None => false,
    }
}
// ANCHOR_END: path

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_paths() {
        for (request, default) in [
            ("/", "/"),
            ("/intro", "/"),
            ("/docs/", "/docs"),
            ("/docs/intro", "/docs"),
            ("/docs/a/b", "/docs/a"),
            ("//", "/"),
            ("", "/"),
            ("*", "/"),
            ("no/slash/first", "/"),
        ] {
            assert_eq!(default_path(request.as_bytes()), default.as_bytes(), "{request}");
        }
    }

    #[test]
    fn matches() {
        for (request, cookie, expected) in [
            ("/", "/", true),
            ("/docs", "/", true),
            ("/docs", "/docs", true),
            ("/docs/", "/docs", true),
            ("/docs/intro", "/docs", true),
            ("/docs/intro", "/docs/", true),
            ("/docs", "/docs/", false),
            ("/docsearch", "/docs", false),
            ("/Docs", "/docs", false),
            ("/%64ocs", "/docs", false),
            ("/", "/docs", false),
        ] {
            let result = path_match(request.as_bytes(), cookie.as_bytes());
            assert_eq!(result, expected, "{request} {cookie}");
        }
    }
}

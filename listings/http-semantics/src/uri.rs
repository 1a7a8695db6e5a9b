//! URI references and where they lead ([RFC 3986] §5): `Location` and `Content-Location` may be
//! relative.
//!
//! It leaves out percent-encoding and everything else that would change what a component says.
//!
//! [RFC 3986]: https://www.rfc-editor.org/rfc/rfc3986#section-5

/// The components of a URI reference ([RFC 3986] §3), without their delimiters. Absent and empty
/// differ: `?` alone is an empty query.
///
/// [RFC 3986]: https://www.rfc-editor.org/rfc/rfc3986#section-3
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts<'a> {
    pub scheme: Option<&'a str>,
    pub authority: Option<&'a str>,
    pub path: &'a str,
    pub query: Option<&'a str>,
    pub fragment: Option<&'a str>,
}

impl<'a> Parts<'a> {
    /// Splits without judging, as the expression in [RFC 3986] Appendix B does.
    ///
    /// [RFC 3986]: https://www.rfc-editor.org/rfc/rfc3986#appendix-B
    pub fn split(reference: &'a str) -> Self {
        let (rest, fragment) = cut(reference, '#');
        let (rest, query) = cut(rest, '?');
        let (scheme, rest) = match rest.split_once(':') {
            Some((scheme, rest)) if is_scheme(scheme) => (Some(scheme), rest),
            _ => (None, rest),
        };
        let (authority, path) = match rest.strip_prefix("//") {
            Some(rest) => {
                let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
                (Some(authority), path)
            }
            None => (None, rest),
        };
        Self { scheme, authority, path, query, fragment }
    }
}

fn cut(text: &str, at: char) -> (&str, Option<&str>) {
    text.split_once(at).map_or((text, None), |(before, after)| (before, Some(after)))
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
}

/// Whether there is nothing in it that ends a request line or that a browser would strip: no white
/// space and no control characters.
pub fn is_clean(reference: &str) -> bool {
    reference.bytes().all(|byte| byte > b' ' && byte != 0x7f)
}

/// What `reference` means at `base`, an absolute URI ([RFC 3986] §5.2.2); `None` if `base` is not
/// absolute.
///
/// [RFC 3986]: https://www.rfc-editor.org/rfc/rfc3986#section-5.2.2
pub fn resolve(base: &str, reference: &str) -> Option<String> {
    let (base, r) = (Parts::split(base), Parts::split(reference));
    let scheme = r.scheme.or(base.scheme)?;
    let (authority, path, query) = if r.scheme.is_some() || r.authority.is_some() {
        (r.authority, remove_dot_segments(r.path), r.query)
    } else if r.path.is_empty() {
        (base.authority, base.path.to_string(), r.query.or(base.query))
    } else if r.path.starts_with('/') {
        (base.authority, remove_dot_segments(r.path), r.query)
    } else {
        (base.authority, remove_dot_segments(&merge(&base, r.path)), r.query)
    };
    let mut uri = format!("{scheme}:");
    for (before, part) in [("//", authority), ("", Some(&*path)), ("?", query), ("#", r.fragment)] {
        if let Some(part) = part {
            uri.extend([before, part]);
        }
    }
    Some(uri)
}

/// Puts a relative path in the place of the base's last segment (§5.2.3).
fn merge(base: &Parts<'_>, path: &str) -> String {
    match base.path.rfind('/') {
        Some(end) => format!("{}{path}", &base.path[..=end]),
        None if base.authority.is_some() => format!("/{path}"),
        None => path.to_string(),
    }
}

/// Takes out `.` and `..` (§5.2.4); `..` at the top stays there.
fn remove_dot_segments(path: &str) -> String {
    let mut output: Vec<&str> = Vec::new();
    let segments: Vec<_> = path.split('/').collect();
    let (absolute, last) = (path.starts_with('/'), segments.len() - 1);
    for (index, segment) in segments.into_iter().enumerate().skip(usize::from(absolute)) {
        match segment {
            "." | ".." => {
                if segment == ".." {
                    output.pop();
                }
                if index == last {
                    output.push("");
                }
            }
            _ => output.push(segment),
        }
    }
    format!("{}{}", if absolute { "/" } else { "" }, output.join("/"))
}

/// Whether two absolute `http` URIs have the same scheme, host and port ([RFC 9110] §4.3.1).
///
/// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110#section-4.3.1
pub fn same_origin(one: &str, other: &str) -> bool {
    origin(one).is_some_and(|origin_of_one| Some(origin_of_one) == origin(other))
}

/// Scheme, host in lower case, port.
fn origin(uri: &str) -> Option<(String, String, u16)> {
    let parts = Parts::split(uri);
    let scheme = parts.scheme?.to_ascii_lowercase();
    let authority = parts.authority?;
    let host_port = authority.rsplit_once('@').map_or(authority, |(_, host_port)| host_port);
    let (host, port) = match host_port.rsplit_once(':') {
        // The colons of an IPv6 address stand inside brackets.
        Some((host, port)) if !port.contains(']') => (host, port),
        _ => (host_port, ""),
    };
    let port = match (port, &*scheme) {
        ("", "http") => 80,
        ("", "https") => 443,
        (port, _) => port.parse().ok()?,
    };
    Some((scheme, host.to_ascii_lowercase(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_rfc_3986() {
        // §5.4.1 and §5.4.2, the strict column.
        for (reference, expected) in [
            ("g:h", "g:h"),
            ("g", "http://a/b/c/g"),
            ("./g", "http://a/b/c/g"),
            ("g/", "http://a/b/c/g/"),
            ("/g", "http://a/g"),
            ("//g", "http://g"),
            ("?y", "http://a/b/c/d;p?y"),
            ("g?y", "http://a/b/c/g?y"),
            ("#s", "http://a/b/c/d;p?q#s"),
            ("g#s", "http://a/b/c/g#s"),
            ("g?y#s", "http://a/b/c/g?y#s"),
            (";x", "http://a/b/c/;x"),
            ("g;x", "http://a/b/c/g;x"),
            ("g;x?y#s", "http://a/b/c/g;x?y#s"),
            ("", "http://a/b/c/d;p?q"),
            (".", "http://a/b/c/"),
            ("./", "http://a/b/c/"),
            ("..", "http://a/b/"),
            ("../", "http://a/b/"),
            ("../g", "http://a/b/g"),
            ("../..", "http://a/"),
            ("../../", "http://a/"),
            ("../../g", "http://a/g"),
            ("../../../g", "http://a/g"),
            ("../../../../g", "http://a/g"),
            ("/./g", "http://a/g"),
            ("/../g", "http://a/g"),
            ("g.", "http://a/b/c/g."),
            (".g", "http://a/b/c/.g"),
            ("g..", "http://a/b/c/g.."),
            ("..g", "http://a/b/c/..g"),
            ("./../g", "http://a/b/g"),
            ("./g/.", "http://a/b/c/g/"),
            ("g/./h", "http://a/b/c/g/h"),
            ("g/../h", "http://a/b/c/h"),
            ("g;x=1/./y", "http://a/b/c/g;x=1/y"),
            ("g;x=1/../y", "http://a/b/c/y"),
            ("g?y/./x", "http://a/b/c/g?y/./x"),
            ("g?y/../x", "http://a/b/c/g?y/../x"),
            ("g#s/./x", "http://a/b/c/g#s/./x"),
            ("g#s/../x", "http://a/b/c/g#s/../x"),
            ("http:g", "http:g"),
        ] {
            assert_eq!(resolve("http://a/b/c/d;p?q", reference).as_deref(), Some(expected));
        }
        assert_eq!(resolve("http://a", "g").as_deref(), Some("http://a/g"));
        assert_eq!(resolve("/relative", "g"), None);
    }

    #[test]
    fn origins() {
        for (one, other, same) in [
            ("http://a/x", "http://a/y", true),
            ("http://a", "http://A:80/", true),
            ("http://a:81/", "http://a/", false),
            ("http://a/", "https://a/", false),
            ("http://a/", "http://a.b/", false),
            ("http://user@a/", "http://a/", true),
            ("http://a@b/", "http://a/", false),
            ("http://[::1]/", "http://[::1]:80/", true),
            ("http://[::1]:1/", "http://[::1]/", false),
            ("http://a:port/", "http://a:port/", false),
            ("/x", "/x", false),
        ] {
            assert_eq!(same_origin(one, other), same, "{one} {other}");
        }
    }
}

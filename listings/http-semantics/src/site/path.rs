//! From the path of a request to the name of a file, and not a step outside ([RFC 9110] §17.3).
//!
//! [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110#section-17.3

use std::path::{Path, PathBuf};

/// A decoded path: folders, and a name that is empty if the path ends with a slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Location {
    pub(super) folders: Vec<String>,
    pub(super) name: String,
}

impl Location {
    /// Decodes a path, once, segment by segment. `None` if a segment is not the name of a file:
    /// `..`, however it is written, a slash that hides behind `%2F`, NUL, and names that begin with
    /// a dot.
    pub(super) fn parse(path: &str) -> Option<Self> {
        let mut segments = Vec::new();
        for segment in path.strip_prefix('/')?.split('/') {
            let name = decode(segment)?;
            if name.starts_with('.') || name.contains(['/', '\\', '\0']) {
                return None;
            }
            segments.push(name);
        }
        let name = segments.pop()?;
        // An empty segment in the middle would be another name for the same file.
        (!segments.iter().any(String::is_empty)).then_some(Self { folders: segments, name })
    }

    /// The folder that it is in, without links. `None` if there is none inside `root`.
    pub(super) fn folder(&self, root: &Path) -> Option<PathBuf> {
        let folder: PathBuf = self.folders.iter().fold(root.into(), |path, name| path.join(name));
        inside(root, &folder)
    }
}

/// `path` without links; `None` if it does not exist or leads out of `root`.
pub(super) fn inside(root: &Path, path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok().filter(|real| real.starts_with(root))
}

/// `a%20b` → `a b`; `None` for what is no escape, or not UTF-8.
fn decode(segment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2)?;
        let hex = |digit: u8| char::from(digit).to_digit(16);
        bytes.push((hex(digits[0])? << 4 | hex(digits[1])?) as u8);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

/// The name of a file as a relative reference: everything but unreserved characters escaped.
pub(super) fn encode(name: &str) -> String {
    let escaped = name.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    });
    escaped.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let parsed = |path| {
            let location = Location::parse(path)?;
            Some(format!("{}|{}", location.folders.join("/"), location.name))
        };
        for (path, expected) in [
            ("/", "|"),
            ("/a.txt", "|a.txt"),
            ("/a/b/c.txt", "a/b|c.txt"),
            ("/a/", "a|"),
            ("/%61%20b", "|a b"),
            ("/%E4%B8%AD%e6%96%87", "|中文"),
            // Decoded once, this is the name of a file with percent signs in it.
            ("/%252e%252e", "|%2e%2e"),
            ("/a..b", "|a..b"),
        ] {
            assert_eq!(parsed(path).as_deref(), Some(expected), "{path}");
        }
        for path in [
            "",
            "a",
            "*",
            "/..",
            "/../a",
            "/a/../b",
            "/%2e%2e/a",
            "/.%2E/a",
            "/%2E",
            "/./a",
            "/a%2fb",
            "/a%5cb",
            "/a%00b",
            "/.hidden",
            "/a//b",
            "//a",
            "/%",
            "/%4",
            "/%zz",
            "/%+4",
            "/%ff",
        ] {
            assert_eq!(parsed(path), None, "{path}");
        }
    }

    #[test]
    fn what_is_encoded_decodes() {
        let name = "a b%中/~.txt";
        assert_eq!(encode(name), "a%20b%25%E4%B8%AD%2F~.txt");
        assert_eq!(decode(&encode(name)).as_deref(), Some(name));
    }
}

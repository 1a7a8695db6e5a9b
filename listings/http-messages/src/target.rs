//! Request targets in their four forms (RFC 9112 §3.2).

use std::fmt;

use bytes::Bytes;

use crate::authority::Authority;
use crate::chars::TARGET_BYTES;
use crate::method::Method;
use crate::refusal::Refusal;

/// Which of the four forms a target has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// `/path?query`, to the server that the connection leads to (RFC 9112 §3.2.1).
    Origin,
    /// `http://host/path?query`, to a proxy; every server takes it (RFC 9112 §3.2.2).
    Absolute,
    /// `host:port`, for CONNECT alone (RFC 9112 §3.2.3).
    Authority,
    /// `*`, the server itself, for OPTIONS alone (RFC 9112 §3.2.4).
    Asterisk,
}

/// A request target that is valid for its method.
///
/// Percent-encoding is neither checked nor decoded: `%` may be followed by anything, as browsers
/// send it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Target {
    /// ASCII, checked by [`Target::parse_for`].
    text: Bytes,
    form: Form,
    /// Where the path begins; the end of the text if there is none.
    path: u32,
    /// Where the path ends: at `?` or at the end of the text.
    path_end: u32,
}

impl Target {
    /// Checks a target against the forms that `method` allows.
    pub fn parse_for(method: &Method, text: Bytes) -> Result<Self, Refusal> {
        let (form, path, path_end) = shape(method, &text)?;
        Ok(Self::from_parts(text, (form, path, path_end)))
    }

    /// A target that [`shape`] has found valid.
    pub(crate) fn from_parts(text: Bytes, (form, path, path_end): Shape) -> Self {
        Self { text, form, path, path_end }
    }

    /// Like [`Target::parse_for`], from text that is copied.
    ///
    /// ```
    /// use http_messages::{Method, Target};
    ///
    /// let target = Target::new(&Method::Get, "/where?q=now")?;
    /// assert_eq!((target.path(), target.query()), ("/where", Some("q=now")));
    /// assert!(Target::new(&Method::Get, "/a b").is_err());
    /// # Ok::<(), http_messages::Refusal>(())
    /// ```
    pub fn new(method: &Method, text: &str) -> Result<Self, Refusal> {
        Self::parse_for(method, Bytes::copy_from_slice(text.as_bytes()))
    }

    pub fn form(&self) -> Form {
        self.form
    }

    /// The target as it stands in the request line.
    pub fn as_str(&self) -> &str {
        // It is ASCII, so the default is never taken.
        str::from_utf8(&self.text).unwrap_or_default()
    }

    /// The path, not decoded. `/` if an absolute target has none (RFC 9110 §4.2.3), `*` for the
    /// asterisk form, and empty for the authority form.
    pub fn path(&self) -> &str {
        let path = &self.as_str()[self.path as usize..self.path_end as usize];
        if path.is_empty() && self.form == Form::Absolute { "/" } else { path }
    }

    /// What follows the first `?`, not decoded.
    pub fn query(&self) -> Option<&str> {
        self.as_str().get(self.path_end as usize + 1..)
    }

    /// The host and port that an absolute or an authority form names.
    pub fn authority(&self) -> Option<Authority<'_>> {
        let text = match self.form {
            Form::Absolute => self.as_str()[..self.path as usize].split_once("://")?.1,
            Form::Authority => self.as_str(),
            Form::Origin | Form::Asterisk => return None,
        };
        Authority::parse(text)
    }

    /// The scheme that an absolute form names, as it was written.
    pub fn scheme(&self) -> Option<&str> {
        match self.form {
            Form::Absolute => self.as_str().split_once(':').map(|(scheme, _)| scheme),
            _ => None,
        }
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}({:?})", self.form, self.as_str())
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The form of a target, and where its path begins and ends.
pub(crate) type Shape = (Form, u32, u32);

/// Finds the form of a target and checks it.
pub(crate) fn shape(method: &Method, text: &[u8]) -> Result<Shape, Refusal> {
    if let Some(&byte) = text.iter().find(|byte| !TARGET_BYTES[usize::from(**byte)]) {
        return Err(if byte == b'#' { Refusal::Fragment } else { Refusal::TargetByte(byte) });
    }
    let query = text.iter().position(|&byte| byte == b'?').unwrap_or(text.len());
    match (method, text) {
        (Method::Connect, _) => authority_form(text),
        (_, [b'/', ..]) => Ok((Form::Origin, 0, query as u32)),
        (Method::Options, b"*") => Ok((Form::Asterisk, 0, 1)),
        (_, b"*") => Err(Refusal::Asterisk),
        _ => absolute_form(text, query),
    }
}

fn authority_form(text: &[u8]) -> Result<Shape, Refusal> {
    let end = text.len() as u32;
    let authority = str::from_utf8(text).ok().and_then(Authority::parse);
    match authority.and_then(Authority::port) {
        None | Some(0) => Err(Refusal::ConnectTarget),
        Some(_) => Ok((Form::Authority, end, end)),
    }
}

/// `SCHEME://AUTHORITY[PATH][?QUERY]`. RFC 9112 allows URIs without an authority as well, such as
/// `urn:x:y`; no server could do anything with one.
fn absolute_form(text: &[u8], query: usize) -> Result<Shape, Refusal> {
    let text = str::from_utf8(&text[..query]).map_err(|_| Refusal::TargetForm)?;
    let (scheme, rest) = text.split_once("://").ok_or(Refusal::TargetForm)?;
    if !is_scheme(scheme) {
        return Err(Refusal::TargetForm);
    }
    let authority = rest.split('/').next().unwrap_or_default();
    Authority::parse(authority).ok_or(Refusal::TargetAuthority)?;
    let path = scheme.len() + "://".len() + authority.len();
    Ok((Form::Absolute, path as u32, query as u32))
}

/// RFC 3986 §3.1.
fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(text: &str) -> Result<Target, Refusal> {
        Target::new(&Method::Get, text)
    }

    #[test]
    fn origin_form() {
        let target = get("/a/b?c?d=/e").unwrap();
        assert_eq!(target.form(), Form::Origin);
        assert_eq!((target.path(), target.query()), ("/a/b", Some("c?d=/e")));
        assert_eq!(target.authority(), None);
        assert_eq!(get("/").unwrap().query(), None);
        assert_eq!(get("/?").unwrap().query(), Some(""));
        assert_eq!(get("//a").unwrap().path(), "//a");
        assert_eq!(get("/[a]|^{}`%zz").unwrap().path(), "/[a]|^{}`%zz");
    }

    #[test]
    fn absolute_form() {
        let target = get("http://example.com:8080/a?b").unwrap();
        assert_eq!(target.form(), Form::Absolute);
        assert_eq!((target.path(), target.query()), ("/a", Some("b")));
        assert_eq!(target.authority().unwrap().to_string(), "example.com:8080");
        assert_eq!(target.scheme(), Some("http"));
        let target = get("HTTP://[::1]?q").unwrap();
        assert_eq!((target.path(), target.query()), ("/", Some("q")));
        assert_eq!(target.authority().unwrap().host(), "[::1]");
    }

    #[test]
    fn each_form_has_its_method() {
        let connect = Target::new(&Method::Connect, "example.com:443").unwrap();
        assert_eq!((connect.form(), connect.path()), (Form::Authority, ""));
        assert_eq!(connect.authority().unwrap().port(), Some(443));
        for bad in ["/", "*", "example.com", "example.com:", "example.com:0", "http://a/", "a:80/"]
        {
            assert_eq!(Target::new(&Method::Connect, bad), Err(Refusal::ConnectTarget), "{bad}");
        }
        let options = Target::new(&Method::Options, "*").unwrap();
        assert_eq!((options.form(), options.path(), options.query()), (Form::Asterisk, "*", None));
        assert_eq!(get("*"), Err(Refusal::Asterisk));
    }

    #[test]
    fn what_is_none_of_the_four_is_refused() {
        for (text, refusal) in [
            ("", Refusal::TargetForm),
            ("a", Refusal::TargetForm),
            ("?a", Refusal::TargetForm),
            ("example.com:80", Refusal::TargetForm),
            ("urn:a:b", Refusal::TargetForm),
            ("1http://a/", Refusal::TargetForm),
            ("://a/", Refusal::TargetForm),
            ("**", Refusal::TargetForm),
            ("http://", Refusal::TargetAuthority),
            ("http:///a", Refusal::TargetAuthority),
            ("http://user@a/", Refusal::TargetAuthority),
            ("http://a:b/", Refusal::TargetAuthority),
            ("/a#b", Refusal::Fragment),
            ("/a b", Refusal::TargetByte(b' ')),
            ("/\u{e9}", Refusal::TargetByte(0xc3)),
            ("/\0", Refusal::TargetByte(0)),
            ("/\u{7f}", Refusal::TargetByte(0x7f)),
            ("/\"<", Refusal::TargetByte(b'"')),
        ] {
            assert_eq!(get(text), Err(refusal), "{text:?}");
        }
    }
}

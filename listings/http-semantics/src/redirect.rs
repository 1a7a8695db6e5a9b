//! Redirection ([RFC 9110] §15.4): what a client asks next, where, and with what.
//!
//! | status | method after POST | other methods | content |
//! |---|---|---|---|
//! | 301, 302 | GET, as every browser does | kept | dropped with the POST, else kept |
//! | 303 | GET | GET; HEAD stays HEAD | dropped |
//! | 307, 308 | kept | kept | kept |
//!
//! It leaves out 300, which offers a choice to a person, and 304, which is no redirection to
//! another place. The caller counts: see [`MAX_REDIRECTS`].
//!
//! [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110#section-15.4

use http_messages::{Fields, Method, Status};
use thiserror::Error;

use crate::uri::{self, Parts};

/// After so many redirects for one request a client gives up: they go in a circle, or never end.
/// Browsers have agreed on this number.
pub const MAX_REDIRECTS: usize = 20;

/// Fields that describe content and go where it goes ([RFC 9110] §15.4).
///
/// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110#section-15.4
const ABOUT_CONTENT: &[&str] = &[
    "Content-Encoding",
    "Content-Language",
    "Content-Location",
    "Content-Type",
    "Content-Length",
    "Transfer-Encoding",
    "Digest",
    "Content-Digest",
    "Repr-Digest",
    "Last-Modified",
    "Expect",
];

/// Fields that the new request gets anew, because they belong to one connection or one target.
const MADE_ANEW: &[&str] = &[
    "Host",
    "Connection",
    "Keep-Alive",
    "Proxy-Connection",
    "TE",
    "Trailer",
    "Upgrade",
    "If-Match",
    "If-None-Match",
    "If-Modified-Since",
    "If-Unmodified-Since",
    "If-Range",
];

/// Fields that were meant for one origin alone. Whoever can redirect a request elsewhere must not
/// learn them.
const SECRET: &[&str] = &["Authorization", "Cookie", "Proxy-Authorization", "Origin", "Referer"];

/// A request that may be redirected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub method: Method,
    /// An absolute `http` URI.
    pub uri: String,
    pub fields: Fields,
    /// Whether its content goes with it.
    pub has_content: bool,
}

/// Why a redirect is not followed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Error {
    #[error("{status} without Location: there is nowhere to go")]
    NoLocation { status: u16 },
    #[error("{status} with a Location that is no URI reference: {location:?}")]
    BadLocation { status: u16, location: String },
    #[error("{status} to {uri}: only http URIs are followed here")]
    Scheme { status: u16, uri: String },
}

// ANCHOR: follow
/// The request that follows `request` after a response with `status` and `location`; `None` if
/// that is no redirection.
pub fn follow(
    request: &Request,
    status: Status,
    location: Option<&[u8]>,
) -> Result<Option<Request>, Error> {
    let code = status.code();
    if !matches!(code, 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let uri = target(&request.uri, code, location)?;
    let method = next_method(&request.method, code);
    let keeps_content = method == request.method && code != 303;
    let leaves = !uri::same_origin(&request.uri, &uri);

    let mut fields = request.fields.clone();
    let drop = |fields: &mut Fields, names: &[&str]| {
        for name in names {
            fields.remove(name);
        }
    };
    drop(&mut fields, MADE_ANEW);
    if !keeps_content {
        drop(&mut fields, ABOUT_CONTENT);
    }
    if leaves {
        drop(&mut fields, SECRET);
    }
    let has_content = request.has_content && keeps_content;
    Ok(Some(Request { method, uri, fields, has_content }))
}

/// The method after a redirection (§15.4.2 to §15.4.9).
fn next_method(method: &Method, code: u16) -> Method {
    match (code, method) {
        (303, Method::Head) => Method::Head,
        (303, _) | (301 | 302, Method::Post) => Method::Get,
        _ => method.clone(),
    }
}
// ANCHOR_END: follow

/// Where `Location` leads from `base`, which lends its fragment to one that has none (§10.2.2).
fn target(base: &str, status: u16, location: Option<&[u8]>) -> Result<String, Error> {
    let location = location.ok_or(Error::NoLocation { status })?;
    let bad =
        || Error::BadLocation { status, location: String::from_utf8_lossy(location).into_owned() };
    let reference = str::from_utf8(location).ok().filter(|text| uri::is_clean(text));
    let mut uri = uri::resolve(base, reference.ok_or_else(bad)?).ok_or_else(bad)?;
    let parts = Parts::split(&uri);
    if !parts.scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("http"))
        || parts.authority.is_none_or(str::is_empty)
    {
        return Err(Error::Scheme { status, uri });
    }
    if let (None, Some(fragment)) = (parts.fragment, Parts::split(base).fragment) {
        uri = format!("{uri}#{fragment}");
    }
    Ok(uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post() -> Request {
        let mut fields = Fields::new();
        for (name, value) in [
            ("Host", "a.test"),
            ("Content-Type", "text/plain"),
            ("Authorization", "Basic eDp5"),
            ("Cookie", "id=1"),
            ("Accept", "*/*"),
            ("If-None-Match", "\"1\""),
        ] {
            fields.append(name, value).unwrap();
        }
        Request { method: Method::Post, uri: "http://a.test/x".into(), fields, has_content: true }
    }

    fn followed(request: &Request, code: u16, location: &str) -> Request {
        let status = Status::new(code).unwrap();
        follow(request, status, Some(location.as_bytes())).unwrap().unwrap()
    }

    #[test]
    fn the_method_and_the_content() {
        use Method::{Delete, Get, Head, Post, Put};
        for (code, before, after) in [
            (301, Post, Get),
            (302, Post, Get),
            (303, Post, Get),
            (307, Post, Post),
            (308, Post, Post),
            (301, Put, Put),
            (302, Delete, Delete),
            (303, Put, Get),
            (303, Head, Head),
            (303, Get, Get),
            (307, Put, Put),
            (301, Head, Head),
            (308, Get, Get),
        ] {
            let request = Request { method: before.clone(), ..post() };
            let next = followed(&request, code, "/y");
            assert_eq!(next.method, after, "{code} after {before:?}");
            let kept = before == after && code != 303;
            assert_eq!(next.has_content, kept, "{code} after {before:?}");
            assert_eq!(next.fields.contains("Content-Type"), kept, "{code} after {before:?}");
            assert_eq!(next.uri, "http://a.test/y");
        }
    }

    #[test]
    fn secrets_stay_with_their_origin() {
        let stay = followed(&post(), 307, "/y");
        assert!(stay.fields.contains("Authorization") && stay.fields.contains("Cookie"));
        assert!(followed(&post(), 307, "http://A.TEST:80/").fields.contains("Cookie"));
        for elsewhere in ["http://b.test/", "//b.test/", "http://a.test:8080/", "http://x@b.test/"]
        {
            let next = followed(&post(), 307, elsewhere);
            assert!(!next.fields.contains("Authorization"), "{elsewhere}");
            assert!(!next.fields.contains("Cookie"), "{elsewhere}");
            assert!(next.fields.contains("Accept"), "{elsewhere}");
        }
        assert!(!stay.fields.contains("Host") && !stay.fields.contains("If-None-Match"));
    }

    #[test]
    fn the_fragment_is_inherited() {
        let request = Request { uri: "http://a.test/x#here".into(), ..post() };
        assert_eq!(followed(&request, 301, "/y").uri, "http://a.test/y#here");
        assert_eq!(followed(&request, 301, "/y#there").uri, "http://a.test/y#there");
    }

    #[test]
    fn what_is_not_followed() {
        let ask =
            |code, location: Option<&[u8]>| follow(&post(), Status::new(code).unwrap(), location);
        for code in [200, 201, 300, 304, 305, 404] {
            assert_eq!(ask(code, Some(b"/y")), Ok(None), "{code}");
        }
        assert_eq!(ask(302, None), Err(Error::NoLocation { status: 302 }));
        for location in ["https://a.test/", "ftp://a.test/", "javascript:alert(1)", "http:///x"] {
            let error = ask(302, Some(location.as_bytes())).unwrap_err();
            assert!(matches!(error, Error::Scheme { .. }), "{location}: {error}");
        }
        for location in [&b"/\xff"[..], b"/a b", b"/a\tb"] {
            let error = ask(302, Some(location)).unwrap_err();
            assert!(matches!(error, Error::BadLocation { .. }), "{error}");
        }
    }
}

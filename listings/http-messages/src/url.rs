//! `http` URIs, as a client is given them (RFC 9110 §4.2.1).

use std::fmt;
use std::str::FromStr;

use bytes::Bytes;
use thiserror::Error;

use crate::authority::Authority;
use crate::method::Method;
use crate::refusal::Refusal;
use crate::target::Target;

/// The port of the scheme `http` (RFC 9110 §4.2.1).
pub const DEFAULT_PORT: u16 = 80;

/// An absolute `http` URI: where to connect, and what to ask for there.
///
/// ```
/// use http_messages::HttpUrl;
///
/// let url: HttpUrl = "http://[::1]:8080?q#top".parse()?;
/// assert_eq!((url.host(), url.port()), ("[::1]", 8080));
/// assert_eq!(url.target().as_str(), "/?q");
/// assert_eq!(url.host_field(), "[::1]:8080");
/// assert!("https://example.com/".parse::<HttpUrl>().is_err());
/// # Ok::<(), http_messages::InvalidUrl>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpUrl {
    host: String,
    port: u16,
    target: Target,
}

/// Why a text is no URL that can be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidUrl {
    #[error("a URL begins with http://, for example http://127.0.0.1:8000/")]
    Scheme,
    #[error("https needs TLS, which this client does not speak; use http://")]
    Https,
    #[error("a URL with a user name or password (user@host) is not accepted (RFC 9110 §4.2.4)")]
    UserInfo,
    #[error("the host or port is invalid; write http://HOST:PORT/PATH, IPv6 as http://[::1]:PORT/")]
    Authority,
    #[error("the path or query is invalid: {0}")]
    Target(Refusal),
}

impl HttpUrl {
    /// The host as it was written, an IPv6 address with its brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The host without the brackets of an IPv6 address, as name resolution wants it.
    pub fn host_name(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Path and query in origin form.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The value of `Host`: without the port if it is the default one (RFC 9110 §7.2).
    pub fn host_field(&self) -> String {
        match self.port {
            DEFAULT_PORT => self.host.clone(),
            port => format!("{}:{port}", self.host),
        }
    }
}

impl FromStr for HttpUrl {
    type Err = InvalidUrl;

    fn from_str(text: &str) -> Result<Self, InvalidUrl> {
        // The fragment is for whoever has the page; it is not sent (RFC 9110 §4.2.5).
        let text = text.split('#').next().unwrap_or_default();
        let (scheme, rest) = text.split_once("://").ok_or(InvalidUrl::Scheme)?;
        if scheme.eq_ignore_ascii_case("https") {
            return Err(InvalidUrl::Https);
        }
        if !scheme.eq_ignore_ascii_case("http") {
            return Err(InvalidUrl::Scheme);
        }
        let (authority, rest) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err(InvalidUrl::UserInfo);
        }
        let authority = Authority::parse(authority).ok_or(InvalidUrl::Authority)?;
        let slash = if rest.starts_with('/') { "" } else { "/" };
        let target = Target::parse_for(&Method::Get, Bytes::from(format!("{slash}{rest}")))
            .map_err(InvalidUrl::Target)?;
        let port = authority.port().unwrap_or(DEFAULT_PORT);
        Ok(Self { host: authority.host().to_owned(), port, target })
    }
}

impl fmt::Display for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}{}", self.host_field(), self.target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        for (text, shown) in [
            ("http://example.com", "http://example.com/"),
            ("HTTP://Example.com:80/", "http://Example.com/"),
            ("http://a:81/b?c=d#e", "http://a:81/b?c=d"),
            ("http://a?b/c", "http://a/?b/c"),
            ("http://a:/", "http://a/"),
            ("http://[2001:db8::1]:8080/x", "http://[2001:db8::1]:8080/x"),
        ] {
            assert_eq!(text.parse::<HttpUrl>().unwrap().to_string(), shown);
        }
    }

    #[test]
    fn no_urls() {
        for (text, error) in [
            ("", InvalidUrl::Scheme),
            ("example.com", InvalidUrl::Scheme),
            ("/a", InvalidUrl::Scheme),
            ("ftp://a/", InvalidUrl::Scheme),
            ("https://a/", InvalidUrl::Https),
            ("http://", InvalidUrl::Authority),
            ("http://:80/", InvalidUrl::Authority),
            ("http://a:99999/", InvalidUrl::Authority),
            ("http://a b/", InvalidUrl::Authority),
            ("http://u:p@a/", InvalidUrl::UserInfo),
            ("http://a/b c", InvalidUrl::Target(Refusal::TargetByte(b' '))),
            ("http://a/\r\nX:y", InvalidUrl::Target(Refusal::TargetByte(b'\r'))),
        ] {
            assert_eq!(text.parse::<HttpUrl>(), Err(error), "{text:?}");
        }
        // An `@` after the authority is an ordinary character.
        assert!("http://a/@b".parse::<HttpUrl>().is_ok());
    }
}

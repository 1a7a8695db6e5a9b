//! As much of a URI as decides about cookies.

use std::fmt;

use crate::domain::{Host, InvalidHost};

/// The longest URI read (what most servers accept as a request target).
const MAX_URI: usize = 8192;

/// The scheme of a URI that cookies exist for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    Http,
    Https,
}

/// The request-uri of RFC 10025: scheme, host, port and path of an `http` or `https` URI.
///
/// The query decides nothing, and the port nearly nothing: cookies are not kept apart by ports
/// (RFC 10025 §8.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uri {
    scheme: Scheme,
    host: Host,
    port: Option<u16>,
    path: String,
}

/// Why a text is no `http` or `https` URI.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidUri {
    #[error("{0:?} is no URI for cookies: begin it with http:// or https://")]
    Scheme(String),
    #[error(transparent)]
    Host(#[from] InvalidHost),
    #[error("{0:?} is no port: a number from 1 to 65535")]
    Port(String),
    #[error("a user name in a URI is deprecated (RFC 9110 §4.2.4): leave out what is before '@'")]
    Userinfo,
    #[error("the URI has a space or a control character: write it as %20, %0A, …")]
    Character,
    #[error("the URI is longer than {MAX_URI} bytes")]
    TooLong,
}

impl Uri {
    /// Reads an absolute URI. The query and the fragment are dropped, the path stays as it is: RFC
    /// 10025 §5.1.4 compares it octet by octet.
    ///
    /// # Errors
    ///
    /// Another scheme, no host, and whatever [`InvalidUri`] lists.
    pub fn parse(text: &str) -> Result<Self, InvalidUri> {
        if text.len() > MAX_URI {
            return Err(InvalidUri::TooLong);
        }
        if text.bytes().any(|byte| byte.is_ascii_control() || byte == b' ') {
            return Err(InvalidUri::Character);
        }
        let (scheme, rest) = text
            .split_once("://")
            .and_then(|(scheme, rest)| Some((Scheme::parse(scheme)?, rest)))
            .ok_or_else(|| InvalidUri::Scheme(text.into()))?;
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err(InvalidUri::Userinfo);
        }
        let (host, port) = split_port(authority);
        let port = match port {
            None | Some("") => None,
            Some(text) => {
                let port = text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse());
                match port {
                    Some(Ok(port)) if port > 0 => Some(port),
                    _ => return Err(InvalidUri::Port(text.into())),
                }
            }
        };
        let path = if path.is_empty() { "/" } else { path };
        Ok(Self { scheme, host: Host::parse(host)?, port, path: path.into() })
    }

    #[must_use]
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    #[must_use]
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// The port that is written, or else the scheme's.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.scheme {
            Scheme::Http => 80,
            Scheme::Https => 443,
        })
    }

    /// Begins with `/`.
    #[must_use]
    pub fn path(&self) -> &[u8] {
        self.path.as_bytes()
    }

    /// Whether two URIs belong to one site: same scheme, same registrable domain (HTML's "same
    /// site", which RFC 10025 §5.2 uses). Ports do not count.
    #[must_use]
    pub fn same_site(&self, other: &Self) -> bool {
        self.scheme == other.scheme && self.host.same_site(&other.host)
    }
}

impl Scheme {
    fn parse(text: &str) -> Option<Self> {
        if text.eq_ignore_ascii_case("http") {
            Some(Self::Http)
        } else if text.eq_ignore_ascii_case("https") {
            Some(Self::Https)
        } else {
            None
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http => "http",
            Self::Https => "https",
        })
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        f.write_str(&self.path)
    }
}

/// The colon before a port comes after the bracket that ends an IPv6 address.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    let bracket = authority.rfind(']').unwrap_or(0);
    match authority[bracket..].rfind(':') {
        Some(colon) => (&authority[..bracket + colon], Some(&authority[bracket + colon + 1..])),
        None => (authority, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts() {
        for (text, shown, port) in [
            ("http://example.test", "http://example.test/", 80),
            ("HTTPS://Example.Test/a?b/c#d", "https://example.test/a", 443),
            ("http://example.test:8080/a/%62", "http://example.test:8080/a/%62", 8080),
            ("http://[::1]:1/", "http://[::1]:1/", 1),
            ("http://[::1]", "http://[::1]/", 80),
            ("http://example.test:?x=/y", "http://example.test/", 80),
        ] {
            let uri = Uri::parse(text).unwrap();
            assert_eq!((uri.to_string().as_str(), uri.port()), (shown, port));
        }
    }

    #[test]
    fn refusals() {
        let long = format!("http://a.test/{}", "a".repeat(MAX_URI));
        for text in [
            "",
            "example.test",
            "/path",
            "ftp://example.test/",
            "http://",
            "http:///path",
            "http://user@example.test/",
            "http://example.test:0/",
            "http://example.test:65536/",
            "http://example.test:+1/",
            "http://exa mple.test/",
            "http://example.test/\r\n",
            "http://[::1/",
            &long,
        ] {
            assert!(Uri::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_site_has_a_scheme_and_no_port() {
        let uri = |text| Uri::parse(text).unwrap();
        assert!(uri("http://a.example.test/").same_site(&uri("http://b.example.test:81/")));
        assert!(!uri("http://example.test/").same_site(&uri("https://example.test/")));
    }
}

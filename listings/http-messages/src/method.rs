//! Request methods (RFC 9110 §9).

use std::fmt;

use crate::chars::is_tchar;

/// A request method. Names are case-sensitive: `get` is an extension method, not [`Method::Get`]
/// (RFC 9110 §9.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Delete,
    Connect,
    Options,
    Trace,
    /// RFC 5789.
    Patch,
    /// RFC 10008.
    Query,
    /// Any other token. Nothing is known about it, so it counts as unsafe and not idempotent.
    Extension(Token),
}

/// A token that came from outside. It cannot hold anything but `tchar` (RFC 9110 §5.6.2), so a
/// request line written with it stays one line.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Token(Box<str>);

impl Token {
    /// `None` unless `text` is a token.
    pub fn new(text: &str) -> Option<Self> {
        (!text.is_empty() && text.bytes().all(is_tchar)).then(|| Self(text.into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Method {
    /// The method of this name; `None` unless it is a token. Of any length: [`Limits::method`] is
    /// checked where bytes arrive.
    ///
    /// [`Limits::method`]: crate::Limits::method
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "GET" => Self::Get,
            "HEAD" => Self::Head,
            "POST" => Self::Post,
            "PUT" => Self::Put,
            "DELETE" => Self::Delete,
            "CONNECT" => Self::Connect,
            "OPTIONS" => Self::Options,
            "TRACE" => Self::Trace,
            "PATCH" => Self::Patch,
            "QUERY" => Self::Query,
            other => Self::Extension(Token::new(other)?),
        })
    }

    pub fn as_str(&self) -> &str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
            Self::Connect => "CONNECT",
            Self::Options => "OPTIONS",
            Self::Trace => "TRACE",
            Self::Patch => "PATCH",
            Self::Query => "QUERY",
            Self::Extension(token) => token.as_str(),
        }
    }

    /// The client asks for no change of state on the server (RFC 9110 §9.2.1; QUERY: RFC 10008).
    pub fn is_safe(&self) -> bool {
        matches!(self, Self::Get | Self::Head | Self::Options | Self::Trace | Self::Query)
    }

    /// Several identical requests are meant to have the effect of one, so a client may send it again
    /// after a connection failed (RFC 9110 §9.2.2).
    pub fn is_idempotent(&self) -> bool {
        self.is_safe() || matches!(self, Self::Put | Self::Delete)
    }

    /// A response to it may be stored for later (RFC 9110 §9.2.3; QUERY: RFC 10008). For POST and
    /// PATCH only under conditions that few caches implement, so they are left out.
    pub fn is_cacheable(&self) -> bool {
        matches!(self, Self::Get | Self::Head | Self::Query)
    }

    /// Whether a server expects content with it, so that a request without any says
    /// `Content-Length: 0` (RFC 9110 §8.6).
    pub(crate) fn expects_content(&self) -> bool {
        matches!(self, Self::Post | Self::Put | Self::Patch | Self::Query)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_case_sensitive() {
        assert_eq!(Method::parse("GET"), Some(Method::Get));
        let extension = Method::parse("get").unwrap();
        assert_ne!(extension, Method::Get);
        assert_eq!(extension.as_str(), "get");
        assert!(!extension.is_safe() && !extension.is_idempotent() && !extension.is_cacheable());
    }

    #[test]
    fn a_method_is_a_token() {
        for bad in ["", "G T", "GET\r\n", "GÉT", "GET:", "(", "\0"] {
            assert_eq!(Method::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn the_properties_are_those_of_the_table_in_9110() {
        // RFC 9110 §9.2.1, §9.2.2, §9.2.3, RFC 5789 §2, RFC 10008 §2.
        let table = [
            ("GET", true, true, true),
            ("HEAD", true, true, true),
            ("POST", false, false, false),
            ("PUT", false, true, false),
            ("DELETE", false, true, false),
            ("CONNECT", false, false, false),
            ("OPTIONS", true, true, false),
            ("TRACE", true, true, false),
            ("PATCH", false, false, false),
            ("QUERY", true, true, true),
        ];
        for (name, safe, idempotent, cacheable) in table {
            let method = Method::parse(name).unwrap();
            assert_eq!(method.as_str(), name);
            assert_eq!(
                (method.is_safe(), method.is_idempotent(), method.is_cacheable()),
                (safe, idempotent, cacheable),
                "{name}"
            );
        }
    }
}

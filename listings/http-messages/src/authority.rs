//! HOST and HOST:PORT (RFC 9110 §7.2, RFC 3986 §3.2).

use std::fmt;
use std::net::Ipv6Addr;

/// A host and perhaps a port: what `Host`, the target of CONNECT and an `http` URI hold.
///
/// A view into somebody else's text. Userinfo (`user:password@`) is refused: RFC 9110 §4.2.4
/// removed it from HTTP because it is used to mislead people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Authority<'a> {
    host: &'a str,
    port: Option<u16>,
}

impl<'a> Authority<'a> {
    /// `None` unless `text` is `HOST`, `HOST:` or `HOST:PORT` with a host that is not empty, an IPv6
    /// address standing in brackets.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (host, rest) = match text.strip_prefix('[') {
            Some(inside) => {
                let (address, rest) = inside.split_once(']')?;
                address.parse::<Ipv6Addr>().ok()?;
                (&text[..address.len() + 2], rest)
            }
            None => text.split_at(text.find(':').unwrap_or(text.len())),
        };
        let port = match rest.strip_prefix(':') {
            None if rest.is_empty() => None,
            Some("") => None,
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                Some(digits.parse().ok()?)
            }
            _ => return None,
        };
        let valid = host.starts_with('[') || (!host.is_empty() && is_reg_name(host));
        valid.then_some(Self { host, port })
    }

    /// The host as it was written, an IPv6 address with its brackets.
    pub fn host(self) -> &'a str {
        self.host
    }

    /// The host without the brackets of an IPv6 address, as name resolution wants it.
    pub fn host_name(self) -> &'a str {
        self.host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(self.host)
    }

    /// `None` means the default port of the scheme.
    pub fn port(self) -> Option<u16> {
        self.port
    }
}

impl fmt::Display for Authority<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.host)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

/// `reg-name`: unreserved, percent-encoded and sub-delims (RFC 3986 §3.2.2). An IPv4 address is one
/// as well.
fn is_reg_name(host: &str) -> bool {
    let bytes = host.as_bytes();
    bytes.iter().enumerate().all(|(index, &byte)| match byte {
        b'%' => {
            bytes.get(index + 1..index + 3).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit))
        }
        _ => byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(&byte),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_with_or_without_port() {
        let table = [
            ("example.com", "example.com", None),
            ("example.com:", "example.com", None),
            ("example.com:80", "example.com", Some(80)),
            ("192.0.2.1:8080", "192.0.2.1", Some(8080)),
            ("[2001:db8::1]", "[2001:db8::1]", None),
            ("[::1]:65535", "[::1]", Some(65535)),
            ("a%20b", "a%20b", None),
        ];
        for (text, host, port) in table {
            let authority = Authority::parse(text).unwrap();
            assert_eq!((authority.host(), authority.port()), (host, port), "{text}");
        }
        assert_eq!(Authority::parse("[::1]:1").unwrap().host_name(), "::1");
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "",
            ":",
            ":80",
            "a:b",
            "a:65536",
            "a:-1",
            "a:+1",
            "a:80:80",
            "user@host",
            "a b",
            "a/b",
            "a?b",
            "a#b",
            "[::1",
            "::1",
            "[::1]80",
            "[]",
            "[1.2.3.4]",
            "[v1.x]",
            "[fe80::1%25eth0]",
            "a%2",
            "a%zz",
            "höst",
            "a\\b",
            "a,b:",
            "[::1]a:80",
        ] {
            if text == "a,b:" {
                // Odd, but a reg-name by the grammar.
                assert!(Authority::parse(text).is_some());
            } else {
                assert_eq!(Authority::parse(text), None, "{text:?}");
            }
        }
    }
}

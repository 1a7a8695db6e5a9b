//! HOST and HOST:PORT (RFC 9110 §7.2, RFC 3986 §3.2).

use std::fmt;
use std::net::Ipv6Addr;

use crate::chars::HOST_BYTES;

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
        let (end, port) = split(text.as_bytes())?;
        Some(Self { host: text.get(..end)?, port })
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

/// Where the host ends, and the port; `None` if this is no authority.
pub(crate) fn split(text: &[u8]) -> Option<(usize, Option<u16>)> {
    let end = if text.first() == Some(&b'[') { ipv6_end(text)? } else { reg_name_end(text)? };
    match &text[end..] {
        [] | [b':'] => Some((end, None)),
        [b':', digits @ ..] => Some((end, Some(port(digits)?))),
        _ => None,
    }
}

fn ipv6_end(text: &[u8]) -> Option<usize> {
    let end = text.iter().position(|&byte| byte == b']')?;
    str::from_utf8(&text[1..end]).ok()?.parse::<Ipv6Addr>().ok()?;
    Some(end + 1)
}

/// `reg-name`: unreserved, percent-encoded and sub-delims (RFC 3986 §3.2.2). An IPv4 address is one
/// as well. Here it is not empty.
fn reg_name_end(text: &[u8]) -> Option<usize> {
    let mut end = 0;
    while let Some(&byte) = text.get(end) {
        end += match byte {
            b':' => break,
            b'%' if text.get(end + 1..end + 3)?.iter().all(u8::is_ascii_hexdigit) => 3,
            _ if HOST_BYTES[usize::from(byte)] => 1,
            _ => return None,
        };
    }
    (end > 0).then_some(end)
}

fn port(digits: &[u8]) -> Option<u16> {
    digits.iter().try_fold(0u16, |port, byte| {
        let digit = byte.is_ascii_digit().then(|| u16::from(byte - b'0'))?;
        port.checked_mul(10)?.checked_add(digit)
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

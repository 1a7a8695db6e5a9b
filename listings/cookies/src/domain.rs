//! Hosts and domains: which machines a cookie is for (RFC 10025 §5.1.2, §5.1.3, §5.2).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The longest host name in text, and the longest label of one (RFC 1035 §2.3.4).
const MAX_NAME: usize = 253;
const MAX_LABEL: usize = 63;

/// A host in canonical form: a name in lower case, or an IP address (RFC 10025 §5.1.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// What a cookie's domain is compared with. An IPv6 address stands here without its brackets.
    text: String,
    /// An address has no subdomains, so it matches nothing but itself.
    address: Option<IpAddr>,
}

/// Why a text is no host. What to do about it is in the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHost {
    #[error("the host is empty")]
    Empty,
    #[error("{0:?} is no IP address: an IPv4 address has four decimal numbers, as 127.0.0.1")]
    Address(String),
    #[error("{0:?} is not ASCII: write an international name in its A-label form, as xn--fiqs8s")]
    NotAscii(String),
    #[error("{0:?} is no host name: labels of 1 to 63 letters, digits, '-' or '_', 253 in all")]
    Name(String),
}

impl Host {
    /// Reads the host of a URI. An IPv6 address stands in brackets there.
    ///
    /// A name keeps its final dot if it has one: `example.test.` is another host to user agents.
    ///
    /// # Errors
    ///
    /// Text that is neither a name nor an address, an IPv4 address in a dress that only some
    /// programs know (`127.1`, `0x7f000001`), and names that are not ASCII: RFC 10025 §5.1.2 wants
    /// them converted, which needs the tables of IDNA and is left out here.
    pub fn parse(text: &str) -> Result<Self, InvalidHost> {
        if let Some(inner) = text.strip_prefix('[') {
            let address = inner.strip_suffix(']').and_then(|inner| inner.parse::<Ipv6Addr>().ok());
            let address = address.ok_or_else(|| InvalidHost::Address(text.into()))?;
            return Ok(Self::from(IpAddr::V6(address)));
        }
        if let Ok(address) = text.parse::<Ipv4Addr>() {
            return Ok(Self::from(IpAddr::V4(address)));
        }
        if text.is_empty() {
            return Err(InvalidHost::Empty);
        }
        if !text.is_ascii() {
            return Err(InvalidHost::NotAscii(text.into()));
        }
        let name = text.strip_suffix('.').unwrap_or(text);
        let last = name.rsplit('.').next().unwrap_or_default();
        if is_number(last) {
            return Err(InvalidHost::Address(text.into()));
        }
        if name.len() > MAX_NAME || !name.split('.').all(is_label) {
            return Err(InvalidHost::Name(text.into()));
        }
        Ok(Self { text: text.to_ascii_lowercase(), address: None })
    }

    /// The canonical text; an IPv6 address without brackets.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is an address and not a name.
    #[must_use]
    pub fn is_address(&self) -> bool {
        self.address.is_some()
    }

    /// Whether traffic to it stays on this machine: `localhost`, `*.localhost` (RFC 6761 §6.3),
    /// `127.0.0.0/8`, `::1`.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let name = self.text.strip_suffix('.').unwrap_or(&self.text);
        self.address.map_or(name == "localhost" || name.ends_with(".localhost"), |address| {
            address.is_loopback()
        })
    }

    // ANCHOR: domain_match
    /// Whether a cookie with this domain is for this host: it is the same, or a subdomain of it
    /// (RFC 10025 §5.1.3).
    ///
    /// `www.example.test` matches `example.test`; `badexample.test` does not, and an address
    /// matches nothing but itself.
    #[must_use]
    pub fn domain_match(&self, domain: &str) -> bool {
        self.text == domain || self.address.is_none() && is_subdomain(&self.text, domain)
    }
    // ANCHOR_END: domain_match

    // ANCHOR: registrable
    /// The part that somebody registered: the public suffix and the label to its left.
    ///
    /// `www.example.co.uk` gives `example.co.uk`. `None` for an address, and for a name that is a
    /// public suffix itself.
    #[must_use]
    pub fn registrable_domain(&self) -> Option<&str> {
        let name = self.text.strip_suffix('.').unwrap_or(&self.text);
        if self.address.is_some() {
            return None;
        }
        psl::domain_str(name).map(|domain| &self.text[name.len() - domain.len()..])
    }

    /// Whether two hosts belong to one registrant (HTML's "schemelessly same site").
    #[must_use]
    pub fn same_site(&self, other: &Self) -> bool {
        self == other
            || self.registrable_domain().is_some_and(|own| Some(own) == other.registrable_domain())
    }
    // ANCHOR_END: registrable
}

impl From<IpAddr> for Host {
    fn from(address: IpAddr) -> Self {
        Self { text: address.to_string(), address: Some(address) }
    }
}

impl fmt::Display for Host {
    /// As it stands in a URI, an IPv6 address in brackets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.address {
            Some(IpAddr::V6(address)) => write!(f, "[{address}]"),
            _ => f.write_str(&self.text),
        }
    }
}

// ANCHOR: public_suffix
/// Whether names under this one belong to many registrants: `com`, `co.uk`, `github.io`.
///
/// That cannot be computed, so there is a list (<https://publicsuffix.org>). A name that the list
/// does not know counts as if its last label were a suffix, which makes `test` and `localhost`
/// public suffixes.
#[must_use]
pub fn is_public_suffix(domain: &str) -> bool {
    let name = domain.strip_suffix('.').unwrap_or(domain);
    psl::suffix_str(name) == Some(name)
}
// ANCHOR_END: public_suffix

/// Whether `name` ends with `.` and `domain`. Only for names; an address has no subdomains.
pub(crate) fn is_subdomain(name: &str, domain: &str) -> bool {
    !domain.is_empty() && name.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

/// What some programs take for the end of an IPv4 address: `1`, `0x7f`.
fn is_number(label: &str) -> bool {
    let hex = label.strip_prefix("0x").or_else(|| label.strip_prefix("0X"));
    hex.is_some_and(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
        || !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_digit())
}

/// The underscore is not in the RFC's alphabet and is in hosts that exist.
fn is_label(label: &str) -> bool {
    (1..=MAX_LABEL).contains(&label.len())
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(text: &str) -> Host {
        Host::parse(text).unwrap()
    }

    #[test]
    fn hosts_are_canonical() {
        assert_eq!(host("Example.TEST").as_str(), "example.test");
        assert_eq!(host("example.test.").as_str(), "example.test.");
        assert_eq!(host("[0:0::1]").as_str(), "::1");
        assert_eq!(host("[0:0::1]").to_string(), "[::1]");
        assert!(host("127.0.0.1").is_address());
        assert!(!host("my_host").is_address());
        assert!(!host("a.0xyz").is_address());
    }

    #[test]
    fn what_is_no_host() {
        let long = "a".repeat(64);
        let longer = "a.".repeat(127) + "a";
        for text in [
            "",
            ".",
            "a..b",
            ".a",
            "a b",
            "a/b",
            "127.1",
            "1",
            "256.1.1.1",
            "a.0x7f",
            "a.0X",
            "[::1",
        ] {
            assert!(Host::parse(text).is_err(), "{text}");
        }
        assert!(Host::parse(&long).is_err() && Host::parse(&longer).is_err());
        assert!(Host::parse(&longer[2..]).is_ok());
        assert!(matches!(Host::parse("中国.test"), Err(InvalidHost::NotAscii(_))));
    }

    #[test]
    fn domains_match_at_a_dot() {
        for (name, domain, expected) in [
            ("example.test", "example.test", true),
            ("a.example.test", "example.test", true),
            ("b.a.example.test", "example.test", true),
            ("example.test", "a.example.test", false),
            ("badexample.test", "example.test", false),
            ("other.test", "example.test", false),
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1", "0.0.1", false),
            ("[::1]", "::1", true),
            ("example.test.", "example.test", false),
            ("example.test", "", false),
            ("example.test.", "", false),
        ] {
            assert_eq!(host(name).domain_match(domain), expected, "{name} {domain}");
        }
    }

    #[test]
    fn suffixes_and_registrable_domains() {
        for domain in ["com", "co.uk", "github.io", "test", "localhost", "com."] {
            assert!(is_public_suffix(domain), "{domain}");
        }
        for domain in ["example.com", "example.co.uk", "user.github.io", "a.test", "", "."] {
            assert!(!is_public_suffix(domain), "{domain}");
        }
        for (name, domain) in [
            ("www.example.co.uk", Some("example.co.uk")),
            ("example.test", Some("example.test")),
            ("www.example.test.", Some("example.test.")),
            ("co.uk", None),
            ("localhost", None),
            ("127.0.0.1", None),
        ] {
            assert_eq!(host(name).registrable_domain(), domain, "{name}");
        }
    }

    #[test]
    fn sites() {
        for (one, other, expected) in [
            ("a.example.test", "b.example.test", true),
            ("example.test", "other.test", false),
            ("a.github.io", "b.github.io", false),
            ("localhost", "localhost", true),
            ("a.localhost", "localhost", false),
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1", "127.0.0.2", false),
        ] {
            assert_eq!(host(one).same_site(&host(other)), expected, "{one} {other}");
        }
    }

    #[test]
    fn loopback() {
        for name in ["localhost", "a.localhost", "LOCALHOST.", "127.9.9.9", "[::1]"] {
            assert!(host(name).is_loopback(), "{name}");
        }
        for name in ["localhost.test", "notlocalhost", "10.0.0.1", "[::2]"] {
            assert!(!host(name).is_loopback(), "{name}");
        }
    }
}

//! Solution: to whole labels, never to an address, never to a public suffix.

use std::net::IpAddr;

/// The hosts that a cookie goes to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// This host and nobody else.
    HostOnly(String),
    /// This domain and everything below it.
    Domain(String),
    /// None: the cookie is refused.
    Refused,
}

/// Under which names everybody can register one: an excerpt of publicsuffix.org/list.
pub(crate) fn is_public_suffix(domain: &str) -> bool {
    let listed = ["com", "uk", "co.uk", "jp", "co.jp", "io", "github.io"];
    // What the list does not know is a top-level domain (the rule "*").
    listed.contains(&domain) || !domain.contains('.')
}

/// Whether a host is an address, which has no subdomains.
pub(crate) fn is_address(host: &str) -> bool {
    host.parse::<IpAddr>().is_ok()
}

// ANCHOR: solution
/// The scope of a cookie that `host` set with this `Domain` attribute (RFC 10025 §5.7). Both are in
/// lower case; a leading dot is gone.
pub(crate) fn scope(host: &str, domain: Option<&str>) -> Scope {
    let Some(domain) = domain.filter(|domain| !domain.is_empty()) else {
        return Scope::HostOnly(host.into());
    };
    // Before anything else: 127.0.0.1 does end with ".0.0.1".
    if is_public_suffix(domain) || is_address(host) {
        // A host that is itself a suffix, as github.io is, may name itself and widens nothing.
        return if host == domain { Scope::HostOnly(host.into()) } else { Scope::Refused };
    }
    let below = host.strip_suffix(domain).is_some_and(|front| front.ends_with('.'));
    if host == domain || below { Scope::Domain(domain.into()) } else { Scope::Refused }
}
// ANCHOR_END: solution

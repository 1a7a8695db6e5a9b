//! Exercise: how far may a host widen its cookie?

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

// ANCHOR: exercise
/// The scope of a cookie that `host` set with this `Domain` attribute (RFC 10025 §5.7). Both are in
/// lower case; a leading dot is gone.
pub(crate) fn scope(host: &str, domain: Option<&str>) -> Scope {
    match domain {
        None | Some("") => Scope::HostOnly(host.into()),
        Some(domain) if host.ends_with(domain) => Scope::Domain(domain.into()),
        Some(_) => Scope::Refused,
    }
}
// ANCHOR_END: exercise

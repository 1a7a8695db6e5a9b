//! Exercise: an IPv6 address with a zone (RFC 4007 §11).

use std::net::Ipv6Addr;

// ANCHOR: exercise
/// The address and the zone of a text such as `fe80::1%eth0`, or `None` if it is no such text.
///
/// A zone is a name that Linux could give to an interface: 1 to 15 visible ASCII characters, none of
/// them `%` or `/`. This version takes whatever stands behind the last `%`, on any address.
pub(crate) fn with_zone(text: &str) -> Option<(Ipv6Addr, Option<&str>)> {
    match text.rsplit_once('%') {
        Some((address, zone)) => Some((address.parse().ok()?, Some(zone))),
        None => Some((text.parse().ok()?, None)),
    }
}
// ANCHOR_END: exercise

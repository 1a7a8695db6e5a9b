//! Solution: the zone is checked, and so is whether the address may have one.

use std::net::Ipv6Addr;

// ANCHOR: solution
/// The address and the zone of a text such as `fe80::1%eth0`, or `None` if it is no such text.
pub(crate) fn with_zone(text: &str) -> Option<(Ipv6Addr, Option<&str>)> {
    let Some((address, zone)) = text.split_once('%') else {
        return Some((text.parse().ok()?, None));
    };
    let address = address.parse().ok()?;
    let visible = zone.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'%' && byte != b'/');
    let fits = (1..=15).contains(&zone.len());
    (visible && fits && is_scoped(address)).then_some((address, Some(zone)))
}

/// Link-local unicast, or multicast whose scope is less than global: the last four bits of the
/// second octet say how far it goes, and 14 is global (RFC 4291 §2.7).
fn is_scoped(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.octets();
    address.is_unicast_link_local() || (first == 0xff && second & 0xf < 14)
}
// ANCHOR_END: solution

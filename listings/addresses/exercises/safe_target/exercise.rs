//! Exercise: where a server may connect to because a stranger asked it to.

use std::net::IpAddr;

// ANCHOR: exercise
/// The address to connect to, or `None` if `host` is no address or one that is not public.
///
/// It reads the text once and judges the address, so `0177.0.0.1` does not get through. Something
/// else does.
pub(crate) fn safe_target(host: &str) -> Option<IpAddr> {
    let address: IpAddr = host.parse().ok()?;
    let inside = match address {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    };
    (!inside).then_some(address)
}
// ANCHOR_END: exercise

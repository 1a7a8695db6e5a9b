//! Solution: yes only where the registry says so, for the address that the packet will reach.

use std::net::IpAddr;

use addresses::special::{Embedding, embedded, lookup};

// ANCHOR: solution
/// The address to connect to, or `None` if `host` is no address or one that is not public.
pub(crate) fn safe_target(host: &str) -> Option<IpAddr> {
    let address: IpAddr = host.parse().ok()?;
    is_public(address).then_some(address)
}

fn is_public(address: IpAddr) -> bool {
    if let IpAddr::V6(v6) = address
        && let Some((embedding, inside)) = embedded(v6)
    {
        // A mapped address is IPv4 in disguise; a translator is somewhere in the network.
        return embedding == Embedding::Nat64 && is_public(inside.into());
    }
    match lookup(address) {
        Some(entry) => entry.columns().is_some_and(|row| row.globally_reachable == Some(true)),
        // Of IPv6, only 2000::/3 is given to anyone.
        None => matches!(address, IpAddr::V4(_)) || is_assigned(address),
    }
}

fn is_assigned(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(v6) if v6.octets()[0] >> 5 == 0b001)
}
// ANCHOR_END: solution

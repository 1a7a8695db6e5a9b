//! Exercise: the same addresses with fewer prefixes.

use std::net::Ipv4Addr;

use addresses::Prefix;

// ANCHOR: exercise
/// The fewest prefixes that cover exactly the addresses of `prefixes`, in order.
///
/// This version drops what another one covers and joins neighbors of equal length. It says that
/// 192.0.2.64/26 and 192.0.2.128/26 are one prefix, and it stops after one round.
pub(crate) fn fewest(mut prefixes: Vec<Prefix<Ipv4Addr>>) -> Vec<Prefix<Ipv4Addr>> {
    prefixes.sort();
    let mut kept: Vec<Prefix<Ipv4Addr>> = Vec::new();
    for prefix in prefixes {
        match kept.last().copied() {
            Some(last) if last.covers(prefix) => {}
            Some(last) if are_neighbors(last, prefix) => {
                kept.pop();
                kept.extend(last.supernet(last.length() - 1));
            }
            _ => kept.push(prefix),
        }
    }
    kept
}

fn are_neighbors(lower: Prefix<Ipv4Addr>, upper: Prefix<Ipv4Addr>) -> bool {
    lower.length() == upper.length()
        && u64::from(lower.last().to_bits()) + 1 == u64::from(upper.network().to_bits())
}
// ANCHOR_END: exercise

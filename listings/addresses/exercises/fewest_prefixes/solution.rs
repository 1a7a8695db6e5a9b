//! Solution: only siblings join, and what they become may have a sibling too.

use std::net::Ipv4Addr;

use addresses::Prefix;

// ANCHOR: solution
/// The fewest prefixes that cover exactly the addresses of `prefixes`, in order.
pub(crate) fn fewest(mut prefixes: Vec<Prefix<Ipv4Addr>>) -> Vec<Prefix<Ipv4Addr>> {
    prefixes.sort();
    let mut kept: Vec<Prefix<Ipv4Addr>> = Vec::new();
    for mut prefix in prefixes {
        if kept.last().is_some_and(|last| last.covers(prefix)) {
            continue;
        }
        // Neighbors are siblings if they agree in all bits of their length but the last one.
        while let Some(parent) =
            prefix.length().checked_sub(1).and_then(|length| prefix.supernet(length))
            && kept.last().copied() == prefix.sibling()
        {
            kept.pop();
            prefix = parent;
        }
        kept.push(prefix);
    }
    kept
}
// ANCHOR_END: solution

//! Any text as a routing table: what is accepted is printed and read again as the same, and both
//! kinds of lookup agree on it.
#![no_main]

use std::net::{Ipv4Addr, Ipv6Addr};

use addresses::route::RoutingTable;
use addresses::{Address, Mac};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    check::<Ipv4Addr>(text);
    check::<Ipv6Addr>(text);
    if let Ok(mac) = text.parse::<Mac>() {
        assert_eq!(mac.to_string().parse(), Ok(mac));
    }
});

fn check<A: Address>(text: &str) {
    let Ok(routes) = text.parse::<RoutingTable<A>>() else { return };
    let printed = routes.to_string();
    let again = printed.parse::<RoutingTable<A>>().expect("what we print");
    assert_eq!(again.to_string(), printed);
    let compiled = routes.table().compile();
    for (prefix, route) in routes.iter() {
        assert_eq!(routes.table().get(prefix), Some(&route));
        for address in [prefix.network(), prefix.last()] {
            assert_eq!(routes.table().longest_match(address), compiled.longest_match(address));
            let hop = routes.next_hop(address).expect("a route covers it");
            assert!(routes.is_on_link(hop.neighbor, hop.interface));
        }
    }
}

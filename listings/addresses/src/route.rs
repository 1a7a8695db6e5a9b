//! Who is the next hop? (RFC 1122 §3.3.1)

use crate::table::Table;
use crate::{Address, Prefix};

/// What a routing table says about a prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route<A> {
    /// The interface to send through.
    pub interface: u32,
    /// The router on that link, or `None` if the destination itself is on it.
    pub gateway: Option<A>,
}

/// Where a packet goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NextHop<A> {
    pub interface: u32,
    /// The neighbor whose link-layer address is needed: the destination itself or a router.
    pub neighbor: A,
}

/// A routing table for one version of IP.
#[derive(Debug, Clone)]
pub struct RoutingTable<A> {
    routes: Table<A, Route<A>>,
}

impl<A: Address> Default for RoutingTable<A> {
    fn default() -> Self {
        Self { routes: Table::default() }
    }
}

impl<A: Address> RoutingTable<A> {
    /// Adds a route and returns the one that it replaces.
    pub fn insert(&mut self, prefix: Prefix<A>, route: Route<A>) -> Option<Route<A>> {
        self.routes.insert(prefix, route)
    }

    /// Removes the route for exactly `prefix`.
    pub fn remove(&mut self, prefix: Prefix<A>) -> Option<Route<A>> {
        self.routes.remove(prefix)
    }

    /// The next hop for a packet to `destination`, or `None` if no route leads there.
    pub fn next_hop(&self, destination: A) -> Option<NextHop<A>> {
        let (_, route) = self.routes.longest_match(destination)?;
        let neighbor = route.gateway.unwrap_or(destination);
        Some(NextHop { interface: route.interface, neighbor })
    }
}

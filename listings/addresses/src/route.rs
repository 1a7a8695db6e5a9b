//! Who is the next hop? (RFC 1122 §3.3.1)
//!
//! A packet goes to its destination if that is on a link of ours, and otherwise to a router that is.
//! A [`RoutingTable`] tells which: the longest prefix that contains the destination decides, and its
//! route either names a router, the gateway, or none.
//!
//! A gateway changes where the frame goes and nothing else: the packet in it keeps the address of its
//! destination.
//!
//! It leaves out: metrics and several routes for one prefix, routes that refuse, and the sources that
//! a host chooses. Multicast, broadcast and a host's own addresses are not looked up here; nor is
//! `fe80::/10`, of which every link has its own.
//!
//! ```
//! use addresses::route::RoutingTable;
//! use std::net::Ipv4Addr;
//!
//! let routes: RoutingTable<Ipv4Addr> = "\
//!     192.0.2.0/24 dev 1
//!     default via 192.0.2.1 dev 1
//! ".parse()?;
//! let neighbor = |destination: &str| routes.next_hop(destination.parse().ok()?).map(|h| h.neighbor);
//! assert_eq!(neighbor("192.0.2.7"), Some(Ipv4Addr::new(192, 0, 2, 7)));
//! assert_eq!(neighbor("198.51.100.7"), Some(Ipv4Addr::new(192, 0, 2, 1)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;

use crate::table::Table;
use crate::{Address, Prefix};

mod parse;

pub use parse::{ParseError, Reason};

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
    /// The interface to send through.
    pub interface: u32,
    /// The neighbor whose link-layer address is needed: the destination itself or a router.
    pub neighbor: A,
}

/// A route that could never be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the gateway {gateway} is not on the link of interface {interface}; \
     first add the route of a prefix that it is in, without a gateway"
)]
pub struct OffLink<A: Address> {
    /// The router that could not be reached.
    pub gateway: A,
    /// The interface on whose link it would have to be.
    pub interface: u32,
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
    ///
    /// # Errors
    ///
    /// If the gateway is not on the interface's link (RFC 1122 §3.3.1): for itself it would need a
    /// gateway.
    pub fn insert(
        &mut self,
        prefix: Prefix<A>,
        route: Route<A>,
    ) -> Result<Option<Route<A>>, OffLink<A>> {
        match route.gateway {
            Some(gateway) if !self.is_on_link(gateway, route.interface) => {
                Err(OffLink { gateway, interface: route.interface })
            }
            _ => Ok(self.routes.insert(prefix, route)),
        }
    }

    /// Whether a route of `interface` without a gateway covers `address`. Link-local addresses of
    /// IPv6 are on every link (RFC 4291 §2.5.6).
    pub fn is_on_link(&self, address: A, interface: u32) -> bool {
        let link_local = A::BITS == 128 && address.to_left_bits() >> 118 == 0xfe80 >> 6;
        let mut routes = self.routes.walk(address).filter_map(|(_, route)| route);
        link_local || routes.any(|route| route.interface == interface && route.gateway.is_none())
    }

    /// Removes the route for exactly `prefix`. Routes through gateways on its link stay, as they do
    /// in Linux.
    pub fn remove(&mut self, prefix: Prefix<A>) -> Option<Route<A>> {
        self.routes.remove(prefix)
    }

    // ANCHOR: next_hop
    /// The next hop for a packet to `destination`, or `None` if no route leads there.
    pub fn next_hop(&self, destination: A) -> Option<NextHop<A>> {
        let (_, route) = self.routes.longest_match(destination)?;
        let neighbor = route.gateway.unwrap_or(destination);
        Some(NextHop { interface: route.interface, neighbor })
    }
    // ANCHOR_END: next_hop

    /// All routes, a prefix before the longer ones within it.
    pub fn iter(&self) -> impl Iterator<Item = (Prefix<A>, Route<A>)> {
        self.routes.iter().map(|(prefix, route)| (prefix, *route))
    }

    /// The trie in which the routes stand.
    pub fn table(&self) -> &Table<A, Route<A>> {
        &self.routes
    }
}

impl<A: Address> fmt::Display for Route<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(gateway) = self.gateway {
            write!(f, "via {gateway} ")?;
        }
        write!(f, "dev {}", self.interface)
    }
}

impl<A: Address> fmt::Display for RoutingTable<A> {
    /// A line for each route: `10.0.0.0/8 via 192.0.2.1 dev 1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter().try_for_each(|(prefix, route)| writeln!(f, "{prefix} {route}"))
    }
}

//! What an address is for: IANA's special-purpose address registries, and multicast.
//!
//! The rows are those of the [IPv4 registry] and the [IPv6 registry] as they stood in 2025, up to
//! the one of RFC 9780 ([RFC 6890], with the columns of [RFC 8190]). The registries grow: a program
//! that decides by them wants a way to be updated.
//!
//! | column | what it says about an address |
//! |---|---|
//! | source | whether it may stand in a packet that crosses a router, as its source |
//! | destination | the same for its destination |
//! | forwardable | whether a router may forward a packet to it |
//! | globally reachable | whether such a packet may leave the network it comes from |
//! | reserved by protocol | whether every host must treat it in a way of its own |
//!
//! [IPv4 registry]: https://www.iana.org/assignments/iana-ipv4-special-registry
//! [IPv6 registry]: https://www.iana.org/assignments/iana-ipv6-special-registry
//! [RFC 6890]: https://www.rfc-editor.org/rfc/rfc6890
//! [RFC 8190]: https://www.rfc-editor.org/rfc/rfc8190

mod embedded;
mod registry;

pub use embedded::{Embedding, embedded};
pub use registry::{IPV4, IPV6};

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use crate::{Address, Prefix};

/// A row of a registry, for addresses of type `A`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row<A> {
    pub prefix: Prefix<A>,
    /// The registry's name for it.
    pub name: &'static str,
    /// Where it is defined.
    pub rfc: &'static str,
    /// What the registry says, or `None` for a row that says nothing: a deprecated block, or
    /// multicast, which is in registries of its own.
    pub columns: Option<Columns>,
}

// ANCHOR: columns
/// The five columns of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "so are the columns of the registry")]
pub struct Columns {
    pub source: bool,
    pub destination: bool,
    pub forwardable: bool,
    /// `None` where the registry says N/A, because the answer depends on an address inside.
    pub globally_reachable: Option<bool>,
    pub reserved_by_protocol: bool,
}
// ANCHOR_END: columns

/// A row of either registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    V4(&'static Row<std::net::Ipv4Addr>),
    V6(&'static Row<Ipv6Addr>),
}

impl Entry {
    pub fn name(self) -> &'static str {
        match self {
            Self::V4(row) => row.name,
            Self::V6(row) => row.name,
        }
    }

    pub fn rfc(self) -> &'static str {
        match self {
            Self::V4(row) => row.rfc,
            Self::V6(row) => row.rfc,
        }
    }

    pub fn columns(self) -> Option<Columns> {
        match self {
            Self::V4(row) => row.columns,
            Self::V6(row) => row.columns,
        }
    }

    /// The prefix's text.
    pub fn prefix(self) -> String {
        match self {
            Self::V4(row) => row.prefix.to_string(),
            Self::V6(row) => row.prefix.to_string(),
        }
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ({})", self.prefix(), self.name(), self.rfc())
    }
}

/// The most specific row that `address` is in, or `None` if it is an ordinary address.
pub fn lookup(address: IpAddr) -> Option<Entry> {
    match address {
        IpAddr::V4(address) => most_specific(&IPV4, address).map(Entry::V4),
        IpAddr::V6(address) => most_specific(&IPV6, address).map(Entry::V6),
    }
}

// ANCHOR: most_specific
fn most_specific<A: Address>(rows: &'static [Row<A>], address: A) -> Option<&'static Row<A>> {
    let fitting = rows.iter().filter(|row| row.prefix.contains(address));
    fitting.max_by_key(|row| row.prefix.length())
}
// ANCHOR_END: most_specific

// ANCHOR: is_global
/// Whether a packet to `address` may cross the public Internet to one host.
///
/// It is the question that a program has to ask before it connects to an address that a stranger
/// gave it. So it answers yes only where the registry does, or says nothing; multicast, deprecated
/// and N/A rows are no. So are IPv6 addresses that stand for an IPv4 address, mapped or by 6to4. With
/// NAT64 one is as global as that other: `64:ff9b::/96` is globally reachable, and
/// `64:ff9b::127.0.0.1` is not to be sent (RFC 6052 §3.1). IPv6 outside `2000::/3` is not assigned to
/// anyone, so it is no as well.
pub fn is_global(address: IpAddr) -> bool {
    if let IpAddr::V6(address) = address {
        match embedded(address) {
            Some((Embedding::Mapped | Embedding::SixToFour, _)) => return false,
            Some((Embedding::Nat64, inside)) => return is_global(inside.into()),
            None => {}
        }
    }
    match (lookup(address), address) {
        (Some(row), _) => {
            row.columns().is_some_and(|columns| columns.globally_reachable == Some(true))
        }
        (None, IpAddr::V4(_)) => true,
        // 2000::/3 is all that IANA hands out of IPv6 so far.
        (None, IpAddr::V6(address)) => address.octets()[0] >> 5 == 0b001,
    }
}
// ANCHOR_END: is_global

/// How far a packet to a multicast address travels (RFC 4291 §2.7, RFC 7346 §2), or `None` for
/// other addresses and reserved values.
pub fn multicast_scope(address: Ipv6Addr) -> Option<&'static str> {
    let [0xff, second, ..] = address.octets() else { return None };
    match second & 0xf {
        1 => Some("interface-local"),
        2 => Some("link-local"),
        3 => Some("realm-local"),
        4 => Some("admin-local"),
        5 => Some("site-local"),
        8 => Some("organization-local"),
        0xe => Some("global"),
        _ => None,
    }
}

//! What an interface is, and which frames and addresses are its own.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use addresses::{Address, Mac, Prefix};

use crate::neighbor::Cache;
use crate::wire::ndp;

/// Which interface: the number that [`Stack::add_interface`](super::Stack::add_interface) gave.
pub type InterfaceId = u32;

/// The smallest MTU with which IPv4 works (RFC 791 §3.2), and the one for IPv6 (RFC 8200 §5).
pub(super) const MIN_MTU_V4: usize = 68;
pub(super) const MIN_MTU_V6: usize = 1280;
/// The largest packet of either version, without jumbograms.
pub(super) const MAX_MTU: usize = 65_535;

/// How an interface is set up.
#[derive(Clone, Debug)]
pub struct Interface {
    pub mac: Mac,
    /// The largest packet in a frame, in bytes. Below 1280 the interface has no IPv6.
    pub mtu: usize,
    /// Our addresses, each with the length of the prefix that is on the link. If none is a
    /// link-local one of IPv6, one is made from `mac`.
    pub addresses: Vec<(IpAddr, u8)>,
}

/// What is wrong with an [`Interface`] or a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    #[error("{0} cannot be an interface's own: only an address of one host can")]
    Address(IpAddr),
    #[error("{0} has fewer bits than /{1}")]
    PrefixLength(IpAddr, u8),
    #[error("{0} is a group of cards: a card's own address has an even first byte")]
    GroupMac(Mac),
    #[error("an MTU of {0}: IPv4 needs 68 bytes, IPv6 1280, and no packet has more than 65535")]
    Mtu(usize),
    #[error("{0} is not on the link of any interface: a gateway must be a neighbor")]
    Gateway(IpAddr),
}

/// An interface at work.
#[derive(Debug)]
pub(super) struct Attached {
    pub(super) mac: Mac,
    pub(super) mtu: usize,
    pub(super) v4: Side<Ipv4Addr>,
    pub(super) v6: Side<Ipv6Addr>,
}

/// What an interface is for one version of IP.
#[derive(Debug)]
pub(super) struct Side<A: Address> {
    /// Our addresses, each with the prefix that is on the link.
    pub(super) own: Vec<(A, Prefix<A>)>,
    pub(super) neighbors: Cache<A, Vec<u8>>,
}

impl<A: Address> Side<A> {
    pub(super) fn is_own(&self, address: A) -> bool {
        self.own.iter().any(|(own, _)| *own == address)
    }

    /// Whether the address's host, if there is one, is on the link.
    pub(super) fn is_on_link(&self, address: A) -> bool {
        self.own.iter().any(|(_, prefix)| prefix.contains(address))
    }
}

/// Whom a frame is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cast {
    /// Our card alone.
    One,
    /// All cards, or a group that we are in.
    Group,
}

impl Attached {
    // ANCHOR: accepts
    /// Whether a frame is for us: our card, everyone, or a group that we are in.
    pub(super) fn accepts(&self, destination: Mac, router: bool) -> Option<Cast> {
        if destination == self.mac {
            return Some(Cast::One);
        }
        let ours = match destination.0 {
            // Everyone, all hosts (RFC 1112 §6.4), all nodes, all routers (RFC 2464 §7).
            [0xff, 0xff, 0xff, 0xff, 0xff, 0xff]
            | [0x01, 0x00, 0x5e, 0, 0, 1]
            | [0x33, 0x33, 0, 0, 0, 1] => true,
            [0x33, 0x33, 0, 0, 0, 2] => router,
            // The solicited-node groups: the last three bytes of our addresses.
            [0x33, 0x33, 0xff, last @ ..] => {
                self.v6.own.iter().any(|(own, _)| own.octets()[13..] == last)
            }
            _ => false,
        };
        ours.then_some(Cast::Group)
    }
    // ANCHOR_END: accepts

    /// Whether the address means everyone on this link (RFC 1122 §3.2.1.3).
    pub(super) fn is_broadcast(&self, address: Ipv4Addr) -> bool {
        address.is_broadcast() || self.v4.own.iter().any(|(_, prefix)| is_end_of(address, *prefix))
    }

    /// Whether IPv6 can use the link.
    pub(super) fn has_v6(&self) -> bool {
        !self.v6.own.is_empty()
    }

    pub(super) fn link_local(&self) -> Option<Ipv6Addr> {
        self.v6.own.iter().map(|(own, _)| *own).find(Ipv6Addr::is_unicast_link_local)
    }
}

/// Whether the address means everyone in the prefix: the highest, and the lowest, which is an old
/// form of it. A link of two needs no broadcast (RFC 3021 §2.1).
pub(super) fn is_end_of(address: Ipv4Addr, prefix: Prefix<Ipv4Addr>) -> bool {
    prefix.length() < 31 && [prefix.network(), prefix.last()].contains(&address)
}

/// The MAC address of a group: multicast or broadcast needs no asking (RFC 1112 §6.4, RFC 2464 §7).
pub(super) fn group_mac(destination: IpAddr) -> Mac {
    match destination {
        IpAddr::V4(group) if group.is_multicast() => {
            let [_, b, c, d] = group.octets();
            Mac([0x01, 0x00, 0x5e, b & 0x7f, c, d])
        }
        IpAddr::V4(_) => Mac::BROADCAST,
        IpAddr::V6(group) => ndp::multicast_mac(group),
    }
}

/// A link-local address from a MAC address (RFC 4291 appendix A).
///
/// It tells everyone on the link what the MAC address tells them anyway. RFC 8064 §3 advises
/// against it for all stable addresses, and for those that leave the link it matters.
pub(super) fn link_local_from(mac: Mac) -> Ipv6Addr {
    let mut octets = [0; 16];
    octets[..2].copy_from_slice(&[0xfe, 0x80]);
    octets[8..11].copy_from_slice(&mac.0[..3]);
    octets[11..13].copy_from_slice(&[0xff, 0xfe]);
    octets[13..].copy_from_slice(&mac.0[3..]);
    octets[8] ^= 2; // "assigned by IEEE" is 1 here, and 0 in a MAC address
    Ipv6Addr::from(octets)
}

/// Whether one host may have the address.
pub(super) fn is_host(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_host_v4(v4),
        IpAddr::V6(v6) => is_host_v6(v6) && !v6.is_loopback(),
    }
}

// ANCHOR: martians
/// Whether a packet on a link may come from or go to this address of one host (RFC 1122 §3.2.1.3,
/// RFC 1812 §5.3.7): not network 0, not loopback, not multicast, not what was kept for later.
pub(super) fn is_host_v4(address: Ipv4Addr) -> bool {
    !matches!(address.octets()[0], 0 | 127 | 224..=255)
}

/// The same for IPv6 (RFC 4291 §2.5.2, §2.5.3, §2.7). An IPv4-mapped address is for the inside of
/// a host: on a link it only deceives whoever compares addresses (RFC 4942 §2.2).
pub(super) fn is_host_v6(address: Ipv6Addr) -> bool {
    !(address.is_unspecified()
        || address.is_loopback()
        || address.is_multicast()
        || address.to_ipv4_mapped().is_some())
}
// ANCHOR_END: martians

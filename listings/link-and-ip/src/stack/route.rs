//! Interfaces, routes, and what follows from them: the way to a destination, and our source.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use addresses::route::{NextHop, Route};
use addresses::{Address, Prefix};

use super::interface::{
    Attached, Interface, MAX_MTU, MIN_MTU_V4, MIN_MTU_V6, SetupError, Side, is_end_of, is_host,
    link_local_from,
};
use super::{InterfaceId, SendError, Stack};
use crate::neighbor::Cache;

/// Where a packet goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way<A> {
    Neighbor(NextHop<A>),
    /// To everyone on the link, or to a group: nobody has to be asked.
    Group(InterfaceId),
}

impl<A> Way<A> {
    pub(super) fn interface(&self) -> InterfaceId {
        match self {
            Self::Neighbor(hop) => hop.interface,
            Self::Group(interface) => *interface,
        }
    }
}

impl Stack {
    /// Adds an interface. Its prefixes become routes, and its number is one more than the last
    /// one's, from 0.
    pub fn add_interface(&mut self, setup: &Interface) -> Result<InterfaceId, SetupError> {
        if setup.mac.is_group() {
            return Err(SetupError::GroupMac(setup.mac));
        }
        let with_v6 = setup.addresses.iter().any(|(address, _)| address.is_ipv6());
        let least = if with_v6 { MIN_MTU_V6 } else { MIN_MTU_V4 };
        if !(least..=MAX_MTU).contains(&setup.mtu) {
            return Err(SetupError::Mtu(setup.mtu));
        }
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for &(address, length) in &setup.addresses {
            match address {
                _ if !is_host(address) => return Err(SetupError::Address(address)),
                IpAddr::V4(own) => {
                    let prefix = prefix(own, length)?;
                    if is_end_of(own, prefix) {
                        return Err(SetupError::Address(address));
                    }
                    v4.push((own, prefix));
                }
                IpAddr::V6(own) => v6.push((own, prefix(own, length)?)),
            }
        }
        if setup.mtu >= MIN_MTU_V6 && !v6.iter().any(|(own, _)| own.is_unicast_link_local()) {
            let own = link_local_from(setup.mac);
            v6.push((own, prefix(own, 64)?));
        }
        let interface = self.interfaces.len() as InterfaceId;
        let route = Route { interface, gateway: None };
        for (_, prefix) in &v4 {
            self.routes_v4
                .insert(*prefix, route)
                .map_err(|e| SetupError::Gateway(e.gateway.into()))?;
        }
        // Every link has the same link-local prefix: no table can tell them apart.
        for (_, prefix) in v6.iter().filter(|(own, _)| !own.is_unicast_link_local()) {
            let route = Route { interface, gateway: None };
            self.routes_v6
                .insert(*prefix, route)
                .map_err(|e| SetupError::Gateway(e.gateway.into()))?;
        }
        let (mac, mtu) = (setup.mac, setup.mtu);
        let (v4, v6) = (self.side(v4), self.side(v6));
        self.interfaces.push(Attached { mac, mtu, v4, v6 });
        Ok(interface)
    }

    fn side<A: Address>(&mut self, own: Vec<(A, Prefix<A>)>) -> Side<A> {
        Side { own, neighbors: Cache::new(self.config.neighbors.clone(), self.random.u64(..)) }
    }

    /// Adds a route through a gateway, which must be on the link of an interface. The default
    /// route is the prefix of length 0: `0.0.0.0/0` or `::/0`.
    ///
    /// A link-local gateway is on the first interface with IPv6.
    pub fn add_route(
        &mut self,
        destination: IpAddr,
        length: u8,
        gateway: IpAddr,
    ) -> Result<(), SetupError> {
        let off_link = SetupError::Gateway(gateway);
        if self.is_own(gateway) {
            return Err(off_link);
        }
        match (destination, gateway) {
            (IpAddr::V4(destination), IpAddr::V4(gateway)) => {
                let link = self.interfaces.iter().position(|i| i.v4.is_on_link(gateway));
                let interface = link.ok_or(off_link)? as InterfaceId;
                let route = Route { interface, gateway: Some(gateway) };
                let inserted = self.routes_v4.insert(prefix(destination, length)?, route);
                inserted.map_err(|_| off_link)?;
            }
            (IpAddr::V6(destination), IpAddr::V6(gateway)) => {
                let link = self.interfaces.iter().position(|i| i.v6.is_on_link(gateway));
                let interface = link.ok_or(off_link)? as InterfaceId;
                let route = Route { interface, gateway: Some(gateway) };
                let inserted = self.routes_v6.insert(prefix(destination, length)?, route);
                inserted.map_err(|_| off_link)?;
            }
            _ => return Err(off_link),
        }
        Ok(())
    }

    /// Tells all neighbors on the link our addresses, unasked (RFC 5227 §2.3, RFC 4861 §7.2.6).
    ///
    /// Nothing does it by itself, nor looks whether an address is taken before it is used
    /// (RFC 5227 §2.1, RFC 4862 §5.4): these are left out.
    pub fn announce(&mut self, interface: InterfaceId) {
        let Some(attached) = self.interfaces.get(interface as usize) else { return };
        let v4: Vec<_> = attached.v4.own.iter().map(|(own, _)| *own).collect();
        let v6: Vec<_> = attached.v6.own.iter().map(|(own, _)| *own).collect();
        for own in v4 {
            self.announce_arp(interface, own);
        }
        for own in v6 {
            self.announce_nd(interface, own);
        }
    }

    /// Whether the address is one of ours, on any interface.
    pub fn is_own(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(v4) => self.interfaces.iter().any(|i| i.v4.is_own(v4)),
            IpAddr::V6(v6) => self.interfaces.iter().any(|i| i.v6.is_own(v6)),
        }
    }

    /// Whether the address means everyone on one of our links.
    pub(super) fn is_broadcast(&self, address: Ipv4Addr) -> bool {
        self.interfaces.iter().any(|interface| interface.is_broadcast(address))
    }

    fn attached(&self, interface: Option<InterfaceId>) -> Result<InterfaceId, SendError> {
        match interface {
            Some(id) if (id as usize) < self.interfaces.len() => Ok(id),
            Some(_) => Err(SendError::NoInterface),
            None if self.interfaces.len() == 1 => Ok(0),
            None => Err(SendError::NeedsInterface),
        }
    }

    fn attached_v6(&self, interface: Option<InterfaceId>) -> Result<InterfaceId, SendError> {
        let interface = self.attached(interface)?;
        let has_v6 = self.interfaces[interface as usize].has_v6();
        has_v6.then_some(interface).ok_or(SendError::NoSource)
    }

    /// The next hop for a packet of ours (RFC 1122 §3.3.1.1): the destination if it is on a link of
    /// ours, else a router.
    pub(super) fn way_v4(
        &self,
        destination: Ipv4Addr,
        interface: Option<InterfaceId>,
    ) -> Result<Way<Ipv4Addr>, SendError> {
        if destination.is_multicast() || destination.is_broadcast() {
            return Ok(Way::Group(self.attached(interface)?));
        }
        if !super::interface::is_host_v4(destination) {
            return Err(SendError::BadDestination);
        }
        if self.is_own(destination.into()) {
            return Err(SendError::Ourselves);
        }
        let hop = self.routes_v4.next_hop(destination).ok_or(SendError::NoRoute)?;
        if self.interfaces[hop.interface as usize].is_broadcast(destination) {
            return Ok(Way::Group(hop.interface));
        }
        Ok(Way::Neighbor(hop))
    }

    pub(super) fn way_v6(
        &self,
        destination: Ipv6Addr,
        interface: Option<InterfaceId>,
    ) -> Result<Way<Ipv6Addr>, SendError> {
        if destination.is_multicast() {
            return Ok(Way::Group(self.attached_v6(interface)?));
        }
        if !super::interface::is_host_v6(destination) {
            return Err(SendError::BadDestination);
        }
        if destination.is_unicast_link_local() {
            let interface = self.attached_v6(interface)?;
            if self.interfaces[interface as usize].v6.is_own(destination) {
                return Err(SendError::Ourselves);
            }
            return Ok(Way::Neighbor(NextHop { interface, neighbor: destination }));
        }
        if self.is_own(destination.into()) {
            return Err(SendError::Ourselves);
        }
        self.routes_v6.next_hop(destination).map(Way::Neighbor).ok_or(SendError::NoRoute)
    }

    /// The address that a packet to `destination` would come from: of the interface that it leaves
    /// through, and if that has several, one that the next hop shares a prefix with. A transport
    /// protocol needs it before it can compute a checksum.
    pub fn source_for(
        &self,
        destination: IpAddr,
        interface: Option<InterfaceId>,
    ) -> Result<IpAddr, SendError> {
        match destination {
            IpAddr::V4(v4) => self.source_v4(&self.way_v4(v4, interface)?).map(IpAddr::V4),
            IpAddr::V6(v6) => self.source_v6(v6, &self.way_v6(v6, interface)?).map(IpAddr::V6),
        }
    }

    /// RFC 1122 §3.3.4.3.
    pub(super) fn source_v4(&self, way: &Way<Ipv4Addr>) -> Result<Ipv4Addr, SendError> {
        let own = &self.interfaces[way.interface() as usize].v4.own;
        let near = match way {
            Way::Neighbor(hop) => own.iter().find(|(_, prefix)| prefix.contains(hop.neighbor)),
            Way::Group(_) => None,
        };
        near.or(own.first()).map(|(own, _)| *own).ok_or(SendError::NoSource)
    }

    /// RFC 6724 §5, of which three rules can make a difference here: same scope (2), the interface that the
    /// packet leaves through (5), and the longest prefix in common (8).
    pub(super) fn source_v6(
        &self,
        destination: Ipv6Addr,
        way: &Way<Ipv6Addr>,
    ) -> Result<Ipv6Addr, SendError> {
        let attached = &self.interfaces[way.interface() as usize];
        if is_link_scope(destination) {
            return attached.link_local().ok_or(SendError::NoSource);
        }
        let global = |(own, _): &&(Ipv6Addr, _)| !own.is_unicast_link_local();
        let near = attached.v6.own.iter().filter(global);
        let other = self.interfaces.iter().flat_map(|i| i.v6.own.iter()).filter(global);
        let in_common =
            |(own, _): &&(Ipv6Addr, _)| (own.to_bits() ^ destination.to_bits()).leading_zeros();
        let best = near.max_by_key(in_common).or_else(|| other.max_by_key(in_common));
        best.map(|(own, _)| *own).ok_or(SendError::NoSource)
    }

    /// The source, unless it is link-local and the packet leaves through another link.
    pub(super) fn may_leave(
        &self,
        source: Ipv6Addr,
        way: &Way<Ipv6Addr>,
    ) -> Result<Ipv6Addr, SendError> {
        let here = self.interfaces[way.interface() as usize].v6.is_own(source);
        (here || !source.is_unicast_link_local()).then_some(source).ok_or(SendError::NotOurs)
    }

    /// The largest packet to `destination` that needs no cutting, as far as we know.
    pub fn path_mtu(
        &self,
        destination: IpAddr,
        interface: Option<InterfaceId>,
        now: Duration,
    ) -> Result<usize, SendError> {
        let interface = match destination {
            IpAddr::V4(v4) => self.way_v4(v4, interface)?.interface(),
            IpAddr::V6(v6) => self.way_v6(v6, interface)?.interface(),
        };
        Ok(self.mtu_to(destination, interface, now))
    }

    pub(super) fn mtu_to(
        &self,
        destination: IpAddr,
        interface: InterfaceId,
        now: Duration,
    ) -> usize {
        let link = self.interfaces[interface as usize].mtu;
        self.paths.mtu(destination, now).map_or(link, |path| path.min(link))
    }
}

/// Whether packets to the address stay on their link (RFC 4291 §2.5.6, §2.7).
pub(super) fn is_link_scope(address: Ipv6Addr) -> bool {
    let scope = address.octets()[1] & 0xf;
    address.is_unicast_link_local() || (address.is_multicast() && scope <= 2)
}

fn prefix<A: Address>(address: A, length: u8) -> Result<Prefix<A>, SetupError>
where
    IpAddr: From<A>,
{
    Prefix::containing(address, length).ok_or(SetupError::PrefixLength(address.into(), length))
}

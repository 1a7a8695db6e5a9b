//! What makes a router: packets for others, sent on (RFC 1812 §5.2, RFC 8200 §3).

use std::net::Ipv4Addr;

use addresses::route::NextHop;

use super::complain::Complaint;
use super::counters::Fate;
use super::interface::Cast;
use super::receive::Arrival;
use super::route::is_link_scope;
use super::{Discard, Stack};
use crate::wire::ethernet::{self, EtherType};
use crate::wire::{ipv4, ipv6};

impl Stack {
    // ANCHOR: forward_v4
    /// Sends a packet on: one hop less, to the next hop that its destination has from here.
    pub(super) fn forward_v4(
        &mut self,
        at: Arrival,
        packet: &ipv4::Packet<'_>,
    ) -> Result<Fate, Discard> {
        self.may_forward_v4(at, packet)?;
        if packet.ttl() <= 1 {
            self.complain_v4(at.cast, packet, Complaint::HopLimit, at.now);
            return Err(Discard::HopLimit);
        }
        let Some(hop) = self.routes_v4.next_hop(packet.destination()) else {
            self.complain_v4(at.cast, packet, Complaint::NoRoute, at.now);
            return Err(Discard::NoRoute);
        };
        let mtu = self.interfaces[hop.interface as usize].mtu;
        if packet.bytes().len() <= mtu {
            let mut frame = self.frame(hop.interface, EtherType::IPV4);
            frame.extend_from_slice(packet.bytes());
            ipv4::decrement_ttl(&mut frame[ethernet::LENGTH..]);
            self.transmit(hop, frame, at.now)?;
        } else if packet.dont_fragment() {
            self.complain_v4(at.cast, packet, Complaint::TooBig { mtu }, at.now);
            return Err(Discard::TooBig);
        } else {
            self.forward_pieces(at, packet, hop, mtu)?;
        }
        Ok(Fate::Forwarded)
    }
    // ANCHOR_END: forward_v4

    fn forward_pieces(
        &mut self,
        at: Arrival,
        packet: &ipv4::Packet<'_>,
        hop: NextHop<Ipv4Addr>,
        mtu: usize,
    ) -> Result<(), Discard> {
        for piece in packet.fragments(mtu) {
            let mut frame = self.frame(hop.interface, EtherType::IPV4);
            piece.write(&mut frame);
            ipv4::decrement_ttl(&mut frame[ethernet::LENGTH..]);
            self.transmit(hop, frame, at.now)?;
        }
        Ok(())
    }

    // ANCHOR: may_forward_v4
    /// What a router must not forward, whatever its table says.
    fn may_forward_v4(&self, at: Arrival, packet: &ipv4::Packet<'_>) -> Result<(), Discard> {
        let (from, to) = (packet.source(), packet.destination());
        let back = || self.routes_v4.next_hop(from).map(|hop| hop.interface);
        match () {
            () if !self.config.forwarding => Err(Discard::NotForUs),
            () if at.cast == Cast::Group => Err(Discard::UnicastForAll),
            () if to.is_multicast() => Err(Discard::Multicast),
            () if from.is_link_local() || to.is_link_local() => Err(Discard::LinkLocal),
            () if self.is_broadcast(to) => Err(Discard::Broadcast),
            () if self.config.source_validation && back() != Some(at.interface) => {
                Err(Discard::SourceElsewhere)
            }
            () => Ok(()),
        }
    }
    // ANCHOR_END: may_forward_v4

    /// The same for IPv6: no checksum to change, and nothing is cut.
    pub(super) fn forward_v6(
        &mut self,
        at: Arrival,
        packet: &ipv6::Packet<'_>,
    ) -> Result<Fate, Discard> {
        self.may_forward_v6(at, packet)?;
        if packet.hop_limit() <= 1 {
            self.complain_v6(at, packet, Complaint::HopLimit);
            return Err(Discard::HopLimit);
        }
        let Some(hop) = self.routes_v6.next_hop(packet.destination()) else {
            self.complain_v6(at, packet, Complaint::NoRoute);
            return Err(Discard::NoRoute);
        };
        let mtu = self.interfaces[hop.interface as usize].mtu;
        if packet.bytes().len() > mtu {
            self.complain_v6(at, packet, Complaint::TooBig { mtu });
            return Err(Discard::TooBig);
        }
        let mut frame = self.frame(hop.interface, EtherType::IPV6);
        frame.extend_from_slice(packet.bytes());
        ipv6::decrement_hop_limit(&mut frame[ethernet::LENGTH..]);
        self.transmit(hop, frame, at.now)?;
        Ok(Fate::Forwarded)
    }

    fn may_forward_v6(&self, at: Arrival, packet: &ipv6::Packet<'_>) -> Result<(), Discard> {
        let (from, to) = (packet.source(), packet.destination());
        let back = || self.routes_v6.next_hop(from).map(|hop| hop.interface);
        match () {
            () if !self.config.forwarding => Err(Discard::NotForUs),
            () if at.cast == Cast::Group && !to.is_multicast() => Err(Discard::UnicastForAll),
            () if to.is_multicast() => Err(Discard::Multicast),
            () if is_link_scope(from) || is_link_scope(to) => Err(Discard::LinkLocal),
            () if self.config.source_validation && back() != Some(at.interface) => {
                Err(Discard::SourceElsewhere)
            }
            () => Ok(()),
        }
    }
}

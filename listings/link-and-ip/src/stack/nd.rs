//! Neighbor Discovery: who has this IPv6 address? (RFC 4861 §7)

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use addresses::Mac;

use super::arp::delivered;
use super::counters::Fate;
use super::ipv6::ALL_NODES;
use super::output::Version;
use super::receive::Arrival;
use super::{Discard, Event, InterfaceId, Stack};
use crate::neighbor::{Cache, Heard};
use crate::wire::ethernet::EtherType;
use crate::wire::ndp::{HOP_LIMIT, Message, multicast_mac, solicited_node};
use crate::wire::{Protocol, ipv6};

/// A question: who asks, and for whom.
#[derive(Clone, Copy, Debug)]
struct Question {
    from: Ipv6Addr,
    source_mac: Option<Mac>,
    target: Ipv6Addr,
}

impl Stack {
    pub(super) fn receive_nd(
        &mut self,
        at: Arrival,
        packet: &ipv6::Packet<'_>,
        message: &[u8],
    ) -> Result<Fate, Discard> {
        match Message::parse(message, packet)? {
            Message::NeighborSolicitation { target, source_mac } => {
                let from = packet.source();
                self.solicited(at, Question { from, source_mac, target })
            }
            Message::NeighborAdvertisement {
                router,
                solicited,
                overriding,
                target,
                target_mac,
            } => {
                let overrides = overriding;
                let heard = Heard::Advertisement { mac: target_mac, solicited, overrides, router };
                self.advertised(at, target, target_mac, heard)
            }
            Message::RouterSolicitation { .. } | Message::RouterAdvertisement(_) => {
                Err(Discard::NdpRouter)
            }
            Message::Other { .. } => Err(Discard::Redirect),
        }
    }

    // ANCHOR: solicited
    /// "Who has `target`?" (RFC 4861 §7.2.3, §7.2.4)
    fn solicited(&mut self, at: Arrival, question: Question) -> Result<Fate, Discard> {
        let side = &self.interfaces[at.interface as usize].v6;
        if !side.is_own(question.target) {
            return Err(Discard::NdpNotForUs);
        }
        // Nobody asks whether the address is free: everyone may know that it is not.
        if question.from.is_unspecified() {
            self.advertise(at.interface, question.target, None, multicast_mac(ALL_NODES))?;
            return Ok(Fate::Answered);
        }
        if !side.is_on_link(question.from) {
            return Err(Discard::NdpOffLink);
        }
        if let Some(mac) = question.source_mac {
            if mac != at.from {
                return Err(Discard::NdpSenderMac);
            }
            let neighbors = Ipv6Addr::neighbors(self, at.interface);
            neighbors.heard(question.from, Heard::Request { mac }, at.now);
            self.run_neighbors::<Ipv6Addr>(at.interface, at.now);
        }
        self.advertise(at.interface, question.target, Some(question.from), at.from)?;
        Ok(Fate::Answered)
    }
    // ANCHOR_END: solicited

    /// "I have `target`" (RFC 4861 §7.2.5).
    fn advertised(
        &mut self,
        at: Arrival,
        target: Ipv6Addr,
        mac: Option<Mac>,
        heard: Heard,
    ) -> Result<Fate, Discard> {
        let side = &self.interfaces[at.interface as usize].v6;
        if side.is_own(target) {
            let (interface, claimed_by) = (at.interface, at.from);
            self.tell(Event::Conflict { interface, address: target.into(), claimed_by })?;
            return Err(Discard::NdpConflict);
        }
        if !side.is_on_link(target) {
            return Err(Discard::NdpOffLink);
        }
        if mac.is_some_and(|mac| mac != at.from) {
            return Err(Discard::NdpSenderMac);
        }
        let verdict = Ipv6Addr::neighbors(self, at.interface).heard(target, heard, at.now);
        self.run_neighbors::<Ipv6Addr>(at.interface, at.now);
        delivered(verdict, Discard::NdpUnasked, Discard::NdpRefused)
    }

    /// Says that we have `target`: to the one who asked, or to everyone.
    fn advertise(
        &mut self,
        interface: InterfaceId,
        target: Ipv6Addr,
        asker: Option<Ipv6Addr>,
        mac: Mac,
    ) -> Result<(), Discard> {
        let message = Message::NeighborAdvertisement {
            router: self.config.forwarding,
            solicited: asker.is_some(),
            overriding: true,
            target,
            target_mac: Some(self.interfaces[interface as usize].mac),
        };
        self.send_nd(interface, target, asker.unwrap_or(ALL_NODES), mac, &message)
    }

    pub(super) fn announce_nd(&mut self, interface: InterfaceId, own: Ipv6Addr) {
        let _ = self.advertise(interface, own, None, multicast_mac(ALL_NODES));
    }

    /// Sends a message straight to a card: it must not wait for an answer to a question that it
    /// asks itself.
    fn send_nd(
        &mut self,
        interface: InterfaceId,
        source: Ipv6Addr,
        destination: Ipv6Addr,
        mac: Mac,
        message: &Message,
    ) -> Result<(), Discard> {
        let mut frame = self.frame_to(interface, EtherType::IPV6, mac);
        let mut payload = self.queues.buffer();
        message.write(source, destination, &mut payload);
        let header = ipv6::Header::new(Protocol::ICMPV6, source, destination, payload.len());
        ipv6::Header { hop_limit: HOP_LIMIT, ..header }.write(&mut frame);
        frame.extend_from_slice(&payload);
        self.recycle(payload);
        self.enqueue(interface, frame)
    }
}

impl Version for Ipv6Addr {
    fn neighbors(stack: &mut Stack, interface: InterfaceId) -> &mut Cache<Self, Vec<u8>> {
        &mut stack.interfaces[interface as usize].v6.neighbors
    }

    fn solicit(stack: &mut Stack, interface: InterfaceId, target: Self, to: Option<Mac>) {
        let attached = &stack.interfaces[interface as usize];
        let own = attached.v6.own.iter().find(|(_, prefix)| prefix.contains(target));
        let Some((source, _)) = own.or(attached.v6.own.first()).copied() else { return };
        let message = Message::NeighborSolicitation { target, source_mac: Some(attached.mac) };
        let group = solicited_node(target);
        let (destination, mac) = match to {
            Some(mac) => (target, mac),
            None => (group, multicast_mac(group)),
        };
        let _ = stack.send_nd(interface, source, destination, mac, &message);
    }

    fn unreachable(stack: &mut Stack, interface: InterfaceId, packet: &[u8], now: Duration) {
        stack.undelivered_v6(interface, packet, now);
    }

    fn into_ip(self) -> IpAddr {
        self.into()
    }
}

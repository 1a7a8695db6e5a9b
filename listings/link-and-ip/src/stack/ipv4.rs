//! An IPv4 packet came: may it, is it for us, what is in it?

use std::net::Ipv4Addr;

use super::complain::Complaint;
use super::counters::Fate;
use super::interface::{Cast, is_host_v4};
use super::receive::Arrival;
use super::{Discard, Event, Packet, Stack};
use crate::wire::{Protocol, ipv4};

/// Options with which a sender chooses the way: loose and strict source route (RFC 791 §3.1).
const SOURCE_ROUTES: [u8; 2] = [131, 137];

/// Whom a packet is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Us,
    /// Everyone on the link, or a group that we are in.
    Group,
    Other,
}

impl Stack {
    pub(super) fn receive_ipv4(&mut self, at: Arrival, bytes: &[u8]) -> Result<Fate, Discard> {
        let packet = ipv4::Packet::parse(bytes)?;
        self.check_source_v4(packet.source())?;
        if packet.options().flatten().any(|option| SOURCE_ROUTES.contains(&option.kind)) {
            return Err(Discard::SourceRoute);
        }
        match self.target_v4(at, packet.destination())? {
            Target::Us if at.cast == Cast::Group => Err(Discard::UnicastForAll),
            Target::Us | Target::Group => self.take_ipv4(at, &packet),
            Target::Other => self.forward_v4(at, &packet),
        }
    }

    fn check_source_v4(&self, source: Ipv4Addr) -> Result<(), Discard> {
        if !is_host_v4(source) || self.is_broadcast(source) {
            return Err(Discard::Source);
        }
        if self.is_own(source.into()) {
            return Err(Discard::OwnSource);
        }
        Ok(())
    }

    fn target_v4(&self, at: Arrival, destination: Ipv4Addr) -> Result<Target, Discard> {
        let here = &self.interfaces[at.interface as usize];
        if self.is_own(destination.into()) {
            return Ok(Target::Us);
        }
        if here.is_broadcast(destination) || destination == Ipv4Addr::new(224, 0, 0, 1) {
            return Ok(Target::Group);
        }
        if is_host_v4(destination) || destination.is_multicast() {
            return Ok(Target::Other);
        }
        Err(Discard::Destination)
    }

    // ANCHOR: take_ipv4
    /// A packet for us: put it together if it is a piece, and hand it to its protocol.
    fn take_ipv4(&mut self, at: Arrival, packet: &ipv4::Packet<'_>) -> Result<Fate, Discard> {
        if packet.is_fragment() {
            return match self.reassembly.add_v4(packet, at.now)? {
                Some(whole) => self.take_ipv4(at, &ipv4::Packet::parse(&whole)?),
                None => Ok(Fate::Kept),
            };
        }
        match packet.protocol() {
            Protocol::ICMP => self.receive_icmpv4(at, packet),
            protocol if self.is_registered(protocol) => {
                let event = self.packet_v4(at, packet);
                self.tell(Event::Packet(event))?;
                Ok(Fate::Delivered)
            }
            // We are a host with UDP whose ports are all closed.
            Protocol::UDP => {
                self.complain_v4(at.cast, packet, Complaint::NoPort, at.now);
                Err(Discard::NoPort)
            }
            _ => {
                self.complain_v4(at.cast, packet, Complaint::NoProtocol { named_at: 9 }, at.now);
                Err(Discard::NoProtocol)
            }
        }
    }
    // ANCHOR_END: take_ipv4

    fn packet_v4(&mut self, at: Arrival, packet: &ipv4::Packet<'_>) -> Packet {
        let mut bytes = self.queues.buffer();
        bytes.extend_from_slice(packet.bytes());
        Packet {
            interface: at.interface,
            source: packet.source().into(),
            destination: packet.destination().into(),
            protocol: packet.protocol(),
            hop_limit: packet.ttl(),
            bytes,
            payload_at: packet.header_length(),
            link_group: at.cast == Cast::Group,
        }
    }
}

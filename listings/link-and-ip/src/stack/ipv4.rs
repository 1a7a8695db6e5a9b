//! An IPv4 packet came: may it, is it for us, what is in it?

use std::net::Ipv4Addr;

use super::complain::Complaint;
use super::counters::Fate;
use super::interface::{Cast, is_host_v4};
use super::receive::{Arrival, Taken};
use super::{Discard, Packet, Stack};
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
    pub(super) fn receive_ipv4<'f>(
        &mut self,
        at: Arrival,
        bytes: &'f [u8],
    ) -> Result<Taken<'f>, Discard> {
        let packet = ipv4::Packet::parse(bytes)?;
        self.check_source_v4(packet.source())?;
        if packet.options().flatten().any(|option| SOURCE_ROUTES.contains(&option.kind)) {
            return Err(Discard::SourceRoute);
        }
        match self.target_v4(at, packet.destination())? {
            Target::Us if at.cast == Cast::Group => Err(Discard::UnicastForAll),
            Target::Us | Target::Group => self.take_ipv4(at, &packet),
            Target::Other => self.forward_v4(at, &packet).map(Taken::Done),
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
    fn take_ipv4<'f>(
        &mut self,
        at: Arrival,
        packet: &ipv4::Packet<'f>,
    ) -> Result<Taken<'f>, Discard> {
        if packet.is_fragment() {
            let Some(whole) = self.reassembly.add_v4(packet, at.now)? else {
                return Ok(Taken::Done(Fate::Kept));
            };
            let taken = self.take_ipv4(at, &ipv4::Packet::parse(&whole)?)?;
            return self.queue(taken).map(Taken::Done);
        }
        match packet.protocol() {
            Protocol::ICMP => self.receive_icmpv4(at, packet).map(Taken::Done),
            protocol if self.is_registered(protocol) => Ok(Taken::Packet(delivery_v4(at, packet))),
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
}

fn delivery_v4<'f>(at: Arrival, packet: &ipv4::Packet<'f>) -> Packet<&'f [u8]> {
    Packet {
        interface: at.interface,
        source: packet.source().into(),
        destination: packet.destination().into(),
        protocol: packet.protocol(),
        hop_limit: packet.ttl(),
        bytes: packet.bytes(),
        payload_at: packet.header_length(),
        link_group: at.cast == Cast::Group,
    }
}

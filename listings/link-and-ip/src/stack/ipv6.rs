//! An IPv6 packet came: may it, is it for us, what is in it?

use std::net::Ipv6Addr;

use super::complain::Complaint;
use super::counters::Fate;
use super::interface::{Cast, is_host_v6};
use super::ipv4::Target;
use super::receive::{Arrival, Taken};
use super::{Discard, Packet, Stack};
use crate::wire::ipv6::Refusal;
use crate::wire::{Protocol, ipv6, ndp};

/// RFC 4291 §2.7.1.
pub(super) const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
const ALL_ROUTERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 2);

impl Stack {
    pub(super) fn receive_ipv6<'f>(
        &mut self,
        at: Arrival,
        bytes: &'f [u8],
    ) -> Result<Taken<'f>, Discard> {
        let packet = ipv6::Packet::parse(bytes)?;
        self.check_source_v6(&packet)?;
        match self.target_v6(at, packet.destination())? {
            Target::Us if at.cast == Cast::Group => Err(Discard::UnicastForAll),
            Target::Us | Target::Group => self.take_ipv6(at, &packet, false),
            Target::Other => self.forward_v6(at, &packet).map(Taken::Done),
        }
    }

    fn check_source_v6(&self, packet: &ipv6::Packet<'_>) -> Result<(), Discard> {
        let source = packet.source();
        // Only who asks whether an address is free has none (RFC 4862 §5.4.2).
        let asks = source.is_unspecified() && ndp::is_solicited_node(packet.destination());
        if !is_host_v6(source) && !asks {
            return Err(Discard::Source);
        }
        if self.is_own(source.into()) {
            return Err(Discard::OwnSource);
        }
        Ok(())
    }

    fn target_v6(&self, at: Arrival, destination: Ipv6Addr) -> Result<Target, Discard> {
        let here = &self.interfaces[at.interface as usize];
        if !here.has_v6() {
            return Err(Discard::EtherType);
        }
        if destination.is_unicast_link_local() {
            let ours = here.v6.is_own(destination);
            return if ours { Ok(Target::Us) } else { Ok(Target::Other) };
        }
        if self.is_own(destination.into()) {
            return Ok(Target::Us);
        }
        let mut own = here.v6.own.iter().map(|(own, _)| *own);
        let group = destination == ALL_NODES
            || (destination == ALL_ROUTERS && self.config.forwarding)
            || own.any(|own| ndp::solicited_node(own) == destination);
        match destination {
            _ if group => Ok(Target::Group),
            _ if is_host_v6(destination) || destination.is_multicast() => Ok(Target::Other),
            _ => Err(Discard::Destination),
        }
    }

    /// A packet for us: past the extension headers, put it together if it is a piece, and hand it
    /// to its protocol.
    fn take_ipv6<'f>(
        &mut self,
        at: Arrival,
        packet: &ipv6::Packet<'f>,
        was_cut: bool,
    ) -> Result<Taken<'f>, Discard> {
        let chain = packet.chain().map_err(|refusal| self.refuse_v6(at, packet, refusal))?;
        if chain.fragment.is_some() {
            let added = self.reassembly.add_v6(packet, &chain, at.interface, at.now);
            return match added.map_err(|refusal| self.refuse_v6(at, packet, refusal))? {
                Some(whole) if !was_cut => {
                    let taken = self.take_ipv6(at, &ipv6::Packet::parse(&whole)?, true)?;
                    self.queue(taken).map(Taken::Done)
                }
                _ => Ok(Taken::Done(Fate::Kept)),
            };
        }
        match chain.protocol {
            Protocol::ICMPV6 => {
                self.receive_icmpv6(at, packet, chain.payload, was_cut).map(Taken::Done)
            }
            protocol if self.is_registered(protocol) => {
                Ok(Taken::Packet(delivery_v6(at, packet, &chain)))
            }
            Protocol::NO_NEXT_HEADER => Err(Discard::NothingInside),
            Protocol::UDP => {
                self.complain_v6(at, packet, Complaint::NoPort);
                Err(Discard::NoPort)
            }
            _ => {
                let named_at = chain.named_at;
                self.complain_v6(at, packet, Complaint::NoProtocol { named_at });
                Err(Discard::NoProtocol)
            }
        }
    }

    /// Tells the sender, if the RFC wants it, why its packet is refused.
    fn refuse_v6(&mut self, at: Arrival, packet: &ipv6::Packet<'_>, refusal: Refusal) -> Discard {
        if let Some(answer) = refusal.answer {
            self.complain_v6(at, packet, Complaint::Problem(answer));
        }
        refusal.reason.into()
    }
}

fn delivery_v6<'f>(
    at: Arrival,
    packet: &ipv6::Packet<'f>,
    chain: &ipv6::Chain<'_>,
) -> Packet<&'f [u8]> {
    Packet {
        interface: at.interface,
        source: packet.source().into(),
        destination: packet.destination().into(),
        protocol: chain.protocol,
        hop_limit: packet.hop_limit(),
        bytes: packet.bytes(),
        payload_at: packet.bytes().len() - chain.payload.len(),
        link_group: at.cast == Cast::Group,
    }
}

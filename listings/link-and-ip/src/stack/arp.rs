//! ARP: who has this IPv4 address? (RFC 826, RFC 5227)

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use addresses::Mac;

use super::counters::Fate;
use super::output::Version;
use super::receive::Arrival;
use super::{Discard, Event, InterfaceId, Stack};
use crate::neighbor::{Cache, Heard, Verdict};
use crate::wire::arp::{Operation, Packet};
use crate::wire::ethernet::EtherType;

impl Stack {
    // ANCHOR: receive_arp
    pub(super) fn receive_arp(&mut self, at: Arrival, bytes: &[u8]) -> Result<Fate, Discard> {
        let packet = Packet::parse(bytes)?;
        if packet.sender_mac != at.from {
            return Err(Discard::ArpSenderMac);
        }
        let side = &self.interfaces[at.interface as usize].v4;
        if side.is_own(packet.sender_ip) {
            let (interface, claimed_by) = (at.interface, at.from);
            self.tell(Event::Conflict { interface, address: packet.sender_ip.into(), claimed_by })?;
            return Err(Discard::ArpConflict);
        }
        // Zero asks whether an address is free (RFC 5227 §2.1.1): there is nobody to learn.
        let nobody = packet.sender_ip.is_unspecified();
        if !nobody && !side.is_on_link(packet.sender_ip) {
            return Err(Discard::ArpOffLink);
        }
        let for_us = side.is_own(packet.target_ip);
        match packet.operation {
            Operation::Request if for_us && nobody => self.answer_arp(at, &packet),
            Operation::Request if for_us => {
                self.hear_arp(at, packet.sender_ip, Heard::Request { mac: at.from });
                self.answer_arp(at, &packet)
            }
            _ if nobody => Err(Discard::ArpNotForUs),
            Operation::Reply if for_us => {
                let verdict = self.hear_arp(at, packet.sender_ip, Heard::Reply { mac: at.from });
                delivered(verdict, Discard::ArpUnasked, Discard::ArpRefused)
            }
            Operation::Request | Operation::Reply => {
                let heard = Heard::Overheard { mac: at.from };
                let verdict = self.hear_arp(at, packet.sender_ip, heard);
                delivered(verdict, Discard::ArpNotForUs, Discard::ArpRefused)
            }
        }
    }
    // ANCHOR_END: receive_arp

    fn hear_arp(&mut self, at: Arrival, address: Ipv4Addr, heard: Heard) -> Verdict {
        let neighbors = Ipv4Addr::neighbors(self, at.interface);
        let verdict = neighbors.heard(address, heard, at.now);
        self.run_neighbors::<Ipv4Addr>(at.interface, at.now);
        verdict
    }

    /// "I have it", to the one who asked and to nobody else.
    fn answer_arp(&mut self, at: Arrival, request: &Packet) -> Result<Fate, Discard> {
        let reply = Packet {
            operation: Operation::Reply,
            sender_mac: self.interfaces[at.interface as usize].mac,
            sender_ip: request.target_ip,
            target_mac: request.sender_mac,
            target_ip: request.sender_ip,
        };
        self.send_arp(at.interface, at.from, &reply)?;
        Ok(Fate::Answered)
    }

    pub(super) fn send_arp(
        &mut self,
        interface: InterfaceId,
        to: Mac,
        packet: &Packet,
    ) -> Result<(), Discard> {
        let mut frame = self.frame_to(interface, EtherType::ARP, to);
        packet.write(&mut frame);
        self.enqueue(interface, frame)
    }

    /// Tells all neighbors an address of ours, as a request that nobody will answer
    /// (RFC 5227 §2.3).
    pub(super) fn announce_arp(&mut self, interface: InterfaceId, own: Ipv4Addr) {
        let sender_mac = self.interfaces[interface as usize].mac;
        let (operation, target_mac) = (Operation::Request, Mac([0; 6]));
        let packet = Packet { operation, sender_mac, sender_ip: own, target_mac, target_ip: own };
        let _ = self.send_arp(interface, Mac::BROADCAST, &packet);
    }
}

/// What a verdict of the neighbor cache means for the frame that caused it.
pub(super) fn delivered(
    verdict: Verdict,
    unasked: Discard,
    refused: Discard,
) -> Result<Fate, Discard> {
    match verdict {
        Verdict::Learned | Verdict::Known | Verdict::Changed => Ok(Fate::Delivered),
        Verdict::Unasked | Verdict::Full => Err(unasked),
        Verdict::Refused | Verdict::GroupMac => Err(refused),
    }
}

impl Version for Ipv4Addr {
    fn neighbors(stack: &mut Stack, interface: InterfaceId) -> &mut Cache<Self, Vec<u8>> {
        &mut stack.interfaces[interface as usize].v4.neighbors
    }

    fn solicit(stack: &mut Stack, interface: InterfaceId, target: Self, to: Option<Mac>) {
        let card = &stack.interfaces[interface as usize];
        let own = card.v4.own.iter().find(|(_, prefix)| prefix.contains(target));
        let Some((sender_ip, _)) = own.or(card.v4.own.first()) else { return };
        let request = Packet {
            operation: Operation::Request,
            sender_mac: card.mac,
            sender_ip: *sender_ip,
            target_mac: Mac([0; 6]),
            target_ip: target,
        };
        let _ = stack.send_arp(interface, to.unwrap_or(Mac::BROADCAST), &request);
    }

    fn unreachable(stack: &mut Stack, _: InterfaceId, packet: &[u8], now: Duration) {
        stack.undelivered_v4(packet, now);
    }

    fn into_ip(self) -> IpAddr {
        self.into()
    }
}

//! Packets of our own: the header, the cutting, the way.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use super::interface::{MAX_MTU, group_mac};
use super::output::Version;
use super::route::Way;
use super::{Discard, Echo, InterfaceId, Outgoing, SendError, Stack};
use crate::wire::ethernet::{self, EtherType};
use crate::wire::{Protocol, icmpv4, icmpv6, ipv4, ipv6};

/// RFC 1700's value, which everyone uses.
pub(super) const HOP_LIMIT: u8 = 64;

/// What an IPv4 packet is cut to at the least, if our own link takes that: every host takes a
/// packet of 576 bytes (RFC 791 §3.1).
const CUT_TO: usize = 576;

impl Stack {
    /// Sends a packet of a transport protocol.
    pub fn send(&mut self, packet: &Outgoing<'_>, now: Duration) -> Result<(), SendError> {
        let payload = |out: &mut Vec<u8>| out.extend_from_slice(packet.payload);
        self.send_with(packet, packet.payload.len(), payload, now)
    }

    /// The same, but the payload is what `write` appends: `length` bytes, written right where they
    /// are sent from, so that they need not be copied there. [`Outgoing::payload`] is not looked at.
    pub fn send_with(
        &mut self,
        packet: &Outgoing<'_>,
        length: usize,
        write: impl FnOnce(&mut Vec<u8>),
        now: Duration,
    ) -> Result<(), SendError> {
        if packet.source.is_some_and(|source| !self.is_own(source)) {
            return Err(SendError::NotOurs);
        }
        let hop_limit = hops(packet.hop_limit)?;
        let dont_fragment = packet.dont_fragment;
        match (packet.destination, packet.source) {
            (IpAddr::V4(to), None | Some(IpAddr::V4(_))) => {
                let way = self.way_v4(to, packet.interface)?;
                let source = match packet.source {
                    Some(IpAddr::V4(source)) => source,
                    _ => self.source_v4(&way)?,
                };
                let header = ipv4::Header::new(packet.protocol, source, to, length);
                let header = ipv4::Header { dont_fragment, ttl: hop_limit, ..header };
                self.send_v4(way, header, write, now)
            }
            (IpAddr::V6(to), None | Some(IpAddr::V6(_))) => {
                let way = self.way_v6(to, packet.interface)?;
                let source = match packet.source {
                    Some(IpAddr::V6(source)) => self.may_leave(source, &way)?,
                    _ => self.source_v6(to, &way)?,
                };
                let header = ipv6::Header::new(packet.protocol, source, to, length);
                let header = ipv6::Header { hop_limit, ..header };
                self.send_v6(way, header, dont_fragment, write, now)
            }
            _ => Err(SendError::MixedVersions),
        }
    }

    /// Asks `to` for an echo.
    pub fn ping(
        &mut self,
        to: IpAddr,
        identifier: u16,
        sequence: u16,
        data: &[u8],
        now: Duration,
    ) -> Result<(), SendError> {
        let (hop_limit, interface, dont_fragment) = (None, None, false);
        let echo = Echo { to, identifier, sequence, data, hop_limit, interface, dont_fragment };
        self.echo(&echo, now)
    }

    /// Asks for an echo, with all that can be chosen.
    pub fn echo(&mut self, echo: &Echo<'_>, now: Duration) -> Result<(), SendError> {
        let Echo { identifier, sequence, data, .. } = *echo;
        let content = icmpv4::Echo { identifier, sequence, data };
        let ttl = hops(echo.hop_limit)?;
        match echo.to {
            IpAddr::V4(to) => {
                let way = self.way_v4(to, echo.interface)?;
                let source = self.source_v4(&way)?;
                let message = icmpv4::Message::EchoRequest(content);
                let dont_fragment = echo.dont_fragment;
                let header = ipv4::Header::new(Protocol::ICMP, source, to, message.length());
                let header = ipv4::Header { dont_fragment, ttl, ..header };
                self.send_v4(way, header, |out| message.write(out), now)
            }
            IpAddr::V6(to) => {
                let way = self.way_v6(to, echo.interface)?;
                let source = self.source_v6(to, &way)?;
                let message = icmpv6::Message::EchoRequest(content);
                let header = ipv6::Header::new(Protocol::ICMPV6, source, to, message.length());
                let header = ipv6::Header { hop_limit: ttl, ..header };
                let write = |out: &mut Vec<u8>| message.write(source, to, out);
                self.send_v6(way, header, echo.dont_fragment, write, now)
            }
        }
    }

    /// Sends a packet whose payload `write` appends: whole if the path takes it, else in pieces.
    pub(super) fn send_v4(
        &mut self,
        way: Way<Ipv4Addr>,
        mut header: ipv4::Header,
        write: impl FnOnce(&mut Vec<u8>),
        now: Duration,
    ) -> Result<(), SendError> {
        let length = ipv4::LENGTH + header.payload_length;
        let mtu = self.mtu_to(header.destination.into(), way.interface(), now);
        if length > MAX_MTU {
            return Err(SendError::TooLong);
        }
        if header.dont_fragment && length > mtu {
            return Err(SendError::TooBig { mtu });
        }
        // Routers cut what may be cut, so a path need not be believed to be narrower than this. A
        // forged error could make us send thirty pieces for each packet.
        let mtu = mtu.max(CUT_TO.min(self.interfaces[way.interface() as usize].mtu));
        if !header.dont_fragment {
            header.identification = self.identifications.next_v4(&header);
        }
        let mut frame = self.frame(way.interface(), EtherType::IPV4);
        header.write(&mut frame);
        write(&mut frame);
        if length <= mtu {
            return self.go(way, header.destination, frame, now);
        }
        let sent = match frame.get(ethernet::LENGTH..).map(ipv4::Packet::parse) {
            Some(Ok(packet)) => self.send_pieces(way, &packet, mtu, now),
            _ => Ok(()),
        };
        self.recycle(frame);
        sent
    }

    fn send_pieces(
        &mut self,
        way: Way<Ipv4Addr>,
        packet: &ipv4::Packet<'_>,
        mtu: usize,
        now: Duration,
    ) -> Result<(), SendError> {
        for piece in packet.fragments(mtu) {
            let mut frame = self.frame(way.interface(), EtherType::IPV4);
            piece.write(&mut frame);
            self.go(way, packet.destination(), frame, now)?;
        }
        Ok(())
    }

    /// The same for IPv6. Routers do not cut there, so the sender does (RFC 8200 §4.5).
    pub(super) fn send_v6(
        &mut self,
        way: Way<Ipv6Addr>,
        header: ipv6::Header,
        dont_fragment: bool,
        write: impl FnOnce(&mut Vec<u8>),
        now: Duration,
    ) -> Result<(), SendError> {
        let length = ipv6::LENGTH + header.payload_length;
        let mtu = self.mtu_to(header.destination.into(), way.interface(), now);
        if header.payload_length > MAX_MTU {
            return Err(SendError::TooLong);
        }
        if dont_fragment && length > mtu {
            return Err(SendError::TooBig { mtu });
        }
        let mut frame = self.frame(way.interface(), EtherType::IPV6);
        header.write(&mut frame);
        write(&mut frame);
        if length <= mtu {
            return self.go(way, header.destination, frame, now);
        }
        let sent = match frame.get(ethernet::LENGTH..).map(ipv6::Packet::parse) {
            Some(Ok(packet)) => self.send_fragments(way, &packet, mtu, now),
            _ => Ok(()),
        };
        self.recycle(frame);
        sent
    }

    fn send_fragments(
        &mut self,
        way: Way<Ipv6Addr>,
        packet: &ipv6::Packet<'_>,
        mtu: usize,
        now: Duration,
    ) -> Result<(), SendError> {
        let identification = self.identifications.next_v6(packet.source(), packet.destination());
        for piece in packet.fragments(mtu, identification) {
            let mut frame = self.frame(way.interface(), EtherType::IPV6);
            piece.write(&mut frame);
            self.go(way, packet.destination(), frame, now)?;
        }
        Ok(())
    }

    /// Sends a frame to the next hop, or to a group, whose MAC address nobody has to be asked for.
    fn go<A: Version>(
        &mut self,
        way: Way<A>,
        destination: A,
        frame: Vec<u8>,
        now: Duration,
    ) -> Result<(), SendError> {
        let sent = match way {
            Way::Neighbor(hop) => self.transmit(hop, frame, now),
            Way::Group(interface) => {
                self.enqueue_to(interface, group_mac(destination.into_ip()), frame)
            }
        };
        sent.map_err(|_| SendError::QueueFull)
    }

    /// Answers a packet that came to `source` from `to`.
    pub(super) fn answer_v4(
        &mut self,
        interface: InterfaceId,
        source: Ipv4Addr,
        to: Ipv4Addr,
        message: &icmpv4::Message<'_>,
        now: Duration,
    ) -> Result<(), Discard> {
        let way = self.way_v4(to, Some(interface))?;
        let header = ipv4::Header::new(Protocol::ICMP, source, to, message.length());
        Ok(self.send_v4(way, header, |out| message.write(out), now)?)
    }

    /// The same for IPv6.
    pub(super) fn answer_v6(
        &mut self,
        interface: InterfaceId,
        source: Ipv6Addr,
        to: Ipv6Addr,
        message: &icmpv6::Message<'_>,
        now: Duration,
    ) -> Result<(), Discard> {
        let way = self.way_v6(to, Some(interface))?;
        let header = ipv6::Header::new(Protocol::ICMPV6, source, to, message.length());
        Ok(self.send_v6(way, header, false, |out| message.write(source, to, out), now)?)
    }
}

/// RFC 1122 §3.2.1.7: not zero.
fn hops(limit: Option<u8>) -> Result<u8, SendError> {
    limit.map_or(Some(HOP_LIMIT), |limit| (limit > 0).then_some(limit)).ok_or(SendError::NoHops)
}

impl From<SendError> for Discard {
    fn from(error: SendError) -> Self {
        if error == SendError::QueueFull { Self::OutputFull } else { Self::NoWayBack }
    }
}

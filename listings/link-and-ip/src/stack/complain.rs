//! ICMP errors that we send: about what, to whom, and when better not.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::counters::Fate;
use super::interface::{Cast, is_host_v4, is_host_v6};
use super::receive::Arrival;
use super::{DeliveryError, Discard, ErrorKind, InterfaceId, Packet, Stack};
use crate::wire::icmpv4::{self, HOPS_EXCEEDED, REASSEMBLY_TIME_EXCEEDED};
use crate::wire::ipv6::{Answer, Problem};
use crate::wire::{Protocol, icmpv6, ipv4, ipv6};

/// What is wrong with a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Complaint {
    HopLimit,
    NoRoute,
    NoNeighbor,
    /// The byte at which it is named.
    NoProtocol {
        named_at: usize,
    },
    NoPort,
    TooBig {
        mtu: usize,
    },
    /// Fragments are missing.
    Incomplete,
    Problem(Answer),
}

impl Complaint {
    /// The message (RFC 792, RFC 1812 §5.2.7). `None` if IPv4 has none.
    fn message_v4(self, quoted: &[u8]) -> Option<icmpv4::Message<'_>> {
        use icmpv4::{Message, Unreachable};
        let unreachable = |code| Message::Unreachable { code, mtu: 0, quoted };
        Some(match self {
            Self::HopLimit => Message::TimeExceeded { code: HOPS_EXCEEDED, quoted },
            Self::Incomplete => Message::TimeExceeded { code: REASSEMBLY_TIME_EXCEEDED, quoted },
            Self::NoRoute => unreachable(Unreachable::NET),
            Self::NoNeighbor => unreachable(Unreachable::HOST),
            Self::NoProtocol { .. } => unreachable(Unreachable::PROTOCOL),
            Self::NoPort => unreachable(Unreachable::PORT),
            Self::TooBig { mtu } => {
                let (code, mtu) = (Unreachable::FRAGMENTATION_NEEDED, mtu as u16);
                Message::Unreachable { code, mtu, quoted }
            }
            Self::Problem(_) => return None,
        })
    }

    /// The message (RFC 4443 §3).
    fn message_v6(self, quoted: &[u8]) -> icmpv6::Message<'_> {
        use icmpv6::{Message, Unreachable};
        let unreachable = |code| Message::Unreachable { code, quoted };
        let problem = |problem, pointer| {
            let (code, pointer) = (problem as u8, pointer as u32);
            Message::ParameterProblem { code, pointer, quoted }
        };
        match self {
            Self::HopLimit => Message::TimeExceeded { code: HOPS_EXCEEDED, quoted },
            Self::Incomplete => Message::TimeExceeded { code: REASSEMBLY_TIME_EXCEEDED, quoted },
            Self::NoRoute => unreachable(Unreachable::NO_ROUTE),
            Self::NoNeighbor => unreachable(Unreachable::ADDRESS),
            Self::NoPort => unreachable(Unreachable::PORT),
            Self::NoProtocol { named_at } => problem(Problem::NextHeader, named_at),
            Self::TooBig { mtu } => Message::PacketTooBig { mtu: mtu as u32, quoted },
            Self::Problem(answer) => problem(answer.problem, answer.pointer),
        }
    }

    fn even_to_group(self) -> bool {
        matches!(self, Self::Problem(answer) if answer.even_to_multicast)
    }
}

impl Stack {
    // ANCHOR: complain_v4
    /// Tells a packet's sender what is wrong with it, unless that could do harm.
    pub(super) fn complain_v4(
        &mut self,
        cast: Cast,
        packet: &ipv4::Packet<'_>,
        complaint: Complaint,
        now: Duration,
    ) {
        let quoted = icmpv4::quote(packet.bytes());
        let Some(message) = complaint.message_v4(quoted) else { return };
        if cast == Cast::Group
            || !self.may_complain_v4(packet)
            || !self.may_send_error(complaint, now)
        {
            return;
        }
        let Ok(way) = self.way_v4(packet.source(), None) else { return };
        let asked = packet.destination();
        let source = if self.is_own(asked.into()) { Ok(asked) } else { self.source_v4(&way) };
        let Ok(source) = source else { return };
        let header = ipv4::Header::new(Protocol::ICMP, source, packet.source(), message.length());
        if self.send_v4(way, header, |out| message.write(out), now).is_ok() {
            self.counters.errors_sent += 1;
        }
    }

    /// RFC 1122 §3.2.2: no error about an error, about a packet to many or from nobody, or about a
    /// fragment other than the first.
    fn may_complain_v4(&self, packet: &ipv4::Packet<'_>) -> bool {
        let one = |address: Ipv4Addr| is_host_v4(address) && !self.is_broadcast(address);
        let error = packet.protocol() == Protocol::ICMP && is_error_v4(packet.payload());
        one(packet.source()) && one(packet.destination()) && packet.fragment_offset() == 0 && !error
    }
    // ANCHOR_END: complain_v4

    /// The same for IPv6 (RFC 4443 §2.4 (e)).
    pub(super) fn complain_v6(
        &mut self,
        at: Arrival,
        packet: &ipv6::Packet<'_>,
        complaint: Complaint,
    ) {
        let to_group = at.cast == Cast::Group || packet.destination().is_multicast();
        let allowed = !to_group || complaint.even_to_group();
        if allowed && may_complain_v6(packet) && self.may_send_error(complaint, at.now) {
            self.send_error_v6(at.interface, packet, complaint, at.now);
        }
    }

    fn send_error_v6(
        &mut self,
        interface: InterfaceId,
        packet: &ipv6::Packet<'_>,
        complaint: Complaint,
        now: Duration,
    ) {
        let message = complaint.message_v6(icmpv6::quote(packet.bytes()));
        let (to, asked) = (packet.source(), packet.destination());
        let Ok(way) = self.way_v6(to, Some(interface)) else { return };
        let source = if self.is_own(asked.into()) { Ok(asked) } else { self.source_v6(to, &way) };
        let Ok(source) = source else { return };
        let header = ipv6::Header::new(Protocol::ICMPV6, source, to, message.length());
        let write = |out: &mut Vec<u8>| message.write(source, to, out);
        if self.send_v6(way, header, false, write, now).is_ok() {
            self.counters.errors_sent += 1;
        }
    }

    fn may_send_error(&mut self, complaint: Complaint, now: Duration) -> bool {
        let allowed = match complaint {
            Complaint::TooBig { .. } => self.too_big.allow(now),
            _ => self.config.errors.allow(now),
        };
        self.counters.errors_limited += u64::from(!allowed);
        allowed
    }

    /// Answers a UDP datagram, or the like, that nobody listens for (RFC 1122 §4.1.3.1): for the
    /// owner, who knows the ports.
    pub fn port_unreachable(&mut self, packet: &Packet, now: Duration) {
        let cast = if packet.link_group { Cast::Group } else { Cast::One };
        if let Ok(v4) = ipv4::Packet::parse(&packet.bytes) {
            self.complain_v4(cast, &v4, Complaint::NoPort, now);
        } else if let Ok(v6) = ipv6::Packet::parse(&packet.bytes) {
            let at = Arrival::again(packet.interface, cast, now);
            self.complain_v6(at, &v6, Complaint::NoPort);
        }
    }

    /// Of a packet, only the first fragment came, or not all others.
    pub(super) fn complain_incomplete(&mut self, on: InterfaceId, first: &[u8], now: Duration) {
        if let Ok(v4) = ipv4::Packet::parse(first) {
            self.complain_v4(Cast::One, &v4, Complaint::Incomplete, now);
        } else if let Ok(v6) = ipv6::Packet::parse(first) {
            self.complain_v6(Arrival::again(on, Cast::One, now), &v6, Complaint::Incomplete);
        }
    }

    /// Nobody on the link has the address: whoever sent the packet is told, and that may be us.
    pub(super) fn undelivered_v4(&mut self, packet: &[u8], now: Duration) {
        let Ok(packet) = ipv4::Packet::parse(packet) else { return };
        let source = packet.source();
        if !self.is_own(source.into()) {
            self.complain_v4(Cast::One, &packet, Complaint::NoNeighbor, now);
        } else if self.may_complain_v4(&packet) {
            let _ = self.delivery_failed(DeliveryError {
                reporter: source.into(),
                kind: ErrorKind::HostUnreachable,
                source: source.into(),
                destination: packet.destination().into(),
                protocol: packet.protocol(),
                quoted: packet.payload().to_vec(),
            });
        }
    }

    /// The same for IPv6. `on` is the link of the neighbor that was not found, and so of the sender
    /// too if that has a link-local address: nothing forwards from those.
    pub(super) fn undelivered_v6(&mut self, on: InterfaceId, packet: &[u8], now: Duration) {
        let Ok(packet) = ipv6::Packet::parse(packet) else { return };
        let source = packet.source();
        if !self.is_own(source.into()) {
            self.complain_v6(Arrival::again(on, Cast::One, now), &packet, Complaint::NoNeighbor);
        } else if let (true, Ok(chain)) = (may_complain_v6(&packet), packet.chain()) {
            let _: Result<Fate, Discard> = self.delivery_failed(DeliveryError {
                reporter: source.into(),
                kind: ErrorKind::HostUnreachable,
                source: source.into(),
                destination: packet.destination().into(),
                protocol: chain.protocol,
                quoted: chain.payload.to_vec(),
            });
        }
    }
}

/// Source quench and redirect count too, and so does what has no type.
fn is_error_v4(message: &[u8]) -> bool {
    message.first().is_none_or(|kind| matches!(kind, 3 | 4 | 5 | 11 | 12))
}

/// RFC 4443 §2.1: errors have types below 128. A redirect has not, and counts (§2.4 (e.2)).
fn is_error_v6(message: &[u8]) -> bool {
    message.first().is_none_or(|kind| matches!(kind, 0..128 | 137))
}

/// RFC 4443 would allow errors about later fragments; the one about the first says as much.
fn may_complain_v6(packet: &ipv6::Packet<'_>) -> bool {
    // What a broken chain leads to cannot be told: then it is no error that we know.
    let forbidden = packet.chain().is_ok_and(|chain| {
        let later = chain.fragment.is_some_and(|fragment| fragment.offset > 0);
        later || (chain.protocol == Protocol::ICMPV6 && is_error_v6(chain.payload))
    });
    is_host_v6(packet.source()) && !forbidden
}

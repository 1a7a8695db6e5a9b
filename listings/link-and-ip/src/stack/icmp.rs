//! ICMP for us: requests to answer, answers and errors to hand up (RFC 792, RFC 1122 §3.2.2,
//! RFC 4443).

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use super::counters::Fate;
use super::interface::is_host_v4;
use super::path::believable;
use super::receive::Arrival;
use super::{DeliveryError, Discard, ErrorKind, Event, Stack};
use crate::wire::icmpv4::{self, HOPS_EXCEEDED};
use crate::wire::{Protocol, icmpv6, ipv4, ipv6};

/// What is assumed if a router does not say which size it wants: RFC 1191 §5 calls it the simplest
/// answer, and a table of the sizes that links had in 1990 a better one.
const UNSAID_MTU: usize = 576;

/// Redirects (RFC 792).
const REDIRECT: u8 = 5;

impl Stack {
    // ANCHOR: receive_icmpv4
    pub(super) fn receive_icmpv4(
        &mut self,
        at: Arrival,
        packet: &ipv4::Packet<'_>,
    ) -> Result<Fate, Discard> {
        use icmpv4::Message;
        let (from, to) = (packet.source(), packet.destination());
        match Message::parse(packet.payload())? {
            Message::EchoRequest(_) if self.is_group_v4(to) => Err(Discard::EchoToGroup),
            Message::EchoRequest(echo) => {
                // From the address that was asked (RFC 1122 §3.2.2.6), with the same data.
                self.answer_v4(at.interface, to, from, &Message::EchoReply(echo), at.now)?;
                Ok(Fate::Answered)
            }
            Message::EchoReply(echo) => self.echoed(from.into(), &echo, packet.ttl()),
            Message::Unreachable { code, mtu, quoted } => {
                self.error_v4(at, packet, unreachable_v4(code, mtu), quoted)
            }
            Message::TimeExceeded { code, quoted } => {
                self.error_v4(at, packet, time_exceeded(code), quoted)
            }
            Message::ParameterProblem { code, pointer, quoted } => {
                let pointer = pointer.into();
                self.error_v4(at, packet, ErrorKind::ParameterProblem { code, pointer }, quoted)
            }
            Message::Other { kind: REDIRECT, .. } => Err(Discard::Redirect),
            Message::Other { .. } => Err(Discard::IcmpType),
        }
    }
    // ANCHOR_END: receive_icmpv4

    pub(super) fn receive_icmpv6(
        &mut self,
        at: Arrival,
        packet: &ipv6::Packet<'_>,
        payload: &[u8],
        was_cut: bool,
    ) -> Result<Fate, Discard> {
        use icmpv6::Message;
        let (from, to) = (packet.source(), packet.destination());
        match Message::parse(payload, from, to)? {
            Message::NeighborDiscovery(_) if was_cut => Err(Discard::NdpFragments),
            Message::NeighborDiscovery(message) => self.receive_nd(at, packet, message),
            // Only discovery comes from nobody.
            _ if from.is_unspecified() => Err(Discard::Source),
            Message::EchoRequest(_) if to.is_multicast() => Err(Discard::EchoToGroup),
            Message::EchoRequest(echo) => {
                self.answer_v6(at.interface, to, from, &Message::EchoReply(echo), at.now)?;
                Ok(Fate::Answered)
            }
            Message::EchoReply(echo) => self.echoed(from.into(), &echo, packet.hop_limit()),
            Message::Unreachable { code, quoted } => {
                self.error_v6(at, packet, unreachable_v6(code), quoted)
            }
            Message::PacketTooBig { mtu, quoted } => {
                self.error_v6(at, packet, ErrorKind::TooBig { mtu: mtu as usize }, quoted)
            }
            Message::TimeExceeded { code, quoted } => {
                self.error_v6(at, packet, time_exceeded(code), quoted)
            }
            Message::ParameterProblem { code, pointer, quoted } => {
                self.error_v6(at, packet, ErrorKind::ParameterProblem { code, pointer }, quoted)
            }
            Message::Other { .. } => Err(Discard::IcmpType),
        }
    }

    fn is_group_v4(&self, address: Ipv4Addr) -> bool {
        !is_host_v4(address) || self.is_broadcast(address)
    }

    fn echoed(&mut self, from: IpAddr, echo: &icmpv4::Echo<'_>, hops: u8) -> Result<Fate, Discard> {
        let (identifier, sequence, data) = (echo.identifier, echo.sequence, echo.data.to_vec());
        self.tell(Event::EchoReply { from, identifier, sequence, data, hops })?;
        Ok(Fate::Delivered)
    }

    /// Someone says that a packet of ours did not arrive. The packet that the message quotes must
    /// be one that we could have sent; a transport protocol looks closer (RFC 5927 §4).
    fn error_v4(
        &mut self,
        at: Arrival,
        message: &ipv4::Packet<'_>,
        kind: ErrorKind,
        quoted: &[u8],
    ) -> Result<Fate, Discard> {
        let packet = ipv4::Packet::parse_quoted(quoted)?;
        let told = (packet.source() == message.destination()).then(|| packet.source().into());
        let destination = packet.destination().into();
        let about =
            About { told, destination, protocol: packet.protocol(), length: packet.total_length() };
        let (source, kind) = self.checked(&about, kind, at)?;
        let first = packet.fragment_offset() == 0;
        self.delivery_failed(DeliveryError {
            reporter: message.source().into(),
            kind,
            source,
            destination,
            protocol: packet.protocol(),
            quoted: if first { packet.payload().to_vec() } else { Vec::new() },
        })
    }

    fn error_v6(
        &mut self,
        at: Arrival,
        message: &ipv6::Packet<'_>,
        kind: ErrorKind,
        quoted: &[u8],
    ) -> Result<Fate, Discard> {
        let packet = ipv6::Packet::parse_quoted(quoted)?;
        let told = (packet.source() == message.destination()).then(|| packet.source().into());
        let destination = packet.destination().into();
        let chain = packet.chain().map_err(|refusal| refusal.reason)?;
        let about =
            About { told, destination, protocol: chain.protocol, length: packet.total_length() };
        let (source, kind) = self.checked(&about, kind, at)?;
        let first = chain.fragment.is_none_or(|fragment| fragment.offset == 0);
        self.delivery_failed(DeliveryError {
            reporter: message.source().into(),
            kind,
            source,
            destination,
            protocol: chain.protocol,
            quoted: if first { chain.payload.to_vec() } else { Vec::new() },
        })
    }

    /// Refuses errors about packets that are not ours, and remembers what they say about sizes, if
    /// nobody can look closer: see [`Stack::lower_path_mtu`].
    fn checked(
        &mut self,
        about: &About,
        kind: ErrorKind,
        at: Arrival,
    ) -> Result<(IpAddr, ErrorKind), Discard> {
        let source = about.told.filter(|told| self.is_own(*told)).ok_or(Discard::IcmpNotOurs)?;
        let kind = match kind {
            // Who complains about a packet that fits has not seen it.
            ErrorKind::TooBig { mtu } if about.length <= mtu => return Err(Discard::IcmpNotOurs),
            ErrorKind::TooBig { mtu } if self.is_registered(about.protocol) => {
                ErrorKind::TooBig { mtu: believable(about.destination, mtu) }
            }
            ErrorKind::TooBig { mtu } => {
                ErrorKind::TooBig { mtu: self.lower_path_mtu(about.destination, mtu, at.now) }
            }
            kind => kind,
        };
        Ok((source, kind))
    }

    /// Packets to `destination` shall be no larger than `mtu` bytes for the next ten minutes
    /// (RFC 1191 §6.3, RFC 8201 §4). Gives the MTU that holds now: never one below what each link
    /// must take, and never a larger one than before.
    ///
    /// For the owner of a [registered](Stack::register) protocol, when it has got an
    /// [`ErrorKind::TooBig`] and found that the packet quoted is one that it sent: the ports are
    /// right, and for TCP the sequence number is one on the way (RFC 5927 §4.1, §7.1). Anybody can
    /// make up an error that quotes the right addresses.
    pub fn lower_path_mtu(&mut self, destination: IpAddr, mtu: usize, now: Duration) -> usize {
        self.paths.lower(destination, mtu, now)
    }

    pub(super) fn delivery_failed(&mut self, error: DeliveryError) -> Result<Fate, Discard> {
        self.tell(Event::Error(error))?;
        Ok(Fate::Delivered)
    }
}

/// The packet that an error is about.
struct About {
    /// Its source, if that is who got the message.
    told: Option<IpAddr>,
    destination: IpAddr,
    protocol: Protocol,
    /// Bytes of it, by its own account.
    length: usize,
}

fn unreachable_v4(code: icmpv4::Unreachable, mtu: u16) -> ErrorKind {
    use icmpv4::Unreachable;
    match code {
        Unreachable::NET => ErrorKind::NetworkUnreachable,
        Unreachable::HOST => ErrorKind::HostUnreachable,
        Unreachable::PROTOCOL => ErrorKind::ProtocolUnreachable,
        Unreachable::PORT => ErrorKind::PortUnreachable,
        Unreachable::FRAGMENTATION_NEEDED => {
            ErrorKind::TooBig { mtu: if mtu == 0 { UNSAID_MTU } else { mtu.into() } }
        }
        Unreachable::PROHIBITED => ErrorKind::Prohibited,
        Unreachable(code) => ErrorKind::Unreachable(code),
    }
}

fn unreachable_v6(code: icmpv6::Unreachable) -> ErrorKind {
    use icmpv6::Unreachable;
    match code {
        Unreachable::NO_ROUTE => ErrorKind::NetworkUnreachable,
        Unreachable::ADDRESS => ErrorKind::HostUnreachable,
        Unreachable::PORT => ErrorKind::PortUnreachable,
        Unreachable::PROHIBITED => ErrorKind::Prohibited,
        Unreachable(code) => ErrorKind::Unreachable(code),
    }
}

fn time_exceeded(code: u8) -> ErrorKind {
    if code == HOPS_EXCEEDED {
        ErrorKind::HopLimitExceeded
    } else {
        ErrorKind::ReassemblyTimeExceeded
    }
}

//! A frame, an event, an error: each on one line.

use link_and_ip::stack::{DeliveryError, ErrorKind, Event};
use link_and_ip::wire::ethernet::{EtherType, Frame};
use link_and_ip::wire::{Malformed, Protocol, arp, icmpv4, icmpv6, ipv4, ipv6, ndp, tcp};

/// What a frame is, from the outside in, as far as it makes sense.
pub(crate) fn line(bytes: &[u8]) -> String {
    let frame = match Frame::parse(bytes) {
        Ok(frame) => frame,
        Err(reason) => return refused(reason, bytes),
    };
    let inside = match frame.ether_type() {
        EtherType::ARP => arp::Packet::parse(frame.payload()).map(|packet| arp_line(&packet)),
        EtherType::IPV4 => {
            ipv4::Packet::parse(frame.payload()).and_then(|packet| ipv4_line(&packet))
        }
        EtherType::IPV6 => {
            ipv6::Packet::parse(frame.payload()).and_then(|packet| ipv6_line(&packet))
        }
        other => Ok(format!("type {other}")),
    };
    inside.map_or_else(
        |reason| refused(reason, bytes),
        |inside| format!("{} > {}  {inside}", frame.source(), frame.destination()),
    )
}

fn refused(reason: Malformed, bytes: &[u8]) -> String {
    format!("{} bytes; {reason}", bytes.len())
}

fn arp_line(packet: &arp::Packet) -> String {
    let arp::Packet { operation, sender_mac, sender_ip, target_ip, .. } = packet;
    match operation {
        arp::Operation::Request => format!("ARP who has {target_ip}? tell {sender_ip}"),
        arp::Operation::Reply => format!("ARP {sender_ip} is at {sender_mac}"),
    }
}

fn ipv4_line(packet: &ipv4::Packet<'_>) -> Result<String, Malformed> {
    let ends = format!("{} > {}  hops {}", packet.source(), packet.destination(), packet.ttl());
    if packet.is_fragment() {
        let (offset, length) = (packet.fragment_offset(), packet.payload().len());
        let more = if packet.more_fragments() { "" } else { ", the last" };
        return Ok(format!("{ends}  fragment {offset}+{length}{more}"));
    }
    Ok(match packet.protocol() {
        Protocol::ICMP => {
            format!("{ends}  {}", icmpv4_line(&icmpv4::Message::parse(packet.payload())?))
        }
        Protocol::TCP => format!("{ends}  {}", tcp_line(packet.payload())),
        other => format!("{ends}  {other}, {} bytes", packet.payload().len()),
    })
}

fn ipv6_line(packet: &ipv6::Packet<'_>) -> Result<String, Malformed> {
    let (source, destination) = (packet.source(), packet.destination());
    let ends = format!("{source} > {destination}  hops {}", packet.hop_limit());
    let chain = packet.chain().map_err(|refusal| refusal.reason)?;
    if let Some(fragment) = chain.fragment {
        let more = if fragment.more { "" } else { ", the last" };
        return Ok(format!("{ends}  fragment {}+{}{more}", fragment.offset, chain.payload.len()));
    }
    if chain.protocol == Protocol::TCP {
        return Ok(format!("{ends}  {}", tcp_line(chain.payload)));
    }
    if chain.protocol != Protocol::ICMPV6 {
        return Ok(format!("{ends}  {}, {} bytes", chain.protocol, chain.payload.len()));
    }
    let message = icmpv6::Message::parse(chain.payload, source, destination)?;
    Ok(format!("{ends}  {}", icmpv6_line(&message, packet)?))
}

/// Ports, flags and bytes of data: `TCP 49152 > 80 SYN ACK, 0 bytes`.
fn tcp_line(segment: &[u8]) -> String {
    let Some(header) = segment.first_chunk::<{ tcp::LENGTH }>() else {
        return format!("TCP, {} bytes", segment.len());
    };
    let flags = [tcp::SYN, tcp::FIN, tcp::RST, tcp::PSH, tcp::URG, tcp::ACK];
    let flags = flags.iter().filter(|flag| flag.is_set(header)).map(|flag| flag.name);
    let flags: Vec<&str> = flags.collect();
    let data = segment.len().saturating_sub(usize::from(tcp::DATA_OFFSET.u8(header)) * 4);
    let (from, to) = (tcp::SOURCE.u16(header), tcp::DESTINATION.u16(header));
    format!("TCP {from} > {to} {}, {data} bytes", flags.join(" "))
}

fn icmpv4_line(message: &icmpv4::Message<'_>) -> String {
    use icmpv4::Message;
    match message {
        Message::EchoRequest(echo) => echo_line("request", echo),
        Message::EchoReply(echo) => echo_line("reply", echo),
        Message::Unreachable { code: icmpv4::Unreachable::FRAGMENTATION_NEEDED, mtu, .. } => {
            format!("fragmentation needed, MTU {mtu}")
        }
        Message::Unreachable { code, .. } => format!("unreachable, code {}", code.0),
        Message::TimeExceeded { code, .. } => format!("time exceeded, code {code}"),
        Message::ParameterProblem { pointer, .. } => format!("parameter problem at {pointer}"),
        Message::Other { kind, code, .. } => format!("ICMP type {kind}, code {code}"),
        _ => "ICMP".into(),
    }
}

fn icmpv6_line(
    message: &icmpv6::Message<'_>,
    packet: &ipv6::Packet<'_>,
) -> Result<String, Malformed> {
    use icmpv6::Message;
    Ok(match message {
        Message::EchoRequest(echo) => echo_line("request", echo),
        Message::EchoReply(echo) => echo_line("reply", echo),
        Message::Unreachable { code, .. } => format!("unreachable, code {}", code.0),
        Message::PacketTooBig { mtu, .. } => format!("packet too big, MTU {mtu}"),
        Message::TimeExceeded { code, .. } => format!("time exceeded, code {code}"),
        Message::ParameterProblem { pointer, .. } => format!("parameter problem at {pointer}"),
        Message::NeighborDiscovery(bytes) => ndp_line(&ndp::Message::parse(bytes, packet)?),
        // RFC 3810 §5.2: which groups the sender wants to hear.
        Message::Other { kind: 143, .. } => "multicast listener report".into(),
        Message::Other { kind, code, .. } => format!("ICMPv6 type {kind}, code {code}"),
        _ => "ICMPv6".into(),
    })
}

fn ndp_line(message: &ndp::Message) -> String {
    match message {
        ndp::Message::NeighborSolicitation { target, .. } => format!("who has {target}?"),
        ndp::Message::NeighborAdvertisement { target, target_mac: Some(mac), .. } => {
            format!("{target} is at {mac}")
        }
        ndp::Message::NeighborAdvertisement { target, .. } => format!("{target} is here"),
        ndp::Message::RouterSolicitation { .. } => "which routers are here?".into(),
        ndp::Message::RouterAdvertisement(_) => "a router is here".into(),
        ndp::Message::Other { kind } => format!("ICMPv6 type {kind}"),
        _ => "neighbor discovery".into(),
    }
}

fn echo_line(what: &str, echo: &icmpv4::Echo<'_>) -> String {
    format!("echo {what} {}, {} bytes", echo.sequence, echo.data.len())
}

/// Whether a frame is an echo reply, or the first fragment of one.
pub(crate) fn is_echo_reply(bytes: &[u8]) -> bool {
    let Ok(frame) = Frame::parse(bytes) else { return false };
    match frame.ether_type() {
        EtherType::IPV4 => ipv4::Packet::parse(frame.payload()).is_ok_and(|packet| {
            packet.protocol() == Protocol::ICMP
                && packet.fragment_offset() == 0
                && packet.payload().first() == Some(&0)
        }),
        EtherType::IPV6 => {
            let chain = ipv6::Packet::parse(frame.payload()).ok().and_then(|p| p.chain().ok());
            chain.is_some_and(|chain| {
                let kind = chain.fragment.map_or(chain.protocol, |fragment| fragment.next_header);
                kind == Protocol::ICMPV6
                    && chain.fragment.is_none_or(|fragment| fragment.offset == 0)
                    && chain.payload.first() == Some(&129)
            })
        }
        _ => false,
    }
}

pub(crate) fn event(event: &Event) -> String {
    match event {
        Event::EchoReply { from, sequence, .. } => format!("echo reply {sequence} from {from}"),
        Event::Packet(packet) => {
            let (protocol, source) = (packet.protocol, packet.source);
            format!("{} bytes of {protocol} from {source}", packet.payload().len())
        }
        Event::Error(DeliveryError { reporter, kind, destination, .. }) => {
            format!("{reporter} says of a packet to {destination}: {}", error(*kind))
        }
        Event::Conflict { address, claimed_by, .. } => {
            format!("{claimed_by} claims {address}, which another card has")
        }
        other => format!("{other:?}"),
    }
}

pub(crate) fn error(kind: ErrorKind) -> String {
    match kind {
        ErrorKind::NetworkUnreachable => "network unreachable".into(),
        ErrorKind::HostUnreachable => "host unreachable".into(),
        ErrorKind::ProtocolUnreachable => "protocol unreachable".into(),
        ErrorKind::PortUnreachable => "port unreachable".into(),
        ErrorKind::Prohibited => "prohibited".into(),
        ErrorKind::Unreachable(code) => format!("unreachable, code {code}"),
        ErrorKind::TooBig { mtu } => format!("too big, the next link takes {mtu} bytes"),
        ErrorKind::HopLimitExceeded => "time exceeded".into(),
        ErrorKind::ReassemblyTimeExceeded => "a fragment did not arrive in time".into(),
        ErrorKind::ParameterProblem { code, pointer } => {
            format!("parameter problem {code} at byte {pointer}")
        }
        other => format!("{other:?}"),
    }
}

//! IPv6 packets (RFC 8200): the header, and the extension headers between it and the payload.

use std::net::Ipv6Addr;

use super::{Malformed, Protocol, split};
use crate::field::{Field, Table};

const VERSION: Field = Field::first("version", 4);
const TRAFFIC_CLASS: Field = VERSION.then("traffic class", 8);
const FLOW_LABEL: Field = TRAFFIC_CLASS.then("flow label", 20);
const PAYLOAD_LENGTH: Field = FLOW_LABEL.then("payload length", 16);
const NEXT_HEADER: Field = PAYLOAD_LENGTH.then("next header", 8);
const HOP_LIMIT: Field = NEXT_HEADER.then("hop limit", 8);
const SOURCE: Field = HOP_LIMIT.then("source address", 128);
const DESTINATION: Field = SOURCE.then("destination address", 128);

/// RFC 8200 §3.
pub const HEADER: Table = Table::new(
    "ipv6",
    "RFC 8200 §3",
    &[
        VERSION,
        TRAFFIC_CLASS,
        FLOW_LABEL,
        PAYLOAD_LENGTH,
        NEXT_HEADER,
        HOP_LIMIT,
        SOURCE,
        DESTINATION,
    ],
)
.followed_by("extension headers");

const EXTENSION_NEXT: Field = Field::first("next header", 8);
const EXTENSION_LENGTH: Field = EXTENSION_NEXT.then("length", 8);

/// Hop-by-hop and destination options (RFC 8200 §4.3, §4.6). The length counts units of 8 bytes
/// after the first one.
pub const EXTENSION: Table =
    Table::new("ipv6-options", "RFC 8200 §4.3, §4.6", &[EXTENSION_NEXT, EXTENSION_LENGTH])
        .followed_by("options");

const ROUTING_TYPE: Field = EXTENSION_LENGTH.then("routing type", 8);
const SEGMENTS_LEFT: Field = ROUTING_TYPE.then("segments left", 8);

/// RFC 8200 §4.4.
pub const ROUTING: Table = Table::new(
    "ipv6-routing",
    "RFC 8200 §4.4",
    &[EXTENSION_NEXT, EXTENSION_LENGTH, ROUTING_TYPE, SEGMENTS_LEFT],
)
.followed_by("data of that type");

const FRAGMENT_RESERVED: Field = EXTENSION_NEXT.then("reserved", 8);
const FRAGMENT_OFFSET: Field = FRAGMENT_RESERVED.then("fragment offset", 13);
const FRAGMENT_RESERVED_2: Field = FRAGMENT_OFFSET.then("res", 2);
const MORE: Field = FRAGMENT_RESERVED_2.then("M", 1);
const IDENTIFICATION: Field = MORE.then("identification", 32);

/// RFC 8200 §4.5.
pub const FRAGMENT: Table = Table::new(
    "ipv6-fragment",
    "RFC 8200 §4.5",
    &[
        EXTENSION_NEXT,
        FRAGMENT_RESERVED,
        FRAGMENT_OFFSET,
        FRAGMENT_RESERVED_2,
        MORE,
        IDENTIFICATION,
    ],
);

/// Bytes of the header.
pub const LENGTH: usize = HEADER.length();

/// Bytes of the fragment header.
pub const FRAGMENT_LENGTH: usize = FRAGMENT.length();

/// Every link carries a packet of this many bytes in one piece (RFC 8200 §5).
pub const MIN_MTU: usize = 1280;

/// How many extension headers are walked. Each kind occurs at most once, destination options at most
/// twice (RFC 8200 §4.1), so five would do.
pub const MAX_EXTENSIONS: usize = 8;

/// How many options of one header are looked at, those that fill included. RFC 8504 §5.3 lets a
/// host set such a limit, because a packet of 1500 bytes has room for more than 700.
pub const MAX_OPTIONS: usize = 16;

/// A packet that was received, cut to its own length.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    header: &'a [u8; LENGTH],
    /// Header and all that follows it.
    bytes: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Reads a frame's payload. What lies behind the payload length is padding of the link's, and is
    /// cut off.
    ///
    /// A payload length of zero would be a jumbogram's (RFC 2675), which no Ethernet carries: here
    /// it is an empty packet.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let packet = Self::parse_quoted(bytes)?;
        let total = LENGTH + usize::from(PAYLOAD_LENGTH.u16(packet.header));
        let bytes = bytes.get(..total).ok_or(Malformed::Ipv6Truncated)?;
        Ok(Self { bytes, ..packet })
    }

    /// Reads the beginning of a packet, as an `ICMPv6` error quotes it: the payload may be cut short.
    pub fn parse_quoted(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, _) = split(bytes, Malformed::Ipv6Short)?;
        if VERSION.u8(header) != 6 {
            return Err(Malformed::Ipv6Version);
        }
        Ok(Self { header, bytes })
    }

    /// The whole packet, without padding.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// How long the packet says it is, its header included. Only a quoted one can be shorter.
    pub fn total_length(&self) -> usize {
        LENGTH + usize::from(PAYLOAD_LENGTH.u16(self.header))
    }

    /// What follows the header: extension headers first, if there are any.
    pub fn payload(&self) -> &'a [u8] {
        &self.bytes[LENGTH..]
    }

    pub fn traffic_class(&self) -> u8 {
        TRAFFIC_CLASS.u8(self.header)
    }

    pub fn flow_label(&self) -> u32 {
        FLOW_LABEL.u32(self.header)
    }

    /// The first header's kind behind this one.
    pub fn next_header(&self) -> Protocol {
        Protocol(NEXT_HEADER.u8(self.header))
    }

    pub fn hop_limit(&self) -> u8 {
        HOP_LIMIT.u8(self.header)
    }

    pub fn source(&self) -> Ipv6Addr {
        Ipv6Addr::from(SOURCE.bytes(self.header))
    }

    pub fn destination(&self) -> Ipv6Addr {
        Ipv6Addr::from(DESTINATION.bytes(self.header))
    }

    /// Walks the extension headers to what the packet carries (RFC 8200 §4). A fragment is where the
    /// walk ends: what follows its header is but a piece.
    pub fn chain(&self) -> Result<Chain<'a>, Refusal> {
        self.chain_from(self.next_header(), NEXT_HEADER.byte(), LENGTH)
    }

    /// Whether a first fragment has all headers: the walk comes to one that is no extension's, and
    /// at least the fixed part of that is there.
    pub(crate) fn is_complete_behind(&self, fragment: &Fragment) -> bool {
        let at = fragment.header_at;
        let chain = self.chain_from(fragment.next_header, at, at + FRAGMENT_LENGTH);
        chain.is_ok_and(|chain| {
            let least = match chain.protocol {
                Protocol::TCP => 20,
                Protocol::NO_NEXT_HEADER => 0,
                _ => 8,
            };
            chain.payload.len() >= least
        })
    }

    // ANCHOR: chain
    /// `next` is the kind of the header at `at`, and `named_at` is where that stands.
    fn chain_from(
        &self,
        mut next: Protocol,
        mut named_at: usize,
        mut at: usize,
    ) -> Result<Chain<'a>, Refusal> {
        for _ in 0..=MAX_EXTENSIONS {
            let rest = self.bytes.get(at..).unwrap_or_default();
            let length = match next {
                // RFC 8200 §4: anywhere else it is an unknown next header.
                Protocol::HOP_BY_HOP if at != LENGTH => {
                    let reason = Malformed::Ipv6HopByHop;
                    return Err(Refusal::answered(reason, Problem::NextHeader, named_at));
                }
                Protocol::HOP_BY_HOP | Protocol::DESTINATION_OPTIONS => {
                    let header = extension(rest)?;
                    check_options(header, at)?;
                    header.len()
                }
                Protocol::ROUTING => routing(rest, at)?,
                Protocol::FRAGMENT => {
                    let fragment = Fragment::parse(rest, at, named_at)?;
                    if fragment.offset > 0 || fragment.more {
                        let (protocol, named_at) = (fragment.next_header, at);
                        let (payload, fragment) = (&rest[FRAGMENT_LENGTH..], Some(fragment));
                        return Ok(Chain { protocol, named_at, payload, fragment });
                    }
                    // RFC 6946 §4: a fragment that is the whole packet needs no reassembly.
                    FRAGMENT_LENGTH
                }
                protocol => return Ok(Chain { protocol, named_at, payload: rest, fragment: None }),
            };
            next = Protocol(rest[EXTENSION_NEXT.byte()]);
            named_at = at + EXTENSION_NEXT.byte();
            at += length;
        }
        Err(Malformed::Ipv6TooManyExtensions.into())
    }
    // ANCHOR_END: chain

    /// The same payload in packets of at most `mtu` bytes each (RFC 8200 §4.5), for a packet of our
    /// own without extension headers. Only a source may do so: a router answers "packet too big".
    ///
    /// An `mtu` below [`MIN_MTU`] counts as that.
    pub fn fragments(&self, mtu: usize, identification: u32) -> Fragments<'a> {
        Fragments { packet: *self, mtu: mtu.max(MIN_MTU), identification, at: 0, done: false }
    }

    /// The values of the header, for a builder.
    pub fn header(&self) -> Header {
        Header {
            traffic_class: self.traffic_class(),
            flow_label: self.flow_label(),
            next_header: self.next_header(),
            hop_limit: self.hop_limit(),
            source: self.source(),
            destination: self.destination(),
            payload_length: self.payload().len(),
        }
    }
}

/// Where the extension headers lead.
#[derive(Clone, Copy, Debug)]
pub struct Chain<'a> {
    pub protocol: Protocol,
    /// Where the packet names that protocol, in bytes from its beginning: what an `ICMPv6` error about
    /// an unknown one points to (RFC 4443 §3.4).
    pub named_at: usize,
    pub payload: &'a [u8],
    /// The payload is only a piece.
    pub fragment: Option<Fragment>,
}

/// What a fragment header says (RFC 8200 §4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fragment {
    pub next_header: Protocol,
    /// Where the piece belongs, in bytes.
    pub offset: usize,
    /// More pieces follow.
    pub more: bool,
    pub identification: u32,
    /// Where this header stands in its packet, in bytes.
    pub header_at: usize,
    /// Where the packet names this header.
    pub named_at: usize,
}

impl Fragment {
    fn parse(bytes: &[u8], header_at: usize, named_at: usize) -> Result<Self, Malformed> {
        let (header, _): (&[u8; FRAGMENT_LENGTH], _) = split(bytes, Malformed::Ipv6ExtensionShort)?;
        Ok(Self {
            next_header: Protocol(EXTENSION_NEXT.u8(header)),
            // The 13 bits count units of 8 bytes.
            offset: usize::from(FRAGMENT_OFFSET.u16(header)) * 8,
            more: MORE.is_set(header),
            identification: IDENTIFICATION.u32(header),
            header_at,
            named_at,
        })
    }

    /// Appends the header. The places of this and other headers are the caller's.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut header = [0; FRAGMENT_LENGTH];
        EXTENSION_NEXT.set(&mut header, self.next_header.0.into());
        FRAGMENT_OFFSET.set(&mut header, (self.offset / 8) as u64);
        MORE.set(&mut header, self.more.into());
        IDENTIFICATION.set(&mut header, self.identification.into());
        out.extend_from_slice(&header);
    }

    /// Refuses this fragment. RFC 8200 §4.5 names those reasons that the sender is told.
    pub(crate) fn refuse(&self, reason: Malformed) -> Refusal {
        let (problem, pointer) = match reason {
            Malformed::FragmentLength => (Problem::Field, PAYLOAD_LENGTH.byte()),
            Malformed::FragmentTooLarge => {
                (Problem::Field, self.header_at + FRAGMENT_OFFSET.byte())
            }
            Malformed::FragmentTiny => (Problem::FirstFragment, 0),
            _ => return reason.into(),
        };
        Refusal::answered(reason, problem, pointer)
    }
}

/// Cuts the fragment header off the end of `prefix`, which is all that stands before the first
/// fragment's data, and makes it the whole packet's. False if that is longer than a packet can be.
pub(crate) fn unfragment(prefix: &mut Vec<u8>, payload_length: usize) -> bool {
    let whole = Packet::parse_quoted(prefix).ok().and_then(|packet| packet.chain().ok());
    let Some(fragment) = whole.and_then(|chain| chain.fragment) else { return false };
    prefix.truncate(fragment.header_at);
    prefix[fragment.named_at] = fragment.next_header.0;
    let Ok(length) = u16::try_from(prefix.len() - LENGTH + payload_length) else { return false };
    if let Some(header) = prefix.first_chunk_mut::<LENGTH>() {
        PAYLOAD_LENGTH.set(header, length.into());
    }
    true
}

/// Why a packet is refused, and what its sender is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub reason: Malformed,
    /// The parameter problem to send, if the RFC wants one.
    pub answer: Option<Answer>,
}

/// An `ICMPv6` parameter problem (RFC 4443 §3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    pub problem: Problem,
    /// The byte in question, counted from the packet's first.
    pub pointer: usize,
    /// Sent even if the packet came to a multicast address.
    pub even_to_multicast: bool,
}

/// Codes of the parameter problem (RFC 4443 §3.4, RFC 7112 §6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Problem {
    Field = 0,
    NextHeader = 1,
    Option = 2,
    FirstFragment = 3,
}

impl Refusal {
    const fn answered(reason: Malformed, problem: Problem, pointer: usize) -> Self {
        Self { reason, answer: Some(Answer { problem, pointer, even_to_multicast: false }) }
    }
}

impl From<Malformed> for Refusal {
    /// Without an answer.
    fn from(reason: Malformed) -> Self {
        Self { reason, answer: None }
    }
}

/// The whole extension header at the beginning of `bytes`.
fn extension(bytes: &[u8]) -> Result<&[u8], Malformed> {
    let (header, _): (&[u8; EXTENSION.length()], _) = split(bytes, Malformed::Ipv6ExtensionShort)?;
    let length = 8 * (1 + usize::from(EXTENSION_LENGTH.u8(header)));
    bytes.get(..length).ok_or(Malformed::Ipv6ExtensionShort)
}

const PAD1: u8 = 0;

/// Looks at the options of a header at `at` (RFC 8200 §4.2). We know none but those that fill; the
/// two highest bits of another one's type say what to do.
fn check_options(header: &[u8], at: usize) -> Result<(), Refusal> {
    let mut place = EXTENSION.length();
    for _ in 0..MAX_OPTIONS {
        let (kind, length) = match header.get(place..).unwrap_or_default() {
            [] => return Ok(()),
            [PAD1, ..] => (PAD1, 1),
            [kind, length, ..] => (*kind, 2 + usize::from(*length)),
            [_] => return Err(Malformed::Ipv6Option.into()),
        };
        if place + length > header.len() {
            return Err(Malformed::Ipv6Option.into());
        }
        let reason = Malformed::Ipv6UnknownOption;
        let mut answer =
            Answer { problem: Problem::Option, pointer: at + place, even_to_multicast: true };
        match kind >> 6 {
            0 => {}
            1 => return Err(reason.into()),
            2 => return Err(Refusal { reason, answer: Some(answer) }),
            _ => {
                answer.even_to_multicast = false;
                return Err(Refusal { reason, answer: Some(answer) });
            }
        }
        place += length;
    }
    if place == header.len() { Ok(()) } else { Err(Malformed::Ipv6TooManyOptions.into()) }
}

/// The length of a routing header at `at`. We know no type of it: with segments left it is refused,
/// else it has done its work and is skipped (RFC 8200 §4.4). Type 0 is treated the same way
/// (RFC 5095 §3).
fn routing(bytes: &[u8], at: usize) -> Result<usize, Refusal> {
    let header = extension(bytes)?;
    let (fixed, _): (&[u8; ROUTING.length()], _) = split(header, Malformed::Ipv6ExtensionShort)?;
    if SEGMENTS_LEFT.u8(fixed) > 0 {
        let pointer = at + ROUTING_TYPE.byte();
        return Err(Refusal::answered(Malformed::Ipv6Routing, Problem::Field, pointer));
    }
    Ok(header.len())
}

/// A header to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    pub traffic_class: u8,
    /// 20 bits.
    pub flow_label: u32,
    pub next_header: Protocol,
    pub hop_limit: u8,
    pub source: Ipv6Addr,
    pub destination: Ipv6Addr,
    /// Bytes that the caller appends after the header, at most 65,535.
    pub payload_length: usize,
}

impl Header {
    /// An ordinary packet: 64 hops.
    pub const fn new(
        next_header: Protocol,
        source: Ipv6Addr,
        destination: Ipv6Addr,
        payload_length: usize,
    ) -> Self {
        Self {
            traffic_class: 0,
            flow_label: 0,
            next_header,
            hop_limit: 64,
            source,
            destination,
            payload_length,
        }
    }

    /// Appends it. There is no checksum: each payload's own one covers the addresses.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut header = [0; LENGTH];
        VERSION.set(&mut header, 6);
        TRAFFIC_CLASS.set(&mut header, self.traffic_class.into());
        FLOW_LABEL.set(&mut header, self.flow_label.into());
        PAYLOAD_LENGTH.set(&mut header, self.payload_length as u64);
        NEXT_HEADER.set(&mut header, self.next_header.0.into());
        HOP_LIMIT.set(&mut header, self.hop_limit.into());
        SOURCE.set_bytes(&mut header, self.source.octets());
        DESTINATION.set_bytes(&mut header, self.destination.octets());
        out.extend_from_slice(&header);
    }
}

/// Takes a hop from a packet that is forwarded, and gives what is left.
///
/// A packet with no hop left, or that is shorter than a header, stays as it is: `None`.
pub fn decrement_hop_limit(packet: &mut [u8]) -> Option<u8> {
    let header: &mut [u8; LENGTH] = packet.first_chunk_mut()?;
    let left = HOP_LIMIT.u8(header).checked_sub(1)?;
    HOP_LIMIT.set(header, left.into());
    Some(left)
}

/// A packet in pieces that fit.
#[derive(Clone, Debug)]
pub struct Fragments<'a> {
    packet: Packet<'a>,
    mtu: usize,
    identification: u32,
    /// How much of the payload is cut off already.
    at: usize,
    done: bool,
}

/// A piece to send: header, fragment header, data.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    pub header: Header,
    pub fragment: Fragment,
    pub data: &'a [u8],
}

impl Part<'_> {
    /// Appends all of it.
    pub fn write(&self, out: &mut Vec<u8>) {
        self.header.write(out);
        self.fragment.write(out);
        out.extend_from_slice(self.data);
    }
}

impl<'a> Iterator for Fragments<'a> {
    type Item = Part<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let rest = &self.packet.payload()[self.at..];
        let room = self.mtu - LENGTH - FRAGMENT_LENGTH;
        let length = if rest.len() <= room { rest.len() } else { room / 8 * 8 };
        self.done = length == rest.len();
        let whole = self.packet.header();
        let fragment = Fragment {
            next_header: whole.next_header,
            offset: self.at,
            more: !self.done,
            identification: self.identification,
            header_at: LENGTH,
            named_at: NEXT_HEADER.byte(),
        };
        let payload_length = FRAGMENT_LENGTH + length;
        let header = Header { next_header: Protocol::FRAGMENT, payload_length, ..whole };
        self.at += length;
        Some(Part { header, fragment, data: &rest[..length] })
    }
}

//! IPv4 packets (RFC 791): the header, its options, fragments.

use std::fmt;
use std::net::Ipv4Addr;

use super::checksum::{checksum, update};
use super::{Malformed, Protocol, split};
use crate::field::{Field, Table};

const VERSION: Field = Field::first("version", 4);
const IHL: Field = VERSION.then("IHL", 4);
const DSCP: Field = IHL.then("DSCP", 6);
const ECN: Field = DSCP.then("ECN", 2);
const TOTAL_LENGTH: Field = ECN.then("total length", 16);
const IDENTIFICATION: Field = TOTAL_LENGTH.then("identification", 16);
const RESERVED: Field = IDENTIFICATION.then("reserved", 1);
const DONT_FRAGMENT: Field = RESERVED.then("DF", 1);
const MORE_FRAGMENTS: Field = DONT_FRAGMENT.then("MF", 1);
const FRAGMENT_OFFSET: Field = MORE_FRAGMENTS.then("fragment offset", 13);
const TTL: Field = FRAGMENT_OFFSET.then("time to live", 8);
const PROTOCOL: Field = TTL.then("protocol", 8);
const CHECKSUM: Field = PROTOCOL.then("header checksum", 16);
const SOURCE: Field = CHECKSUM.then("source address", 32);
const DESTINATION: Field = SOURCE.then("destination address", 32);

/// RFC 791 §3.1; the former type of service is RFC 2474's DSCP and RFC 3168's ECN.
pub const HEADER: Table = Table::new(
    "ipv4",
    "RFC 791 §3.1, RFC 2474 §3, RFC 3168 §5",
    &[
        VERSION,
        IHL,
        DSCP,
        ECN,
        TOTAL_LENGTH,
        IDENTIFICATION,
        RESERVED,
        DONT_FRAGMENT,
        MORE_FRAGMENTS,
        FRAGMENT_OFFSET,
        TTL,
        PROTOCOL,
        CHECKSUM,
        SOURCE,
        DESTINATION,
    ],
)
.followed_by("options, up to 40 bytes");

/// Bytes of a header without options.
pub const LENGTH: usize = HEADER.length();

/// The largest packet, in bytes: its length has 16 bits.
pub const MAX_PACKET: usize = 65_535;

/// Every link carries a packet of this many bytes in one piece (RFC 791 §3.2).
pub const MIN_MTU: usize = 68;

/// Bytes that a unit of the fragment offset stands for.
const FRAGMENT_UNIT: usize = 8;

/// A packet that was received, cut to its own length.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    header: &'a [u8; LENGTH],
    /// Header, options, payload.
    bytes: &'a [u8],
    /// Where the payload begins.
    payload_at: usize,
}

impl<'a> Packet<'a> {
    // ANCHOR: parse
    /// Reads a frame's payload. What lies behind the packet's total length is padding of the link's,
    /// and is cut off.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut packet = Self::parse_quoted(bytes)?;
        let total = usize::from(TOTAL_LENGTH.u16(packet.header));
        if total < packet.payload_at {
            return Err(Malformed::Ipv4TotalLength);
        }
        packet.bytes = bytes.get(..total).ok_or(Malformed::Ipv4Truncated)?;
        if checksum(&bytes[..packet.payload_at]) != 0 {
            return Err(Malformed::Ipv4Checksum);
        }
        if packet.options().any(|option| option.is_err()) {
            return Err(Malformed::Ipv4Options);
        }
        Ok(packet)
    }
    // ANCHOR_END: parse

    /// Reads the beginning of a packet, as an ICMP error quotes it: the payload may be cut short, and
    /// the checksum may be that of a hop before.
    pub fn parse_quoted(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, _) = split(bytes, Malformed::Ipv4Short)?;
        if VERSION.u8(header) != 4 {
            return Err(Malformed::Ipv4Version);
        }
        let payload_at = usize::from(IHL.u8(header)) * 4;
        if !(LENGTH..=bytes.len()).contains(&payload_at) {
            return Err(Malformed::Ipv4HeaderLength);
        }
        Ok(Self { header, bytes, payload_at })
    }

    /// The whole packet, without padding.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    pub fn payload(&self) -> &'a [u8] {
        &self.bytes[self.payload_at..]
    }

    /// Bytes of the header with its options.
    pub fn header_length(&self) -> usize {
        self.payload_at
    }

    pub fn dscp(&self) -> u8 {
        DSCP.u8(self.header)
    }

    pub fn ecn(&self) -> Ecn {
        Ecn::from_bits(ECN.u8(self.header))
    }

    pub fn identification(&self) -> u16 {
        IDENTIFICATION.u16(self.header)
    }

    pub fn dont_fragment(&self) -> bool {
        DONT_FRAGMENT.is_set(self.header)
    }

    pub fn more_fragments(&self) -> bool {
        MORE_FRAGMENTS.is_set(self.header)
    }

    /// Where the payload belongs in the whole packet's, in bytes.
    pub fn fragment_offset(&self) -> usize {
        usize::from(FRAGMENT_OFFSET.u16(self.header)) * FRAGMENT_UNIT
    }

    /// How long the packet says it is. Only a quoted one can be shorter.
    pub fn total_length(&self) -> usize {
        TOTAL_LENGTH.u16(self.header).into()
    }

    /// Whether it is but a part of a packet.
    pub fn is_fragment(&self) -> bool {
        self.more_fragments() || self.fragment_offset() > 0
    }

    pub fn ttl(&self) -> u8 {
        TTL.u8(self.header)
    }

    pub fn protocol(&self) -> Protocol {
        Protocol(PROTOCOL.u8(self.header))
    }

    pub fn source(&self) -> Ipv4Addr {
        Ipv4Addr::from(SOURCE.bytes(self.header))
    }

    pub fn destination(&self) -> Ipv4Addr {
        Ipv4Addr::from(DESTINATION.bytes(self.header))
    }

    /// The bytes between the header and the payload.
    pub fn option_bytes(&self) -> &'a [u8] {
        &self.bytes[LENGTH..self.payload_at]
    }

    /// The options, without those that only fill. An error is the last item; [`parse`](Self::parse)
    /// has found none.
    pub fn options(&self) -> Options<'a> {
        Options { rest: self.option_bytes() }
    }

    /// The values of the header, for a builder.
    pub fn header(&self) -> Header {
        Header {
            dscp: self.dscp(),
            ecn: self.ecn(),
            identification: self.identification(),
            dont_fragment: self.dont_fragment(),
            more_fragments: self.more_fragments(),
            fragment_offset: self.fragment_offset(),
            ttl: self.ttl(),
            protocol: self.protocol(),
            source: self.source(),
            destination: self.destination(),
            payload_length: self.payload().len(),
        }
    }

    /// The same payload in packets of at most `mtu` bytes each (RFC 791 §3.2). It does not look at
    /// DF: whoever forwards has to.
    ///
    /// An `mtu` below [`MIN_MTU`] counts as that.
    pub fn fragments(&self, mtu: usize) -> Fragments<'a> {
        Fragments { packet: *self, mtu: mtu.max(MIN_MTU), at: 0, done: false }
    }
}

/// An option (RFC 791 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opt<'a> {
    /// Copied flag, class and number in one.
    pub kind: u8,
    /// Without kind and length.
    pub data: &'a [u8],
}

impl Opt<'_> {
    /// Whether every fragment carries it.
    pub const fn is_copied(&self) -> bool {
        self.kind & 0x80 != 0
    }
}

/// The options of a header, one by one.
#[derive(Clone, Debug)]
pub struct Options<'a> {
    rest: &'a [u8],
}

const END_OF_OPTIONS: u8 = 0;
const NO_OPERATION: u8 = 1;

impl<'a> Iterator for Options<'a> {
    type Item = Result<Opt<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (&kind, rest) = self.rest.split_first()?;
            match kind {
                END_OF_OPTIONS => self.rest = &[],
                NO_OPERATION => self.rest = rest,
                _ => {
                    // The length counts kind and length too.
                    let length = usize::from(*rest.first().unwrap_or(&0));
                    let option = self.rest.get(2..length);
                    self.rest = self.rest.get(length..).unwrap_or_default();
                    return Some(if let Some(data) = option {
                        Ok(Opt { kind, data })
                    } else {
                        self.rest = &[];
                        Err(Malformed::Ipv4Options)
                    });
                }
            }
        }
    }
}

/// What a packet says about congestion (RFC 3168 §5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ecn {
    /// The transport does not take part.
    #[default]
    NotCapable,
    Capable1,
    Capable0,
    /// A router marked the packet instead of dropping it.
    CongestionExperienced,
}

impl Ecn {
    pub(super) const fn from_bits(bits: u8) -> Self {
        match bits & 3 {
            0 => Self::NotCapable,
            1 => Self::Capable1,
            2 => Self::Capable0,
            _ => Self::CongestionExperienced,
        }
    }
}

impl fmt::Display for Ecn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotCapable => "Not-ECT",
            Self::Capable1 => "ECT(1)",
            Self::Capable0 => "ECT(0)",
            Self::CongestionExperienced => "CE",
        })
    }
}

/// The name of a DSCP value: CS (RFC 2474 §4.2.2), AF (RFC 2597 §6), EF (RFC 3246 §2).
pub fn dscp_name(dscp: u8) -> String {
    let (class, drop) = (dscp >> 3, dscp >> 1 & 3);
    match (class, drop, dscp & 1) {
        (0, 0, 0) => "default".to_owned(),
        (0..=7, 0, 0) => format!("CS{class}"),
        (1..=4, 1..=3, 0) => format!("AF{class}{drop}"),
        _ if dscp == 46 => "EF".to_owned(),
        _ => dscp.to_string(),
    }
}

/// A header to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Six bits.
    pub dscp: u8,
    pub ecn: Ecn,
    /// Only a packet that may be split needs one (RFC 6864 §4).
    pub identification: u16,
    pub dont_fragment: bool,
    pub more_fragments: bool,
    /// In bytes, a multiple of 8.
    pub fragment_offset: usize,
    pub ttl: u8,
    pub protocol: Protocol,
    pub source: Ipv4Addr,
    pub destination: Ipv4Addr,
    /// Bytes that the caller appends after the header. At most [`MAX_PACKET`] together.
    pub payload_length: usize,
}

impl Header {
    /// An ordinary packet: not a fragment, 64 hops.
    pub const fn new(
        protocol: Protocol,
        source: Ipv4Addr,
        destination: Ipv4Addr,
        payload_length: usize,
    ) -> Self {
        Self {
            dscp: 0,
            ecn: Ecn::NotCapable,
            identification: 0,
            dont_fragment: false,
            more_fragments: false,
            fragment_offset: 0,
            ttl: 64,
            protocol,
            source,
            destination,
            payload_length,
        }
    }

    /// Appends it, with its checksum.
    pub fn write(&self, out: &mut Vec<u8>) {
        self.write_with_options(&[], out);
    }

    /// Appends it and the options, which fill up to a multiple of 4 bytes, at most 40.
    ///
    /// # Panics
    ///
    /// If there are more.
    pub fn write_with_options(&self, options: &[u8], out: &mut Vec<u8>) {
        assert!(options.len() <= 40, "a header has room for 40 bytes of options");
        let length = LENGTH + options.len().next_multiple_of(4);
        let mut header = [0; LENGTH];
        VERSION.set(&mut header, 4);
        IHL.set(&mut header, length as u64 / 4);
        DSCP.set(&mut header, self.dscp.into());
        ECN.set(&mut header, self.ecn as u64);
        TOTAL_LENGTH.set(&mut header, (length + self.payload_length) as u64);
        IDENTIFICATION.set(&mut header, self.identification.into());
        DONT_FRAGMENT.set(&mut header, self.dont_fragment.into());
        MORE_FRAGMENTS.set(&mut header, self.more_fragments.into());
        FRAGMENT_OFFSET.set(&mut header, (self.fragment_offset / FRAGMENT_UNIT) as u64);
        TTL.set(&mut header, self.ttl.into());
        PROTOCOL.set(&mut header, self.protocol.0.into());
        SOURCE.set_bytes(&mut header, self.source.octets());
        DESTINATION.set_bytes(&mut header, self.destination.octets());
        let start = out.len();
        out.extend_from_slice(&header);
        out.extend_from_slice(options);
        out.resize(start + length, END_OF_OPTIONS);
        seal(&mut out[start..]);
    }
}

/// Puts the checksum of a header into it.
fn seal(header: &mut [u8]) {
    if let Some(fixed) = header.first_chunk_mut() {
        CHECKSUM.set::<LENGTH>(fixed, 0);
    }
    let sum = checksum(header);
    if let Some(fixed) = header.first_chunk_mut() {
        CHECKSUM.set::<LENGTH>(fixed, sum.into());
    }
}

/// Makes the first fragment's header that of the whole packet.
pub(crate) fn unfragment(header: &mut [u8], payload_length: usize) {
    let length = header.len() + payload_length;
    if let Some(fixed) = header.first_chunk_mut::<LENGTH>() {
        TOTAL_LENGTH.set(fixed, length as u64);
        MORE_FRAGMENTS.set(fixed, 0);
        FRAGMENT_OFFSET.set(fixed, 0);
    }
    seal(header);
}

// ANCHOR: decrement_ttl
/// Takes a hop from a packet that is forwarded, and gives what is left. The checksum is changed by
/// the same amount, and not computed anew (RFC 1624).
///
/// A packet with no hop left, or that is shorter than a header, stays as it is: `None`.
pub fn decrement_ttl(packet: &mut [u8]) -> Option<u8> {
    let header: &mut [u8; LENGTH] = packet.first_chunk_mut()?;
    // TTL and protocol share a word of the sum.
    let word = |header: &[u8; LENGTH]| TTL.u16(header) << 8 | PROTOCOL.u16(header);
    let ttl = TTL.u8(header).checked_sub(1)?;
    let old = word(header);
    TTL.set(header, ttl.into());
    let sum = update(CHECKSUM.u16(header), old, word(header));
    CHECKSUM.set(header, sum.into());
    Some(ttl)
}
// ANCHOR_END: decrement_ttl

/// A packet in pieces that fit.
#[derive(Clone, Debug)]
pub struct Fragments<'a> {
    packet: Packet<'a>,
    mtu: usize,
    /// How much of the payload is cut off already.
    at: usize,
    done: bool,
}

/// A packet to send.
#[derive(Clone, Copy, Debug)]
pub struct Fragment<'a> {
    pub header: Header,
    /// With those options that all fragments carry.
    options: [u8; 40],
    options_length: usize,
    pub data: &'a [u8],
}

impl Fragment<'_> {
    /// Appends header, options and data.
    pub fn write(&self, out: &mut Vec<u8>) {
        self.header.write_with_options(&self.options[..self.options_length], out);
        out.extend_from_slice(self.data);
    }
}

impl<'a> Iterator for Fragments<'a> {
    type Item = Fragment<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let (options, options_length) = self.options();
        let rest = &self.packet.payload()[self.at..];
        let room = self.mtu - LENGTH - options_length.next_multiple_of(4);
        // Unless it is the last one, the next one must begin at a multiple of 8.
        let length = if rest.len() <= room { rest.len() } else { room / 8 * 8 };
        let whole = self.packet.header();
        let last = length == rest.len();
        let header = Header {
            more_fragments: whole.more_fragments || !last,
            fragment_offset: whole.fragment_offset + self.at,
            payload_length: length,
            ..whole
        };
        self.at += length;
        self.done = last;
        Some(Fragment { header, options, options_length, data: &rest[..length] })
    }
}

impl Fragments<'_> {
    /// All options for the first fragment, those with the copied flag for the others.
    fn options(&self) -> ([u8; 40], usize) {
        let mut buffer = [0; 40];
        let mut length = 0;
        if self.at == 0 {
            let all = self.packet.option_bytes();
            buffer[..all.len()].copy_from_slice(all);
            return (buffer, all.len());
        }
        for option in self.packet.options().flatten().filter(Opt::is_copied) {
            let end = length + 2 + option.data.len();
            buffer[length] = option.kind;
            buffer[length + 1] = (2 + option.data.len()) as u8;
            buffer[length + 2..end].copy_from_slice(option.data);
            length = end;
        }
        (buffer, length)
    }
}

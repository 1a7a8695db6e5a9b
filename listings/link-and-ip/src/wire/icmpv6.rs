//! `ICMPv6` (RFC 4443): echo, and errors about packets. Neighbor discovery is in [`ndp`](super::ndp).
//!
//! Its checksum covers the addresses of the packet, so reading and writing need them.

use std::net::Ipv6Addr;

pub use super::icmpv4::ECHO;
pub use super::icmpv4::{Echo, HOPS_EXCEEDED, REASSEMBLY_TIME_EXCEEDED};

use super::checksum::Sum;
use super::icmpv4::{CHECKSUM, CODE, IDENTIFIER, SEQUENCE, TYPE};
use super::{Malformed, Protocol, ipv6, split};
use crate::field::{Field, Table};

const VALUE: Field = CHECKSUM.then("unused, MTU or pointer", 32);

/// All four errors (RFC 4443 §3).
pub const ERROR: Table = Table::new("icmpv6-error", "RFC 4443 §3", &[TYPE, CODE, CHECKSUM, VALUE])
    .followed_by("the packet in question, its beginning");

/// Bytes of the header of echo and errors.
pub const LENGTH: usize = ERROR.length();

/// An error's packet has at most this many bytes (RFC 4443 §2.4 (c)).
pub const MAX_ERROR: usize = ipv6::MIN_MTU;

const UNREACHABLE: u8 = 1;
const PACKET_TOO_BIG: u8 = 2;
const TIME_EXCEEDED: u8 = 3;
const PARAMETER_PROBLEM: u8 = 4;
const ECHO_REQUEST: u8 = 128;
const ECHO_REPLY: u8 = 129;
pub(super) const FIRST_NDP: u8 = 133;
pub(super) const LAST_NDP: u8 = 137;

/// Why a destination is unreachable (RFC 4443 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Unreachable(pub u8);

impl Unreachable {
    pub const NO_ROUTE: Self = Self(0);
    pub const PROHIBITED: Self = Self(1);
    pub const BEYOND_SCOPE: Self = Self(2);
    pub const ADDRESS: Self = Self(3);
    pub const PORT: Self = Self(4);
}

/// A message, received or to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Message<'a> {
    EchoRequest(Echo<'a>),
    EchoReply(Echo<'a>),
    Unreachable {
        code: Unreachable,
        quoted: &'a [u8],
    },
    PacketTooBig {
        mtu: u32,
        quoted: &'a [u8],
    },
    TimeExceeded {
        code: u8,
        quoted: &'a [u8],
    },
    /// The pointer counts bytes from the quoted packet's first.
    ParameterProblem {
        code: u8,
        pointer: u32,
        quoted: &'a [u8],
    },
    /// The whole message, for [`ndp::Message::parse`](super::ndp::Message::parse). Its checksum is
    /// right.
    NeighborDiscovery(&'a [u8]),
    /// A type that we do not know. An error's is passed on to whoever sent the quoted packet, any
    /// other is dropped (RFC 4443 §2.4 (a), (b)).
    Other {
        kind: u8,
        code: u8,
        rest: [u8; 4],
        data: &'a [u8],
    },
}

impl<'a> Message<'a> {
    /// Reads the payload of a packet between the two addresses.
    pub fn parse(
        bytes: &'a [u8],
        source: Ipv6Addr,
        destination: Ipv6Addr,
    ) -> Result<Self, Malformed> {
        let (header, data): (&[u8; LENGTH], _) = split(bytes, Malformed::Icmpv6Short)?;
        if checksum(bytes, source, destination) != 0 {
            return Err(Malformed::Icmpv6Checksum);
        }
        let echo =
            Echo { identifier: IDENTIFIER.u16(header), sequence: SEQUENCE.u16(header), data };
        let (kind, code) = (TYPE.u8(header), CODE.u8(header));
        let value = VALUE.u32(header);
        Ok(match kind {
            ECHO_REQUEST if code == 0 => Self::EchoRequest(echo),
            ECHO_REPLY if code == 0 => Self::EchoReply(echo),
            UNREACHABLE => Self::Unreachable { code: Unreachable(code), quoted: data },
            PACKET_TOO_BIG => Self::PacketTooBig { mtu: value, quoted: data },
            TIME_EXCEEDED => Self::TimeExceeded { code, quoted: data },
            PARAMETER_PROBLEM => Self::ParameterProblem { code, pointer: value, quoted: data },
            FIRST_NDP..=LAST_NDP => Self::NeighborDiscovery(bytes),
            _ => Self::Other { kind, code, rest: value.to_be_bytes(), data },
        })
    }

    /// Whether it tells of an error: no error may be sent about it (RFC 4443 §2.4 (e)). The highest
    /// bit of the type says so (§2.1); a redirect counts too.
    pub fn is_error(&self) -> bool {
        match self {
            Self::EchoRequest(_) | Self::EchoReply(_) => false,
            Self::NeighborDiscovery(message) => message.first() == Some(&LAST_NDP),
            Self::Other { kind, .. } => *kind < 128,
            _ => true,
        }
    }

    /// Bytes of the message.
    pub const fn length(&self) -> usize {
        match self {
            Self::NeighborDiscovery(message) => message.len(),
            _ => LENGTH + self.data().len(),
        }
    }

    const fn data(&self) -> &'a [u8] {
        match self {
            Self::EchoRequest(echo) | Self::EchoReply(echo) => echo.data,
            Self::Unreachable { quoted, .. }
            | Self::PacketTooBig { quoted, .. }
            | Self::TimeExceeded { quoted, .. }
            | Self::ParameterProblem { quoted, .. } => quoted,
            Self::NeighborDiscovery(_) => &[],
            Self::Other { data, .. } => data,
        }
    }

    /// Appends it, with its checksum for a packet between the two addresses.
    pub fn write(&self, source: Ipv6Addr, destination: Ipv6Addr, out: &mut Vec<u8>) {
        let start = out.len();
        let (kind, code, value) = match self {
            Self::EchoRequest(_) => (ECHO_REQUEST, 0, 0),
            Self::EchoReply(_) => (ECHO_REPLY, 0, 0),
            Self::Unreachable { code, .. } => (UNREACHABLE, code.0, 0),
            Self::PacketTooBig { mtu, .. } => (PACKET_TOO_BIG, 0, *mtu),
            Self::TimeExceeded { code, .. } => (TIME_EXCEEDED, *code, 0),
            Self::ParameterProblem { code, pointer, .. } => (PARAMETER_PROBLEM, *code, *pointer),
            Self::Other { kind, code, rest, .. } => (*kind, *code, u32::from_be_bytes(*rest)),
            Self::NeighborDiscovery(message) => {
                out.extend_from_slice(message);
                seal(&mut out[start..], source, destination);
                return;
            }
        };
        let mut header = [0; LENGTH];
        TYPE.set(&mut header, kind.into());
        CODE.set(&mut header, code.into());
        VALUE.set(&mut header, value.into());
        if let Self::EchoRequest(echo) | Self::EchoReply(echo) = self {
            IDENTIFIER.set(&mut header, echo.identifier.into());
            SEQUENCE.set(&mut header, echo.sequence.into());
        }
        out.extend_from_slice(&header);
        out.extend_from_slice(self.data());
        seal(&mut out[start..], source, destination);
    }
}

// ANCHOR: checksum
/// The checksum of a message between the two addresses (RFC 4443 §2.3).
pub fn checksum(message: &[u8], source: Ipv6Addr, destination: Ipv6Addr) -> u16 {
    Sum::pseudo_v6(source, destination, Protocol::ICMPV6, message.len()).with(message).finish()
}
// ANCHOR_END: checksum

/// Puts the checksum into a message.
pub(super) fn seal(message: &mut [u8], source: Ipv6Addr, destination: Ipv6Addr) {
    if let Some(header) = message.first_chunk_mut::<LENGTH>() {
        CHECKSUM.set(header, 0);
    }
    let sum = checksum(message, source, destination);
    if let Some(header) = message.first_chunk_mut::<LENGTH>() {
        CHECKSUM.set(header, sum.into());
    }
}

/// As much of a packet as an error about it quotes: all that fits into [`MAX_ERROR`] bytes.
pub fn quote(packet: &[u8]) -> &[u8] {
    &packet[..packet.len().min(MAX_ERROR - ipv6::LENGTH - LENGTH)]
}

//! ICMP for IPv4 (RFC 792): echo, and errors about packets.

use super::checksum::checksum;
use super::{Malformed, split};
use crate::field::{Field, Table};

pub(super) const TYPE: Field = Field::first("type", 8);
pub(super) const CODE: Field = TYPE.then("code", 8);
pub(super) const CHECKSUM: Field = CODE.then("checksum", 16);
pub(super) const IDENTIFIER: Field = CHECKSUM.then("identifier", 16);
pub(super) const SEQUENCE: Field = IDENTIFIER.then("sequence number", 16);

/// Echo request and reply, of both versions of IP.
pub const ECHO: Table = Table::new(
    "icmp-echo",
    "RFC 792, RFC 4443 §4.1",
    &[TYPE, CODE, CHECKSUM, IDENTIFIER, SEQUENCE],
)
.followed_by("data");

const UNUSED: Field = CHECKSUM.then("unused", 16);
const NEXT_HOP_MTU: Field = UNUSED.then("next-hop MTU", 16);

/// Destination unreachable and time exceeded. The MTU is there in one case only (RFC 1191 §4).
pub const ERROR: Table =
    Table::new("icmp-error", "RFC 792, RFC 1191 §4", &[TYPE, CODE, CHECKSUM, UNUSED, NEXT_HOP_MTU])
        .followed_by("the packet in question, its beginning");

const POINTER: Field = CHECKSUM.then("pointer", 8);
const POINTER_UNUSED: Field = POINTER.then("unused", 24);

/// A header field is wrong.
pub const PROBLEM: Table = Table::new(
    "icmp-parameter-problem",
    "RFC 792",
    &[TYPE, CODE, CHECKSUM, POINTER, POINTER_UNUSED],
)
.followed_by("the packet in question, its beginning");

/// Bytes of every message's header.
pub const LENGTH: usize = ECHO.length();

/// An error, its IP header included, has at most this many bytes (RFC 1812 §4.3.2.3).
pub const MAX_ERROR: usize = 576;

const ECHO_REPLY: u8 = 0;
const UNREACHABLE: u8 = 3;
const ECHO_REQUEST: u8 = 8;
const TIME_EXCEEDED: u8 = 11;
const PARAMETER_PROBLEM: u8 = 12;

/// Why a destination is unreachable: codes of RFC 792 and RFC 1812 §5.2.7.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Unreachable(pub u8);

impl Unreachable {
    pub const NET: Self = Self(0);
    pub const HOST: Self = Self(1);
    pub const PROTOCOL: Self = Self(2);
    pub const PORT: Self = Self(3);
    pub const FRAGMENTATION_NEEDED: Self = Self(4);
    pub const SOURCE_ROUTE_FAILED: Self = Self(5);
    pub const PROHIBITED: Self = Self(13);
}

/// Codes of time exceeded, in both versions of ICMP.
pub const HOPS_EXCEEDED: u8 = 0;
pub const REASSEMBLY_TIME_EXCEEDED: u8 = 1;

/// What an echo carries; the reply carries the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Echo<'a> {
    /// Which program asks.
    pub identifier: u16,
    /// Which of its requests.
    pub sequence: u16,
    pub data: &'a [u8],
}

/// A message, received or to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Message<'a> {
    EchoRequest(Echo<'a>),
    EchoReply(Echo<'a>),
    /// `mtu` counts only with [`Unreachable::FRAGMENTATION_NEEDED`], and is 0 if an old router said
    /// nothing about it.
    Unreachable {
        code: Unreachable,
        mtu: u16,
        quoted: &'a [u8],
    },
    TimeExceeded {
        code: u8,
        quoted: &'a [u8],
    },
    /// The pointer counts bytes from the quoted packet's first.
    ParameterProblem {
        code: u8,
        pointer: u8,
        quoted: &'a [u8],
    },
    /// A type that we do not know, to be ignored (RFC 1122 §3.2.2).
    Other {
        kind: u8,
        code: u8,
        rest: [u8; 4],
        data: &'a [u8],
    },
}

impl<'a> Message<'a> {
    /// Reads a packet's payload.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, data): (&[u8; LENGTH], _) = split(bytes, Malformed::Icmpv4Short)?;
        if checksum(bytes) != 0 {
            return Err(Malformed::Icmpv4Checksum);
        }
        let echo =
            Echo { identifier: IDENTIFIER.u16(header), sequence: SEQUENCE.u16(header), data };
        let (kind, code) = (TYPE.u8(header), CODE.u8(header));
        Ok(match kind {
            ECHO_REQUEST if code == 0 => Self::EchoRequest(echo),
            ECHO_REPLY if code == 0 => Self::EchoReply(echo),
            UNREACHABLE => Self::Unreachable {
                code: Unreachable(code),
                mtu: NEXT_HOP_MTU.u16(header),
                quoted: data,
            },
            TIME_EXCEEDED => Self::TimeExceeded { code, quoted: data },
            PARAMETER_PROBLEM => {
                Self::ParameterProblem { code, pointer: POINTER.u8(header), quoted: data }
            }
            _ => {
                let [.., a, b, c, d] = *header;
                Self::Other { kind, code, rest: [a, b, c, d], data }
            }
        })
    }

    /// Whether it tells of an error: no error may be sent about it (RFC 1122 §3.2.2).
    pub const fn is_error(&self) -> bool {
        match self {
            Self::EchoRequest(_) | Self::EchoReply(_) => false,
            Self::Unreachable { .. }
            | Self::TimeExceeded { .. }
            | Self::ParameterProblem { .. } => true,
            // Source quench and redirect.
            Self::Other { kind, .. } => matches!(kind, 4 | 5),
        }
    }

    /// Bytes of the message.
    pub const fn length(&self) -> usize {
        LENGTH + self.data().len()
    }

    const fn data(&self) -> &'a [u8] {
        match self {
            Self::EchoRequest(echo) | Self::EchoReply(echo) => echo.data,
            Self::Unreachable { quoted, .. }
            | Self::TimeExceeded { quoted, .. }
            | Self::ParameterProblem { quoted, .. } => quoted,
            Self::Other { data, .. } => data,
        }
    }

    /// Appends it, with its checksum.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut header = [0; LENGTH];
        let (kind, code) = match self {
            Self::EchoRequest(_) => (ECHO_REQUEST, 0),
            Self::EchoReply(_) => (ECHO_REPLY, 0),
            Self::Unreachable { code, .. } => (UNREACHABLE, code.0),
            Self::TimeExceeded { code, .. } => (TIME_EXCEEDED, *code),
            Self::ParameterProblem { code, .. } => (PARAMETER_PROBLEM, *code),
            Self::Other { kind, code, .. } => (*kind, *code),
        };
        TYPE.set(&mut header, kind.into());
        CODE.set(&mut header, code.into());
        match self {
            Self::EchoRequest(echo) | Self::EchoReply(echo) => {
                IDENTIFIER.set(&mut header, echo.identifier.into());
                SEQUENCE.set(&mut header, echo.sequence.into());
            }
            Self::Unreachable { mtu, .. } => NEXT_HOP_MTU.set(&mut header, (*mtu).into()),
            Self::TimeExceeded { .. } => {}
            Self::ParameterProblem { pointer, .. } => POINTER.set(&mut header, (*pointer).into()),
            Self::Other { rest, .. } => header[4..].copy_from_slice(rest),
        }
        let start = out.len();
        out.extend_from_slice(&header);
        out.extend_from_slice(self.data());
        seal(&mut out[start..]);
    }
}

fn seal(message: &mut [u8]) {
    let sum = checksum(message);
    if let Some(header) = message.first_chunk_mut::<LENGTH>() {
        CHECKSUM.set(header, sum.into());
    }
}

/// As much of a packet as an error about it quotes: so that the error's packet has at most
/// [`MAX_ERROR`] bytes (RFC 1812 §4.3.2.3). RFC 792 wanted no more than 8 bytes behind the header.
pub fn quote(packet: &[u8]) -> &[u8] {
    &packet[..packet.len().min(MAX_ERROR - super::ipv4::LENGTH - LENGTH)]
}

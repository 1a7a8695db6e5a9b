//! Ethernet II frames: who to, who from, and what is in it (RFC 894, RFC 1042).
//!
//! What a card adds around a frame is never seen here: the preamble before it and the four bytes of
//! check sequence behind it.
//!
//! A frame on the cable has at least 60 bytes, so a short packet has zeros behind it, and only the
//! packet itself knows where it ends. Whoever takes the frame's payload for the packet reads
//! padding: cut it to the total length first, as [`ipv4::Packet`](super::ipv4::Packet) does.

use std::fmt;

use addresses::Mac;

use super::{Malformed, split};
use crate::field::{Field, Table};

// ANCHOR: header
const DESTINATION: Field = Field::first("destination", 48);
const SOURCE: Field = DESTINATION.then("source", 48);
const TYPE: Field = SOURCE.then("type", 16);

/// RFC 894; the name "type" is from there too.
pub const HEADER: Table =
    Table::new("ethernet", "RFC 894", &[DESTINATION, SOURCE, TYPE]).followed_by("data");
// ANCHOR_END: header

/// Bytes of the header.
pub const LENGTH: usize = HEADER.length();

/// The shortest frame that a card sends, without its check sequence.
pub const MIN_FRAME: usize = 60;

/// The smallest type; what is smaller is a length (RFC 1122 §2.3.3 tells the two apart).
const MIN_TYPE: u16 = 1536;

/// What a frame carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EtherType(pub u16);

impl EtherType {
    pub const IPV4: Self = Self(0x0800);
    pub const ARP: Self = Self(0x0806);
    pub const IPV6: Self = Self(0x86dd);
}

impl fmt::Display for EtherType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::IPV4 => f.write_str("IPv4"),
            Self::ARP => f.write_str("ARP"),
            Self::IPV6 => f.write_str("IPv6"),
            Self(number) => write!(f, "{number:#06x}"),
        }
    }
}

/// A frame that was received.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    header: &'a [u8; LENGTH],
    payload: &'a [u8],
}

impl<'a> Frame<'a> {
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, payload) = split(bytes, Malformed::EthernetShort)?;
        if TYPE.u16(header) < MIN_TYPE {
            return Err(Malformed::EthernetLength);
        }
        Ok(Self { header, payload })
    }

    pub fn destination(&self) -> Mac {
        Mac(DESTINATION.bytes(self.header))
    }

    pub fn source(&self) -> Mac {
        Mac(SOURCE.bytes(self.header))
    }

    pub fn ether_type(&self) -> EtherType {
        EtherType(TYPE.u16(self.header))
    }

    /// What follows the header, padding included.
    pub fn payload(&self) -> &'a [u8] {
        self.payload
    }
}

/// A header to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    pub destination: Mac,
    pub source: Mac,
    pub ether_type: EtherType,
}

impl Header {
    /// Appends it. A card pads a short frame itself.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut header = [0; LENGTH];
        DESTINATION.set_bytes(&mut header, self.destination.0);
        SOURCE.set_bytes(&mut header, self.source.0);
        TYPE.set(&mut header, self.ether_type.0.into());
        out.extend_from_slice(&header);
    }
}

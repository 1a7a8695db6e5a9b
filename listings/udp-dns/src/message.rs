//! DNS messages (RFC 1035 §4), with EDNS (RFC 6891).
//!
//! | module | what it holds |
//! |---|---|
//! | here | the values that a message is made of |
//! | `read` | bytes to values: [`Message::parse`] |
//! | `write` | values to bytes, with compression and truncation: [`Message::encode`] |
//! | `text` | values as master files and `dig` show them |
//! | [`tables`] | where each field is |
//! | [`dissect`] | a message byte by byte, a broken one too |
//!
//! ```
//! use udp_dns::message::{CLASSIC_LIMIT, Kind, Malformed};
//! use udp_dns::{Message, Name};
//!
//! let name: Name = "www.example".parse()?;
//! let query = Message::query(0x1234, name, Kind::MX);
//! let mut bytes = query.encode(CLASSIC_LIMIT)?;
//! assert_eq!(bytes.len(), 12 + 13 + 4);
//! assert_eq!(Message::parse(&bytes)?, query);
//!
//! // The second label's length becomes a pointer, to itself.
//! bytes[16..18].copy_from_slice(&[0xc0, 16]);
//! assert_eq!(Message::parse(&bytes), Err(Malformed::Pointer(16)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod dissect;
mod read;
pub mod tables;
mod text;
mod write;

use std::net::{Ipv4Addr, Ipv6Addr};

pub use read::MAX_POINTERS;
pub use text::UnknownWord;

use crate::name::Name;

/// What a DNS message over UDP may be long, if nobody says otherwise (RFC 1035 §2.3.4).
pub const CLASSIC_LIMIT: usize = 512;
/// What a message may be long at most: over TCP, two bytes say how long it is (RFC 1035 §4.2.2).
pub const MAX_MESSAGE: usize = 65_535;
/// The header's bytes (RFC 1035 §4.1.1).
pub const HEADER_LENGTH: usize = tables::HEADER.length();

/// A record's type. Unknown ones are kept and shown as `TYPE65280` (RFC 3597 §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind(pub u16);

impl Kind {
    pub const A: Self = Self(1);
    pub const NS: Self = Self(2);
    pub const CNAME: Self = Self(5);
    pub const SOA: Self = Self(6);
    pub const PTR: Self = Self(12);
    pub const MX: Self = Self(15);
    pub const TXT: Self = Self(16);
    pub const AAAA: Self = Self(28);
    pub const SRV: Self = Self(33);
    pub const OPT: Self = Self(41);
    pub const AXFR: Self = Self(252);
    pub const ANY: Self = Self(255);
}

/// A class. Only `IN` is of this world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Class(pub u16);

impl Class {
    pub const IN: Self = Self(1);
    pub const CH: Self = Self(3);
    pub const ANY: Self = Self(255);
}

/// What became of a question (RFC 1035 §4.1.1; twelve bits with EDNS, RFC 6891 §6.1.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rcode(pub u16);

impl Rcode {
    pub const NO_ERROR: Self = Self(0);
    pub const FORMAT_ERROR: Self = Self(1);
    pub const SERVER_FAILURE: Self = Self(2);
    pub const NAME_ERROR: Self = Self(3);
    pub const NOT_IMPLEMENTED: Self = Self(4);
    pub const REFUSED: Self = Self(5);
    pub const BAD_VERSION: Self = Self(16);
}

/// What is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Opcode(pub u8);

impl Opcode {
    pub const QUERY: Self = Self(0);
}

/// The header's bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "they are the header's, and independent")]
pub struct Flags {
    /// QR.
    pub response: bool,
    pub opcode: Opcode,
    /// AA.
    pub authoritative: bool,
    /// TC.
    pub truncated: bool,
    /// RD.
    pub recursion_desired: bool,
    /// RA.
    pub recursion_available: bool,
    /// The bit that must be zero.
    pub reserved: bool,
    /// AD (RFC 4035 §3.2.3).
    pub authentic_data: bool,
    /// CD.
    pub checking_disabled: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    pub name: Name,
    pub kind: Kind,
    pub class: Class,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub name: Name,
    pub class: Class,
    /// Seconds; a value with the top bit set counts as zero (RFC 2181 §8).
    pub ttl: u32,
    pub data: Data,
}

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Data {
    A(Ipv4Addr),
    Aaaa(Ipv6Addr),
    Ns(Name),
    Cname(Name),
    Ptr(Name),
    Mx {
        preference: u16,
        exchange: Name,
    },
    /// One string at least, each of 255 bytes at most (RFC 1035 §3.3.14). None at all is written
    /// as one that is empty.
    Txt(Vec<Vec<u8>>),
    Soa(Soa),
    /// RFC 2782.
    Srv {
        priority: u16,
        weight: u16,
        port: u16,
        target: Name,
    },
    /// Anything else, as it came: nobody knows where names are in it, so none is compressed. In the
    /// few old types in which one may have been, it is written out when it is read (RFC 3597 §4).
    /// `kind` is none of those above, except in a class other than IN.
    Unknown {
        kind: Kind,
        bytes: Vec<u8>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Soa {
    pub primary: Name,
    pub mailbox: Name,
    pub serial: u32,
    pub refresh: u32,
    pub retry: u32,
    pub expire: u32,
    /// How long "no such name" may be kept (RFC 2308 §4).
    pub minimum: u32,
}

/// What the OPT record says (RFC 6891 §6.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edns {
    /// Bytes that the sender takes over UDP.
    pub udp_size: u16,
    pub version: u8,
    /// DO (RFC 3225 §3).
    pub dnssec_ok: bool,
    /// Code and bytes.
    pub options: Vec<(u16, Vec<u8>)>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    pub id: u16,
    pub flags: Flags,
    pub rcode: Rcode,
    pub questions: Vec<Question>,
    pub answers: Vec<Record>,
    pub authorities: Vec<Record>,
    /// Without the OPT record, which is `edns`.
    pub additionals: Vec<Record>,
    pub edns: Option<Edns>,
}

/// Why bytes are no DNS message. The numbers are offsets in the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    #[error("ends before byte {0}")]
    Short(usize),
    #[error("a name's pointer at byte {0} does not point back")]
    Pointer(usize),
    #[error("a name of more than {MAX_POINTERS} pointers, the last at byte {0}")]
    TooManyPointers(usize),
    #[error("a name of more than 255 bytes, at byte {0}")]
    LongName(usize),
    #[error("a label of an unknown sort at byte {0}")]
    Label(usize),
    #[error("data of a record at byte {0} that is not as long as it says")]
    Data(usize),
    #[error(
        "a second OPT record, one outside the additional section, or one with a name, at byte {0}"
    )]
    Opt(usize),
    #[error("bytes after the message's end, from byte {0} on")]
    Trailing(usize),
    #[error("more than {MAX_MESSAGE} bytes")]
    TooLong,
}

impl Malformed {
    /// Where in the message it is.
    pub fn offset(self) -> usize {
        match self {
            Self::Short(at)
            | Self::Pointer(at)
            | Self::TooManyPointers(at)
            | Self::LongName(at)
            | Self::Label(at)
            | Self::Data(at)
            | Self::Opt(at)
            | Self::Trailing(at) => at,
            Self::TooLong => MAX_MESSAGE,
        }
    }
}

/// Why a message cannot be written. One that was read leads to [`TooLong::Message`] at most: it may
/// have used pointers to save more than we do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TooLong {
    #[error("a record whose data has more than 65535 bytes")]
    Record,
    #[error("a TXT string of more than 255 bytes: split it")]
    String,
    #[error("a question and an OPT record that alone are longer than the limit")]
    Message,
    #[error("more than 65535 records in a section")]
    Count,
    #[error("an rcode above 15 without EDNS, or above 4095, or an opcode above 15")]
    Code,
}

impl Data {
    pub fn kind(&self) -> Kind {
        match self {
            Self::A(_) => Kind::A,
            Self::Ns(_) => Kind::NS,
            Self::Cname(_) => Kind::CNAME,
            Self::Soa(_) => Kind::SOA,
            Self::Ptr(_) => Kind::PTR,
            Self::Mx { .. } => Kind::MX,
            Self::Txt(_) => Kind::TXT,
            Self::Aaaa(_) => Kind::AAAA,
            Self::Srv { .. } => Kind::SRV,
            Self::Unknown { kind, .. } => *kind,
        }
    }
}

impl Record {
    /// Whether both belong to one `RRset`: same name, class and type (RFC 2181 §5).
    pub fn same_set(&self, other: &Self) -> bool {
        self.data.kind() == other.data.kind()
            && self.class == other.class
            && self.name == other.name
    }
}

impl Message {
    /// A question for one name, recursion desired.
    pub fn query(id: u16, name: Name, kind: Kind) -> Self {
        Self {
            id,
            flags: Flags { recursion_desired: true, ..Flags::default() },
            questions: vec![Question { name, kind, class: Class::IN }],
            ..Self::default()
        }
    }
}

//! A zone: the names that one server answers for, read from a master file (RFC 1035 §5).
//!
//! ```
//! use udp_dns::message::{Kind, Rcode};
//! use udp_dns::zone::Zone;
//!
//! let text = "
//! $TTL 1h
//! @     SOA  ns hostmaster 1 1d 2h 4w 5m
//!       NS   ns
//! ns    A    192.0.2.53
//! *.dyn A    192.0.2.99
//! ";
//! let zone = Zone::parse("demo", text, &"example.test".parse()?)?;
//!
//! let found = zone.lookup(&"anything.dyn.example.test".parse()?, Kind::A);
//! assert_eq!((found.rcode, found.answers.len()), (Rcode::NO_ERROR, 1));
//! let found = zone.lookup(&"nobody.example.test".parse()?, Kind::A);
//! assert_eq!((found.rcode, found.answers.len()), (Rcode::NAME_ERROR, 0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What it leaves out: `$INCLUDE` and `$GENERATE` (refused, not ignored), classes other than IN,
//! DNSSEC (its records can be served as unknown types, but not beside an alias, where RFC 2181 §10.1
//! allows them, and nothing is signed or proved), DNAME's substitution (RFC 6672), zone transfers and
//! updates.

mod check;
mod data;
mod lookup;
mod master;
mod tokens;

use std::collections::BTreeMap;
use std::fmt;

pub use lookup::{Found, MAX_CHAIN};

use crate::message::{Class, Data, Kind, MAX_MESSAGE, Record, Soa};
use crate::name::{Name, NameError};

/// A file of more bytes is not read.
pub const MAX_FILE: usize = 16 << 20;
/// Records of a zone, at most.
pub const MAX_RECORDS: usize = 100_000;
/// Records of one name and type, at most: with 12 bytes for each, a message holds no more.
pub const MAX_SET: usize = MAX_MESSAGE / 12;
/// A time to live has 31 bits (RFC 2181 §8).
pub const MAX_TTL: u32 = i32::MAX as u32;

/// All records of one name and type: they go together, and have one TTL (RFC 2181 §5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RrSet {
    /// Seconds.
    pub ttl: u32,
    /// In the order of the file, without duplicates.
    pub data: Vec<Data>,
}

/// What stands at one name. An empty one is there because names below it are.
pub type Node = BTreeMap<Kind, RrSet>;

/// The data of a zone.
#[derive(Clone, Debug)]
pub struct Zone {
    origin: Name,
    /// Every name that exists, also those without data: an empty non-terminal is no missing name
    /// (RFC 4592 §2.2.2).
    nodes: BTreeMap<Name, Node>,
    /// Of [`MAX_RECORDS`].
    records: usize,
}

/// What is wrong with a zone file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneError {
    /// As the caller calls the file.
    pub file: String,
    /// From 1. `None` if no single line is at fault.
    pub line: Option<usize>,
    pub fault: Fault,
}

/// What is wrong with a line or a zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    #[error("a parenthesis that is never closed")]
    Open,
    #[error("a closing parenthesis without an opening one")]
    Close,
    #[error("a string without its second quote")]
    Quote,
    #[error("a backslash without a character or three digits up to 255")]
    Escape,
    #[error("{0:?} is no name: {1}")]
    Name(String, NameError),
    #[error("a record without an owner: the first one has to say it")]
    NoOwner,
    #[error("no TTL: put a line like \"$TTL 1h\" in front")]
    NoTtl,
    #[error("{0:?} is no TTL: seconds, or 1w2d3h4m5s, at most 2147483647")]
    Ttl(String),
    #[error("class {0}: only IN is served")]
    Class(String),
    #[error("{0:?} is no type that we know: write TYPE65280 and \\# data (RFC 3597)")]
    Type(String),
    #[error("{0} is a type for questions, or of one message, and no data")]
    NotData(String),
    #[error("the directive {0} is not supported: put everything into one file")]
    Directive(String),
    #[error("the line ends where {0} should stand")]
    Missing(&'static str),
    #[error("{0:?} is no {1}")]
    Bad(String, &'static str),
    #[error("{0:?} is too much: the record is complete before it")]
    TooMuch(String),
    #[error("a string of more than 255 bytes: write several")]
    LongString,
    #[error("a record of more than 65535 bytes")]
    LongRecord,
    #[error("the data has {got} bytes, and not {said} as it says")]
    Length { said: usize, got: usize },
    #[error("{0} is outside of the zone {1}")]
    OutOfZone(Name, Name),
    #[error("an SOA record that is not at the zone's top")]
    StraySoa,
    #[error("a second SOA record")]
    SecondSoa,
    #[error("{0} is an alias (CNAME), so it can have nothing else (RFC 2181 §10.1)")]
    NotAlone(Name),
    #[error("TTL {second} in a set of records with TTL {first} (RFC 2181 §5.2)")]
    MixedTtl { first: u32, second: u32 },
    #[error("a wildcard cannot be delegated: RFC 4592 §4.2 leaves open what that means")]
    WildcardNs,
    #[error("no SOA record at {0}: is that the file's origin?")]
    NoSoa(Name),
    #[error("no NS record at {0}")]
    NoNs(Name),
    #[error("{0} has the name server {1}, which has no address in this zone")]
    NoAddress(Name, Name),
    #[error("{0} points to {1}, which is an alias (RFC 2181 §10.3)")]
    PointsToAlias(Name, Name),
    #[error("more records of {0}, type {1}, than a message holds: no client could ever get them")]
    LongSet(Name, Kind),
    #[error("more than {MAX_RECORDS} records")]
    TooManyRecords,
    #[error("more than {MAX_FILE} bytes")]
    TooLarge,
}

impl fmt::Display for ZoneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file)?;
        if let Some(line) = self.line {
            write!(f, "{line}:")?;
        }
        write!(f, " {}", self.fault)
    }
}

impl std::error::Error for ZoneError {}

impl Zone {
    /// Reads and checks a master file. `file` is only for the errors' text; `origin` is the zone's
    /// name, and what relative names are relative to until `$ORIGIN` says otherwise.
    pub fn parse(file: &str, text: &str, origin: &Name) -> Result<Self, ZoneError> {
        let error = |line, fault| ZoneError { file: file.to_owned(), line, fault };
        let mut zone = Self { origin: origin.clone(), nodes: BTreeMap::new(), records: 0 };
        master::read(text, &mut zone).map_err(|(line, fault)| error(Some(line), fault))?;
        zone.check().map_err(|fault| error(None, fault))?;
        Ok(zone)
    }

    /// The zone's name.
    pub fn origin(&self) -> &Name {
        &self.origin
    }

    /// How many records it has.
    pub fn len(&self) -> usize {
        self.records
    }

    /// Never true for a zone that was read: it has an SOA record.
    pub fn is_empty(&self) -> bool {
        self.records == 0
    }

    /// Every name that exists, in canonical order (RFC 4034 §6.1).
    pub fn names(&self) -> impl Iterator<Item = (&Name, &Node)> {
        self.nodes.iter()
    }

    /// All records, in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = Record> + '_ {
        self.nodes
            .iter()
            .flat_map(|(name, node)| node.values().flat_map(move |set| set.records(name)))
    }

    /// The start of authority, and its TTL.
    fn soa(&self) -> Option<(&Soa, u32)> {
        let set = self.nodes.get(&self.origin)?.get(&Kind::SOA)?;
        match set.data.first()? {
            Data::Soa(soa) => Some((soa, set.ttl)),
            _ => None,
        }
    }
}

impl RrSet {
    /// As records of `owner`.
    pub fn records(&self, owner: &Name) -> impl Iterator<Item = Record> + '_ {
        let owner = owner.clone();
        self.data.iter().map(move |data| Record {
            name: owner.clone(),
            class: Class::IN,
            ttl: self.ttl,
            data: data.clone(),
        })
    }
}

//! Why a text is no address.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use super::MAX_LENGTH;

/// A refused text: what is wrong, and which bytes of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct AddressError {
    /// The bytes that are to blame, counted from the beginning of the text. Empty where something
    /// is missing.
    pub span: Range<usize>,
    /// What is wrong with them.
    pub reason: Reason,
}

impl AddressError {
    pub(crate) fn new(span: Range<usize>, reason: Reason) -> Self {
        Self { span, reason }
    }

    /// The same error in a text that has `count` bytes more in front.
    pub(crate) fn after(self, count: usize) -> Self {
        Self { span: self.span.start + count..self.span.end + count, ..self }
    }
}

/// What is wrong with a text. Octets and groups are numbered from 1, as a reader counts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    #[error("there is no text; write 192.0.2.1 or 2001:db8::1")]
    Empty,
    #[error("the text has {0} bytes, and an address at most {MAX_LENGTH}")]
    TooLong(usize),

    /// Fewer or more parts than four.
    #[error("it has {0}, and an IPv4 address four octets with a dot between two of them{also}",
        also = meant(*.1))]
    Octets(Octets, Option<Ipv4Addr>),
    #[error("octet {0} is empty; write 0 if you mean zero")]
    OctetEmpty(usize),
    /// Both readings, where they fit an octet.
    #[error("octet {number}, {text:?}, has a leading zero{}; write {}",
        octal_reading(*.octal), either(*.decimal, *.octal))]
    OctetLeadingZero { number: usize, text: String, decimal: Option<u8>, octal: Option<u8> },
    #[error("octet {0}, {1:?}, is hexadecimal, which only inet_aton reads; write it in decimal")]
    OctetHex(usize, String),
    #[error("octet {0}, {1:?}, is greater than 255")]
    OctetRange(usize, String),
    #[error("octet {0} has {1:?} in it, which is no decimal digit")]
    OctetCharacter(usize, char),

    #[error("group {0} has {1} digits, and a group at most 4")]
    GroupLength(usize, usize),
    #[error("group {0} has {1:?} in it, which is no hexadecimal digit")]
    GroupCharacter(usize, char),
    #[error("it ends after {0}; eight are needed, or \"::\" for those that are zero")]
    TooFewGroups(Groups),
    #[error("it has more than eight groups")]
    TooManyGroups,
    #[error("\"::\" stands for no group here: all eight are written out")]
    NothingToCompress,
    #[error("\"::\" stands twice, so nobody can say how many zeros each of them is")]
    SecondCompression,
    #[error("a single colon at the beginning; write \"::\" for zeros, or the group before it")]
    ColonFirst,
    #[error("a single colon at the end; write \"::\" for zeros, or the group after it")]
    ColonLast,
    #[error("three colons in a row; \"::\" already stands for any number of zero groups")]
    ThreeColons,
    #[error("an IPv4 address can only be the last part of an IPv6 address")]
    Ipv4NotLast,
    #[error("it fills two groups, and there is room for {0}")]
    Ipv4NoRoom(Groups),
    #[error("in the IPv4 address at the end: {0}")]
    Ipv4(Box<Reason>),

    #[error("a zone (%{0}) is no part of an address; it says which link the address is on")]
    ZoneHere(String),
    #[error("the zone is empty; write an interface's name or number after %")]
    ZoneEmpty,
    #[error("the zone has {0} bytes, and an interface's name at most {max}", max = super::Zone::MAX)]
    ZoneTooLong(usize),
    #[error("the zone has {0:?} in it, which no interface has in its name")]
    ZoneCharacter(char),
    #[error("{0} takes no zone: only link-local unicast and non-global multicast addresses do")]
    ZoneNotScoped(Ipv6Addr),
    #[error("an IPv4 address takes no zone")]
    ZoneOnIpv4,

    #[error("brackets hold an IPv6 address, and this is none")]
    BracketsWithoutIpv6,
    #[error("there is no ] after the [")]
    BracketOpen,
    #[error("more than one colon; write [ADDRESS]:PORT for an IPv6 address with a port")]
    BracketsMissing,
    #[error("there is no port; write a colon and a number from 0 to 65535 after the address")]
    PortMissing,
    #[error("the port, {0:?}, is no decimal number from 0 to 65535 without leading zeros")]
    Port(String),
}

/// How many octets there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Octets(pub usize);

impl fmt::Display for Octets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            1 => f.write_str("one octet"),
            count => write!(f, "{count} octets"),
        }
    }
}

fn meant(address: Option<Ipv4Addr>) -> String {
    address.map_or(String::new(), |address| format!("; inet_aton reads {address}, so write that"))
}

fn octal_reading(octal: Option<u8>) -> String {
    octal.map_or(String::new(), |value| format!(": inet_aton reads it as octal, {value}"))
}

fn either(decimal: Option<u8>, octal: Option<u8>) -> String {
    match (decimal, octal) {
        (Some(decimal), Some(octal)) if decimal != octal => format!("{decimal} or {octal}"),
        (Some(value), _) | (None, Some(value)) => value.to_string(),
        (None, None) => "a number up to 255".into(),
    }
}

/// How many groups there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Groups(pub usize);

impl fmt::Display for Groups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("no group"),
            1 => f.write_str("one group"),
            count => write!(f, "{count} groups"),
        }
    }
}

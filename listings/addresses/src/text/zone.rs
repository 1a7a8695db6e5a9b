//! Zones: which link an address is on (RFC 4007 §11, RFC 9844).
//!
//! Every link has its own `fe80::1`. The address alone does not say where a packet has to leave, so
//! a host writes the link behind it: `fe80::1%eth0`. The zone is the host's own name or number for
//! the link. It never travels: the same neighbor is `fe80::1%eth0` here and `fe80::1%wlan0` there.
//!
//! It has no place in a URL: RFC 6874, which had put it there as `%25eth0`, was obsoleted by
//! [RFC 9844](https://www.rfc-editor.org/rfc/rfc9844), because browsers never took it up.

use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

use super::{AddressError, Reason, parse_v6};

/// A host's name or number for one of its links, such as `eth0` or `2`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Zone(String);

impl Zone {
    /// The longest name that Linux gives an interface, in bytes.
    pub const MAX: usize = 15;

    /// The zone's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The interface's number, where the zone is one.
    pub fn index(&self) -> Option<u32> {
        self.0.bytes().all(|byte| byte.is_ascii_digit()).then(|| self.0.parse().ok())?
    }
}

impl FromStr for Zone {
    type Err = AddressError;

    /// RFC 4007 §11.2 leaves the text to the host. Here it is what an interface's name can be made
    /// of, less what has a meaning around an address: `%`, `/` before a prefix length, brackets and
    /// colons.
    fn from_str(text: &str) -> Result<Self, AddressError> {
        let refuse = |reason| Err(AddressError::new(0..text.len(), reason));
        if text.is_empty() {
            return refuse(Reason::ZoneEmpty);
        }
        if text.len() > Self::MAX {
            return refuse(Reason::ZoneTooLong(text.len()));
        }
        let odd = |(_, c): &(usize, char)| !c.is_ascii_graphic() || "%/[]:".contains(*c);
        if let Some((at, odd)) = text.char_indices().find(odd) {
            let span = at..at + odd.len_utf8();
            return Err(AddressError::new(span, Reason::ZoneCharacter(odd)));
        }
        Ok(Self(text.into()))
    }
}

// ANCHOR: zoned
/// An IPv6 address together with the link that it is on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Zoned {
    pub address: Ipv6Addr,
    /// `None` means that the host's default has to do (RFC 4007 §11.6), which on most hosts is an
    /// error as soon as a packet is to be sent.
    pub zone: Option<Zone>,
}
// ANCHOR_END: zoned

impl Zoned {
    /// Whether this address is one of many with the same bits, and a zone tells them apart.
    pub fn needs_zone(&self) -> bool {
        self.zone.is_none() && is_scoped(self.address)
    }
}

/// Whether an address means different hosts on different links, so that it may have a zone.
///
/// Those are link-local unicast addresses and multicast addresses of a scope below global. Not the
/// loopback address, of which there is one in a host (RFC 4007 §11.1), and not unique local
/// addresses, which have global scope (RFC 4193 §3.3).
pub fn is_scoped(address: Ipv6Addr) -> bool {
    const GLOBAL: u8 = 0xe;
    let [first, second, ..] = address.octets();
    let multicast_scope = second & 0xf;
    address.is_unicast_link_local() || (first == 0xff && multicast_scope < GLOBAL)
}

impl FromStr for Zoned {
    type Err = AddressError;

    /// Reads an address, or an address, `%` and a zone.
    fn from_str(text: &str) -> Result<Self, AddressError> {
        let Some((front, back)) = text.split_once('%') else {
            return Ok(Self { address: parse_v6(text)?, zone: None });
        };
        let percent = front.len();
        if super::parse_v4(front).is_ok() {
            return Err(AddressError::new(percent..text.len(), Reason::ZoneOnIpv4));
        }
        let address = parse_v6(front)?;
        let zone: Zone = back.parse().map_err(|error: AddressError| error.after(percent + 1))?;
        if !is_scoped(address) {
            let span = percent..text.len();
            return Err(AddressError::new(span, Reason::ZoneNotScoped(address)));
        }
        Ok(Self { address, zone: Some(zone) })
    }
}

impl fmt::Display for Zoned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.zone {
            Some(zone) => write!(f, "{}%{}", self.address, zone.0),
            None => write!(f, "{}", self.address),
        }
    }
}

//! What the user types.

use std::io::{self, BufRead, Read};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use addresses::prefix::Interface;
use addresses::text::{AddressError, Zoned, parse};
use addresses::{Address, Prefix};

use crate::refusal::Refusal;

/// How many bytes of a line of stdin are looked at; the rest of the line is dropped, and what is
/// left is no address.
const LINE: u64 = 256;

pub(crate) enum AnyPrefix {
    V4(Prefix<Ipv4Addr>),
    V6(Prefix<Ipv6Addr>),
}

impl AnyPrefix {
    /// No IPv4 address is in an IPv6 prefix, not even in `::ffff:0:0/96`.
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        match (self, address) {
            (Self::V4(prefix), IpAddr::V4(address)) => prefix.contains(address),
            (Self::V6(prefix), IpAddr::V6(address)) => prefix.contains(address),
            _ => false,
        }
    }
}

pub(crate) fn read_address(text: &str) -> Result<IpAddr, Refusal> {
    // The zone says where an address is, and not what it is.
    let zoned = || text.parse::<Zoned>().map(|zoned| IpAddr::V6(zoned.address));
    let result = if text.contains('%') { zoned() } else { parse(text) };
    result.map_err(|error| Refusal::address(text, &error))
}

pub(crate) fn read_prefix(text: &str) -> Result<AnyPrefix, Refusal> {
    let result = if text.contains(':') {
        text.parse().map(AnyPrefix::V6)
    } else {
        text.parse().map(AnyPrefix::V4)
    };
    result.map_err(|error| Refusal::prefix(text, &error))
}

/// An address alone is the prefix of all of its bits.
pub(crate) fn read_prefix_or_address(text: &str) -> Result<AnyPrefix, Refusal> {
    fn alone<A: Address>(address: A) -> Option<Prefix<A>> {
        Prefix::containing(address, A::BITS)
    }
    match parse(text) {
        Ok(IpAddr::V4(address)) => alone(address).map(AnyPrefix::V4).map_or(read_prefix(text), Ok),
        Ok(IpAddr::V6(address)) => alone(address).map(AnyPrefix::V6).map_or(read_prefix(text), Ok),
        Err(_) => read_prefix(text),
    }
}

/// The canonical text of an address, an address with a zone, or an address with a prefix length.
pub(crate) fn canonical(text: &str) -> Result<String, Refusal> {
    if text.contains('/') {
        let result = if text.contains(':') {
            text.parse::<Interface<Ipv6Addr>>().map(|interface| interface.to_string())
        } else {
            text.parse::<Interface<Ipv4Addr>>().map(|interface| interface.to_string())
        };
        return result.map_err(|error| Refusal::prefix(text, &error));
    }
    let result: Result<String, AddressError> = if text.contains('%') {
        text.parse::<Zoned>().map(|zoned| zoned.to_string())
    } else {
        parse(text).map(|address| address.to_string())
    };
    result.map_err(|error| Refusal::address(text, &error))
}

/// The lines of stdin, each cut at [`LINE`] bytes.
pub(crate) fn lines() -> impl Iterator<Item = io::Result<String>> {
    let mut input = io::stdin().lock();
    std::iter::from_fn(move || read_line(&mut input).transpose())
}

fn read_line(input: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    if input.by_ref().take(LINE).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    if line.last() != Some(&b'\n') {
        input.skip_until(b'\n')?;
    }
    let text = String::from_utf8_lossy(&line);
    Ok(Some(text.trim_end_matches(['\n', '\r']).to_owned()))
}

//! An address with a port: `192.0.2.1:80`, `[2001:db8::1]:80` (RFC 3986 §3.2.2).
//!
//! The brackets are there because a port after a bare IPv6 address could be its last group:
//! `2001:db8::1:80` is an address.

use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;

use super::{AddressError, Reason, Zoned, parse_v4};

/// A host of either version.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Host {
    V4(Ipv4Addr),
    V6(Zoned),
}

/// A host and a port.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Endpoint {
    pub host: Host,
    pub port: u16,
}

impl FromStr for Endpoint {
    type Err = AddressError;

    /// Reads `ADDRESS:PORT` for IPv4 and `[ADDRESS]:PORT` or `[ADDRESS%ZONE]:PORT` for IPv6.
    fn from_str(text: &str) -> Result<Self, AddressError> {
        let refuse = |span, reason| Err(AddressError::new(span, reason));
        let (host, at) = if let Some(inside) = text.strip_prefix('[') {
            let Some((address, _)) = inside.split_once(']') else {
                return refuse(0..text.len(), Reason::BracketOpen);
            };
            if !address.contains(':') {
                return refuse(0..address.len() + 2, Reason::BracketsWithoutIpv6);
            }
            let zoned = address.parse().map_err(|error: AddressError| error.after(1))?;
            (Host::V6(zoned), address.len() + 2)
        } else {
            let at = text.find(':').unwrap_or(text.len());
            if text[at..].matches(':').count() > 1 {
                return refuse(0..text.len(), Reason::BracketsMissing);
            }
            (Host::V4(parse_v4(&text[..at])?), at)
        };
        let Some(port) = text[at..].strip_prefix(':') else {
            return refuse(at..text.len(), Reason::PortMissing);
        };
        let port = parse_port(port).map_err(|error| error.after(at + 1))?;
        Ok(Self { host, port })
    }
}

fn parse_port(text: &str) -> Result<u16, AddressError> {
    let canonical = |port: &u16| port.to_string() == text;
    let shown = || Reason::Port(text.chars().take(super::MAX_LENGTH).collect());
    text.parse().ok().filter(canonical).ok_or_else(|| AddressError::new(0..text.len(), shown()))
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Host::V4(address) => write!(f, "{address}:{}", self.port),
            Host::V6(zoned) => write!(f, "[{zoned}]:{}", self.port),
        }
    }
}

//! IPv6 addresses that stand for an IPv4 address.

use std::net::{Ipv4Addr, Ipv6Addr};

/// How an IPv4 address is carried in an IPv6 address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Embedding {
    /// `::ffff:0:0/96`: IPv4 in an IPv6 socket (RFC 4291 §2.5.5.2), for no wire (RFC 4942 §2.2).
    Mapped,
    /// `64:ff9b::/96`: a translator sends it on as IPv4 (RFC 6052 §2.1).
    Nat64,
    /// `2002::/16`: IPv6 in IPv4 to the router with that address (RFC 3056 §2).
    SixToFour,
}

/// The IPv4 address that `address` leads to, and how.
///
/// A filter that looks at an IPv6 address alone lets `::ffff:127.0.0.1` pass.
pub fn embedded(address: Ipv6Addr) -> Option<(Embedding, Ipv4Addr)> {
    let at = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] => Some((Embedding::Mapped, at(high, low))),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some((Embedding::Nat64, at(high, low))),
        [0x2002, high, low, ..] => Some((Embedding::SixToFour, at(high, low))),
        _ => None,
    }
}

//! The Internet checksum (RFC 1071), and how to change one without the bytes (RFC 1624).

use std::net::{Ipv4Addr, Ipv6Addr};

use super::Protocol;

/// A sum of 16-bit words that grows part by part.
///
/// Each part but the last must have an even number of bytes.
///
/// Ones' complement sums do not care which of the two bytes is the upper one as long as all words
/// agree (RFC 1071 §2 (B)), nor how wide the words are (§2 (C)). So it takes words of 64 bits in the
/// machine's own order, adds their halves, and turns the result once at the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum(u64);

impl Sum {
    pub const fn new() -> Self {
        Self(0)
    }

    /// What UDP, TCP and others add before their own bytes over IPv4 (RFC 9293 §3.1).
    #[must_use]
    pub fn pseudo_v4(
        source: Ipv4Addr,
        destination: Ipv4Addr,
        protocol: Protocol,
        length: usize,
    ) -> Self {
        let length = (length as u16).to_be_bytes();
        Self::new()
            .with(&source.octets())
            .with(&destination.octets())
            .with(&[0, protocol.0, length[0], length[1]])
    }

    /// The same over IPv6 (RFC 8200 §8.1). `ICMPv6` needs it too.
    #[must_use]
    pub fn pseudo_v6(
        source: Ipv6Addr,
        destination: Ipv6Addr,
        protocol: Protocol,
        length: usize,
    ) -> Self {
        Self::new()
            .with(&source.octets())
            .with(&destination.octets())
            .with(&(length as u32).to_be_bytes())
            .with(&[0, 0, 0, protocol.0])
    }

    // ANCHOR: sum
    /// Adds the bytes; an odd one at the end counts as if a zero followed.
    #[must_use]
    #[inline]
    pub fn with(self, bytes: &[u8]) -> Self {
        let (words, rest) = bytes.as_chunks::<8>();
        // A sum for each half: 2^31 words fit, which is 16 GiB.
        let (mut low, mut high) = (0, 0);
        for word in words {
            let word = u64::from_ne_bytes(*word);
            low += word & 0xffff_ffff;
            high += word >> 32;
        }
        let (half, rest) = rest.as_chunks::<4>();
        for half in half {
            low += u64::from(u32::from_ne_bytes(*half));
        }
        let last = match *rest {
            [] => [0; 4],
            [a] => [a, 0, 0, 0],
            [a, b] => [a, b, 0, 0],
            [a, b, c, ..] => [a, b, c, 0],
        };
        high += u64::from(u32::from_ne_bytes(last));
        Self(self.0 + u64::from(fold(low + high)))
    }

    /// The checksum: zero over bytes that already contain their right one.
    #[must_use]
    #[inline]
    pub const fn finish(self) -> u16 {
        !fold(self.0).to_be()
    }
}

/// What runs over at the top is added at the bottom.
#[inline]
const fn fold(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
}
// ANCHOR_END: sum

/// The checksum of the bytes.
#[must_use]
pub fn checksum(bytes: &[u8]) -> u16 {
    Sum::new().with(bytes).finish()
}

// ANCHOR: update
/// The checksum after one 16-bit word changed from `old` to `new` (RFC 1624 §3, equation 3).
#[must_use]
pub const fn update(checksum: u16, old: u16, new: u16) -> u16 {
    let sum = !checksum as u64 + !old as u64 + new as u64;
    !fold(sum)
}
// ANCHOR_END: update

//! Prefixes: the addresses that begin with the same bits (RFC 4632 §3.1, RFC 4291 §2.3).

mod parse;
mod subnets;

pub use parse::{Interface, PrefixError, netmask_length};
pub use subnets::Subnets;

use std::fmt;

use crate::Address;

/// All addresses whose first `length` bits are those of `network`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prefix<A> {
    /// Its bits after the first `length` are zero: two equal prefixes are equal to the bit.
    network: A,
    length: u8,
}

/// The bits of a mask for the first `length` of 128.
const fn mask(length: u8) -> u128 {
    // Shifting 128 bits by 128 is an overflow, not zero.
    if length == 0 { 0 } else { u128::MAX << (128 - length) }
}

impl<A: Address> Prefix<A> {
    /// The prefix of `length` bits that `address` is in, or `None` if an address has fewer bits.
    pub fn containing(address: A, length: u8) -> Option<Self> {
        let network = A::from_left_bits(address.to_left_bits() & mask(length.min(128)));
        (length <= A::BITS).then_some(Self { network, length })
    }

    /// The prefix of `length` bits that begins at `network`, or `None` if `network` has bits set
    /// after them or an address has fewer bits.
    pub fn new(network: A, length: u8) -> Option<Self> {
        Self::containing(network, length).filter(|prefix| prefix.network == network)
    }

    /// The lowest address. In IPv4 it names the network; in IPv6 it is the subnet's routers, any of
    /// them (RFC 4291 §2.6.1).
    pub fn network(self) -> A {
        self.network
    }

    /// How many bits are fixed.
    pub fn length(self) -> u8 {
        self.length
    }

    /// How many bits are free.
    pub fn host_bits(self) -> u8 {
        A::BITS - self.length
    }

    /// The highest address. In IPv4 it is the broadcast address of prefixes up to 30 bits long.
    pub fn last(self) -> A {
        A::from_left_bits(self.network.to_left_bits() | !mask(self.length))
    }

    /// How many addresses there are, or `None` for the 2^128 of `::/0`, one more than a `u128`
    /// holds.
    pub fn size(self) -> Option<u128> {
        1_u128.checked_shl(self.host_bits().into())
    }

    /// The mask: ones for the fixed bits.
    pub fn netmask(self) -> A {
        A::from_left_bits(mask(self.length))
    }

    /// The opposite of the mask, which access lists of routers call a wildcard.
    pub fn hostmask(self) -> A {
        A::from_left_bits(!mask(self.length))
    }

    // ANCHOR: contains
    /// Whether `address` is one of them.
    pub fn contains(self, address: A) -> bool {
        (address.to_left_bits() ^ self.network.to_left_bits()) & mask(self.length) == 0
    }
    // ANCHOR_END: contains

    /// Whether all addresses of `other` are in this prefix too; it covers itself.
    pub fn covers(self, other: Self) -> bool {
        self.length <= other.length && self.contains(other.network)
    }

    /// Whether any address is in both. Two prefixes never overlap in part: one covers the other.
    pub fn overlaps(self, other: Self) -> bool {
        self.covers(other) || other.covers(self)
    }

    /// The prefix of `length` bits that this one is in, or `None` if `length` is greater than this
    /// one's.
    pub fn supernet(self, length: u8) -> Option<Self> {
        if length <= self.length { Self::containing(self.network, length) } else { None }
    }

    /// The prefix that differs in the last fixed bit alone: both together are the supernet with one
    /// bit less. `None` for the prefix of length 0.
    pub fn sibling(self) -> Option<Self> {
        let shift = 128 - u32::from(self.length);
        let bit = 1_u128.checked_shl(shift)?;
        let network = A::from_left_bits(self.network.to_left_bits() ^ bit);
        Some(Self { network, ..self })
    }

    /// The prefixes of `length` bits that this one falls into, in order; `None` if `length` is less
    /// than this one's or more than an address has.
    pub fn subnets(self, length: u8) -> Option<Subnets<A>> {
        (self.length <= length && length <= A::BITS).then(|| Subnets::new(self, length))
    }
}

impl<A: Address> fmt::Display for Prefix<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.network, self.length)
    }
}

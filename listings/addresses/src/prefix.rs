//! Prefixes: the addresses that begin with the same bits (RFC 4632 §3.1, RFC 4291 §2.3).

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
    if length == 0 { 0 } else { u128::MAX << (128 - length) }
}

impl<A: Address> Prefix<A> {
    /// The prefix of `length` bits that `address` is in, or `None` if an address has fewer bits.
    pub fn containing(address: A, length: u8) -> Option<Self> {
        let network = A::from_left_bits(address.to_left_bits() & mask(length.min(128)));
        (length <= A::BITS).then_some(Self { network, length })
    }

    /// The lowest address.
    pub fn network(self) -> A {
        self.network
    }

    /// How many bits are fixed.
    pub fn length(self) -> u8 {
        self.length
    }

    /// Whether `address` is one of them.
    pub fn contains(self, address: A) -> bool {
        (address.to_left_bits() ^ self.network.to_left_bits()) & mask(self.length) == 0
    }
}

impl<A: Address> fmt::Display for Prefix<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.network, self.length)
    }
}

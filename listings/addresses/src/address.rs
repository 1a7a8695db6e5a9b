//! What IPv4 and IPv6 addresses have in common: they are numbers of a fixed length.

use std::fmt::{Debug, Display};
use std::hash::Hash;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::text::{AddressError, parse_v4, parse_v6};

mod sealed {
    pub trait Sealed {}
    impl Sealed for std::net::Ipv4Addr {}
    impl Sealed for std::net::Ipv6Addr {}
}

// ANCHOR: address
/// An address of one of the two versions of IP, as a number.
pub trait Address:
    sealed::Sealed + Copy + Eq + Ord + Hash + Debug + Display + Send + Sync + 'static
{
    /// How many bits an address has: 32 or 128.
    const BITS: u8;

    /// The address's bits at the left end of 128, zeros after them. So bit 0 is the first bit on
    /// the wire for both versions.
    fn to_left_bits(self) -> u128;

    /// The inverse of [`Address::to_left_bits`]; bits after the first [`Address::BITS`] are ignored.
    fn from_left_bits(bits: u128) -> Self;

    /// Reads an address of this version from a text.
    ///
    /// # Errors
    ///
    /// What is wrong with the text, and where.
    fn parse(text: &str) -> Result<Self, AddressError>;
}
// ANCHOR_END: address

impl Address for Ipv4Addr {
    const BITS: u8 = 32;

    fn to_left_bits(self) -> u128 {
        u128::from(self.to_bits()) << 96
    }

    fn from_left_bits(bits: u128) -> Self {
        Self::from_bits((bits >> 96) as u32)
    }

    fn parse(text: &str) -> Result<Self, AddressError> {
        parse_v4(text)
    }
}

impl Address for Ipv6Addr {
    const BITS: u8 = 128;

    fn to_left_bits(self) -> u128 {
        self.to_bits()
    }

    fn from_left_bits(bits: u128) -> Self {
        Self::from_bits(bits)
    }

    fn parse(text: &str) -> Result<Self, AddressError> {
        parse_v6(text)
    }
}

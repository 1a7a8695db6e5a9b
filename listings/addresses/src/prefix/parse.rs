//! Prefixes as text: `192.0.2.0/24`.

use std::fmt;
use std::net::Ipv4Addr;
use std::ops::Range;
use std::str::FromStr;

use super::Prefix;
use crate::Address;
use crate::text::AddressError;

/// Why a text is no prefix.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PrefixError {
    #[error(transparent)]
    Address(#[from] AddressError),
    #[error("there is no length; write /{0} after the address if you mean that one alone")]
    LengthMissing(u8),
    #[error("the length, {text:?}, is no number from 0 to {max} without leading zeros")]
    Length {
        text: String,
        max: u8,
        /// Where it stands in the whole text.
        at: usize,
    },
    #[error("{0} is no netmask: after its first zero bit there are ones")]
    Netmask(Ipv4Addr),
    /// The text of the network that the address is in.
    #[error("bits are set after the first {length}; the network is {network}")]
    HostBits { network: String, length: u8 },
}

impl PrefixError {
    /// The bytes that are to blame, in a text of `length` bytes.
    pub fn span(&self, length: usize) -> Range<usize> {
        match self {
            Self::Address(error) => error.span.clone(),
            Self::LengthMissing(_) => length..length,
            Self::Length { at, .. } => *at..length,
            Self::Netmask(mask) => length.saturating_sub(mask.to_string().len())..length,
            Self::HostBits { .. } => 0..length,
        }
    }
}

/// An address and the length of the prefix that its link has: `192.0.2.17/24`.
///
/// It is what an interface is configured with. A [`Prefix`] has no bits after its length, so
/// `192.0.2.17/24` is no prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Interface<A> {
    address: A,
    prefix: Prefix<A>,
}

impl<A: Address> Interface<A> {
    /// `None` if an address has fewer bits than `length`.
    pub fn new(address: A, length: u8) -> Option<Self> {
        Prefix::containing(address, length).map(|prefix| Self { address, prefix })
    }

    /// The address of the interface itself.
    pub fn address(self) -> A {
        self.address
    }

    /// The addresses that are on the same link.
    pub fn prefix(self) -> Prefix<A> {
        self.prefix
    }
}

impl<A: Address> fmt::Display for Interface<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix.length)
    }
}

impl<A: Address> FromStr for Interface<A> {
    type Err = PrefixError;

    /// Reads `ADDRESS/LENGTH`; for IPv4 also `ADDRESS/NETMASK`.
    fn from_str(text: &str) -> Result<Self, PrefixError> {
        let (front, back) = text.split_once('/').unwrap_or((text, ""));
        let address = A::parse(front)?;
        if front.len() == text.len() {
            return Err(PrefixError::LengthMissing(A::BITS));
        }
        let at = front.len() + 1;
        // A mask has dots in it, and no length has.
        let length = if A::BITS == 32 && back.contains('.') {
            let mask = Ipv4Addr::parse(back).map_err(|error| error.after(at))?;
            netmask_length(mask).ok_or(PrefixError::Netmask(mask))?
        } else {
            parse_length(back).filter(|length| *length <= A::BITS).ok_or_else(|| {
                let text = back.chars().take(crate::text::MAX_LENGTH).collect();
                PrefixError::Length { text, max: A::BITS, at }
            })?
        };
        // The length was compared with A::BITS above.
        Self::new(address, length).ok_or(PrefixError::LengthMissing(A::BITS))
    }
}

/// A decimal number as it is printed: no sign, no leading zero.
fn parse_length(text: &str) -> Option<u8> {
    text.parse().ok().filter(|length: &u8| length.to_string() == text)
}

/// The length of a prefix with this netmask, or `None` if the mask's ones are not all in front.
pub fn netmask_length(mask: Ipv4Addr) -> Option<u8> {
    let bits = mask.to_bits();
    (bits.leading_ones() + bits.trailing_zeros() >= 32).then_some(bits.leading_ones() as u8)
}

impl<A: Address> FromStr for Prefix<A> {
    type Err = PrefixError;

    /// Reads `NETWORK/LENGTH`; for IPv4 also `NETWORK/NETMASK`.
    ///
    /// Bits after the first `LENGTH` are refused: who writes `10.0.0.1/8` in a list of what is
    /// allowed has made a mistake, and only he knows whether it is in the address or the length.
    fn from_str(text: &str) -> Result<Self, PrefixError> {
        let Interface { address, prefix } = text.parse()?;
        if prefix.network == address {
            return Ok(prefix);
        }
        Err(PrefixError::HostBits { network: prefix.to_string(), length: prefix.length })
    }
}

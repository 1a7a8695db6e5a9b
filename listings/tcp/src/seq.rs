//! Sequence numbers (RFC 9293 §3.4): 32 bits that wrap around.

use std::ops::{Add, Sub};

/// A sequence number. There is no order among all of them, so there is no `Ord`: which of two comes
/// first can be said only while they are less than 2^31 apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Seq(pub u32);

impl Seq {
    // ANCHOR: before
    /// Whether this comes before `other`.
    pub const fn is_before(self, other: Self) -> bool {
        self.0.wrapping_sub(other.0).cast_signed() < 0
    }
    // ANCHOR_END: before

    /// Whether this comes after `other`.
    pub const fn is_after(self, other: Self) -> bool {
        other.is_before(self)
    }

    /// Whichever of the two comes first.
    #[must_use]
    pub const fn earlier(self, other: Self) -> Self {
        if other.is_before(self) { other } else { self }
    }

    /// Whichever of the two comes last.
    #[must_use]
    pub const fn later(self, other: Self) -> Self {
        if other.is_after(self) { other } else { self }
    }

    /// How many numbers after `start` this is: wraps, and is meant for one that is not before it.
    pub const fn since(self, start: Self) -> u32 {
        self.0.wrapping_sub(start.0)
    }

    /// Whether this is one of the `length` numbers from `start` on.
    pub const fn is_within(self, start: Self, length: u32) -> bool {
        self.since(start) < length
    }
}

impl Add<u32> for Seq {
    type Output = Self;

    fn add(self, count: u32) -> Self {
        Self(self.0.wrapping_add(count))
    }
}

impl Sub<u32> for Seq {
    type Output = Self;

    fn sub(self, count: u32) -> Self {
        Self(self.0.wrapping_sub(count))
    }
}

//! A prefix in equal parts.

use std::iter::FusedIterator;

use super::{Prefix, mask};
use crate::Address;

/// The parts of a prefix, all of one length. It holds two addresses, however many parts there are.
#[derive(Debug, Clone)]
pub struct Subnets<A> {
    next: Option<Prefix<A>>,
    last: A,
}

impl<A: Address> Subnets<A> {
    pub(super) fn new(whole: Prefix<A>, length: u8) -> Self {
        let first = Prefix { network: whole.network, length };
        let last = A::from_left_bits(whole.last().to_left_bits() & mask(length));
        Self { next: Some(first), last }
    }

    /// How many are left, or `None` for 2^128.
    pub fn count_left(&self) -> Option<u128> {
        let Some(next) = self.next else { return Some(0) };
        let difference = self.last.to_left_bits() - next.network.to_left_bits();
        // A prefix of length 0 has one part of length 0.
        let steps = difference.checked_shr(128 - u32::from(next.length)).unwrap_or(0);
        steps.checked_add(1)
    }
}

impl<A: Address> Iterator for Subnets<A> {
    type Item = Prefix<A>;

    fn next(&mut self) -> Option<Prefix<A>> {
        let this = self.next?;
        self.next = (this.network < self.last).then(|| {
            let step = 1 << (128 - this.length);
            let network = A::from_left_bits(this.network.to_left_bits() + step);
            Prefix { network, ..this }
        });
        Some(this)
    }
}

impl<A: Address> FusedIterator for Subnets<A> {}

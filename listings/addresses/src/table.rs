//! Longest-prefix match.

use std::marker::PhantomData;

use crate::{Address, Prefix};

/// Values by prefix, found by the longest one that contains an address.
#[derive(Debug, Clone)]
pub struct Table<A, V> {
    _values: PhantomData<(A, V)>,
}

impl<A: Address, V> Default for Table<A, V> {
    fn default() -> Self {
        Self { _values: PhantomData }
    }
}

impl<A: Address, V> Table<A, V> {
    /// Puts `value` at `prefix` and returns what stood there.
    pub fn insert(&mut self, _prefix: Prefix<A>, _value: V) -> Option<V> {
        todo!()
    }

    /// Takes what stands at exactly `prefix`.
    pub fn remove(&mut self, _prefix: Prefix<A>) -> Option<V> {
        todo!()
    }

    /// The value of the longest prefix that contains `address`.
    pub fn longest_match(&self, _address: A) -> Option<(Prefix<A>, &V)> {
        todo!()
    }
}

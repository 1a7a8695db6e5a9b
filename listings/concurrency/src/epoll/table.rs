//! Where the connections are, and when each is looked at without an event.

use std::collections::BTreeSet;
use std::time::Instant;

/// What epoll and the timers call a connection: its slot, and how often the slot was used before.
///
/// A batch of events may name a connection that an earlier event of the same batch has closed, and
/// its slot may have a new owner by then. The generation tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Token(u64);

impl Token {
    /// Not in the table: the slot is one that no table reaches.
    pub(super) const LISTENER: Self = Self(u64::MAX);
    /// The same.
    pub(super) const STOP: Self = Self(u64::MAX - 1);

    fn new(slot: usize, generation: u32) -> Self {
        Self(u64::from(generation) << 32 | slot as u64)
    }

    /// For epoll, which gives it back with each event.
    pub(super) fn number(self) -> u64 {
        self.0
    }

    pub(super) fn from_number(number: u64) -> Self {
        Self(number)
    }

    fn slot(self) -> usize {
        (self.0 & u64::from(u32::MAX)) as usize
    }
}

// ANCHOR: table
/// Values in slots that are used again.
#[derive(Debug)]
pub(super) struct Table<T> {
    slots: Vec<(u32, Option<T>)>,
    free: Vec<usize>,
}

impl<T> Table<T> {
    pub(super) fn insert(&mut self, value: T) -> Token {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push((0, None));
            self.slots.len() - 1
        });
        let (generation, place) = &mut self.slots[slot];
        *place = Some(value);
        Token::new(slot, *generation)
    }

    /// The value, unless its slot has another owner by now.
    pub(super) fn get(&mut self, token: Token) -> Option<&mut T> {
        let (generation, value) = self.slots.get_mut(token.slot())?;
        value.as_mut().filter(|_| Token::new(token.slot(), *generation) == token)
    }

    pub(super) fn remove(&mut self, token: Token) -> Option<T> {
        self.get(token)?;
        let (generation, value) = &mut self.slots[token.slot()];
        *generation = generation.wrapping_add(1);
        self.free.push(token.slot());
        value.take()
    }
}
// ANCHOR_END: table

impl<T> Table<T> {
    pub(super) fn new() -> Self {
        Self { slots: Vec::new(), free: Vec::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// The tokens of all values.
    pub(super) fn tokens(&self) -> Vec<Token> {
        let slots = self.slots.iter().enumerate();
        let used = slots.filter(|(_, (_, value))| value.is_some());
        used.map(|(slot, (generation, _))| Token::new(slot, *generation)).collect()
    }
}

/// Moments, the earliest first.
#[derive(Debug, Default)]
pub(super) struct Timers(BTreeSet<(Instant, Token)>);

impl Timers {
    pub(super) fn add(&mut self, at: Instant, token: Token) {
        self.0.insert((at, token));
    }

    pub(super) fn remove(&mut self, at: Instant, token: Token) {
        self.0.remove(&(at, token));
    }

    pub(super) fn first(&self) -> Option<Instant> {
        self.0.first().map(|&(at, _)| at)
    }

    /// The next one that is over, taken out.
    pub(super) fn expired(&mut self, now: Instant) -> Option<Token> {
        self.first().filter(|&at| at <= now)?;
        self.0.pop_first().map(|(_, token)| token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stale_token_finds_nothing() {
        let mut table = Table::new();
        let first = table.insert("first");
        assert_eq!(table.remove(first), Some("first"));
        let second = table.insert("second");
        assert_eq!(first.slot(), second.slot());
        assert_eq!(table.get(first), None);
        assert_eq!(table.remove(first), None);
        assert_eq!(table.get(second), Some(&mut "second"));
        assert_eq!(table.len(), 1);
        assert_eq!(table.get(Token::STOP), None);
        assert_eq!(table.get(Token::LISTENER), None);
    }
}

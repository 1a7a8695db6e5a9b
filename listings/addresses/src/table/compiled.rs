//! A table for lookups alone.
//!
//! Where one prefix lies within another, the longer one cuts a piece out of the shorter one's
//! addresses. So a table falls into ranges of addresses with the same answer, one after the other,
//! and a lookup is a binary search for the range. Routers keep both: the table that changes (the
//! RIB), and one made from it that is asked for each packet (the FIB, RFC 8430 §1).

use super::Table;
use crate::{Address, Prefix};

/// The same answers as those of the [`Table`] it was made from, found faster. It never changes.
#[derive(Debug, Clone)]
pub struct Compiled<'a, A, V> {
    /// The first address of each range, in order. The first of them is the lowest address.
    starts: Vec<A>,
    /// The answer for each range.
    answers: Vec<Option<(Prefix<A>, &'a V)>>,
    /// For each value of an address's first bits, where the search begins: the number of ranges that
    /// start at lower values. The search in between is short, and its steps lie close together.
    index: Vec<u32>,
    /// How many bits the index takes.
    bits: u8,
}

/// The index takes this many bits at most, which make 4 MiB.
const MAX_BITS: u8 = 20;

impl<A: Address, V> Table<A, V> {
    /// Makes a table for lookups alone. It takes as long as going through all prefixes.
    pub fn compile(&self) -> Compiled<'_, A, V> {
        let mut ranges = Ranges { starts: Vec::new(), answers: Vec::new() };
        ranges.push(0, None);
        let mut open: Vec<(Prefix<A>, &V)> = Vec::new();
        for (prefix, value) in self.iter() {
            ranges.close(&mut open, Some(prefix));
            open.push((prefix, value));
            ranges.push(prefix.network().to_left_bits(), open.last().copied());
        }
        ranges.close(&mut open, None);
        let Ranges { starts, answers } = ranges;
        // Several values for a range, so that most searches end at once.
        let bits = (starts.len().ilog2() as u8 + 2).min(MAX_BITS);
        let mut index = vec![0; (1 << bits) + 1];
        for start in &starts {
            index[slot(*start, bits) + 1] += 1;
        }
        for slot in 0..1 << bits {
            index[slot + 1] += index[slot];
        }
        Compiled { starts, answers, index, bits }
    }
}

impl<'a, A: Address, V> Compiled<'a, A, V> {
    // ANCHOR: longest_match
    /// The value of the longest prefix that contains `address`.
    pub fn longest_match(&self, address: A) -> Option<(Prefix<A>, &'a V)> {
        let slot = slot(address, self.bits);
        let (first, end) = (self.index[slot] as usize, self.index[slot + 1] as usize);
        let after = first + self.starts[first..end].partition_point(|start| *start <= address);
        self.answers[after - 1]
    }
    // ANCHOR_END: longest_match

    /// How many ranges with the same answer there are.
    pub fn range_count(&self) -> usize {
        self.starts.len()
    }
}

/// The first `bits` bits of `address`, as a number.
fn slot<A: Address>(address: A, bits: u8) -> usize {
    address.to_left_bits().checked_shr(128 - u32::from(bits)).unwrap_or(0) as usize
}

/// Ranges in the making, in order.
struct Ranges<'a, A, V> {
    starts: Vec<A>,
    answers: Vec<Option<(Prefix<A>, &'a V)>>,
}

impl<'a, A: Address, V> Ranges<'a, A, V> {
    /// From `start` on, this is the answer.
    fn push(&mut self, start: u128, answer: Option<(Prefix<A>, &'a V)>) {
        let start = A::from_left_bits(start);
        if self.starts.last() == Some(&start) {
            // A longer prefix begins where the shorter one does.
            self.starts.pop();
            self.answers.pop();
        }
        self.starts.push(start);
        self.answers.push(answer);
    }

    /// Ends the prefixes that do not cover `next`, or all: after each, the one around it goes on.
    fn close(&mut self, open: &mut Vec<(Prefix<A>, &'a V)>, next: Option<Prefix<A>>) {
        while let Some((ended, _)) =
            open.pop_if(|(prefix, _)| !next.is_some_and(|next| prefix.covers(next)))
        {
            let last = ended.last().to_left_bits();
            // The bits after those of an address are no part of it.
            let unit = 1 << (128 - A::BITS);
            // Nothing comes after the highest address.
            if let Some(after) = (last | (unit - 1)).checked_add(1) {
                self.push(after, open.last().copied());
            }
        }
    }
}

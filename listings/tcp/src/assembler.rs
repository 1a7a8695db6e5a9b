//! Which bytes arrived out of order (RFC 9293 §3.10.7.4), and how the peer learns of it
//! (RFC 2018 §4). The bytes themselves lie in [`buffer::Receive`](crate::buffer::Receive).
//!
//! ```
//! use tcp::Seq;
//! use tcp::assembler::Assembler;
//!
//! // 100 is the next number that we want. 300 to 400 comes first, then 200 to 300.
//! let mut assembler = Assembler::default();
//! assert!(assembler.insert(Seq(300), Seq(400)));
//! assert!(assembler.insert(Seq(200), Seq(300)));
//! assert_eq!(assembler.blocks()[0], Some((Seq(200), Seq(400))));
//!
//! // 100 to 200 closes the hole: everything before 400 is there.
//! assert_eq!(assembler.advance(Seq(200)), Seq(400));
//! assert!(assembler.is_empty());
//! ```

use crate::seq::Seq;

/// How many ranges are remembered. A window of 64 KiB is 45 segments of 1460 bytes, so more holes
/// than this need most of a window lost, or a peer that wants to see our memory grow.
pub const LIMIT: usize = 32;

/// Ranges of numbers that wait for others before them.
///
/// 8 bytes for each range, none as long as everything comes in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assembler {
    /// First number, and the one after the last. Apart from each other, and the one that changed
    /// last is the first: RFC 2018 §4 wants to report them in that order.
    ranges: Vec<(Seq, Seq)>,
}

impl Assembler {
    // ANCHOR: insert
    /// The numbers from `start` to before `end` are there. `false` if that would be one range too
    /// many: then the bytes must be forgotten, as if the segment had been lost.
    ///
    /// The caller has cut them to the window, so all ranges are less than 2^31 apart.
    pub fn insert(&mut self, start: Seq, end: Seq) -> bool {
        if !start.is_before(end) {
            return true;
        }
        let touches = |range: &&(Seq, Seq)| !range.1.is_before(start) && !range.0.is_after(end);
        let joined = self.ranges.iter().filter(touches);
        let (count, whole) = joined.fold((0, (start, end)), |(count, whole), range| {
            (count + 1, (whole.0.earlier(range.0), whole.1.later(range.1)))
        });
        if count == 0 && self.ranges.len() == LIMIT {
            return false;
        }
        self.ranges.retain(|range| !touches(&range));
        self.ranges.insert(0, whole);
        true
    }
    // ANCHOR_END: insert

    /// Everything before `next` is there, in order. Gives the number up to which that is true now,
    /// and forgets what lies before it.
    pub fn advance(&mut self, next: Seq) -> Seq {
        let joined = self.ranges.iter().find(|range| {
            // At most one: ranges that touch have become one.
            !range.0.is_after(next) && range.1.is_after(next)
        });
        let next = joined.map_or(next, |range| range.1);
        self.ranges.retain(|range| range.1.is_after(next));
        next
    }

    /// What a SACK option says: the range with the newest segment first (RFC 2018 §4).
    pub fn blocks(&self) -> [Option<(Seq, Seq)>; 4] {
        std::array::from_fn(|at| self.ranges.get(at).copied())
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// How many ranges wait: [`LIMIT`] at most.
    pub fn len(&self) -> usize {
        self.ranges.len()
    }

    /// Whether `at` is one of the numbers.
    pub fn contains(&self, at: Seq) -> bool {
        self.ranges.iter().any(|range| !range.0.is_after(at) && range.1.is_after(at))
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.ranges.clear();
    }

    /// Bytes on the heap.
    pub fn memory(&self) -> usize {
        self.ranges.capacity() * size_of::<(Seq, Seq)>()
    }
}

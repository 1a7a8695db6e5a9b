//! What the peer has said that it holds beyond what it acknowledges (RFC 2018 §5).

use crate::seq::Seq;

/// Ranges that the peer holds, in order, apart from each other.
///
/// RFC 2018 §8: a peer may still drop what it has announced, so nothing leaves the send buffer
/// because of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Scoreboard {
    ranges: Vec<(Seq, Seq)>,
}

/// A peer that acknowledges every second segment would need more; the rest is resent in vain, which
/// costs time but no memory.
const MAX_RANGES: usize = 64;

impl Scoreboard {
    /// Notes a block. Returns whether it told anything new.
    pub(super) fn insert(&mut self, start: Seq, end: Seq) -> bool {
        let (mut start, mut end) = (start, end);
        let from = self.ranges.partition_point(|range| range.1.is_before(start));
        let to = self.ranges.partition_point(|range| !range.0.is_after(end));
        match self.ranges.get(from..to) {
            Some([only]) if !start.is_before(only.0) && !end.is_after(only.1) => return false,
            Some([first, .., last]) => {
                start = start.earlier(first.0);
                end = end.later(last.1);
            }
            Some([only]) => {
                start = start.earlier(only.0);
                end = end.later(only.1);
            }
            _ if self.ranges.len() >= MAX_RANGES => return false,
            _ => {}
        }
        self.ranges.splice(from..to, [(start, end)]);
        true
    }

    /// Forgets what is acknowledged now.
    pub(super) fn acknowledge(&mut self, una: Seq) {
        let gone = self.ranges.partition_point(|range| !range.1.is_after(una));
        self.ranges.drain(..gone);
        if let Some(first) = self.ranges.first_mut() {
            first.0 = first.0.later(una);
        }
    }

    pub(super) fn clear(&mut self) {
        self.ranges.clear();
    }

    /// Bytes that the peer holds between two numbers.
    pub(super) fn held(&self, start: Seq, end: Seq) -> u32 {
        let clipped = self.ranges.iter().map(|range| (range.0.later(start), range.1.earlier(end)));
        clipped.filter(|range| range.0.is_before(range.1)).map(|range| range.1.since(range.0)).sum()
    }

    /// The next range from `from` on that the peer does not hold, up to `until`.
    pub(super) fn hole(&self, from: Seq, until: Seq) -> Option<(Seq, Seq)> {
        let next = self.ranges.partition_point(|range| !range.1.is_after(from));
        let (mut start, mut end) = (from, until);
        match self.ranges.get(next) {
            Some(range) if !range.0.is_after(from) => {
                start = range.1;
                if let Some(after) = self.ranges.get(next + 1) {
                    end = until.earlier(after.0);
                }
            }
            Some(range) => end = until.earlier(range.0),
            None => {}
        }
        start.is_before(end).then_some((start, end))
    }

    /// Up to where a hole counts as lost: more than `enough` bytes after it have arrived (RFC 6675
    /// §4, `IsLost`).
    pub(super) fn lost_until(&self, enough: u32) -> Option<Seq> {
        let mut after = 0;
        for range in self.ranges.iter().rev() {
            after += range.1.since(range.0);
            if after > enough {
                return Some(range.0);
            }
        }
        None
    }

    /// Bytes of memory.
    pub(super) fn memory(&self) -> usize {
        self.ranges.capacity() * size_of::<(Seq, Seq)>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn board(ranges: &[(u32, u32)]) -> Scoreboard {
        let mut board = Scoreboard::default();
        for range in ranges {
            board.insert(Seq(range.0), Seq(range.1));
        }
        board
    }

    #[test]
    fn ranges_that_touch_become_one() {
        let board = board(&[(10, 20), (30, 40), (20, 30), (50, 60)]);
        assert_eq!(board.ranges, [(Seq(10), Seq(40)), (Seq(50), Seq(60))]);
        assert_eq!(board.held(Seq(15), Seq(55)), 30);
    }

    #[test]
    fn holes_lie_between_the_ranges() {
        let board = board(&[(10, 20), (30, 40)]);
        assert_eq!(board.hole(Seq(0), Seq(50)), Some((Seq(0), Seq(10))));
        assert_eq!(board.hole(Seq(10), Seq(50)), Some((Seq(20), Seq(30))));
        assert_eq!(board.hole(Seq(35), Seq(50)), Some((Seq(40), Seq(50))));
        assert_eq!(board.hole(Seq(35), Seq(40)), None);
    }

    #[test]
    fn a_hole_is_lost_when_enough_has_arrived_after_it() {
        let board = board(&[(10, 20), (30, 40)]);
        assert_eq!(board.lost_until(9), Some(Seq(30)));
        assert_eq!(board.lost_until(10), Some(Seq(10)));
        assert_eq!(board.lost_until(20), None);
    }
}

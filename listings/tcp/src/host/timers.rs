//! The next of many deadlines.
//!
//! A connection's deadline moves with nearly every segment. Moving it in a queue each time would
//! cost more than the segment; so the queue is told only when it moves *forward*. A place that comes
//! up too early is looked at then, and put where it belongs.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use super::table::ConnectionId;

#[derive(Debug, Default)]
pub(super) struct Timers {
    heap: BinaryHeap<Reverse<(Duration, ConnectionId)>>,
}

impl Timers {
    pub(super) fn push(&mut self, at: Duration, id: ConnectionId) {
        self.heap.push(Reverse((at, id)));
    }

    /// When the first comes up.
    pub(super) fn next(&self) -> Option<Duration> {
        Some(self.heap.peek()?.0.0)
    }

    /// The next one that has come up by `now`.
    pub(super) fn pop(&mut self, now: Duration) -> Option<(Duration, ConnectionId)> {
        if self.next()? > now {
            return None;
        }
        self.heap.pop().map(|Reverse(place)| place)
    }

    pub(super) fn len(&self) -> usize {
        self.heap.len()
    }

    /// Forgets all places but those that `keep` knows about.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(Duration, ConnectionId) -> bool) {
        self.heap.retain(|Reverse((at, id))| keep(*at, *id));
    }

    pub(super) fn memory(&self) -> usize {
        self.heap.capacity() * size_of::<Reverse<(Duration, ConnectionId)>>()
    }
}

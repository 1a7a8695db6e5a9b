//! Solution: what has begun is finished; the gap is behind it.

use std::collections::VecDeque;

// ANCHOR: solution
/// What one person has not read yet. The oldest lines go when there are too many.
pub(crate) struct Outbox {
    /// What is being sent. Half of it may be on its way, so it stays.
    current: String,
    /// Bytes of `current` that were sent.
    sent: usize,
    /// Lines between `current` and the first of `lines` that are gone.
    skipped: u64,
    lines: VecDeque<String>,
    /// Bytes that wait at most, besides what is being sent.
    limit: usize,
}

impl Outbox {
    pub(crate) fn new(limit: usize) -> Self {
        Self { current: String::new(), sent: 0, skipped: 0, lines: VecDeque::new(), limit }
    }

    /// A line, with its `\n`, that somebody has said. It is not longer than the limit.
    pub(crate) fn offer(&mut self, line: &str) {
        self.lines.push_back(line.to_owned());
        while self.lines.iter().map(String::len).sum::<usize>() > self.limit {
            self.lines.pop_front();
            self.skipped += 1;
        }
    }

    /// What is to be sent next; empty if nothing waits.
    ///
    /// Where lines are missing, it is "* 12 lines skipped\n" with the number of them.
    pub(crate) fn front(&mut self) -> &[u8] {
        if self.sent == self.current.len() {
            self.sent = 0;
            self.current = if self.skipped > 0 {
                format!("* {} lines skipped\n", std::mem::take(&mut self.skipped))
            } else {
                self.lines.pop_front().unwrap_or_default()
            };
        }
        &self.current.as_bytes()[self.sent..]
    }

    /// So many bytes of the front were sent.
    pub(crate) fn taken(&mut self, count: usize) {
        self.sent += count;
    }
}
// ANCHOR_END: solution

//! Exercise: a bounded outbox that keeps the newest lines.

use std::collections::VecDeque;

// ANCHOR: exercise
/// What one person has not read yet. The oldest lines go when there are too many.
pub(crate) struct Outbox {
    lines: VecDeque<String>,
    /// Bytes of the first line that were sent.
    sent: usize,
    /// Bytes that wait at most, besides what is being sent.
    limit: usize,
}

impl Outbox {
    pub(crate) fn new(limit: usize) -> Self {
        Self { lines: VecDeque::new(), sent: 0, limit }
    }

    /// A line, with its `\n`, that somebody has said. It is not longer than the limit.
    pub(crate) fn offer(&mut self, line: &str) {
        self.lines.push_back(line.to_owned());
        while self.lines.iter().map(String::len).sum::<usize>() > self.limit {
            self.lines.pop_front();
            self.sent = 0;
        }
    }

    /// What is to be sent next; empty if nothing waits.
    ///
    /// Where lines are missing, it is "* 12 lines skipped\n" with the number of them.
    pub(crate) fn front(&mut self) -> &[u8] {
        self.lines.front().map_or(&[], |line| &line.as_bytes()[self.sent..])
    }

    /// So many bytes of the front were sent.
    pub(crate) fn taken(&mut self, count: usize) {
        self.sent += count;
        if self.lines.front().is_some_and(|line| line.len() == self.sent) {
            self.lines.pop_front();
            self.sent = 0;
        }
    }
}
// ANCHOR_END: exercise

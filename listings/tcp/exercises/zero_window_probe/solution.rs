//! Solution: nobody acknowledges an acknowledgment, so the sender has to ask.

use std::time::Duration;

pub(crate) const LONGEST: Duration = Duration::from_secs(60);

// ANCHOR: solution
#[derive(Debug)]
pub(crate) struct Persist {
    pub(crate) timeout: Duration,
    next: Duration,
}

impl Persist {
    pub(crate) fn closed(timeout: Duration, now: Duration) -> Self {
        Self { timeout, next: now + timeout }
    }

    pub(crate) fn deadline(&self) -> Option<Duration> {
        Some(self.next)
    }

    pub(crate) fn probed(&mut self, now: Duration) {
        self.timeout = (self.timeout * 2).min(LONGEST);
        self.next = now + self.timeout;
    }

    /// Nothing: an answer does not make the next probe come sooner, and there is no last one.
    pub(crate) fn still_closed(&mut self, _now: Duration) {}
}
// ANCHOR_END: solution

//! Solution: nobody acknowledges an acknowledgment, so the sender has to ask.

use std::time::Duration;

pub(crate) const LONGEST: Duration = Duration::from_secs(60);

// ANCHOR: solution
#[derive(Debug)]
pub(crate) struct Persist {
    timeout: Duration,
    next: Option<Duration>,
}

impl Persist {
    pub(crate) fn closed(timeout: Duration, now: Duration) -> Self {
        Self { timeout, next: Some(now + timeout) }
    }

    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.next
    }

    pub(crate) fn probed(&mut self, now: Duration) {
        self.timeout = (self.timeout * 2).min(LONGEST);
        self.next = Some(now + self.timeout);
    }

    pub(crate) fn opened(&mut self) {
        self.next = None;
    }
}
// ANCHOR_END: solution

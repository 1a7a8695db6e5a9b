//! Exercise: the peer's window is closed. How does the sender learn that it is open again?

use std::time::Duration;

/// The longest wait between two probes.
pub(crate) const LONGEST: Duration = Duration::from_secs(60);

// ANCHOR: exercise
/// A sender that has bytes to send, and a peer that takes none.
#[derive(Debug)]
pub(crate) struct Persist {
    /// How long to wait for the next probe.
    timeout: Duration,
    /// When it is due. `None` sends none.
    next: Option<Duration>,
}

impl Persist {
    /// The window has closed. `timeout` is the retransmission timeout.
    pub(crate) fn closed(timeout: Duration, _now: Duration) -> Self {
        // The peer says when its window opens.
        Self { timeout, next: None }
    }

    /// When a probe is due (RFC 9293 §3.8.6.1): the first one after the timeout, and each next one
    /// after twice as long, up to `LONGEST`.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.next
    }

    /// A probe has been sent.
    pub(crate) fn probed(&mut self, now: Duration) {
        self.next = Some(now + self.timeout.min(LONGEST));
    }

    /// The peer has said that its window is open.
    pub(crate) fn opened(&mut self) {
        self.next = None;
    }
}
// ANCHOR_END: exercise

//! Exercise: the peer's window is closed. How does the sender learn that it is open again?

use std::time::Duration;

/// The longest wait between two probes.
pub(crate) const LONGEST: Duration = Duration::from_secs(60);

// ANCHOR: exercise
/// A sender that has bytes to send, and a peer that takes none.
#[derive(Debug)]
pub(crate) struct Persist {
    /// How long to wait for the first probe: the retransmission timeout.
    pub(crate) timeout: Duration,
    // Add what you need, and set it in `closed`.
}

impl Persist {
    /// The window has closed.
    pub(crate) fn closed(timeout: Duration, _now: Duration) -> Self {
        Self { timeout }
    }

    /// When a probe is due (RFC 9293 §3.8.6.1): the first one after the timeout, and each next one
    /// after twice as long, up to `LONGEST`. `None` sends none.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        // The peer says when its window opens.
        None
    }

    /// A probe has been sent.
    pub(crate) fn probed(&mut self, _now: Duration) {}

    /// The peer has said that its window is open.
    pub(crate) fn opened(&mut self) {}
}
// ANCHOR_END: exercise

//! Exercise: how a client that hears nothing goes on asking.

use std::time::Duration;

// ANCHOR: exercise
/// When to send a SYN: at 0, and then again and again, as long as nothing comes back.
///
/// RFC 6298 §5.5 and §5.6: each wait is twice as long as the one before, and never longer than
/// `longest`. RFC 9293 §3.8.3: after `patience` the connection attempt is over, and nothing is
/// sent at that moment or later.
pub(crate) fn attempts(first: Duration, longest: Duration, patience: Duration) -> Vec<Duration> {
    let mut times = Vec::new();
    let mut now = Duration::ZERO;
    while now < patience {
        times.push(now);
        now += first.min(longest);
    }
    times
}
// ANCHOR_END: exercise

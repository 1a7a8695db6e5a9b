//! Solution: each wait is twice as long.

use std::time::Duration;

// ANCHOR: solution
pub(crate) fn attempts(first: Duration, longest: Duration, patience: Duration) -> Vec<Duration> {
    let mut times = Vec::new();
    let mut now = Duration::ZERO;
    let mut wait = first.min(longest);
    while now < patience {
        times.push(now);
        now += wait;
        wait = wait.saturating_mul(2).min(longest);
    }
    times
}
// ANCHOR_END: solution

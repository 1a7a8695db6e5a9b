//! A token bucket, which bounds how many ICMP errors we send.
//!
//! Errors are packets that somebody else makes us send. [RFC 4443] §2.4 (f) demands a limit for
//! `ICMPv6` and recommends this one; [RFC 1812] §4.3.2.8 wants one that can be set for ICMP.
//!
//! ```
//! use std::time::Duration;
//! use link_and_ip::limiter::Limiter;
//!
//! let mut limiter = Limiter::new(10, 2); // 10 a second, 2 at once
//! let now = Duration::from_secs(7);
//! assert_eq!([(); 3].map(|()| limiter.allow(now)), [true, true, false]);
//! assert!(limiter.allow(now + Duration::from_millis(100)));
//! ```
//!
//! [RFC 1812]: https://www.rfc-editor.org/rfc/rfc1812
//! [RFC 4443]: https://www.rfc-editor.org/rfc/rfc4443

use std::time::Duration;

/// A bucket that holds some tokens and gets new ones at a steady rate. What is sent takes one.
#[derive(Clone, Debug)]
pub struct Limiter {
    /// How long a new token takes.
    interval: Duration,
    /// How long a whole empty bucket takes.
    fill: Duration,
    /// When the bucket is full again. One moment says it all: how many tokens are there follows
    /// from it, and nothing has to be counted up as time goes by.
    full_at: Duration,
}

impl Default for Limiter {
    /// What RFC 4443 §2.4 (f) suggests for a small device.
    fn default() -> Self {
        Self::new(10, 10)
    }
}

impl Limiter {
    /// On average at most `per_second`, and at most `burst` at once. Zero for either allows
    /// nothing.
    pub fn new(per_second: u32, burst: u32) -> Self {
        let interval = Duration::from_secs(1).checked_div(per_second).unwrap_or(Duration::MAX);
        Self { interval, fill: interval.saturating_mul(burst), full_at: Duration::ZERO }
    }

    // ANCHOR: allow
    /// Takes a token, if there is one at `now`.
    ///
    /// A clock that goes back makes no tokens.
    pub fn allow(&mut self, now: Duration) -> bool {
        let full_at = self.full_at.max(now).saturating_add(self.interval);
        let allowed = full_at.saturating_sub(now) <= self.fill && self.interval < Duration::MAX;
        if allowed {
            self.full_at = full_at;
        }
        allowed
    }
    // ANCHOR_END: allow
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(limiter: &mut Limiter, times: impl Iterator<Item = u64>) -> usize {
        times.filter(|&ms| limiter.allow(Duration::from_millis(ms))).count()
    }

    #[test]
    fn a_burst_and_then_the_rate() {
        let mut limiter = Limiter::new(10, 10);
        assert_eq!(allowed(&mut limiter, std::iter::repeat_n(0, 100)), 10);
        assert_eq!(allowed(&mut limiter, 1..=1000), 10);
        assert_eq!(allowed(&mut limiter, std::iter::repeat_n(60_000, 100)), 10, "never more");
    }

    #[test]
    fn over_a_long_time_it_is_the_rate() {
        let mut limiter = Limiter::new(3, 5);
        let ten_minutes = (0..600_000).step_by(7);
        assert_eq!(allowed(&mut limiter, ten_minutes), 3 * 600 + 4);
    }

    #[test]
    fn nothing_is_allowed_by_nothing() {
        for mut limiter in [Limiter::new(0, 10), Limiter::new(10, 0), Limiter::new(0, 0)] {
            assert_eq!(allowed(&mut limiter, 0..100_000), 0);
        }
    }

    #[test]
    fn a_clock_that_goes_back_makes_no_tokens() {
        let mut limiter = Limiter::new(1, 1);
        assert!(limiter.allow(Duration::from_secs(10)));
        assert!(!limiter.allow(Duration::from_secs(5)));
        assert!(limiter.allow(Duration::from_secs(11)));
        assert!(limiter.allow(Duration::MAX), "and the end of time is no overflow");
    }
}

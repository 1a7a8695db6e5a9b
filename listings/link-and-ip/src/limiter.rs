//! A token bucket, which bounds how many ICMP errors we send.
//!
//! Errors are packets that somebody else makes us send. [RFC 4443] §2.4 (f) demands a limit for
//! `ICMPv6` and recommends this one; [RFC 1812] §4.3.2.8 wants one that can be set for ICMP.
//!
//! A limit that everyone shares tells secrets if it is regular. An attacker sends probes in a
//! victim's name to as many closed ports as there are tokens, and then one in its own name: if that
//! is answered, a token was left, so one of the ports was open. That is how the random source port
//! of a DNS client was found ("DNS Cache Poisoning Attack Reloaded", Man et al., CCS 2020;
//! CVE-2020-25705). Linux has since then made each error cost a random number of tokens, and so does
//! [`Limiter::noisy`].
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

use fastrand::Rng;

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
    /// What the price of an error is drawn from, if it is not always one token.
    noise: Option<Rng>,
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
        let fill = interval.saturating_mul(burst);
        Self { interval, fill, full_at: Duration::ZERO, noise: None }
    }

    /// The same rate on average, but each error costs none, one or two tokens, so that nobody can
    /// count from outside what is left. The seed must be unguessable for that.
    #[must_use]
    pub fn noisy(self, seed: u64) -> Self {
        Self { noise: Some(Rng::with_seed(seed)), ..self }
    }

    // ANCHOR: allow
    /// Takes a token, if there is one at `now`.
    ///
    /// A clock that goes back makes no tokens.
    pub fn allow(&mut self, now: Duration) -> bool {
        let full_at = self.full_at.max(now).saturating_add(self.interval);
        let allowed = full_at.saturating_sub(now) <= self.fill && self.interval < Duration::MAX;
        if allowed {
            let tokens = self.noise.as_mut().map_or(1, |noise| noise.u32(..3));
            let price = self.interval.saturating_mul(tokens);
            self.full_at = self.full_at.max(now).saturating_add(price);
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

    /// The attack, with 1000 tokens: after as many probes, is there one left?
    #[test]
    fn noise_hides_how_many_tokens_are_left() {
        let left = |limiter: &Limiter, probes: usize| {
            let mut limiter = limiter.clone();
            allowed(&mut limiter, std::iter::repeat_n(0, probes));
            limiter.allow(Duration::ZERO)
        };
        let regular = Limiter::new(1000, 1000);
        assert!(left(&regular, 999), "one of the ports sent no error, so it was open");
        assert!(!left(&regular, 1000), "all were closed");

        let answers = |probes| {
            (0..200).filter(|&seed| left(&Limiter::new(1000, 1000).noisy(seed), probes)).count()
        };
        let (open, closed) = (answers(999), answers(1000));
        assert!(open.abs_diff(closed) <= 10, "{open} and {closed} of 200 look the same");
        assert!((40..160).contains(&open), "{open} of 200");
    }

    #[test]
    fn noise_keeps_the_rate() {
        let mut limiter = Limiter::new(10, 10).noisy(1);
        let ten_minutes = allowed(&mut limiter, (0..600_000).step_by(3));
        assert!((5_400..6_600).contains(&ten_minutes), "{ten_minutes}, not about 6000");
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

//! How long to wait for an acknowledgment (RFC 6298).
//!
//! ```
//! use std::time::Duration;
//!
//! use tcp::rto::Estimator;
//!
//! let ms = Duration::from_millis;
//! let mut estimator = Estimator::new(ms(1000), ms(200), ms(60_000));
//! assert_eq!(estimator.rto(), ms(1000));
//! estimator.sample(ms(100));
//! // 100 ms, and four times a variation of 50 ms.
//! assert_eq!(estimator.rto(), ms(300));
//! estimator.back_off();
//! assert_eq!(estimator.rto(), ms(600));
//! ```

use std::time::Duration;

/// The clock's granularity, G in the RFC: what a variation of nothing still counts. Our clock is
/// finer; whoever waits with `poll` is not.
const GRANULARITY: Duration = Duration::from_millis(1);

/// RFC 6298 §5.7: the timeout for data, if the SYN's had to be backed off.
const AFTER_LOST_SYN: Duration = Duration::from_secs(3);

/// Makes a timeout from round trips.
///
/// Which round trips count is for the caller to decide (Karn's algorithm, §3): not that of a segment
/// that was sent more than once, unless a timestamp says which of them was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimator {
    /// The smoothed round trip, and how much it varies. `None` before the first (§2.1).
    measured: Option<(Duration, Duration)>,
    /// Without back-off.
    base: Duration,
    /// How often the timer ran out since the last measurement.
    back_offs: u32,
    min: Duration,
    max: Duration,
}

impl Estimator {
    /// Before anything was measured. RFC 6298 asks for an `initial` and a `min` of 1 s (§2.1, §2.4),
    /// and for a `max` of 60 s or more if there is one (§2.5). A minimum of 200 ms is what Linux
    /// takes.
    pub fn new(initial: Duration, min: Duration, max: Duration) -> Self {
        let max = max.max(min);
        Self { measured: None, base: initial.clamp(min, max), back_offs: 0, min, max }
    }

    // ANCHOR: sample
    /// A round trip took this long (§2.2, §2.3). It ends a back-off: what was sent arrives.
    pub fn sample(&mut self, rtt: Duration) {
        let (smoothed, variation) = match self.measured {
            None => (rtt, rtt / 2),
            // The variation first: it needs the old mean.
            Some((smoothed, variation)) => {
                let variation = variation / 4 * 3 + smoothed.abs_diff(rtt) / 4;
                (smoothed / 8 * 7 + rtt / 8, variation)
            }
        };
        self.measured = Some((smoothed, variation));
        let timeout = smoothed.saturating_add((variation.saturating_mul(4)).max(GRANULARITY));
        self.base = timeout.clamp(self.min, self.max);
        self.back_offs = 0;
    }
    // ANCHOR_END: sample

    // ANCHOR: back_off
    /// The timer ran out: the next time it waits twice as long (§5.5).
    pub fn back_off(&mut self) {
        self.back_offs = self.back_offs.saturating_add(1);
    }

    /// How long to wait now. Never more than the maximum.
    pub fn rto(&self) -> Duration {
        let factor = 1_u32.checked_shl(self.back_offs).unwrap_or(u32::MAX);
        self.base.saturating_mul(factor).min(self.max)
    }
    // ANCHOR_END: back_off

    /// The handshake is done. If its SYN was sent again, and no [`sample`](Self::sample) came since,
    /// the first data waits 3 s (§5.7): the path may be a slow one.
    pub fn established(&mut self) {
        if self.back_offs > 0 {
            self.base = AFTER_LOST_SYN.clamp(self.min, self.max);
        }
        self.back_offs = 0;
    }

    /// How often the timer ran out since the last measurement.
    pub fn back_offs(&self) -> u32 {
        self.back_offs
    }

    /// The smoothed round trip, SRTT.
    pub fn smoothed(&self) -> Option<Duration> {
        self.measured.map(|(smoothed, _)| smoothed)
    }

    /// How much round trips vary, RTTVAR.
    pub fn variation(&self) -> Option<Duration> {
        self.measured.map(|(_, variation)| variation)
    }
}

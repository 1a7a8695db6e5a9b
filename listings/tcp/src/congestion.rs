//! How much may be on the way: slow start, congestion avoidance, fast retransmit and fast recovery
//! (RFC 5681, RFC 6582), limited transmit (RFC 3042).
//!
//! Nothing here sends or waits: numbers in, decisions out. Flight is what was sent and not yet
//! acknowledged, in bytes, as far as the sender knows.
//!
//! ```
//! use tcp::Seq;
//! use tcp::congestion::{InitialWindow, NewReno};
//!
//! let mut reno = NewReno::new(1000, InitialWindow::Rfc6928);
//! assert_eq!(reno.window(), 10_000);
//! // The first half of it is acknowledged: two segments at a time, each of which adds two.
//! for segment in [2, 4] {
//!     reno.acknowledged(Seq(segment * 1000), 2000, 10_000);
//! }
//! assert_eq!(reno.window(), 14_000);
//! // The fifth segment is lost, and three behind it tell. Half of what is on the way goes.
//! let next = Seq(18_000);
//! assert!(!reno.duplicate(Seq(4000), next, 14_000));
//! assert!(!reno.duplicate(Seq(4000), next, 14_000));
//! assert!(reno.duplicate(Seq(4000), next, 14_000));
//! assert_eq!(reno.threshold(), 7000);
//! // Three segments have left the network, so three more may enter it.
//! assert_eq!(reno.window(), 10_000);
//! ```

use crate::seq::Seq;

/// RFC 5681 §3.2: as many duplicates are a loss. Fewer may be segments that overtook each other.
pub const DUPLICATES: u32 = 3;

/// RFC 3465 §2.3: an acknowledgment counts for at most so many segments, lest one that covers many
/// lets as many go at once. RFC 5681 §3.1 counts one; if each second segment is acknowledged, that
/// is less than doubling.
const LIMIT: u32 = 2;

/// RFC 7323 §2.3: no window is larger, so no congestion window needs to be.
const MAX: u32 = 1 << 30;

/// No packet is larger, so no segment is.
const MAX_SMSS: u32 = 65_535;

/// What a connection begins with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InitialWindow {
    /// 10 segments, about 14 KiB: RFC 6928 §2. What Linux does.
    #[default]
    Rfc6928,
    /// 2 to 4 segments, about 4 KiB: RFC 5681 §3.1.
    Rfc5681,
}

impl InitialWindow {
    /// Bytes, with segments of `smss` bytes.
    pub fn bytes(self, smss: u32) -> u32 {
        match self {
            Self::Rfc6928 => (10 * smss).min((2 * smss).max(14_600)),
            Self::Rfc5681 if smss > 2190 => 2 * smss,
            Self::Rfc5681 if smss > 1095 => 3 * smss,
            Self::Rfc5681 => 4 * smss,
        }
    }
}

/// What an acknowledgment of new data asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    /// Nothing but to send on.
    Go,
    /// It ends fast recovery.
    Recovered,
    /// It is a partial one (RFC 6582 §3.2 step 3): the segment that it asks for is lost too, and
    /// must be sent again at once. There, the retransmission timer is restarted only at the `first`;
    /// [`Connection`](crate::Connection) restarts it at each, as RFC 6298 §5.3 says.
    Retransmit { first: bool },
}

/// The state of congestion control. All sizes are bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewReno {
    /// The largest segment that we send, without headers.
    smss: u32,
    initial: InitialWindow,
    /// cwnd.
    window: u32,
    /// ssthresh.
    threshold: u32,
    /// Acknowledged since the window last grew in congestion avoidance (RFC 3465 §2.1).
    counted: u32,
    duplicates: u32,
    /// Where the data ended when the last loss was noticed, RFC 6582's `recover` plus one. As long
    /// as it is not acknowledged, and one moment longer, a loss is that loss. `None` if all of that
    /// is past, so that an old number does not look new after 2^31 bytes.
    recover: Option<Seq>,
    phase: Phase,
    /// The first number that was not acknowledged when the timer last ran out: if it runs out again
    /// for the same one, the threshold stays (RFC 5681 §3.1).
    timed_out: Option<Seq>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Open,
    /// Fast recovery.
    Recovery {
        partial: bool,
    },
    /// What was on the way when the timer ran out is sent again.
    Loss,
}

impl NewReno {
    /// At the beginning. `smss` is the largest segment that we send; from 1 to 65,535 are possible.
    pub fn new(smss: u32, initial: InitialWindow) -> Self {
        let smss = smss.clamp(1, MAX_SMSS);
        Self {
            smss,
            initial,
            window: initial.bytes(smss),
            // RFC 5681 §3.1: arbitrarily high.
            threshold: MAX,
            counted: 0,
            duplicates: 0,
            recover: None,
            phase: Phase::Open,
            timed_out: None,
        }
    }

    // ANCHOR: acknowledged
    /// New data was acknowledged: `bytes` of it, so that `una` is the first number that is not.
    /// `flight` is what was on the way before that.
    pub fn acknowledged(&mut self, una: Seq, bytes: u32, flight: u32) -> Advice {
        self.duplicates = 0;
        let partial = self.recover.is_some_and(|recover| una.is_before(recover));
        if self.recover.is_some_and(|recover| una.is_after(recover)) {
            self.recover = None;
        }
        match self.phase {
            Phase::Recovery { partial: before } if partial => {
                self.deflate(bytes);
                self.phase = Phase::Recovery { partial: true };
                Advice::Retransmit { first: !before }
            }
            Phase::Recovery { .. } => {
                self.finish(flight.saturating_sub(bytes));
                Advice::Recovered
            }
            Phase::Loss if !partial => {
                self.phase = Phase::Open;
                self.grow(bytes, flight);
                Advice::Go
            }
            Phase::Loss | Phase::Open => {
                self.grow(bytes, flight);
                Advice::Go
            }
        }
    }
    // ANCHOR_END: acknowledged

    // ANCHOR: grow
    /// Slow start doubles the window each round trip, congestion avoidance adds one segment
    /// (RFC 5681 §3.1, with up to two segments for an acknowledgment, as RFC 3465 §2 allows).
    fn grow(&mut self, bytes: u32, flight: u32) {
        // A window that is not half used has not been tried, so nobody knows whether the network
        // takes it (RFC 7661 §4.3).
        if flight < self.window / 2 {
            return;
        }
        if self.window < self.threshold {
            // RFC 3465 §2.3: while what was lost is sent again, an acknowledgment may cover much
            // that left the network long ago.
            let limit = if self.phase == Phase::Loss { 1 } else { LIMIT };
            self.window += bytes.min(limit * self.smss);
        } else {
            self.counted = self.counted.saturating_add(bytes);
            if self.counted >= self.window {
                self.counted -= self.window;
                self.window += self.smss;
            }
        }
        self.window = self.window.min(MAX);
    }
    // ANCHOR_END: grow

    // ANCHOR: duplicate
    /// A duplicate acknowledgment (RFC 5681 §2) came: a segment behind a hole has arrived. `next` is
    /// the number after the last that was ever sent. Whether `una` is to be sent again at once.
    pub fn duplicate(&mut self, una: Seq, next: Seq, flight: u32) -> bool {
        if matches!(self.phase, Phase::Recovery { .. }) {
            // It has left the network, so another may enter (RFC 5681 §3.2 step 4).
            self.window = self.window.saturating_add(self.smss).min(MAX);
            return false;
        }
        self.duplicates += 1;
        // RFC 6582 §3.2 step 2: duplicates of what a timeout sent needlessly are no loss.
        let known = self.recover.is_some_and(|recover| !una.is_after(recover));
        if self.duplicates != DUPLICATES || known {
            return false;
        }
        self.threshold = self.half(flight);
        self.window = (self.threshold + DUPLICATES * self.smss).min(MAX);
        (self.recover, self.phase) = (Some(next), Phase::Recovery { partial: false });
        self.counted = 0;
        true
    }
    // ANCHOR_END: duplicate

    // ANCHOR: half
    /// RFC 5681 §3.1, equation 4.
    fn half(&self, flight: u32) -> u32 {
        (flight / 2).max(2 * self.smss).min(MAX)
    }
    // ANCHOR_END: half

    /// A partial acknowledgment: what it covers has left the network, and one segment enters again
    /// (RFC 6582 §3.2 step 3).
    fn deflate(&mut self, bytes: u32) {
        self.window = self.window.saturating_sub(bytes);
        if bytes >= self.smss {
            self.window += self.smss;
        }
        self.window = self.window.max(self.smss);
    }

    /// All that was on the way when the loss was noticed has arrived (RFC 6582 §3.2 step 3, the
    /// first of the two ways): no burst if little is on the way.
    fn finish(&mut self, flight: u32) {
        self.window = self.threshold.min(flight.max(self.smss).saturating_add(self.smss));
        self.phase = Phase::Open;
    }

    // ANCHOR: timed_out
    /// The retransmission timer ran out for the segment at `una`. What was sent up to `next` is sent
    /// again, beginning with one segment (RFC 5681 §3.1, equation 4).
    pub fn timed_out(&mut self, una: Seq, next: Seq, flight: u32) {
        if self.timed_out != Some(una) {
            let half = self.half(flight);
            // In fast recovery, part of the flight has left the network already, and the threshold
            // was halved for this loss. "No more than" half, says the RFC.
            self.threshold = if self.is_recovering() { half.min(self.threshold) } else { half };
        }
        self.window = self.smss;
        (self.counted, self.duplicates) = (0, 0);
        // RFC 6582 §3.2 step 4.
        (self.recover, self.phase) = (Some(next), Phase::Loss);
        self.timed_out = Some(una);
    }
    // ANCHOR_END: timed_out

    /// The SYN had to be sent again, so the path is bad, or its round trip longer than the timeout:
    /// one segment to begin with (RFC 5681 §3.1). RFC 6928 §2 advises to do so only after the second
    /// time.
    pub fn syn_lost(&mut self) {
        self.window = self.smss;
    }

    /// Nothing was sent for longer than the retransmission timeout: nobody knows what the network
    /// takes now (RFC 5681 §4.1). The threshold stays as a memory.
    pub fn restart(&mut self) {
        self.window = self.window.min(self.initial.bytes(self.smss));
    }

    /// Segments have another size from now on: the path's MTU has changed.
    ///
    /// The window's bytes stay. RFC 5681 §3.1 would have the first window, which is a number of
    /// segments, shrink with them.
    pub fn set_smss(&mut self, smss: u32) {
        self.smss = smss.clamp(1, MAX_SMSS);
        self.window = self.window.max(self.smss);
    }

    /// How many bytes may be on the way, as far as the network is concerned; the peer's window is
    /// another limit.
    ///
    /// The first two duplicates allow a segment each beyond cwnd, so that there may be a third
    /// (RFC 3042 §2).
    pub fn window(&self) -> u32 {
        match self.phase {
            Phase::Open => self.window + self.duplicates.min(DUPLICATES - 1) * self.smss,
            _ => self.window,
        }
    }

    /// cwnd alone, for those who draw it.
    pub fn cwnd(&self) -> u32 {
        self.window
    }

    /// ssthresh: where slow start ends.
    pub fn threshold(&self) -> u32 {
        self.threshold
    }

    /// Whether a loss is being repaired by fast recovery.
    pub fn is_recovering(&self) -> bool {
        matches!(self.phase, Phase::Recovery { .. })
    }

    /// Duplicates since the last new acknowledgment.
    pub fn duplicates(&self) -> u32 {
        self.duplicates
    }

    /// The largest segment that it counts with.
    pub fn smss(&self) -> u32 {
        self.smss
    }
}

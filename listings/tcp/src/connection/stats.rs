//! What a connection tells about itself: for plots, for `states`, and for pages.

use std::time::Duration;

use super::State;
use crate::seq::Seq;

/// What has happened so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    pub segments_sent: u64,
    pub segments_received: u64,
    /// Bytes of data sent, resent ones included.
    pub bytes_sent: u64,
    /// Bytes of data that came in order and new.
    pub bytes_received: u64,
    /// Segments sent again, for whatever reason.
    pub retransmits: u64,
    /// How often the retransmission timer expired.
    pub timeouts: u64,
    /// How often duplicates made us resend before the timer did (RFC 5681 §3.2).
    pub fast_retransmits: u64,
    /// Duplicate acknowledgments that came (RFC 5681 §2).
    pub duplicate_acks: u64,
    /// Segments that came with nothing new, or outside the window.
    pub unacceptable: u64,
    /// Segments that came before one that they follow.
    pub out_of_order: u64,
    /// Acknowledgments that asked a suspicious sender to prove itself (RFC 5961).
    pub challenge_acks: u64,
    /// Those that were not sent, because of the limit (RFC 5961 §7).
    pub challenge_acks_withheld: u64,
    /// Probes of a closed window (RFC 9293 §3.8.6.1).
    pub probes: u64,
    /// Keep-alive probes (RFC 9293 §3.8.4).
    pub keep_alives: u64,
    /// Segments dropped because their timestamp was old (RFC 7323 §5).
    pub old_timestamps: u64,
}

/// How a connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snapshot {
    pub state: State,
    /// Congestion window, bytes (RFC 5681 §3.1).
    pub cwnd: u32,
    /// Slow start threshold, bytes.
    pub ssthresh: u32,
    /// Bytes sent and believed to be on their way.
    pub flight: u32,
    /// Smoothed round-trip time, once there was a measurement (RFC 6298 §2).
    pub srtt: Option<Duration>,
    pub rto: Duration,
    pub snd_una: Seq,
    pub snd_nxt: Seq,
    /// The peer's window, scaled.
    pub snd_wnd: u32,
    pub rcv_nxt: Seq,
    /// What we have offered and not yet got.
    pub rcv_wnd: u32,
    /// Bytes written and not yet acknowledged.
    pub send_queue: usize,
    /// Bytes that have come and were not yet read.
    pub receive_queue: usize,
}

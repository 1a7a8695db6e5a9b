//! What a connection is like, and what can go wrong with it.

use std::time::Duration;

/// How a sender finds out what the network takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CongestionControl {
    /// RFC 5681 and RFC 6582.
    #[default]
    NewReno,
    /// The receiver's window is the only limit. For a link of your own, and to see what goes wrong.
    Off,
}

/// What a connection is like. Times and sizes that the RFCs leave to us.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// Bytes that wait to be read at most: the largest window. RFC 7323 scales it if needed.
    pub receive_buffer: usize,
    /// Bytes written and not yet acknowledged at most.
    pub send_buffer: usize,
    /// What goes into a segment at most, headers not counted; the peer and the path may want less.
    pub mss: u16,
    /// Whether small pieces wait for company (RFC 9293 §3.7.4).
    pub nagle: bool,
    /// How long an acknowledgment may wait for company (RFC 9293 §3.8.6.3: below 0.5 s); zero does
    /// not wait.
    pub delayed_ack: Duration,
    /// How long to wait for an acknowledgment before there is a measurement (RFC 6298 §2.1: 1 s).
    pub initial_rto: Duration,
    /// The least that the timer is ever set to. RFC 6298 §2.4 says 1 s; Linux and we take 200 ms.
    pub min_rto: Duration,
    /// The most that backing off leads to (RFC 6298 §2.5: 60 s or more).
    pub max_rto: Duration,
    /// How long to try without any progress: R2 (RFC 9293 §3.8.3). Data: 100 s or more. For a SYN
    /// the RFC wants 3 minutes or more.
    pub user_timeout: Duration,
    /// 2 MSL (RFC 9293 §3.6.1). The RFC's MSL is 2 minutes (§3.4.2); Linux waits 60 s in all.
    pub time_wait: Duration,
    /// After how much silence to ask whether anybody is there (RFC 9293 §3.8.4: off unless asked
    /// for, and 2 hours or more).
    pub keep_alive: Option<Duration>,
    /// Whether to offer timestamps (RFC 7323 §3): they measure each round trip, and tell old
    /// segments from new.
    pub timestamps: bool,
    /// Whether to offer selective acknowledgments (RFC 2018).
    pub sack: bool,
    pub congestion_control: CongestionControl,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            receive_buffer: 256 * 1024,
            send_buffer: 256 * 1024,
            mss: 1460,
            nagle: true,
            delayed_ack: Duration::from_millis(40),
            initial_rto: Duration::from_secs(1),
            min_rto: Duration::from_millis(200),
            max_rto: Duration::from_secs(120),
            user_timeout: Duration::from_secs(300),
            time_wait: Duration::from_secs(60),
            keep_alive: None,
            timestamps: true,
            sack: true,
            congestion_control: CongestionControl::NewReno,
        }
    }
}

/// Why a call was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nothing to read, or no room to write, right now.
    #[error("not now: try again after the next segment")]
    WouldBlock,
    /// RST in answer to our SYN.
    #[error("refused: nobody listens there")]
    Refused,
    #[error("the peer reset the connection")]
    Reset,
    #[error("the peer has been silent for too long")]
    TimedOut,
    /// ICMP said so before the connection was there, or all the time until we gave up.
    #[error("no way to the peer")]
    Unreachable,
    /// After our own `shutdown` or `abort`.
    #[error("this side has closed the connection")]
    Closed,
}

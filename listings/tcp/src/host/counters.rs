//! What became of the segments.

/// How often what happened, since the host began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Segments that came in, whatever became of them.
    pub received: u64,
    /// No segments: too short, wrong checksum, bad options.
    pub malformed: u64,
    /// To or from everyone (RFC 9293 §3.9.2.3).
    pub not_for_one: u64,
    /// For no connection and no listener of ours.
    pub unknown: u64,
    /// Segments that went out.
    pub sent: u64,
    /// RSTs among them that belong to no connection.
    pub resets_sent: u64,
    /// SYNs that were dropped, because a queue or the table was full.
    pub syns_dropped: u64,
    /// SYNs that were answered without keeping anything.
    pub cookies_sent: u64,
    /// Cookies that came back.
    pub cookies_accepted: u64,
    /// Connections in TIME-WAIT that were cut short, because there were too many.
    pub time_waits_cut: u64,
    /// Connections in TIME-WAIT that a new SYN ended (RFC 9293 §3.10.7.4).
    pub time_waits_reused: u64,
    /// ICMP errors that quote a segment which is not in flight (RFC 5927 §4.1).
    pub errors_ignored: u64,
}

//! What all servers are told, and what they promise.
//!
//! Before the stop: a connection that moves no byte in either direction for [`Settings::idle`] is
//! closed; a client that keeps one byte moving in that time is not. One more than
//! [`Settings::connections`] reads [`BUSY`] and the end of the stream, and no reset, unless it goes
//! on sending for half a second or 64 more are refused meanwhile. One for which the process has no
//! descriptor reads [`BUSY`] as well, and a reset for what it sends after that.
//!
//! After the stop: whoever finished the handshake is served, also out of the backlog; then the
//! listener is closed, and the next client is refused. What was sent is answered. A connection ends
//! when its client ends it, or moves no byte for [`Settings::quiet`], and all end after
//! [`Settings::drain`].

use std::time::Duration;

use crate::session::Service;

/// What a refused client reads, before the connection ends.
pub const BUSY: &[u8] = b"busy: try again later\n";

/// Bytes of one read, and so the most that a connection without lines holds for a slow reader.
pub const READ: usize = 16 << 10;

/// What a client may still send after its last answer, in bytes: then it is cut. Closed at once, with
/// bytes unread, the connection would be reset, and the answer might be lost with it.
pub(crate) const UNWANTED: usize = 1 << 20;

/// A limit for durations that would lead beyond the end of the clock: a year.
pub(crate) const FOREVER: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// How a server treats its connections.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What a connection is for.
    pub service: Service,
    /// Connections at the same time. One more is told [`BUSY`], so that a client learns why.
    pub connections: usize,
    /// How long a connection may go without a byte in either direction: neither a client that never
    /// writes nor one that never reads holds its place for ever.
    pub idle: Duration,
    /// After the stop: how long a connection may be silent before it counts as finished.
    pub quiet: Duration,
    /// After the stop: how long the server waits for the last connection at most.
    pub drain: Duration,
    /// Threads of a pool. The others do not look at it.
    pub workers: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            service: Service::Echo,
            connections: 1024,
            idle: Duration::from_secs(30),
            quiet: Duration::from_millis(200),
            drain: Duration::from_secs(10),
            workers: 4,
        }
    }
}

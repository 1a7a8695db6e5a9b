//! With which number a connection begins (RFC 9293 §3.4.1, RFC 6528 §3).
//!
//! Between the same two ends, numbers must grow, or a segment of the last connection may fit into
//! the next. Between different ones they must have nothing to do with each other, or whoever opens
//! a connection learns the numbers of others, and can speak into them without seeing an answer.
//! Both at once is a clock plus a secret offset for each pair of ends.
//!
//! ```
//! use std::time::Duration;
//!
//! use tcp::isn::Generator;
//!
//! let generator = Generator::new([1, 2]);
//! let isn = |port, ms| {
//!     let ends = [([192, 0, 2, 1], 80).into(), ([192, 0, 2, 2], port).into()];
//!     generator.isn(ends[0], ends[1], Duration::from_millis(ms))
//! };
//! // A quarter of a million a second, for the same two ends …
//! assert_eq!(isn(1024, 2000).since(isn(1024, 1000)), 250_000);
//! // … and no relation between others.
//! assert_ne!(isn(1025, 1000).since(isn(1024, 1000)), 0);
//! ```

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use link_and_ip::siphash::{Key, siphash};

use crate::seq::Seq;

/// How long a number lasts (RFC 9293 §3.4.1). They begin again after 2^32 of them, which is 4.77
/// hours; the RFC says 4.55.
const TICK: Duration = Duration::from_micros(4);

/// Makes initial sequence numbers.
#[derive(Clone, Copy)]
pub struct Generator {
    key: Key,
}

impl Generator {
    /// A secret that must be as hard to guess as the numbers shall be.
    pub const fn new(key: Key) -> Self {
        Self { key }
    }

    // ANCHOR: isn
    /// ISN = M + F(local, remote, secret) (RFC 6528 §3).
    pub fn isn(&self, local: SocketAddr, remote: SocketAddr, now: Duration) -> Seq {
        let clock = now.as_micros() / TICK.as_micros();
        Seq(of_ends(self.key, local, remote, 0) as u32) + clock as u32
    }
    // ANCHOR_END: isn
}

/// The secret stays one.
impl std::fmt::Debug for Generator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Generator").finish_non_exhaustive()
    }
}

/// The hash of a connection's two ends and a number.
pub(crate) fn of_ends(key: Key, local: SocketAddr, remote: SocketAddr, number: u64) -> u64 {
    let mut bytes = [0; 44];
    let address = |end: SocketAddr| match end.ip() {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
        IpAddr::V6(v6) => v6.octets(),
    };
    bytes[..16].copy_from_slice(&address(local));
    bytes[16..32].copy_from_slice(&address(remote));
    bytes[32..34].copy_from_slice(&local.port().to_be_bytes());
    bytes[34..36].copy_from_slice(&remote.port().to_be_bytes());
    bytes[36..].copy_from_slice(&number.to_be_bytes());
    siphash(key, &bytes)
}

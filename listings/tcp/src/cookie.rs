//! SYN cookies (RFC 4987 §3.6, appendix A): a SYN is answered and forgotten.
//!
//! All that must be known when the ACK comes is in the sequence number of the answer, which the ACK
//! brings back:
//!
//! ```text
//!   5 bits             3 bits      24 bits
//! +------------------+-----------+---------------------------------------+
//! | time, in 64 s    | which MSS | hash of the ends, the two and a secret |   plus the SYN's number
//! +------------------+-----------+---------------------------------------+
//! ```
//!
//! Its price: of the options, only the MSS has room, and that one of eight; the answer is never sent
//! again, for nobody remembers it; and whoever guesses 24 bits opens a connection without having seen
//! anything. Of 2^32 numbers, 16 are right at any time (8 sizes, 2 times), so a guess is right once in
//! 2^28. So a host uses them only while it has no room for better.
//!
//! ```
//! use std::time::Duration;
//!
//! use tcp::Seq;
//! use tcp::cookie::Cookies;
//!
//! let cookies = Cookies::new([1, 2]);
//! let (server, client) = (([192, 0, 2, 1], 80).into(), ([192, 0, 2, 2], 1024).into());
//! let now = Duration::from_secs(1000);
//! let cookie = cookies.make(server, client, Seq(7), Some(1452), now);
//!
//! assert_eq!(cookies.check(server, client, Seq(7), cookie, now), Some(1440));
//! assert_eq!(cookies.check(server, client, Seq(7), cookie + 1, now), None);
//! assert_eq!(cookies.check(server, client, Seq(7), cookie, now + Duration::from_secs(128)), None);
//! ```

use std::net::SocketAddr;
use std::time::Duration;

use link_and_ip::siphash::Key;

use crate::isn::of_ends;
use crate::seq::Seq;

/// How long a time lasts, in seconds. A cookie is good in its own and the next: for 64 s at least.
const PERIOD: u64 = 64;

/// The sizes that three bits can name. What the peer says is rounded down to one of them: the least
/// for whoever has a tiny one, then those of RFC 9293 §3.7.1 for IPv4 and IPv6, then what Ethernet
/// takes with and without a tunnel or two.
const SIZES: [u16; 8] = [64, 536, 1220, 1360, 1400, 1440, 1460, 8960];

const HASH_BITS: u32 = 24;
const SIZE_BITS: u32 = 3;
const TIME_BITS: u32 = 5;

/// Makes cookies, and knows its own again.
#[derive(Clone, Copy)]
pub struct Cookies {
    key: Key,
}

impl Cookies {
    /// A secret that is used for nothing else.
    pub const fn new(key: Key) -> Self {
        Self { key }
    }

    // ANCHOR: make
    /// The initial sequence number of the answer to a SYN with number `seq`.
    pub fn make(
        &self,
        local: SocketAddr,
        remote: SocketAddr,
        seq: Seq,
        mss: Option<u16>,
        now: Duration,
    ) -> Seq {
        // RFC 9293 §3.7.1: what holds if the peer says nothing.
        let mss = mss.unwrap_or(if remote.is_ipv4() { 536 } else { 1220 });
        let size = SIZES.iter().rposition(|size| *size <= mss).unwrap_or(0);
        seq + self.cookie(local, remote, seq, now.as_secs() / PERIOD, size as u32)
    }

    /// The MSS that a cookie names, if it is ours and not too old. `seq` is the SYN's number, one
    /// less than that of the segment which brings `cookie` back; its acknowledgment number is one
    /// more than that.
    pub fn check(
        &self,
        local: SocketAddr,
        remote: SocketAddr,
        seq: Seq,
        cookie: Seq,
        now: Duration,
    ) -> Option<u16> {
        let told = cookie.since(seq);
        let size = told >> HASH_BITS & ((1 << SIZE_BITS) - 1);
        let period = now.as_secs() / PERIOD;
        [Some(period), period.checked_sub(1)]
            .into_iter()
            .flatten()
            .any(|period| self.cookie(local, remote, seq, period, size) == told)
            .then(|| SIZES[size as usize])
    }
    // ANCHOR_END: make

    /// The 32 bits. The SYN's number is hashed too: else the same ends get the same bits for a
    /// minute, and who has seen one answer knows the next.
    fn cookie(
        &self,
        local: SocketAddr,
        remote: SocketAddr,
        seq: Seq,
        period: u64,
        size: u32,
    ) -> u32 {
        let known = period << 35 | u64::from(size) << 32 | u64::from(seq.0);
        let hash = of_ends(self.key, local, remote, known) as u32 & ((1 << HASH_BITS) - 1);
        let time = period as u32 & ((1 << TIME_BITS) - 1);
        time << (SIZE_BITS + HASH_BITS) | size << HASH_BITS | hash
    }
}

/// The secret stays one.
impl std::fmt::Debug for Cookies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cookies").finish_non_exhaustive()
    }
}

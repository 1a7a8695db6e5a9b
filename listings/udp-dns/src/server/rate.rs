//! How many answers a network gets over UDP.
//!
//! The factor bounds how much longer an answer is than its question; this bounds how many there
//! are. Each network has a bucket of tokens, for a forger can use all addresses of the victim's
//! network as easily as one. It is BIND's "response rate limiting" made simple: BIND counts equal
//! answers, we count all.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use link_and_ip::limiter::Limiter;

use super::truncate;

/// Networks that are remembered at the same time. Those beyond share one bucket.
pub const MAX_NETWORKS: usize = 4096;

/// How many answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// On average, for a /24 of IPv4 or a /56 of IPv6.
    pub per_second: u32,
    /// At once.
    pub burst: u32,
}

impl Default for Rate {
    fn default() -> Self {
        Self { per_second: 100, burst: 200 }
    }
}

/// What to do with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Send,
    /// Send it without its records, and with TC: a real client comes back over TCP, and a victim
    /// gets no more bytes than the forger sent.
    Truncate,
    Drop,
}

/// A bucket for each network.
#[derive(Debug)]
pub struct RateLimiter {
    rate: Rate,
    /// Keyed by a random hash: nobody can choose networks that collide.
    networks: HashMap<IpAddr, Bucket>,
    others: Bucket,
    /// When it is worth looking for old ones again: not for each packet of a flood.
    look_again: Duration,
    /// Networks looked at for that, for a test that bounds it.
    looked_at: u64,
}

#[derive(Clone, Debug)]
struct Bucket {
    limiter: Limiter,
    /// When it was asked last: an old one is as good as a new one.
    used: Duration,
    /// Every second answer beyond the limit is cut instead of dropped.
    slip: bool,
}

impl RateLimiter {
    /// A rate of zero answers everything cut or not at all.
    pub fn new(rate: Rate) -> Self {
        Self {
            rate,
            networks: HashMap::new(),
            others: Bucket::new(rate),
            look_again: Duration::ZERO,
            looked_at: 0,
        }
    }

    // ANCHOR: verdict
    /// Whether an answer may go to `client` at `now`.
    pub fn verdict(&mut self, client: IpAddr, now: Duration) -> Verdict {
        let network = network(client);
        if !self.networks.contains_key(&network) && self.networks.len() >= MAX_NETWORKS {
            self.forget(now);
        }
        let room = self.networks.len() < MAX_NETWORKS;
        let bucket = match self.networks.get_mut(&network) {
            Some(bucket) => bucket,
            None if room => self.networks.entry(network).or_insert(Bucket::new(self.rate)),
            None => &mut self.others,
        };
        bucket.used = now;
        if bucket.limiter.allow(now) {
            return Verdict::Send;
        }
        bucket.slip = !bucket.slip;
        if bucket.slip { Verdict::Truncate } else { Verdict::Drop }
    }
    // ANCHOR_END: verdict

    /// What is sent of an answer: all of it, its header and question with TC, or nothing.
    pub fn limit(&mut self, answer: Vec<u8>, client: IpAddr, now: Duration) -> Option<Vec<u8>> {
        match self.verdict(client, now) {
            Verdict::Send => Some(answer),
            Verdict::Truncate => truncate(&answer),
            Verdict::Drop => None,
        }
    }

    /// Networks that are remembered now.
    pub fn len(&self) -> usize {
        self.networks.len()
    }

    pub fn is_empty(&self) -> bool {
        self.networks.is_empty()
    }

    /// How many networks have been looked at so far in search of old ones: work that an attacker can
    /// order.
    pub fn looked_at(&self) -> u64 {
        self.looked_at
    }

    /// Forgets those whose buckets are full again.
    fn forget(&mut self, now: Duration) {
        if now < self.look_again {
            return;
        }
        self.look_again = now + Duration::from_secs(1);
        self.looked_at += self.networks.len() as u64;
        let Rate { per_second, burst } = self.rate;
        let fill = Duration::from_secs((burst / per_second.max(1)).into()) + Duration::from_secs(1);
        self.networks.retain(|_, bucket| now.saturating_sub(bucket.used) < fill);
    }
}

impl Bucket {
    fn new(rate: Rate) -> Self {
        let limiter = Limiter::new(rate.per_second, rate.burst);
        Self { limiter, used: Duration::ZERO, slip: false }
    }
}

/// The client's network: whom one customer's line, or one attacker's victim, covers.
pub(super) fn network(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V4(v4) => Ipv4Addr::from_bits(v4.to_bits() & (u32::MAX << 8)).into(),
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 72)).into(),
    }
}

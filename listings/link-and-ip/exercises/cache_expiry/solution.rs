//! Solution: only an answer proves that the neighbor is there. That we send to it proves nothing.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::Duration;

use addresses::Mac;

// ANCHOR: solution
/// How long an answer is good for.
pub(crate) const LIFETIME: Duration = Duration::from_secs(30);

/// MAC addresses, each with the time at which it ends.
#[derive(Default)]
pub(crate) struct Cache {
    entries: BTreeMap<Ipv4Addr, (Mac, Duration)>,
}

impl Cache {
    /// The neighbor has answered at `now`.
    pub(crate) fn answered(&mut self, address: Ipv4Addr, mac: Mac, now: Duration) {
        // A scan of a million addresses leaves a million entries, if nobody takes them out.
        self.entries.retain(|_, (_, end)| now < *end);
        self.entries.insert(address, (mac, now + LIFETIME));
    }

    /// Where to send a packet at `now`, or `None` if the neighbor has to be asked.
    pub(crate) fn lookup(&mut self, address: Ipv4Addr, now: Duration) -> Option<Mac> {
        let (mac, end) = *self.entries.get(&address)?;
        if now < end {
            return Some(mac);
        }
        self.entries.remove(&address);
        None
    }

    /// How many entries the cache holds.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }
}
// ANCHOR_END: solution

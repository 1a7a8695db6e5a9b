//! Numbers for IPv4 packets that may be cut (RFC 6864 §4, RFC 7739 §5.3).

use std::net::Ipv4Addr;

use fastrand::Rng;

use crate::siphash::{Key, siphash};
use crate::wire::{Protocol, ipv4};

/// How many pairs of hosts count apart. Pairs that share a counter skip numbers, no more.
const COUNTERS: usize = 64;

/// Two packets between the same hosts must not share a number while their fragments can meet
/// (RFC 6864 §4.3), so random ones are bad: of 400 packets, two would agree more often than not.
/// One counter for all is bad too: whoever pings us twice learns how many packets we sent to others
/// meanwhile, and can scan somebody's ports with packets that bear our address. So pairs of hosts
/// have counters, and offsets that are secret.
#[derive(Debug)]
pub(super) struct Identifications {
    key: Key,
    counters: [u16; COUNTERS],
}

impl Identifications {
    pub(super) fn new(seed: u64) -> Self {
        let mut random = Rng::with_seed(seed);
        Self { key: [random.u64(..), random.u64(..)], counters: [0; COUNTERS] }
    }

    // ANCHOR: next
    /// A number for the next packet.
    pub(super) fn next(&mut self, header: &ipv4::Header) -> u16 {
        let hash = self.hash(header.source, header.destination, header.protocol);
        let counter = &mut self.counters[(hash >> 32) as usize % COUNTERS];
        *counter = counter.wrapping_add(1);
        (hash as u16).wrapping_add(*counter)
    }
    // ANCHOR_END: next

    fn hash(&self, source: Ipv4Addr, destination: Ipv4Addr, protocol: Protocol) -> u64 {
        let mut bytes = [0; 9];
        bytes[..4].copy_from_slice(&source.octets());
        bytes[4..8].copy_from_slice(&destination.octets());
        bytes[8] = protocol.0;
        siphash(self.key, &bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn header(from: u8, to: u8) -> ipv4::Header {
        let [from, to] = [from, to].map(|last| Ipv4Addr::new(192, 0, 2, last));
        ipv4::Header::new(Protocol::UDP, from, to, 0)
    }

    #[test]
    fn no_number_comes_twice_between_two_hosts() {
        let mut numbers = Identifications::new(7);
        let mut seen = HashSet::new();
        assert!((0..=u16::MAX).all(|_| seen.insert(numbers.next(&header(1, 2)))));
    }

    /// The idle scan asks us before and after, and counts.
    #[test]
    fn one_host_does_not_learn_what_goes_to_another() {
        let told = |others: u32| {
            let mut numbers = Identifications::new(7);
            let before = numbers.next(&header(1, 2));
            for _ in 0..others {
                numbers.next(&header(1, 3));
            }
            numbers.next(&header(1, 2)).wrapping_sub(before)
        };
        assert_eq!((told(0), told(1), told(50)), (1, 1, 1));
    }

    #[test]
    fn hosts_begin_far_apart() {
        let first = |to| Identifications::new(7).next(&header(1, to));
        let distances: Vec<u16> = (2..20).map(|to| first(to + 1).wrapping_sub(first(to))).collect();
        assert!(distances.iter().all(|d| (64..u16::MAX - 64).contains(d)), "{distances:?}");
    }
}

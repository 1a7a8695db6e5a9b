//! Numbers for packets that are cut, or may be (RFC 6864 §4, RFC 7739 §5.3).

use std::net::Ipv6Addr;

use crate::siphash::{Key, siphash};
use crate::wire::ipv4;

/// How many pairs of hosts count apart. Pairs that share a counter skip numbers, no more.
const COUNTERS: usize = 64;

/// Two packets between the same hosts must not share a number while their fragments can meet
/// (RFC 6864 §4.3), so random ones are bad: of 400 packets, two would agree more often than not.
/// One counter for all is bad too: whoever pings us twice learns how many packets we sent to others
/// meanwhile, and can scan somebody's ports with packets that bear our address. So pairs of hosts
/// have counters, and offsets that are secret. IPv6 has 32 bits instead of 16, and the same ones.
#[derive(Debug)]
pub(super) struct Identifications {
    key: Key,
    counters: [u32; COUNTERS],
}

impl Identifications {
    pub(super) fn new(seed: u64) -> Self {
        // Hashed, so that nothing else that is made from the seed tells the key.
        let key = [0_u8, 1].map(|half| siphash([seed, seed], &[half]));
        Self { key, counters: [0; COUNTERS] }
    }

    pub(super) fn next_v4(&mut self, header: &ipv4::Header) -> u16 {
        // Nearly every packet comes by here: no allocation.
        let mut flow = [0; 9];
        flow[..4].copy_from_slice(&header.source.octets());
        flow[4..8].copy_from_slice(&header.destination.octets());
        flow[8] = header.protocol.0;
        self.next(&flow) as u16
    }

    pub(super) fn next_v6(&mut self, source: Ipv6Addr, destination: Ipv6Addr) -> u32 {
        self.next(&[source.octets(), destination.octets()].concat())
    }

    /// A number for the next packet of a flow.
    fn next(&mut self, flow: &[u8]) -> u32 {
        let hash = siphash(self.key, flow);
        let counter = &mut self.counters[(hash >> 32) as usize % COUNTERS];
        *counter = counter.wrapping_add(1);
        (hash as u32).wrapping_add(*counter)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use std::net::Ipv4Addr;

    use super::*;
    use crate::wire::Protocol;

    fn header(from: u8, to: u8) -> ipv4::Header {
        let [from, to] = [from, to].map(|last| Ipv4Addr::new(192, 0, 2, last));
        ipv4::Header::new(Protocol::UDP, from, to, 0)
    }

    #[test]
    fn no_number_comes_twice_between_two_hosts() {
        let mut numbers = Identifications::new(7);
        let mut seen = HashSet::new();
        assert!((0..=u16::MAX).all(|_| seen.insert(numbers.next_v4(&header(1, 2)))));
    }

    /// The idle scan asks us before and after, and counts.
    #[test]
    fn one_host_does_not_learn_what_goes_to_another() {
        let told = |others: u32| {
            let mut numbers = Identifications::new(7);
            let before = numbers.next_v4(&header(1, 2));
            for _ in 0..others {
                numbers.next_v4(&header(1, 3));
            }
            numbers.next_v4(&header(1, 2)).wrapping_sub(before)
        };
        assert_eq!((told(0), told(1), told(50)), (1, 1, 1));
    }

    #[test]
    fn ipv6_numbers_run_on_per_pair_of_hosts_too() {
        let mut numbers = Identifications::new(7);
        let [us, one, other] =
            [1, 2, 3].map(|last| Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last));
        let first = numbers.next_v6(us, one);
        let apart = numbers.next_v6(us, other).wrapping_sub(first);
        assert_eq!(numbers.next_v6(us, one), first.wrapping_add(1));
        assert!((1 << 16..u32::MAX - (1 << 16)).contains(&apart), "{apart}");
    }

    #[test]
    fn hosts_begin_far_apart() {
        let first = |to| Identifications::new(7).next_v4(&header(1, to));
        let distances: Vec<u16> = (2..20).map(|to| first(to + 1).wrapping_sub(first(to))).collect();
        assert!(distances.iter().all(|d| (64..u16::MAX - 64).contains(d)), "{distances:?}");
    }
}

//! The trie against a scan of all prefixes, which cannot be wrong in the same way.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};

use addresses::table::Table;
use addresses::{Address, Prefix};
use proptest::prelude::*;

/// The prefix of `length` bits in which `bits` lie.
fn prefix<A: Address>(bits: u128, length: u8) -> Prefix<A> {
    Prefix::containing(A::from_left_bits(bits), length.min(A::BITS)).unwrap()
}

/// Numbers of which many agree in long stretches of their first bits.
fn bits() -> impl Strategy<Value = u128> {
    let near = (any::<u8>(), 0..128_u32).prop_map(|(bits, shift)| u128::from(bits) << shift);
    prop_oneof![any::<u128>(), near, Just(0), Just(u128::MAX)]
}

/// Lengths, the ends more often than the rest.
fn length() -> impl Strategy<Value = u8> {
    prop_oneof![4 => 0..=128_u8, 1 => Just(0), 1 => Just(31), 1 => Just(32), 1 => Just(127)]
}

#[derive(Debug, Clone)]
enum Step {
    Insert(u128, u8, u32),
    Remove(u128, u8),
    /// The one at this place among those that are there, so that removal happens at all.
    RemoveNth(prop::sample::Index),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (bits(), length(), any::<u32>()).prop_map(|(b, l, v)| Step::Insert(b, l, v)),
        1 => (bits(), length()).prop_map(|(b, l)| Step::Remove(b, l)),
        2 => any::<prop::sample::Index>().prop_map(Step::RemoveNth),
    ]
}

/// Runs the steps on both, and compares all that can be asked after each.
fn same_as_a_scan<A: Address>(steps: &[Step], addresses: &[u128]) {
    let mut table = Table::<A, u32>::default();
    let mut scan = BTreeMap::new();
    for step in steps {
        match step {
            Step::Insert(bits, length, value) => {
                let prefix = prefix(*bits, *length);
                assert_eq!(table.insert(prefix, *value), scan.insert(prefix, *value));
            }
            Step::Remove(bits, length) => {
                let prefix = prefix(*bits, *length);
                assert_eq!(table.remove(prefix), scan.remove(&prefix));
            }
            Step::RemoveNth(_) if scan.is_empty() => {}
            Step::RemoveNth(index) => {
                let prefix = *scan.keys().nth(index.index(scan.len())).unwrap();
                assert_eq!(table.remove(prefix), scan.remove(&prefix));
                assert_eq!(table.get(prefix), None);
            }
        }
        // In order: a prefix before those within it.
        assert!(table.iter().eq(scan.iter().map(|(prefix, value)| (*prefix, value))));
        assert_eq!((table.len(), table.is_empty()), (scan.len(), scan.is_empty()));
        // The root, the prefixes, and fewer forks than prefixes.
        assert!(table.node_count() <= (2 * scan.len()).max(1), "{}", table.node_count());
    }
    let ends = scan.keys().flat_map(|prefix| {
        let first = prefix.network().to_left_bits();
        let step = 1_u128 << (128 - A::BITS);
        let last = first | u128::MAX.checked_shr(prefix.length().into()).unwrap_or(0);
        [first, last, first.wrapping_sub(step), last.wrapping_add(step)]
    });
    let compiled = table.compile();
    assert!(compiled.range_count() <= 2 * scan.len() + 1);
    for bits in ends.chain(addresses.iter().copied()) {
        let address = A::from_left_bits(bits);
        let all = scan.iter().filter(|(prefix, _)| prefix.contains(address));
        let longest = all.max_by_key(|(prefix, _)| prefix.length());
        assert_eq!(table.longest_match(address), longest.map(|(prefix, value)| (*prefix, value)));
        assert_eq!(compiled.longest_match(address), table.longest_match(address));
        let walked: Vec<_> = table.walk(address).collect();
        assert!(walked.len() <= usize::from(A::BITS) + 1);
        assert!(walked.windows(2).all(|pair| pair[0].0.length() < pair[1].0.length()));
        let last = walked.iter().filter_map(|(prefix, value)| Some((*prefix, (*value)?))).last();
        assert_eq!(last, table.longest_match(address));
    }
    for (prefix, value) in &scan {
        assert_eq!(table.get(*prefix), Some(value));
    }
    for prefix in scan.keys() {
        table.remove(*prefix);
    }
    assert_eq!((table.node_count(), table.len()), (1, 0), "only the root is left");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn ipv4_is_the_same_as_a_scan(
        steps in prop::collection::vec(step(), 0..40),
        addresses in prop::collection::vec(bits(), 8),
    ) {
        same_as_a_scan::<Ipv4Addr>(&steps, &addresses);
    }

    #[test]
    fn ipv6_is_the_same_as_a_scan(
        steps in prop::collection::vec(step(), 0..40),
        addresses in prop::collection::vec(bits(), 8),
    ) {
        same_as_a_scan::<Ipv6Addr>(&steps, &addresses);
    }
}

#[test]
fn the_default_route_matches_what_nothing_else_does() {
    let mut table = Table::<Ipv6Addr, _>::default();
    let address = Ipv6Addr::LOCALHOST;
    assert_eq!(table.longest_match(address), None);
    assert_eq!(table.insert(prefix(0, 0), "default"), None);
    assert_eq!(table.longest_match(address), Some((prefix(0, 0), &"default")));
    table.insert(prefix(1, 128), "host");
    assert_eq!(table.longest_match(address), Some((prefix(1, 128), &"host")));
    assert_eq!(table.longest_match(Ipv6Addr::UNSPECIFIED), Some((prefix(0, 0), &"default")));
    assert_eq!(table.remove(prefix(0, 0)), Some("default"));
    assert_eq!(table.remove(prefix(0, 0)), None);
    assert_eq!(table.longest_match(Ipv6Addr::UNSPECIFIED), None);
    assert_eq!(table.longest_match(address), Some((prefix(1, 128), &"host")));
}

#[test]
fn all_lengths_on_one_path() {
    let mut table = Table::<Ipv6Addr, u8>::default();
    // From both ends to the middle, so that nodes are put above others and below them.
    for length in (0..=64).flat_map(|n| [n, 128 - n]) {
        table.insert(prefix(u128::MAX, length), length);
    }
    assert_eq!((table.len(), table.node_count()), (129, 129));
    for length in 0..128 {
        // Differs in the bit after `length`.
        let address = Ipv6Addr::from_bits(u128::MAX ^ (1 << 127 >> length));
        assert_eq!(table.longest_match(address).map(|(_, value)| *value), Some(length));
    }
    assert_eq!(table.walk(Ipv6Addr::from_bits(u128::MAX)).count(), 129);
    for length in (0..=128).rev() {
        assert_eq!(table.remove(prefix(u128::MAX, length)), Some(length));
    }
    assert_eq!(table.node_count(), 1);
}

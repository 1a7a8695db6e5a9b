//! The crate that the table is measured against gives the same answers.

#[allow(dead_code)]
#[path = "../benches/table/made.rs"]
mod made;

use std::net::{Ipv4Addr, Ipv6Addr};

use addresses::table::Table;
use addresses::{Address, Prefix};
use made::{LENGTHS_V4, LENGTHS_V6, Random, prefixes};
use prefix_trie::PrefixMap;

const PREFIXES: usize = 5000;
const LOOKUPS: usize = 10_000;

fn same_answers<A: Address, K>(lengths: &[(u8, u64)], key: fn(Prefix<A>) -> K)
where
    K: prefix_trie::Prefix + PartialEq,
{
    let mut random = Random(7);
    let prefixes = prefixes::<A>(&mut random, lengths, PREFIXES);
    let mut ours = Table::default();
    let mut theirs = PrefixMap::new();
    for (value, prefix) in prefixes.iter().enumerate() {
        assert_eq!(ours.insert(*prefix, value), theirs.insert(key(*prefix), value));
    }
    let mut compare = |ours: &Table<A, usize>, theirs: &PrefixMap<K, usize>| {
        let compiled = ours.compile();
        for n in 0..LOOKUPS {
            let address =
                if n % 2 == 0 { random.anywhere() } else { random.within(prefixes[n % PREFIXES]) };
            let host = Prefix::containing(address, A::BITS).unwrap();
            let answer = ours.longest_match(address);
            assert_eq!(
                answer.map(|(prefix, value)| (key(prefix), value)),
                theirs.get_lpm(&key(host))
            );
            assert_eq!(compiled.longest_match(address), answer);
        }
    };
    compare(&ours, &theirs);
    for prefix in prefixes.iter().step_by(2) {
        assert_eq!(ours.remove(*prefix), theirs.remove(&key(*prefix)));
    }
    compare(&ours, &theirs);
}

#[test]
fn ipv4_answers_are_those_of_prefix_trie() {
    same_answers::<Ipv4Addr, _>(&LENGTHS_V4, |p| (p.network().to_bits(), p.length()));
}

#[test]
fn ipv6_answers_are_those_of_prefix_trie() {
    same_answers::<Ipv6Addr, _>(&LENGTHS_V6, |p| (p.network().to_bits(), p.length()));
}

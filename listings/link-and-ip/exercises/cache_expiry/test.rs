//! `cargo test -p link-and-ip --test cache_expiry`

#[cfg_attr(feature = "solutions", path = "solution.rs")]
#[cfg_attr(not(feature = "solutions"), path = "exercise.rs")]
mod exercise;

use std::net::Ipv4Addr;
use std::time::Duration;

use addresses::Mac;
use exercise::{Cache, LIFETIME};

const BOB: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);
const OLD: Mac = Mac([2, 0, 0, 0, 0, 2]);
const NEW: Mac = Mac([2, 0, 0, 0, 0, 3]);
const SECOND: Duration = Duration::from_secs(1);

#[test]
fn an_answer_is_good_for_its_lifetime() {
    let mut cache = Cache::default();
    assert_eq!(cache.lookup(BOB, SECOND), None);
    cache.answered(BOB, OLD, SECOND);
    assert_eq!(cache.lookup(BOB, SECOND), Some(OLD));
    assert_eq!(cache.lookup(BOB, LIFETIME), Some(OLD));
    assert_eq!(cache.lookup(BOB, LIFETIME + SECOND), None, "the end is not part of it");
}

#[test]
fn an_entry_ends_though_it_is_used_every_second() {
    let mut cache = Cache::default();
    cache.answered(BOB, OLD, Duration::ZERO);
    // Bob's card has been replaced; nobody has told us.
    let mut now = Duration::ZERO;
    while cache.lookup(BOB, now).is_some() {
        now += SECOND;
        assert!(now <= LIFETIME, "at {now:?} packets still go to a card that is gone");
    }
    cache.answered(BOB, NEW, now);
    assert_eq!(cache.lookup(BOB, now), Some(NEW));
}

#[test]
fn a_new_answer_makes_a_new_lifetime() {
    let mut cache = Cache::default();
    for round in 0..10 {
        cache.answered(BOB, OLD, LIFETIME / 2 * round);
        assert_eq!(cache.lookup(BOB, LIFETIME / 2 * (round + 1)), Some(OLD));
    }
}

#[test]
fn what_has_ended_takes_no_room() {
    let mut cache = Cache::default();
    for number in 0..10_000 {
        let now = SECOND * number;
        cache.answered(Ipv4Addr::from_bits(0x0a00_0000 + number), OLD, now);
        assert!(cache.len() <= 31, "{} entries after {now:?}", cache.len());
    }
}

//! The neighbor cache, state by state, and under attack.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use addresses::{Address, Mac};
use link_and_ip::neighbor::{Cache, Config, Failure, Heard, Output, State, Trust, Verdict};
use proptest::prelude::*;

const BOB: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);
const CARD: Mac = Mac([2, 0, 0, 0, 0, 2]);
const OTHER: Mac = Mac([2, 0, 0, 0, 0, 0x66]);

type Arp = Cache<Ipv4Addr, u32>;

const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

const fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

fn trusting() -> Config {
    Config { trust: Trust::Any, ..Config::default() }
}

fn outputs<A: Address, P>(cache: &mut Cache<A, P>) -> Vec<Output<A, P>> {
    std::iter::from_fn(|| cache.next_output()).collect()
}

fn state<A: Address, P>(cache: &Cache<A, P>, address: A, now: Duration) -> Option<State> {
    cache.neighbor(address, now).map(|neighbor| neighbor.state)
}

/// Calls it at each of its deadlines until `end`, and returns what it said and when.
fn run<A: Address, P>(cache: &mut Cache<A, P>, end: Duration) -> Vec<(Duration, Output<A, P>)> {
    let mut all: Vec<_> = outputs(cache).into_iter().map(|one| (Duration::ZERO, one)).collect();
    while let Some(now) = cache.deadline().filter(|deadline| *deadline <= end) {
        cache.handle_timeout(now);
        assert!(cache.deadline().is_none_or(|next| next > now), "a deadline that does not move");
        all.extend(outputs(cache).into_iter().map(|one| (now, one)));
    }
    all
}

/// A cache in which BOB is in `wanted`, at the time that is returned with it.
fn in_state(wanted: State, config: Config) -> (Arp, Duration) {
    let mut cache = Arp::new(config, 1);
    cache.resolve(BOB, 0, Duration::ZERO);
    let mut now = ms(1);
    if wanted != State::Incomplete {
        cache.heard(BOB, Heard::Reply { mac: CARD }, now);
    }
    if !matches!(wanted, State::Incomplete | State::Reachable) {
        now = seconds(60);
    }
    if matches!(wanted, State::Delay | State::Probe) {
        cache.lookup(BOB, now);
    }
    if wanted == State::Probe {
        now += seconds(5);
        cache.handle_timeout(now);
    }
    outputs(&mut cache);
    assert_eq!(state(&cache, BOB, now), Some(wanted));
    (cache, now)
}

#[test]
fn three_questions_and_then_the_packet_fails() {
    let mut cache = Arp::new(Config::default(), 1);
    assert_eq!(cache.resolve(BOB, 7, Duration::ZERO), None);
    let everyone = Output::Solicit { address: BOB, to: None };
    let failed = Output::Failed { address: BOB, packet: 7, why: Failure::NoAnswer };
    assert_eq!(
        run(&mut cache, seconds(100)),
        [
            (seconds(0), everyone.clone()),
            (seconds(1), everyone.clone()),
            (seconds(2), everyone),
            (seconds(3), failed)
        ]
    );
    assert_eq!(cache.deadline(), None);
    assert_eq!(cache.neighbors(seconds(3)).count(), 0);
}

#[test]
fn the_latest_packets_wait() {
    let mut cache = Arp::new(Config { waiting: 3, ..Config::default() }, 1);
    for packet in 1..=5 {
        assert_eq!(cache.resolve(BOB, packet, ms(1)), None);
    }
    let failed = |packet| Output::Failed { address: BOB, packet, why: Failure::QueueFull };
    let everyone = Output::Solicit { address: BOB, to: None };
    assert_eq!(outputs(&mut cache), [everyone, failed(1), failed(2)], "one question for all");
    assert_eq!(cache.heard(BOB, Heard::Reply { mac: CARD }, ms(2)), Verdict::Learned);
    let sent = |packet| Output::Transmit { mac: CARD, packet };
    assert_eq!(outputs(&mut cache), [sent(3), sent(4), sent(5)]);
    assert_eq!(cache.resolve(BOB, 6, ms(3)), Some((CARD, 6)));
}

/// The life of an entry that is used, then not used, then used after its holder has gone.
#[test]
fn an_entry_ages_and_is_asked_before_it_goes() {
    let (mut cache, _) = in_state(State::Reachable, Config::default());
    assert_eq!(state(&cache, BOB, seconds(15)), Some(State::Reachable), "0.5 × 30 s at least");
    assert_eq!(state(&cache, BOB, seconds(46)), Some(State::Stale), "1.5 × 30 s at most");
    assert_eq!(run(&mut cache, seconds(3600)), [], "a neighbor that is not used costs nothing");
    assert_eq!(state(&cache, BOB, seconds(3600)), Some(State::Stale));

    assert_eq!(cache.lookup(BOB, seconds(3600)), Some(CARD), "STALE is good enough to send");
    assert_eq!(state(&cache, BOB, seconds(3600)), Some(State::Delay));
    let him = Output::Solicit { address: BOB, to: Some(CARD) };
    assert_eq!(
        run(&mut cache, seconds(4000)),
        [
            (seconds(3605), him.clone()),
            (seconds(3606), him.clone()),
            (seconds(3607), him),
            (seconds(3608), Output::Lost { address: BOB, mac: CARD }),
        ]
    );
    assert_eq!(state(&cache, BOB, seconds(4000)), None);
}

#[test]
fn the_waiting_time_is_between_half_and_one_and_a_half() {
    let mut ends = BTreeSet::new();
    for seed in 0..200 {
        let mut cache = Arp::new(Config::default(), seed);
        cache.resolve(BOB, 0, Duration::ZERO);
        cache.heard(BOB, Heard::Reply { mac: CARD }, Duration::ZERO);
        let reachable = |at: &u64| state(&cache, BOB, ms(*at)) == Some(State::Reachable);
        ends.insert((0..60_000).step_by(100).take_while(reachable).count() / 10);
    }
    assert_eq!((ends.first(), ends.last()), (Some(&15), Some(&44)), "seconds: {ends:?}");
}

#[test]
fn an_answer_or_news_from_above_ends_a_probe() {
    for confirm in [true, false] {
        let (mut cache, now) = in_state(State::Probe, Config::default());
        if confirm {
            cache.confirm(BOB, now);
        } else {
            assert_eq!(cache.heard(BOB, Heard::Reply { mac: CARD }, now), Verdict::Known);
        }
        assert_eq!(state(&cache, BOB, now), Some(State::Reachable));
        assert_eq!(run(&mut cache, now + seconds(10)), []);
    }
}

#[test]
fn a_reply_that_nobody_asked_for_confirms_nothing() {
    let (mut cache, now) = in_state(State::Stale, Config::default());
    for heard in [Heard::Reply { mac: CARD }, Heard::Overheard { mac: CARD }] {
        assert_eq!(cache.heard(BOB, heard, now), Verdict::Known);
        assert_eq!(state(&cache, BOB, now), Some(State::Stale));
    }
    cache.confirm(Ipv4Addr::new(192, 0, 2, 9), now);
    assert_eq!(cache.neighbors(now).count(), 1, "and news about a stranger makes no entry");
}

/// RFC 4861 §7.2.5 and its Appendix C, every row: state, flags, the address in the option.
#[test]
fn every_advertisement_does_what_the_rfc_says() {
    use State::{Delay, Incomplete, Probe, Reachable, Stale};
    let card = Some(CARD);
    let other = Some(OTHER);
    for before in [Incomplete, Reachable, Stale, Delay, Probe] {
        for (solicited, overrides) in [(false, false), (false, true), (true, false), (true, true)] {
            for mac in [None, card, other] {
                let expected = match (before, mac, solicited, overrides) {
                    (Incomplete, None, ..) => (Incomplete, None),
                    (Incomplete, mac, false, _) => (Stale, mac),
                    (Incomplete, mac, true, _) => (Reachable, mac),
                    (Reachable, Some(OTHER), _, false) => (Stale, card),
                    (_, Some(OTHER), _, false) => (before, card),
                    (_, Some(OTHER), false, true) => (Stale, other),
                    (_, Some(OTHER), true, true) => (Reachable, other),
                    (_, _, true, _) => (Reachable, card),
                    (_, _, false, _) => (before, card),
                };
                let (mut cache, now) = in_state(before, trusting());
                let heard = Heard::Advertisement { mac, solicited, overrides, router: true };
                cache.heard(BOB, heard, now);
                let after = cache.neighbor(BOB, now).unwrap();
                assert_eq!((after.state, after.mac), expected, "{before} {heard:?}");
                let refused = mac == other && !overrides && before != Incomplete;
                let heeded = !refused && after.state != Incomplete;
                assert_eq!(after.router, heeded, "{before} {heard:?}");
            }
        }
    }
}

/// RFC 4861 §7.2.3: a solicitation that carries its sender's address.
#[test]
fn who_asks_us_is_known() {
    let mut cache = Arp::new(trusting(), 1);
    assert_eq!(cache.heard(BOB, Heard::Request { mac: CARD }, ms(1)), Verdict::Learned);
    assert_eq!(state(&cache, BOB, ms(1)), Some(State::Stale), "but who knows whether we reach it");
    for before in [State::Reachable, State::Stale, State::Delay, State::Probe] {
        for (mac, after) in [(CARD, before), (OTHER, State::Stale)] {
            let (mut cache, now) = in_state(before, trusting());
            cache.heard(BOB, Heard::Request { mac }, now);
            let bob = cache.neighbor(BOB, now).unwrap();
            assert_eq!((bob.state, bob.mac), (after, Some(mac)), "{before}");
        }
    }
    let (mut cache, now) = in_state(State::Incomplete, trusting());
    assert_eq!(cache.heard(BOB, Heard::Request { mac: CARD }, now), Verdict::Learned);
    assert_eq!(outputs(&mut cache), [Output::Transmit { mac: CARD, packet: 0 }]);
    assert_eq!(state(&cache, BOB, now), Some(State::Stale));
}

#[test]
fn nobody_is_learned_unasked() {
    let mut cache = Arp::new(trusting(), 1);
    let advertisement =
        Heard::Advertisement { mac: Some(OTHER), solicited: true, overrides: true, router: true };
    for heard in [Heard::Reply { mac: OTHER }, Heard::Overheard { mac: OTHER }, advertisement] {
        assert_eq!(cache.heard(BOB, heard, ms(1)), Verdict::Unasked);
    }
    assert_eq!(cache.neighbors(ms(1)).count(), 0);
}

#[test]
fn nobody_has_the_address_of_a_group() {
    for before in [State::Incomplete, State::Reachable, State::Probe] {
        let (mut cache, now) = in_state(before, trusting());
        let old = cache.neighbor(BOB, now);
        for mac in [Mac::BROADCAST, Mac([1, 0, 0x5e, 0, 0, 1])] {
            let advertisement = Heard::Advertisement {
                mac: Some(mac),
                solicited: true,
                overrides: true,
                router: false,
            };
            for heard in [
                Heard::Request { mac },
                Heard::Reply { mac },
                Heard::Overheard { mac },
                advertisement,
            ] {
                assert_eq!(cache.heard(BOB, heard, now), Verdict::GroupMac);
                assert_eq!(cache.neighbor(BOB, now), old);
            }
        }
    }
}

fn forgeries() -> [Heard; 5] {
    let advertisement = |solicited| Heard::Advertisement {
        mac: Some(OTHER),
        solicited,
        overrides: true,
        router: true,
    };
    [
        Heard::Request { mac: OTHER },
        Heard::Overheard { mac: OTHER },
        Heard::Reply { mac: OTHER },
        advertisement(false),
        advertisement(true),
    ]
}

#[test]
fn whoever_trusts_anyone_is_redirected_by_one_frame() {
    for heard in forgeries() {
        let (mut cache, now) = in_state(State::Reachable, trusting());
        assert_eq!(cache.heard(BOB, heard, now), Verdict::Changed);
        assert_eq!(outputs(&mut cache), [Output::Changed { address: BOB, from: CARD, to: OTHER }]);
        assert_eq!(cache.lookup(BOB, now), Some(OTHER), "{heard:?}");
    }
}

#[test]
fn a_known_neighbor_is_asked_before_anyone_takes_its_place() {
    for before in [State::Reachable, State::Stale, State::Delay, State::Probe] {
        for heard in forgeries() {
            let (mut cache, now) = in_state(before, Config::default());
            for _ in 0..1000 {
                assert_eq!(cache.heard(BOB, heard, now), Verdict::Refused);
                assert_eq!(cache.lookup(BOB, now), Some(CARD));
            }
            let conflict = Output::Conflict { address: BOB, known: CARD, claimed: OTHER };
            let question = Output::Solicit { address: BOB, to: Some(CARD) };
            let said = outputs(&mut cache);
            assert_eq!(said[0], conflict, "{before} {heard:?}");
            let asked = if before == State::Probe { &[][..] } else { &[question][..] };
            assert_eq!(&said[1..], asked, "a thousand frames, one report and one question");

            let after = now + ms(1);
            assert_eq!(cache.heard(BOB, Heard::Reply { mac: CARD }, after), Verdict::Known);
            assert_eq!(state(&cache, BOB, after), Some(State::Reachable));
        }
    }
}

#[test]
fn a_forger_cannot_make_us_ask_for_ever() {
    let (mut cache, start) = in_state(State::Reachable, Config::default());
    let mut asked = 0;
    for at in 0..10_000 {
        let now = start + ms(at);
        cache.heard(BOB, Heard::Reply { mac: OTHER }, now);
        asked +=
            outputs(&mut cache).iter().filter(|one| matches!(one, Output::Solicit { .. })).count();
        cache.heard(BOB, Heard::Reply { mac: CARD }, now);
        assert_eq!(cache.lookup(BOB, now), Some(CARD));
    }
    assert_eq!(asked, 10 + 99, "10 at once, then 10 a second");
}

#[test]
fn a_neighbor_with_a_new_card_comes_back_after_three_seconds() {
    let (mut cache, now) = in_state(State::Reachable, Config::default());
    cache.heard(BOB, Heard::Overheard { mac: OTHER }, now);
    let lost = Output::Lost { address: BOB, mac: CARD };
    assert_eq!(run(&mut cache, now + seconds(60)).last(), Some(&(now + seconds(3), lost)));
    let now = now + seconds(3);
    assert_eq!(cache.resolve(BOB, 1, now), None);
    assert_eq!(cache.heard(BOB, Heard::Reply { mac: OTHER }, now), Verdict::Learned);
    assert_eq!(cache.lookup(BOB, now), Some(OTHER));
}

#[test]
fn a_permanent_entry_never_changes() {
    for config in [Config::default(), trusting()] {
        let mut cache = Arp::new(config, 1);
        assert!(cache.insert_permanent(BOB, CARD));
        for heard in forgeries() {
            assert_eq!(cache.heard(BOB, heard, seconds(1)), Verdict::Refused);
        }
        cache.confirm(BOB, seconds(2));
        assert_eq!(run(&mut cache, seconds(10_000)), []);
        assert_eq!(cache.lookup(BOB, seconds(10_000)), Some(CARD));
        assert_eq!(state(&cache, BOB, seconds(10_000)), Some(State::Permanent));
    }
}

fn stranger(number: u32) -> Ipv4Addr {
    Ipv4Addr::from_bits(0x0a00_0000 + number)
}

/// A table with as many neighbors as it takes, all of which we talk to.
fn full() -> Arp {
    let mut cache = Arp::new(Config::default(), 1);
    for number in 0..512 {
        cache.resolve(stranger(number), 0, ms(1));
        cache.heard(stranger(number), Heard::Reply { mac: CARD }, ms(2));
        outputs(&mut cache);
    }
    assert_eq!(cache.neighbors(ms(2)).filter(|one| one.state == State::Reachable).count(), 512);
    cache
}

#[test]
fn a_scan_pushes_out_no_neighbor() {
    let mut cache = full();
    let mut failed = 0;
    for number in 1000..5000 {
        // Backwards through the addresses: it is the time that counts.
        cache.resolve(stranger(number ^ 0xffff), number, ms(number.into()));
        let said = outputs(&mut cache);
        let table_full =
            |one: &&Output<_, _>| matches!(one, Output::Failed { why: Failure::TableFull, .. });
        failed += said.iter().filter(table_full).count();
    }
    assert_eq!(failed, 4000 - 128, "the oldest question goes");
    assert_eq!(cache.neighbors(seconds(20)).count(), 512 + 128);
    for number in 0..512 {
        assert_eq!(cache.lookup(stranger(number), seconds(20)), Some(CARD));
    }
    let answer = |cache: &mut Arp, number: u32| {
        cache.heard(stranger(number ^ 0xffff), Heard::Reply { mac: OTHER }, seconds(20))
    };
    assert_eq!(answer(&mut cache, 5000 - 129), Verdict::Unasked);
    assert_eq!(answer(&mut cache, 5000 - 128), Verdict::Learned, "the latest questions wait still");
    assert_eq!(cache.neighbors(seconds(20)).count(), 512 + 127);
}

#[test]
fn a_crowd_that_asks_pushes_out_no_neighbor() {
    let mut cache = full();
    for number in 1000..3000 {
        let verdict = cache.heard(stranger(number), Heard::Request { mac: OTHER }, ms(3));
        assert_eq!(verdict, Verdict::Full);
    }
    assert_eq!(outputs(&mut cache), []);

    // With one place free it is a place for all of them, one after the other.
    cache.remove(stranger(0));
    for number in 1000..3000 {
        let verdict = cache.heard(stranger(number), Heard::Request { mac: OTHER }, ms(3));
        assert_eq!(verdict, Verdict::Learned);
        assert_eq!(cache.neighbors(ms(3)).count(), 512);
    }
    for number in 1..512 {
        assert_eq!(cache.lookup(stranger(number), ms(3)), Some(CARD));
    }
}

#[test]
fn an_answer_takes_the_place_of_the_one_not_used_for_longest() {
    let mut cache = full();
    for number in (0..512).filter(|number| *number != 77) {
        cache.lookup(stranger(number), ms(10));
    }
    cache.resolve(BOB, 1, ms(11));
    assert_eq!(cache.heard(BOB, Heard::Reply { mac: OTHER }, ms(12)), Verdict::Learned);
    assert_eq!(cache.neighbors(ms(12)).count(), 512);
    assert_eq!(state(&cache, stranger(77), ms(12)), None);
}

#[test]
fn ipv6_is_the_same_machine() {
    let mut cache: Cache<Ipv6Addr, u32> = Cache::new(Config::default(), 1);
    let bob: Ipv6Addr = "2001:db8::2".parse().unwrap();
    cache.resolve(bob, 1, ms(0));
    let heard =
        Heard::Advertisement { mac: Some(CARD), solicited: true, overrides: true, router: true };
    assert_eq!(cache.heard(bob, heard, ms(1)), Verdict::Learned);
    let all: Vec<_> = cache.neighbors(ms(1)).collect();
    assert_eq!(all.len(), 1);
    assert!(all[0].router);
    assert_eq!(format!("{:>10}", all[0].state), " REACHABLE");
}

/// Something that happens to a cache.
#[derive(Clone, Debug)]
enum Happening {
    Resolve(u8),
    Heard(u8, Heard),
    Confirm(u8),
    Remove(u8),
    Wait(u32),
}

fn happening() -> impl Strategy<Value = Happening> {
    let mac = || prop_oneof![4 => (0u8..3).prop_map(|n| Mac([2, 0, 0, 0, 0, n])), 1 => Just(Mac::BROADCAST)];
    let heard = prop_oneof![
        mac().prop_map(|mac| Heard::Request { mac }),
        mac().prop_map(|mac| Heard::Overheard { mac }),
        mac().prop_map(|mac| Heard::Reply { mac }),
        (prop::option::of(mac()), any::<[bool; 3]>()).prop_map(
            |(mac, [solicited, overrides, router])| {
                Heard::Advertisement { mac, solicited, overrides, router }
            }
        ),
    ];
    let who = || 0u8..8;
    prop_oneof![
        4 => who().prop_map(Happening::Resolve),
        4 => (who(), heard).prop_map(|(who, heard)| Happening::Heard(who, heard)),
        1 => who().prop_map(Happening::Confirm),
        1 => who().prop_map(Happening::Remove),
        2 => (0u32..40_000).prop_map(Happening::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever happens: the limits hold, no packet is lost from sight or sent twice, and with
    /// `Trust::Verify` an address never changes while its entry lives.
    #[test]
    fn nothing_is_lost_and_nothing_grows(
        all in prop::collection::vec(happening(), 1..150),
        verify: bool,
    ) {
        let trust = if verify { Trust::Verify } else { Trust::Any };
        let limits = Config { trust, known: 3, unresolved: 2, waiting: 2, ..Config::default() };
        let mut cache = Arp::new(limits, 1);
        let mut now = Duration::ZERO;
        let mut waiting = BTreeSet::new();
        let mut packets = 0;
        for one in all {
            let before: Vec<_> = cache.neighbors(now).collect();
            match one {
                Happening::Resolve(who) => {
                    packets += 1;
                    match cache.resolve(stranger(who.into()), packets, now) {
                        Some((mac, packet)) => {
                            prop_assert_eq!(packet, packets);
                            prop_assert!(!mac.is_group());
                        }
                        None => prop_assert!(waiting.insert(packets)),
                    }
                }
                Happening::Heard(who, heard) => {
                    let verdict = cache.heard(stranger(who.into()), heard, now);
                    prop_assert!(!verify || verdict != Verdict::Changed);
                }
                Happening::Confirm(who) => cache.confirm(stranger(who.into()), now),
                Happening::Remove(who) => cache.remove(stranger(who.into())),
                Happening::Wait(time) => {
                    now += ms(time.into());
                    cache.handle_timeout(now);
                    prop_assert!(cache.deadline().is_none_or(|next| next > now));
                }
            }
            for output in outputs(&mut cache) {
                match output {
                    Output::Transmit { packet, mac } => {
                        prop_assert!(waiting.remove(&packet));
                        prop_assert!(!mac.is_group());
                    }
                    Output::Failed { packet, .. } => prop_assert!(waiting.remove(&packet)),
                    Output::Conflict { .. } => prop_assert!(verify),
                    Output::Changed { .. } => prop_assert!(!verify),
                    Output::Solicit { .. } | Output::Lost { .. } => {}
                }
            }
            let after: Vec<_> = cache.neighbors(now).collect();
            let questions = after.iter().filter(|one| one.state == State::Incomplete).count();
            prop_assert!(questions <= 2 && after.len() - questions <= 3);
            prop_assert!(waiting.len() <= questions * 2);
            for (old, new) in before.iter().flat_map(|old| after.iter().map(move |new| (old, new))) {
                if verify && old.address == new.address && old.mac.is_some() && new.mac.is_some() {
                    prop_assert_eq!(old.mac, new.mac);
                }
            }
        }
        // Left alone, every question ends.
        while let Some(next) = cache.deadline() {
            prop_assert!(next < now + seconds(60));
            cache.handle_timeout(next);
            for output in outputs(&mut cache) {
                if let Output::Failed { packet, .. } = output {
                    prop_assert!(waiting.remove(&packet));
                }
            }
        }
        prop_assert!(waiting.is_empty());
    }
}

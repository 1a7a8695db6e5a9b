//! The rules of RFC 5681, RFC 6582, RFC 3042 and RFC 3465, each alone, and numbers nobody can guess.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::time::Duration;

use proptest::prelude::*;
use tcp::Seq;
use tcp::congestion::{Advice, InitialWindow, NewReno};
use tcp::cookie::Cookies;
use tcp::isn::Generator;

const SMSS: u32 = 1000;

fn reno() -> NewReno {
    NewReno::new(SMSS, InitialWindow::Rfc6928)
}

/// With `window` in congestion avoidance, and everything up to 100,000 acknowledged.
fn avoiding(window: u32) -> NewReno {
    let mut reno = reno();
    reno.timed_out(Seq(0), Seq(1), window * 2);
    while reno.cwnd() < window {
        let flight = reno.cwnd();
        reno.acknowledged(Seq(100_000), SMSS, flight);
    }
    assert_eq!((reno.cwnd(), reno.threshold()), (window, window));
    reno
}

/// In fast recovery for the segment at 100,000; `next` is 110,000, the threshold 5000.
fn recovering() -> NewReno {
    let mut reno = avoiding(10_000);
    let again: Vec<bool> =
        (0..4).map(|_| reno.duplicate(Seq(100_000), Seq(110_000), 10_000)).collect();
    assert_eq!(again, [false, false, true, false], "the third, and once");
    reno
}

/// RFC 5681 §3.1, RFC 6928 §2.
#[test]
fn initial_windows() {
    let bytes = |smss| [InitialWindow::Rfc5681, InitialWindow::Rfc6928].map(|w| w.bytes(smss));
    assert_eq!(bytes(536), [4 * 536, 10 * 536]);
    assert_eq!(bytes(1095), [4 * 1095, 10 * 1095]);
    assert_eq!(bytes(1096), [3 * 1096, 10 * 1096]);
    assert_eq!(bytes(1460), [3 * 1460, 14_600]);
    assert_eq!(bytes(2191), [2 * 2191, 14_600]);
    assert_eq!(bytes(8960), [2 * 8960, 2 * 8960]);
}

/// RFC 5681 §3.1: the window doubles each round trip; RFC 3465 §2.3: two segments for one
/// acknowledgment at most.
#[test]
fn slow_start_doubles() {
    let mut reno = reno();
    for round in 0..5 {
        let window = reno.cwnd();
        assert_eq!(window, 10_000 << round);
        for _ in 0..window / 2000 {
            assert_eq!(reno.acknowledged(Seq(0), 2000, window), Advice::Go);
        }
    }
    let before = reno.cwnd();
    reno.acknowledged(Seq(0), 50_000, before);
    assert_eq!(reno.cwnd(), before + 2000, "no burst");
    reno.acknowledged(Seq(0), 1, before);
    assert_eq!(reno.cwnd(), before + 2001, "an attacker who splits acknowledgments gains nothing");
}

/// RFC 5681 §3.1: about one segment each round trip.
#[test]
fn congestion_avoidance_adds_one_segment() {
    let mut reno = avoiding(10_000);
    for window in [10_000, 11_000, 12_000] {
        assert_eq!(reno.cwnd(), window);
        for _ in 0..window / SMSS {
            assert_eq!(reno.cwnd(), window);
            reno.acknowledged(Seq(100_000), SMSS, window);
        }
    }
}

/// What is left over after a segment was added counts for the next.
#[test]
fn congestion_avoidance_counts_every_byte() {
    let mut reno = avoiding(10_000);
    // 7 · 1500 is 500 too many for 10,000; with them, 7 more are enough for 11,000.
    for _ in 0..14 {
        reno.acknowledged(Seq(100_000), 1500, 11_000);
    }
    assert_eq!(reno.cwnd(), 12_000);
    let mut reno = avoiding(10_000);
    let grown = (1..100).find(|_| {
        reno.acknowledged(Seq(100_000), 1900, 12_000);
        reno.cwnd() == 13_000
    });
    assert_eq!(grown, Some(18), "33,000 bytes in pieces of 1900");
}

/// RFC 7661 §4.3: a window that nobody uses says nothing about the network.
#[test]
fn an_idle_window_does_not_grow() {
    let mut reno = reno();
    for _ in 0..100 {
        reno.acknowledged(Seq(0), 1000, 1000);
    }
    assert_eq!(reno.cwnd(), 10_000);
}

/// RFC 5681 §3.2, steps 2 to 4.
#[test]
fn the_third_duplicate_is_a_loss() {
    let reno = recovering();
    assert_eq!(reno.threshold(), 5000, "half of what was on the way");
    assert_eq!(reno.cwnd(), 5000 + 3000 + 1000, "each duplicate is a segment that has arrived");
    assert!(reno.is_recovering());
}

/// RFC 3042 §2.
#[test]
fn two_duplicates_let_two_segments_go() {
    let mut reno = avoiding(10_000);
    let mut windows = vec![reno.window()];
    for _ in 0..2 {
        reno.duplicate(Seq(100_000), Seq(110_000), 10_000);
        windows.push(reno.window());
    }
    assert_eq!(windows, [10_000, 11_000, 12_000]);
    assert_eq!(reno.cwnd(), 10_000, "cwnd itself must not change");
    reno.acknowledged(Seq(101_000), SMSS, 0);
    assert_eq!(reno.window(), 10_000, "it was but reordering");
}

/// RFC 6582 §3.2, step 3.
#[test]
fn a_partial_acknowledgment_finds_the_next_hole() {
    let mut reno = recovering();
    let advice = reno.acknowledged(Seq(102_000), 2000, 10_000);
    assert_eq!(advice, Advice::Retransmit { first: true });
    assert_eq!(reno.cwnd(), 9000 - 2000 + 1000, "deflated by what arrived, less one segment");
    let advice = reno.acknowledged(Seq(102_500), 500, 9000);
    assert_eq!(advice, Advice::Retransmit { first: false });
    assert_eq!(reno.cwnd(), 7500, "half a segment lets none go");
    let advice = reno.acknowledged(Seq(110_000), 7500, 9000);
    assert_eq!(advice, Advice::Recovered);
    assert_eq!(reno.cwnd(), 1500 + SMSS, "no burst: little is on the way");
    assert_eq!(reno.threshold(), 5000);
}

/// Or a peer that acknowledges byte by byte would stop us for good.
#[test]
fn deflating_leaves_room_for_a_segment() {
    let mut reno = recovering();
    for step in 1..30 {
        reno.acknowledged(Seq(100_000 + step * 300), 300, 10_000);
        assert!(reno.cwnd() >= SMSS);
    }
}

#[test]
fn a_full_acknowledgment_ends_with_the_threshold() {
    let mut reno = recovering();
    assert_eq!(reno.acknowledged(Seq(110_000), 10_000, 19_000), Advice::Recovered);
    assert_eq!(reno.cwnd(), 5000);
    assert!(!reno.is_recovering());
}

/// RFC 6582 §3.2, step 2: what was on the way before is one loss, and halves the window once.
#[test]
fn a_window_is_halved_once() {
    let mut reno = avoiding(10_000);
    reno.timed_out(Seq(100_000), Seq(110_000), 10_000);
    for una in [100_000, 105_000, 110_000] {
        reno.acknowledged(Seq(una), SMSS, 1000);
        for _ in 0..5 {
            assert!(!reno.duplicate(Seq(una), Seq(112_000), 2000), "duplicates of our own making");
        }
    }
    reno.acknowledged(Seq(111_000), SMSS, 2000);
    let again: Vec<bool> =
        (0..3).map(|_| reno.duplicate(Seq(111_000), Seq(115_000), 4000)).collect();
    assert_eq!(again, [false, false, true], "that is a new loss");
}

/// With RFC 6582's `recover` = ISS read to the letter, the first segment of all could not be lost
/// this way: its duplicates cover the SYN and nothing more.
#[test]
fn the_first_segment_can_be_lost() {
    let mut reno = reno();
    let again = [(); 3].map(|()| reno.duplicate(Seq(1), Seq(10_001), 10_000));
    assert_eq!(again, [false, false, true]);
}

/// An old `recover` must not come back as a new one.
#[test]
fn two_billion_bytes_after_a_loss() {
    let mut reno = recovering();
    reno.acknowledged(Seq(110_000), 10_000, 10_000);
    reno.acknowledged(Seq(111_000), 1000, 10_000);
    let far = Seq(110_000) + (1 << 31) + 1000;
    let again = [(); 3].map(|()| reno.duplicate(far, far + 10_000, 10_000));
    assert_eq!(again, [false, false, true]);
}

/// What was sent for each duplicate counts as flight, though as much has arrived: a loss must not
/// leave a higher threshold than the window was before it.
#[test]
fn a_timeout_in_fast_recovery_does_not_raise_the_threshold() {
    let mut reno = avoiding(20_000);
    for _ in 0..3 {
        reno.duplicate(Seq(100_000), Seq(120_000), 20_000);
    }
    assert_eq!(reno.threshold(), 10_000);
    reno.timed_out(Seq(100_000), Seq(151_000), 51_000);
    assert_eq!((reno.cwnd(), reno.threshold()), (SMSS, 10_000));
}

/// RFC 5681 §3.1, equation 4, and the paragraph behind it.
#[test]
fn a_timeout_begins_anew() {
    let mut reno = avoiding(10_000);
    reno.timed_out(Seq(100_000), Seq(110_000), 10_000);
    assert_eq!((reno.cwnd(), reno.threshold()), (SMSS, 5000));
    reno.timed_out(Seq(100_000), Seq(110_000), 1000);
    assert_eq!((reno.cwnd(), reno.threshold()), (SMSS, 5000), "the same segment: not again");
    reno.timed_out(Seq(105_000), Seq(110_000), 1000);
    assert_eq!(reno.threshold(), 2000, "another: two segments at least");
    // RFC 3465 §2.3: one segment for each acknowledgment while old data is sent again.
    let mut reno = avoiding(40_000);
    reno.timed_out(Seq(100_000), Seq(140_000), 40_000);
    reno.acknowledged(Seq(102_000), 2000, 1000);
    assert_eq!(reno.cwnd(), 2000);
}

/// RFC 5681 §4.1.
#[test]
fn after_a_pause_the_window_is_the_first_again() {
    let mut reno = avoiding(40_000);
    reno.restart();
    assert_eq!((reno.cwnd(), reno.threshold()), (10_000, 40_000));
    let mut small = avoiding(4000);
    small.restart();
    assert_eq!(small.cwnd(), 4000, "never a larger one");
    small.syn_lost();
    assert_eq!(small.cwnd(), SMSS);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happens in whatever order: there is always room for one segment, and never for more
    /// than a window can hold. Without that, a connection stops for ever.
    #[test]
    fn the_window_stays_within_bounds(
        smss in 0..70_000_u32,
        steps in prop::collection::vec((0..7_u8, any::<u32>(), any::<u32>()), 0..200),
    ) {
        let mut reno = NewReno::new(smss, InitialWindow::Rfc5681);
        for (step, a, b) in steps {
            match step {
                0 | 1 => { reno.acknowledged(Seq(a), b, b.wrapping_add(a)); }
                2 | 3 => { reno.duplicate(Seq(a), Seq(a) + b % 1000, b); }
                4 => reno.timed_out(Seq(a), Seq(a) + b % 1000, b),
                5 => reno.restart(),
                _ => reno.set_smss(b % 70_000),
            }
            prop_assert!(reno.cwnd() >= reno.smss());
            prop_assert!(reno.cwnd() <= 1 << 30);
            prop_assert!(reno.window() >= reno.cwnd());
        }
    }
}

fn end(last: u8, port: u16) -> SocketAddr {
    ([192, 0, 2, last], port).into()
}

/// RFC 6528 §3: each pair of ends has a space of its own.
#[test]
fn initial_numbers_of_others_tell_nothing() {
    let (generator, now) = (Generator::new([7, 8]), Duration::from_secs(5));
    let isns: HashSet<u32> =
        (0..1000).map(|port| generator.isn(end(1, 80), end(2, port), now).0).collect();
    assert_eq!(isns.len(), 1000);
    // If each followed from the one before, a few bits would never change.
    let changes = isns.iter().zip(isns.iter().skip(1)).fold(0, |all, (a, b)| all | (a ^ b));
    assert_eq!(changes, u32::MAX);
    let one = generator.isn(end(1, 80), end(2, 1024), now);
    assert_ne!(one, generator.isn(end(2, 1024), end(1, 80), now), "nor the other side's");
    assert_ne!(
        one,
        Generator::new([7, 9]).isn(end(1, 80), end(2, 1024), now),
        "nor another host's"
    );
    assert_ne!(one, generator.isn(end(3, 80), end(2, 1024), now), "nor another address's");
    assert!(!format!("{generator:?}").contains('7'), "nor a log's");
}

#[test]
fn a_cookie_says_which_mss() {
    let (cookies, now) = (Cookies::new([7, 8]), Duration::from_secs(1000));
    let told = |mss, v6: bool| {
        let remote = if v6 { "[2001:db8::1]:1024".parse().expect("an end") } else { end(2, 1024) };
        let cookie = cookies.make(end(1, 80), remote, Seq(99), mss, now);
        cookies.check(end(1, 80), remote, Seq(99), cookie, now)
    };
    let sizes = [64, 535, 536, 1219, 1460, 1461, 65_535].map(|mss| told(Some(mss), false));
    assert_eq!(sizes, [64, 64, 536, 536, 1460, 1460, 8960].map(Some));
    assert_eq!((told(None, false), told(None, true)), (Some(536), Some(1220)));
    assert_eq!(told(Some(0), false), Some(64));
}

#[test]
fn a_cookie_is_good_for_a_minute_and_for_one_syn() {
    let cookies = Cookies::new([7, 8]);
    for start in [0, 1, 63, 64, 2047, 2048, 1_000_000_u64] {
        let at = |secs| Duration::from_secs(start + secs);
        let cookie = cookies.make(end(1, 80), end(2, 1024), Seq(99), Some(1460), at(0));
        let good = |seconds| cookies.check(end(1, 80), end(2, 1024), Seq(99), cookie, at(seconds));
        assert_eq!((good(0), good(64), good(128)), (Some(1460), Some(1460), None));
        assert_eq!(good(64 * 32), None, "the five bits come again, the hash does not");
    }
    let now = Duration::from_secs(1000);
    let cookie = cookies.make(end(1, 80), end(2, 1024), Seq(99), Some(1460), now);
    let check = |local, remote, seq| cookies.check(local, remote, Seq(seq), cookie, now);
    assert_eq!(check(end(1, 80), end(2, 1025), 99), None);
    assert_eq!(check(end(1, 80), end(3, 1024), 99), None);
    assert_eq!(check(end(1, 81), end(2, 1024), 99), None);
    assert_eq!(check(end(1, 80), end(2, 1024), 98), None);
    let next = cookies.make(end(1, 80), end(2, 1024), Seq(100), Some(1460), now);
    assert_ne!(next - 100, cookie - 99, "who knows one cookie does not know the next");
    let other = Cookies::new([7, 9]);
    assert_eq!(other.check(end(1, 80), end(2, 1024), Seq(99), cookie, now), None);
}

/// 16 of 2^32 numbers are right, so a million guesses open a connection once in 268 times.
#[test]
fn guesses_do_not_open_connections() {
    let (cookies, now) = (Cookies::new([7, 8]), Duration::from_secs(1000));
    let guess = |at: u32| Seq(at.wrapping_mul(0x9e37_79b1));
    let right = (0..20_000)
        .filter(|at| cookies.check(end(1, 80), end(2, 1024), Seq(99), guess(*at), now).is_some());
    assert_eq!(right.count(), 0);
}

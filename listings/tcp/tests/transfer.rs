//! Two connections, a bad link, and many seeds.

use std::time::Duration;

use link_and_ip::link::memory::Conditions;
use tcp::connection::{Config, CongestionControl, State};
use tcp::pair::Pair;

const HOUR: Duration = Duration::from_secs(3600);

fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

#[test]
fn a_good_link_carries_both_ways() {
    let conditions = Conditions { delay: ms(10), ..Conditions::default() };
    let mut pair = Pair::new([Config::default(); 2], conditions, 1);
    pair.sides[0].to_write = vec![1; 300_000];
    pair.sides[1].to_write = vec![2; 200_000];
    pair.run(HOUR);
    assert!(pair.is_over());
    assert!(pair.sides[1].read == vec![1; 300_000]);
    assert!(pair.sides[0].read == vec![2; 200_000]);
    assert_eq!(pair.connection(0).stats().retransmits, 0);
    assert_eq!(pair.connection(1).stats().retransmits, 0);
    assert_eq!(pair.connection(0).error(), None);
}

/// Ten segments to begin with (RFC 6928 §2); without congestion control, all that the peer has room
/// for, which an unscaled window at the beginning says.
#[test]
fn the_first_flight() {
    for (congestion_control, flight) in
        [(CongestionControl::NewReno, 14_480), (CongestionControl::Off, 64_240)]
    {
        let config = Config { congestion_control, ..Config::default() };
        let conditions = Conditions { delay: ms(10), ..Conditions::default() };
        let mut pair = Pair::new([config; 2], conditions, 1);
        pair.sides[0].to_write = vec![1; 300_000];
        pair.run_until(ms(25));
        let in_flight = pair.connection(0).snapshot().flight;
        assert!(in_flight.abs_diff(flight) < 2000, "{in_flight} for {congestion_control:?}");
    }
}

/// Everything that a seed decides: how bad the link is, what the sides are like, and how much they
/// say.
fn any(seed: u64) -> Pair {
    let mut random = fastrand::Rng::with_seed(seed);
    let conditions = Conditions {
        loss: random.f64() * 0.2,
        duplicate: random.f64() * 0.1,
        corrupt: random.f64() * 0.05,
        reorder: random.f64() * 0.3,
        delay: ms(random.u64(..50)),
        held_back: ms(random.u64(..60)),
        bandwidth: random.bool().then(|| random.u64(500_000..20_000_000)),
        queue: None,
    };
    let mut config = || Config {
        receive_buffer: random.usize(1..50_000),
        send_buffer: random.usize(1..50_000),
        mss: random.u16(64..2000),
        nagle: random.bool(),
        delayed_ack: if random.bool() { ms(40) } else { ms(0) },
        timestamps: random.bool(),
        sack: random.bool(),
        user_timeout: HOUR,
        ..Config::default()
    };
    let mut pair = Pair::new([config(), config()], conditions, seed);
    for side in &mut pair.sides {
        let length = if random.bool() { random.usize(..20) } else { random.usize(..20_000) };
        side.to_write = (0..length).map(|_| random.u8(..)).collect();
        side.appetite = random.usize(1..4000);
    }
    pair
}

fn check(seed: u64) {
    let mut pair = any(seed);
    pair.run(50 * HOUR);
    let [a, b] = &pair.sides;
    assert!(pair.is_over(), "seed {seed}: {:#?}", pair.sides.map(|side| side.connection));
    assert!(a.read == b.to_write && b.read == a.to_write, "seed {seed}");
    for side in &pair.sides {
        let connection = side.connection.as_ref().unwrap();
        assert_eq!((connection.state(), connection.error()), (State::Closed, None), "seed {seed}");
    }
    assert!(pair.steps < 200_000, "seed {seed}: {} steps", pair.steps);
}

#[test]
fn any_link_carries_the_same_bytes() {
    for seed in 0..200 {
        check(seed);
    }
}

/// Seconds in a debug build. `cargo test -p tcp --test transfer -- --ignored`
#[test]
#[ignore = "needs seconds, and no peer: ci"]
fn any_link_carries_the_same_bytes_for_thousands_of_seeds() {
    for seed in 200..5000 {
        check(seed);
    }
}

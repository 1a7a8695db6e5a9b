//! Happy Eyeballs: the rules on a clock that does what it is told, and the sockets in a lab.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use addresses::lab::Lab;
use proptest::prelude::*;
use sockets::eyeballs::{
    ATTEMPT_DELAY, ConnectError, End, MAX_ADDRESSES, MIN_ATTEMPT_DELAY, Race, Step, connect,
    interleave,
};
use testkit::{Process, require, within};

const LIMIT: Duration = Duration::from_secs(60);

fn v6(number: u16) -> SocketAddr {
    SocketAddr::from(([0x2001, 0xdb8, 0, 0, 0, 0, 0, number], 80))
}

fn v4(number: u8) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, number], 80))
}

#[test]
fn families_take_turns_and_the_first_stays_first() {
    let list = [v6(1), v6(2), v6(3), v4(1), v6(1)];
    assert_eq!(interleave(&list), [v6(1), v4(1), v6(2), v6(3)]);
    assert_eq!(interleave(&[v4(1), v4(2), v6(1)]), [v4(1), v6(1), v4(2)]);
    assert_eq!(interleave(&[]), []);
}

#[test]
fn many_of_one_family_leave_room_for_the_other() {
    let list: Vec<_> = (0..100).map(v6).chain([v4(1)]).collect();
    let turns = interleave(&list);
    assert_eq!(turns.len(), MAX_ADDRESSES);
    assert_eq!(turns[..3], [v6(0), v4(1), v6(1)]);
}

#[test]
fn a_delay_has_its_bounds() {
    for (delay, taken) in [(Duration::ZERO, ms(10)), (Duration::MAX, ms(2000))] {
        let now = Instant::now();
        let mut race = Race::new(&[v6(1), v4(1)], delay, now);
        assert_eq!(race.step(now), Step::Start(v6(1)));
        assert_eq!(race.step(now), Step::Wait(Some(now + taken)));
    }
}

#[test]
fn the_same_address_twice_is_two_attempts() {
    let now = Instant::now();
    let mut race = Race::new(&[v4(1), v4(1)], ATTEMPT_DELAY, now);
    assert_eq!(race.step(now), Step::Start(v4(1)));
    assert_eq!(race.step(now + ATTEMPT_DELAY), Step::Start(v4(1)));
    race.failed(v4(1), now + ATTEMPT_DELAY);
    assert_eq!(race.step(now + ATTEMPT_DELAY), Step::Wait(None), "one is under way");
}

/// Lets a race run on a clock of its own. `fates` says how long each attempt takes, and whether it
/// fails at the end; without an entry it never ends. Returns the starts, and the winner.
fn play(
    addresses: &[SocketAddr],
    fates: &BTreeMap<SocketAddr, (Duration, bool)>,
) -> (Vec<(SocketAddr, Duration)>, Option<SocketAddr>) {
    let zero = Instant::now();
    let mut now = zero;
    let mut race = Race::new(addresses, ATTEMPT_DELAY, now);
    let mut open: Vec<(Instant, SocketAddr, bool)> = Vec::new();
    let mut starts = Vec::new();
    loop {
        match race.step(now) {
            Step::Start(address) => {
                starts.push((address, now - zero));
                if let Some(&(takes, fails)) = fates.get(&address) {
                    open.push((now + takes, address, fails));
                }
            }
            Step::Lost => return (starts, None),
            Step::Wait(until) => {
                open.sort();
                let first = open.first().copied();
                match (first, until) {
                    (Some((at, ..)), Some(until)) if until < at => now = until,
                    (None, Some(until)) => now = until,
                    (None, None) => return (starts, None), // the limit would end it
                    (Some((at, address, fails)), _) => {
                        now = at;
                        if !fails {
                            return (starts, Some(address));
                        }
                        open.remove(0);
                        race.failed(address, now);
                    }
                }
            }
        }
    }
}

fn ms(number: u64) -> Duration {
    Duration::from_millis(number)
}

#[test]
fn a_hole_costs_one_delay() {
    let fates = BTreeMap::from([(v4(1), (ms(20), false))]);
    let (starts, winner) = play(&[v6(1), v4(1), v6(2)], &fates);
    assert_eq!(starts, [(v6(1), ms(0)), (v4(1), ms(250))]);
    assert_eq!(winner, Some(v4(1)));
}

#[test]
fn a_quick_answer_leaves_the_others_alone() {
    let fates = BTreeMap::from([(v6(1), (ms(249), false)), (v4(1), (ms(1), false))]);
    let (starts, winner) = play(&[v6(1), v4(1)], &fates);
    assert_eq!(starts, [(v6(1), ms(0))]);
    assert_eq!(winner, Some(v6(1)));
}

#[test]
fn a_slow_first_may_still_win() {
    let fates = BTreeMap::from([(v6(1), (ms(300), false)), (v4(1), (ms(100), false))]);
    let (starts, winner) = play(&[v6(1), v4(1)], &fates);
    assert_eq!(starts.len(), 2);
    assert_eq!(winner, Some(v6(1)));
}

#[test]
fn a_failure_starts_the_next_but_not_sooner_than_after_10_ms() {
    let fates = BTreeMap::from([(v6(1), (ms(0), true)), (v4(1), (ms(100), true))]);
    let (starts, winner) = play(&[v6(1), v4(1), v6(2)], &fates);
    assert_eq!(starts, [(v6(1), ms(0)), (v4(1), ms(10)), (v6(2), ms(110))]);
    assert_eq!(winner, None);
}

proptest! {
    #[test]
    fn the_rules_hold_whatever_happens(
        numbers in prop::collection::vec((any::<bool>(), 0u8..12), 0..40),
        fates in prop::collection::vec(prop::option::of((0u64..2000, any::<bool>())), 40),
    ) {
        let list: Vec<_> = numbers
            .iter()
            .map(|&(six, number)| if six { v6(number.into()) } else { v4(number) })
            .collect();
        let addresses = interleave(&list);
        prop_assert!(addresses.len() <= MAX_ADDRESSES);
        let fates: BTreeMap<_, _> = addresses
            .iter()
            .zip(&fates)
            .filter_map(|(address, fate)| fate.map(|(takes, fails)| (*address, (ms(takes), fails))))
            .collect();
        let (starts, winner) = play(&addresses, &fates);
        // In order, each once, never closer than 10 ms, never further apart than the delay.
        let order: Vec<_> = starts.iter().map(|(address, _)| *address).collect();
        prop_assert_eq!(&order[..], &addresses[..order.len()]);
        for pair in starts.windows(2) {
            let (earliest, latest) = (pair[0].1 + MIN_ATTEMPT_DELAY, pair[0].1 + ATTEMPT_DELAY);
            prop_assert!((earliest..=latest).contains(&pair[1].1), "{:?}", starts);
        }
        // Whoever could have answered is not given up.
        let willing = fates.values().any(|(_, fails)| !fails);
        prop_assert_eq!(winner.is_some(), willing);
        if winner.is_none() {
            prop_assert_eq!(order.len(), addresses.len());
        }
    }
}

#[test]
fn the_winner_is_a_blocking_stream_to_the_server() {
    within(LIMIT, "the race", || {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let addresses = [closed, server.local_addr().unwrap()];
        let (stream, tried) = connect(&addresses, ms(2000), LIMIT).unwrap();
        assert_eq!(stream.peer_addr().unwrap(), addresses[1]);
        let flags = rustix::fs::fcntl_getfl(&stream).unwrap();
        assert!(!flags.contains(rustix::fs::OFlags::NONBLOCK));
        assert!(matches!(&tried[0].end, End::Failed(error)
            if error.kind() == std::io::ErrorKind::ConnectionRefused));
        assert!(matches!(tried[1].end, End::Won));
        assert!(tried[1].at < ms(2000), "a failure ends the delay: {:?}", tried[1].at);
    });
}

#[test]
fn every_end_is_told() {
    within(LIMIT, "the races", || {
        assert!(matches!(connect(&[], ATTEMPT_DELAY, LIMIT), Err(ConnectError::NoAddress)));
        let closed = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let Err(ConnectError::AllFailed(tried)) =
            connect(&[closed(), closed()], ATTEMPT_DELAY, LIMIT)
        else {
            panic!("nobody listens there");
        };
        assert_eq!(tried.len(), 2);
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let late = connect(&[server.local_addr().unwrap()], ATTEMPT_DELAY, Duration::ZERO);
        assert!(matches!(late, Err(ConnectError::TimedOut(tried)) if tried.len() == 1));
        assert!(tried.iter().all(|one| matches!(one.end, End::Failed(_))));
    });
}

/// A lab with a router that throws away whatever goes to `2001:db8:bad::/48`.
fn lab_with_a_hole() -> Lab {
    let lab = Lab::open().unwrap();
    let router = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo/router.ip");
    let made = Process::start(lab.command("ip").arg("-batch").arg(router)).unwrap();
    let made = made.finish(LIMIT).unwrap();
    assert!(made.status.success(), "{}", made.text());
    lab
}

fn example() -> Command {
    Command::new(testkit::example("eyeballs"))
}

/// The time, the address and the end of each line.
fn lines(command: &mut Command) -> Vec<(u64, String, String)> {
    let finished = Process::start(command).unwrap().finish(LIMIT).unwrap();
    let text = finished.text();
    assert!(finished.status.success(), "{text}");
    let parse = |line: &str| {
        let (time, rest) = line.trim().split_once(" ms  ")?;
        let (address, end) = rest.split_once("  ")?;
        Some((time.parse().ok()?, address.to_owned(), end.to_owned()))
    };
    text.lines().map(|line| parse(line).expect("a line of a timeline")).collect()
}

#[test]
#[ignore = "needs ip, curl and python3: ci/setup.sh"]
fn in_a_lab_with_a_hole_it_does_what_curl_does() {
    let (curl, python) = (require("curl"), require("python3"));
    let lab = lab_with_a_hole();
    let mut server = lab.command(python);
    server.args(["-u", "-m", "http.server", "--bind", "192.0.2.1", "80"]);
    let server = Process::start(&mut server).unwrap();
    server.wait_for_text("Serving", LIMIT).unwrap();

    let addresses = ["[2001:db8:bad::1]:80", "192.0.2.1:80"];
    let mut ours = lab.command(example().get_program());
    let [hole, other] = &lines(ours.args(addresses))[..] else { panic!("two attempts") };
    assert_eq!((hole.0, hole.2.as_str()), (0, "canceled"));
    assert!((250..1000).contains(&other.0), "{}", other.0);
    assert_eq!((other.1.as_str(), other.2.as_str()), ("192.0.2.1:80", "connected"));

    let mut in_turn = lab.command(example().get_program());
    let [_, other] = &lines(in_turn.arg("--in-turn").args(addresses))[..] else {
        panic!("two attempts")
    };
    assert!(other.0 >= 1000, "{}", other.0);

    let mut theirs = lab.command(curl);
    theirs.args(["-s", "-o", "/dev/null", "--happy-eyeballs-timeout-ms", "250", "--resolve"]);
    theirs.args(["two.test:80:[2001:db8:bad::1],192.0.2.1", "-w", "%{remote_ip} %{time_connect}"]);
    let finished = Process::start(theirs.arg("http://two.test/")).unwrap().finish(LIMIT).unwrap();
    let text = finished.text();
    let (address, seconds) = text.split_once(' ').expect("two words");
    assert_eq!(address, "192.0.2.1");
    let seconds: f64 = seconds.trim().parse().unwrap();
    assert!((0.25..1.0).contains(&seconds), "{seconds}");
}

//! Does a program sleep while it waits?

use std::thread;
use std::time::{Duration, Instant};

use super::LIMIT;

/// How often it may wake up and find nothing to do: twice as often as the chat server, which tries
/// again after 100 ms.
const WAKE_UP: Duration = Duration::from_millis(50);

/// The letter that `/proc` has for what a process does: `S` sleeps, `R` runs or would like to.
fn state(id: u32) -> char {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap();
    // The name before it ends with `)`.
    stat.rsplit(") ").next().and_then(|rest| rest.chars().next()).unwrap()
}

/// How often it has gone to sleep by itself.
fn sleeps(id: u32) -> u32 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
    line.unwrap().trim().parse().unwrap()
}

/// Looks every 10 ms until a process was found asleep 20 times. One that is busy wants to run at
/// every look, however little a loaded machine lets it; one that naps and looks again goes to sleep
/// too often.
pub(crate) fn assert_sleeps(id: u32, what: &str) {
    let (start, before) = (Instant::now(), sleeps(id));
    let mut asleep = 0;
    while asleep < 20 {
        assert!(start.elapsed() < LIMIT, "{what}: it does not sleep");
        thread::sleep(Duration::from_millis(10));
        asleep += u32::from(state(id) == 'S');
    }
    let (times, took) = (sleeps(id) - before, start.elapsed());
    assert!(WAKE_UP * times <= took + 2 * WAKE_UP, "{what}: woke up {times} times in {took:?}");
}

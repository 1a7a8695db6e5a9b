//! Does a program sleep while it waits?

use std::thread;
use std::time::{Duration, Instant};

/// The letter that `/proc` has for what a process does: `S` sleeps, `R` runs or would like to.
fn state(id: u32) -> char {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap();
    // The name before it ends with `)`.
    stat.rsplit(") ").next().and_then(|rest| rest.chars().next()).unwrap()
}

/// Waits until a process has slept for 200 ms. One that is busy wants to run at every look, however
/// little a loaded machine lets it.
pub(crate) fn assert_sleeps(id: u32, what: &str) {
    let deadline = Instant::now() + Duration::from_secs(10);
    let mut asleep = 0;
    while asleep < 20 {
        assert!(Instant::now() < deadline, "{what}: it does not sleep");
        thread::sleep(Duration::from_millis(10));
        asleep = if state(id) == 'S' { asleep + 1 } else { 0 };
    }
}

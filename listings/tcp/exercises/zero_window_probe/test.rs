//! `cargo test -p tcp --test zero_window_probe`

#[cfg_attr(feature = "solutions", path = "solution.rs")]
#[cfg_attr(not(feature = "solutions"), path = "exercise.rs")]
mod exercise;

use std::time::Duration;

use exercise::{LONGEST, Persist};

const SECOND: Duration = Duration::from_secs(1);

/// When the sender learns that the window has opened at `opens`, if the segment that says so gets
/// lost. `None` if it never does.
fn learns(opens: Duration) -> Option<Duration> {
    let mut persist = Persist::closed(SECOND, Duration::ZERO);
    for _ in 0..10_000 {
        let now = persist.deadline()?;
        if now >= opens {
            return Some(now);
        }
        persist.probed(now);
        assert!(persist.deadline().is_none_or(|next| next > now), "a probe that is due for ever");
    }
    None
}

#[test]
fn a_window_whose_opening_got_lost() {
    assert_eq!(learns(Duration::from_secs(10)), Some(Duration::from_secs(15)));
}

#[test]
fn an_open_window_is_not_probed() {
    let mut persist = Persist::closed(SECOND, Duration::ZERO);
    persist.probed(SECOND);
    persist.opened();
    assert_eq!(persist.deadline(), None);
}

#[test]
fn a_peer_that_sleeps_for_a_day_is_found() {
    let day = Duration::from_secs(24 * 3600);
    let found = learns(day).expect("the sender never learns that the window is open");
    assert!(found < day + LONGEST + SECOND, "{found:?}");
}

#[test]
fn probes_get_rare() {
    let mut persist = Persist::closed(SECOND, Duration::ZERO);
    let mut times = Vec::new();
    while let Some(now) = persist.deadline().filter(|_| times.len() < 9) {
        times.push(now.as_secs());
        persist.probed(now);
    }
    assert_eq!(times, [1, 3, 7, 15, 31, 63, 123, 183, 243]);
}

//! One server, measured in two ways, without a machine that could disturb: 1 ms for a request, and
//! once in ten seconds it does nothing for a second.

use std::time::Duration;

const WORK: Duration = Duration::from_millis(1);
const STALL: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(6));
const END: Duration = Duration::from_secs(10);

fn main() {
    println!("             requests       p50       p99     p99.9");
    show("closed loop", closed());
    show("open loop", open(500));
}

// ANCHOR: loops
/// The next request is sent when the last is answered.
fn closed() -> Vec<Duration> {
    let (mut now, mut times) = (Duration::ZERO, Vec::new());
    while now < END {
        let sent = now;
        now = answered(sent);
        times.push(now.saturating_sub(sent));
    }
    times
}

/// So many requests a second, each at its time.
fn open(rate: u32) -> Vec<Duration> {
    let (mut free, mut times) = (Duration::ZERO, Vec::new());
    for number in 0..10 * rate {
        let due = Duration::from_secs(1) * number / rate;
        free = answered(due.max(free)); // the server takes them one after the other
        times.push(free.saturating_sub(due));
    }
    times
}
// ANCHOR_END: loops

/// When a request is answered that the server takes at `start`.
fn answered(start: Duration) -> Duration {
    let start = if start >= STALL.0 && start < STALL.1 { STALL.1 } else { start };
    start + WORK
}

fn show(name: &str, mut times: Vec<Duration>) {
    times.sort();
    let at = |per_mille: usize| times[(times.len() - 1) * per_mille / 1000].as_millis();
    let (p50, p99, p999) = (at(500), at(990), at(999));
    println!("{name:12} {:>8} {p50:>6} ms {p99:>6} ms {p999:>6} ms", times.len());
}

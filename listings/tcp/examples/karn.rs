//! Round trips take 1.1 s, and the timer begins with 1 s. What is measured, if the answer to the
//! first copy of a segment is taken for the answer to the last (RFC 6298 §3)?
//! `cargo run -p tcp --example karn`

use std::time::Duration;

use tcp::rto::Estimator;

const ROUND_TRIP: Duration = Duration::from_millis(1100);

// ANCHOR: naive
/// Sends one segment after the other. Gives the copies that were sent of each, and the timeout
/// after it.
fn send(segments: usize, naive: bool) -> Vec<(u32, Duration)> {
    let second = Duration::from_secs(1);
    let mut estimator = Estimator::new(second, second / 5, 60 * second);
    let mut sent = Vec::new();
    for _ in 0..segments {
        let (mut copies, mut last) = (1, Duration::ZERO);
        while last + estimator.rto() < ROUND_TRIP {
            last += estimator.rto();
            estimator.back_off();
            copies += 1;
        }
        if naive || copies == 1 {
            estimator.sample(ROUND_TRIP.saturating_sub(last));
        }
        sent.push((copies, estimator.rto()));
    }
    sent
}
// ANCHOR_END: naive

fn main() {
    println!("{:>7}  {:>22}  {:>22}", "", "from the last copy", "Karn's");
    println!(
        "{:>7}  {:>8} {:>13}  {:>8} {:>13}",
        "segment", "copies", "timeout", "copies", "timeout"
    );
    for (at, (naive, karn)) in send(8, true).iter().zip(send(8, false)).enumerate() {
        let line =
            |(copies, rto): (u32, Duration)| format!("{copies:>8} {:>10} ms", rto.as_millis());
        println!("{:>7}  {}  {}", at + 1, line(*naive), line(karn));
    }
}

//! How fast is a link of 100 Mbit/s, if its round trip takes a while? It depends on the window
//! (RFC 7323 §1.1). `cargo run -p tcp --example long_fat`

use std::time::Duration;

use link_and_ip::link::memory::Conditions;
use tcp::connection::Config;
use tcp::pair::Pair;

const BANDWIDTH: u64 = 100_000_000;
const BYTES: usize = 4_000_000;

/// Mbit/s, from the moment when the window is in full use.
fn goodput(round_trip: Duration, window: usize) -> f64 {
    let conditions =
        Conditions { delay: round_trip / 2, bandwidth: Some(BANDWIDTH), ..Conditions::default() };
    let config = Config { receive_buffer: window, send_buffer: BYTES, ..Config::default() };
    let mut pair = Pair::new([config; 2], conditions, 1);
    pair.sides[0].to_write = vec![b'x'; BYTES];
    let mut half = None;
    while !pair.sides[1].ended && pair.step() {
        let read = pair.sides[1].read.len();
        if half.is_none() && read >= BYTES / 2 {
            half = Some((pair.now, read));
        }
    }
    let (since, before) = half.unwrap_or_default();
    let bits = (BYTES - before) * 8;
    bits as f64 / pair.now.saturating_sub(since).as_secs_f64() / 1e6
}

fn main() {
    println!("{:>10} {:>9} {:>15} {:>12}", "round trip", "window", "window per trip", "measured");
    for round_trip in [1, 10, 100].map(Duration::from_millis) {
        for window in [65_535, 1 << 20] {
            let most = window as f64 * 8.0 / round_trip.as_secs_f64() / 1e6;
            let ms = round_trip.as_millis();
            let measured = goodput(round_trip, window);
            println!("{ms:>7} ms {window:>9} {most:>8.1} Mbit/s {measured:>5.1} Mbit/s");
        }
    }
}

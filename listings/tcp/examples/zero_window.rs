//! The reader sleeps, its window closes, and the segment that opens it again gets lost. Who notices?
//! `cargo run -p tcp --example zero_window`

use std::time::Duration;

use link_and_ip::link::memory::{Conditions, Verdict};
use tcp::connection::Config;
use tcp::pair::Pair;
use tcp::segment::Segment;
use tcp::trace::HEADING;

fn main() {
    let conditions = Conditions { delay: Duration::from_millis(10), ..Conditions::default() };
    let sleepy = Config { receive_buffer: 4000, ..Config::default() };
    let mut pair = Pair::new([Config::default(), sleepy], conditions, 1);
    pair.sides[0].to_write = vec![b'x'; 6000];
    pair.sides[1].closes = false;
    pair.sides[1].appetite = 0;
    let (from, to) = (pair.sides[1].address.ip(), pair.sides[0].address.ip());
    let mut closed = false;
    let mut lost = false;
    pair.link.filter(move |port, bytes| {
        let Ok(segment) = Segment::parse(bytes, from, to) else { return Verdict::Pass };
        closed |= port == 1 && segment.header.window == 0;
        let opens = port == 1 && closed && segment.header.window > 0;
        if opens && !lost {
            lost = true;
            return Verdict::Lose;
        }
        Verdict::Pass
    });
    pair.trace(["writer", "reader"]);
    pair.run_until(Duration::from_secs(2));
    println!(
        "the reader wakes up at {} ms; the window that it offers gets lost",
        pair.now.as_millis()
    );
    pair.sides[1].appetite = usize::MAX;
    while !pair.sides[1].ended && pair.step() {}
    println!("{HEADING}");
    for row in &pair.rows {
        println!("{row}");
    }
    println!("probes: {}", pair.connection(0).stats().probes);
}

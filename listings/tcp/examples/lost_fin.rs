//! The last acknowledgment of a connection gets lost, three times: what TIME-WAIT is good for
//! (RFC 9293 §3.6.1). `cargo run -p tcp --example lost_fin`

use std::time::Duration;

use link_and_ip::link::memory::{Conditions, Verdict};
use tcp::connection::Config;
use tcp::pair::Pair;
use tcp::segment::Segment;
use tcp::trace::HEADING;

fn main() {
    let conditions = Conditions { delay: Duration::from_millis(10), ..Conditions::default() };
    let config = Config { time_wait: Duration::from_secs(60), ..Config::default() };
    let mut pair = Pair::new([config; 2], conditions, 1);
    let (from, to) = (pair.sides[0].address.ip(), pair.sides[1].address.ip());
    let mut fin = false;
    let mut left = 3;
    pair.link.filter(move |port, bytes| {
        let Ok(segment) = Segment::parse(bytes, from, to) else { return Verdict::Pass };
        let last = port == 0 && fin && !segment.header.flags.fin;
        fin |= port == 0 && segment.header.flags.fin;
        if last && left > 0 {
            left -= 1;
            return Verdict::Lose;
        }
        Verdict::Pass
    });
    pair.trace(["first", "second"]);
    // The second side closes when it knows that the first one has. Otherwise both would close at
    // once, and both wait.
    pair.sides[1].closes = false;
    while !pair.sides[1].ended && pair.step() {}
    pair.sides[1].closes = true;
    pair.run_until(Duration::from_secs(2));
    println!("{HEADING}");
    for row in &pair.rows {
        println!("{row}");
    }
    let [first, second] = [0, 1].map(|side| pair.connection(side).state());
    println!("first: {first}, second: {second}");
    pair.run(Duration::from_secs(3600));
    println!("TIME-WAIT ends after {:.3} s", pair.now.as_secs_f64());
}

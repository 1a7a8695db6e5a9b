//! 10 MB through 5 % loss, with and without selective acknowledgments (RFC 2018).
//! `cargo run -p tcp --example repair`

use std::time::Duration;

use link_and_ip::link::memory::Conditions;
use tcp::connection::Config;
use tcp::pair::Pair;

fn main() {
    println!("{:<26} {:>8} {:>12} {:>9}", "", "time", "sent again", "timeouts");
    for (name, helped) in [("only the number", false), ("blocks and timestamps", true)] {
        let config = Config { sack: helped, timestamps: helped, ..Config::default() };
        let conditions = Conditions {
            loss: 0.05,
            delay: Duration::from_millis(10),
            bandwidth: Some(100_000_000),
            ..Conditions::default()
        };
        let mut pair = Pair::new([config; 2], conditions, 7);
        pair.sides[0].to_write = vec![b'x'; 10_000_000];
        pair.run_transfer(Duration::from_secs(3600));
        let (now, stats) = (pair.now, *pair.connection(0).stats());
        let seconds = now.as_secs_f64();
        println!("{name:<26} {seconds:>6.1} s {:>12} {:>9}", stats.retransmits, stats.timeouts);
    }
}

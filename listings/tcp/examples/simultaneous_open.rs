//! Both sides connect to each other at once, and no one listens (RFC 9293 §3.5, figure 7).
//! `cargo run -p tcp --example simultaneous_open`

use std::time::Duration;

use link_and_ip::link::memory::Conditions;
use tcp::connection::Config;
use tcp::pair::Pair;
use tcp::trace::HEADING;
use tcp::{Connection, Seq};

fn main() {
    let conditions = Conditions { delay: Duration::from_millis(10), ..Conditions::default() };
    let mut pair = Pair::new([Config::default(); 2], conditions, 1);
    let (local, remote) = (pair.sides[1].address, pair.sides[0].address);
    pair.sides[1].connection =
        Some(Connection::connect(Config::default(), local, remote, Seq(7), Duration::ZERO));
    for side in &mut pair.sides {
        side.to_write = b"hello".to_vec();
        side.closes = false;
    }
    pair.trace(["a", "b"]);
    pair.run(Duration::from_secs(1));
    println!("{HEADING}");
    for row in &pair.rows {
        println!("{row}");
    }
    let states = [0, 1].map(|side| pair.connection(side).state().to_string());
    println!("a: {}, b: {}", states[0], states[1]);
}

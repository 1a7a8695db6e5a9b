//! Somebody who cannot see a connection sends RSTs into it (RFC 5961 §3): what does each guess do?
//! `cargo run -p tcp --example guess_reset`

use std::time::Duration;

use link_and_ip::link::memory::Conditions;
use tcp::connection::{Config, State};
use tcp::pair::Pair;
use tcp::segment::{Flags, Header, Segment};

fn main() {
    println!("{:<34} {:<12} {:>10}", "RST with number", "state", "challenges");
    for (name, offset) in [
        ("RCV.NXT - 1", -1_i32),
        ("RCV.NXT", 0),
        ("RCV.NXT + 1", 1),
        ("the last one of the window", 65_535),
        ("the first one behind the window", 65_536),
        ("half of all numbers ahead", i32::MAX),
    ] {
        let (state, challenges) = guess(offset);
        println!("{name:<34} {state:<12} {challenges:>10}");
    }
}

/// What has become of a connection, and how often it asked back.
fn guess(offset: i32) -> (State, u64) {
    let config = Config { receive_buffer: 65_536, ..Config::default() };
    let conditions = Conditions { delay: Duration::from_millis(5), ..Conditions::default() };
    let mut pair = Pair::new([config; 2], conditions, 1);
    pair.sides[0].closes = false;
    pair.sides[1].closes = false;
    pair.run(Duration::from_secs(1));
    let (from, to) = (pair.sides[1].address, pair.sides[0].address);
    let now = pair.now;
    let connection = pair.connection(0);
    let header = Header {
        source: from.port(),
        destination: to.port(),
        seq: connection.snapshot().rcv_nxt + offset.cast_unsigned(),
        flags: Flags::RST,
        ..Header::default()
    };
    connection.receive(&Segment { header, payload: &[] }, now);
    (connection.state(), connection.stats().challenge_acks)
}

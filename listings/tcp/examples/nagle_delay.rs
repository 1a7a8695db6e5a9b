//! A question in two writes: how long until the answer? Nagle's algorithm (RFC 9293 §3.7.4) and
//! delayed acknowledgments (§3.8.6.3) are each right, and wait for each other.
//! `cargo run -p tcp --example nagle_delay`, with `trace` for what was sent in the slowest case.

use std::time::Duration;

use link_and_ip::link::memory::Conditions;
use tcp::connection::Config;
use tcp::pair::Pair;
use tcp::trace::{HEADING, Row};

/// The server answers a question of this many bytes with one byte.
const QUESTION: usize = 200;

/// How long a question takes that is written in pieces of so many bytes, and what was sent.
fn ask(client: Config, server: Config, pieces: &[usize]) -> (Duration, Vec<Row>) {
    let conditions = Conditions { delay: Duration::from_millis(5), ..Conditions::default() };
    let mut pair = Pair::new([client, server], conditions, 1);
    for side in &mut pair.sides {
        side.closes = false;
    }
    pair.trace(["client", "server"]);
    pair.run_until(Duration::from_secs(1));
    let asked = pair.now;
    for piece in pieces {
        let now = pair.now;
        pair.connection(0).write(&vec![b'?'; *piece], now).expect("there is room");
        pair.flush();
    }
    while pair.sides[0].read.is_empty() {
        pair.run_until(pair.now + Duration::from_millis(1));
        if pair.sides[1].read.len() == QUESTION {
            pair.sides[1].to_write = b"!".to_vec();
        }
    }
    let mut rows = std::mem::take(&mut pair.rows);
    rows.retain(|row| row.at >= asked);
    for row in &mut rows {
        row.at -= asked;
    }
    (pair.now.saturating_sub(asked), rows)
}

/// Both ends with what each may wait for.
fn configs(nagle: bool, delayed: bool) -> [Config; 2] {
    let delayed_ack = if delayed { Duration::from_millis(40) } else { Duration::ZERO };
    let client = Config { nagle, ..Config::default() };
    [client, Config { delayed_ack, ..Config::default() }]
}

fn main() {
    if std::env::args().nth(1).as_deref() == Some("trace") {
        let [client, server] = configs(true, true);
        println!("{HEADING}");
        for row in ask(client, server, &[QUESTION / 2; 2]).1 {
            println!("{row}");
        }
        return;
    }
    println!("round trip 10 ms, question of {QUESTION} bytes, delayed acknowledgments of 40 ms\n");
    println!("{:<6} {:<8} {:>10} {:>14}", "Nagle", "delayed", "one write", "two writes");
    for nagle in [true, false] {
        for delayed in [true, false] {
            let [client, server] = configs(nagle, delayed);
            let one = ask(client, server, &[QUESTION]).0.as_millis();
            let two = ask(client, server, &[QUESTION / 2; 2]).0.as_millis();
            let word = |set| if set { "on" } else { "off" };
            println!("{:<6} {:<8} {one:>7} ms {two:>11} ms", word(nagle), word(delayed));
        }
    }
}

//! A reader that takes a few bytes at a time. What if each of them is offered at once
//! (RFC 9293 §3.8.6.2)? `cargo run -p tcp --example silly_window`

use std::time::Duration;

use link_and_ip::link::memory::Conditions;
use tcp::connection::Config;
use tcp::pair::Pair;

const BUFFER: usize = 4000;
const BYTES: usize = 40_000;
/// What is read at a time, once a millisecond.
const APPETITE: usize = 50;
const HEADERS: usize = 40;

// ANCHOR: naive
/// Segments that go if the receiver offers all room that it has, and the sender uses it.
fn naive() -> usize {
    let (mut sent, mut buffered, mut segments) = (0, 0, 0);
    while sent < BYTES {
        let window = BUFFER - buffered;
        let mut length = window.min(BYTES - sent);
        sent += length;
        buffered += length;
        while length > 0 {
            length = length.saturating_sub(1460);
            segments += 1;
        }
        buffered -= APPETITE.min(buffered);
    }
    segments
}
// ANCHOR_END: naive

fn ours() -> usize {
    let config = Config { receive_buffer: BUFFER, timestamps: false, ..Config::default() };
    let mut pair = Pair::new([config; 2], Conditions::default(), 1);
    pair.sides[0].to_write = vec![b'x'; BYTES];
    pair.sides[1].appetite = 0;
    pair.trace(["writer", "reader"]);
    let mut read = 0;
    while read < BYTES {
        pair.run_until(pair.now + Duration::from_millis(1));
        let mut some = [0; APPETITE];
        read += pair.connection(1).read(&mut some).unwrap_or(0);
    }
    pair.rows.iter().filter(|row| row.length > 0).count()
}

fn main() {
    println!(
        "{:<34} {:>8} {:>8} {:>8}",
        "40,000 bytes, read by 50", "segments", "average", "headers"
    );
    for (name, segments) in [("what there is room for, at once", naive()), ("ours", ours())] {
        let (average, headers) = (BYTES / segments, segments * HEADERS);
        println!("{name:<34} {segments:>8} {average:>8} {headers:>8}");
    }
}

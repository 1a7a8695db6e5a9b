//! What happens to an entry of a neighbor cache. Time is an argument, so minutes take no time.
//!
//! `neighbor_life` shows the states one after the other; `neighbor_life flood` asks for 100,000
//! addresses that nobody has.

use std::net::Ipv4Addr;
use std::time::Duration;

use addresses::Mac;
use link_and_ip::neighbor::{Cache, Config, Heard, Output};

const BOB: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);
const CARD: Mac = Mac([2, 0, 0, 0, 0, 2]);

fn main() {
    let mut cache = Cache::new(Config::default(), 1);
    if std::env::args().nth(1).is_some_and(|word| word == "flood") {
        flood(&mut cache);
    } else {
        life(&mut cache);
    }
}

// ANCHOR: life
fn life(cache: &mut Cache<Ipv4Addr, u32>) {
    let seconds = Duration::from_secs;
    cache.resolve(BOB, 1, seconds(0));
    show(cache, "packet 1 for Bob", seconds(0));
    cache.heard(BOB, Heard::Reply { mac: CARD }, seconds(1));
    show(cache, "Bob answers", seconds(1));
    cache.handle_timeout(seconds(60));
    show(cache, "", seconds(60));
    if let Some((mac, packet)) = cache.resolve(BOB, 2, seconds(61)) {
        show(cache, &format!("packet {packet} goes to {mac} at once"), seconds(61));
    }
    while let Some(due) = cache.deadline() {
        cache.handle_timeout(due);
        show(cache, "", due);
    }
}
// ANCHOR_END: life

/// Prints the state, and what the cache wants done.
fn show(cache: &mut Cache<Ipv4Addr, u32>, what: &str, now: Duration) {
    let mut line = format!("{:3} s  {:10}", now.as_secs(), state(cache, now));
    if !what.is_empty() {
        line += &format!("  {what}");
    }
    while let Some(output) = cache.next_output() {
        line += &match output {
            Output::Solicit { to: None, .. } => "  → ask everyone".to_owned(),
            Output::Solicit { to: Some(mac), .. } => format!("  → ask {mac}"),
            Output::Transmit { packet, .. } => format!("  → send packet {packet}"),
            Output::Lost { .. } => "  → forgotten".to_owned(),
            other => format!("  → {other:?}"),
        };
    }
    println!("{}", line.trim_end());
}

// ANCHOR: flood
fn flood(cache: &mut Cache<Ipv4Addr, u32>) {
    let now = Duration::ZERO;
    cache.resolve(BOB, 0, now);
    cache.heard(BOB, Heard::Reply { mac: CARD }, now);
    let (mut asked, mut failed) = (0, 0);
    for number in 0..100_000 {
        cache.resolve(Ipv4Addr::from_bits(0x0a00_0000 + number), number, now);
        while let Some(output) = cache.next_output() {
            asked += u32::from(matches!(output, Output::Solicit { .. }));
            failed += u32::from(matches!(output, Output::Failed { .. }));
        }
    }
    println!("{asked} questions, {failed} packets given up");
    let entries = cache.neighbors(now).count();
    println!("{entries} entries, Bob {}", state(cache, now));
}
// ANCHOR_END: flood

fn state(cache: &Cache<Ipv4Addr, u32>, now: Duration) -> String {
    cache.neighbor(BOB, now).map_or("gone".into(), |bob| bob.state.to_string())
}

//! How many echo requests a second a host answers: ours and smoltcp's, on the same link in memory,
//! with the same frames, on one core.
//!
//! A round sends bursts of requests, lets the host work, and takes the answers back. The hosts take
//! turns, so that a busy moment of the machine hits both, and the median counts. A line "link alone"
//! says what remains if the host does nothing but send the frames back.

#[path = "common/mod.rs"]
mod common;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use common::{
    Ours, Peer, Smol, arp_request, echo_v4, echo_v6, exchange, link, neighbor_solicitation,
};
use link_and_ip::link::memory::Memory;

/// Requests on the link at the same time.
const BURST: usize = 32;
const BURSTS: usize = 2000;
const ROUNDS: usize = 15;

/// Sends back what it gets.
struct Mirror;

impl Peer for Mirror {
    fn name(&self) -> &'static str {
        "link alone"
    }

    fn poll(&mut self, link: &mut Memory, now: Duration) {
        while let Some(frame) = link.receive(1, now) {
            link.send(1, frame, now);
        }
    }
}

fn main() -> ExitCode {
    println!(
        "{ROUNDS} rounds of {} echoes, {BURST} at once; million echoes a second",
        BURST * BURSTS
    );
    println!("{:20} {:12} {:>8} {:>8} {:>8}", "", "", "lowest", "median", "highest");
    let mut worst = f64::INFINITY;
    for (version, size) in [(4, 56), (4, 1400), (6, 56), (6, 1400)] {
        let data: Vec<_> = (0..size).map(|byte: usize| byte as u8).collect();
        let request = if version == 4 { echo_v4 } else { echo_v6 };
        let requests: Vec<_> = (0..BURST).map(|n| request(n as u16, &data)).collect();
        worst = worst.min(compare(&format!("IPv{version}, {size} bytes"), &requests));
    }
    println!("lowest ratio link-and-ip/smoltcp {worst:.2}");
    ExitCode::SUCCESS
}

/// Prints the speeds, and returns the median of the ratios.
fn compare(title: &str, requests: &[Vec<u8>]) -> f64 {
    let mut peers: [(Box<dyn Peer>, Memory); 3] = [
        (Box::new(Ours::new()), link()),
        (Box::new(Smol::new()), link()),
        (Box::new(Mirror), link()),
    ];
    for (peer, link) in &mut peers {
        exchange(peer.as_mut(), link, arp_request());
        exchange(peer.as_mut(), link, neighbor_solicitation());
    }
    let mut speeds = [const { Vec::new() }; 3];
    // One round more, which only warms up.
    for round in 0..=ROUNDS {
        for ((peer, link), speeds) in peers.iter_mut().zip(&mut speeds) {
            let speed = measure(peer.as_mut(), link, requests);
            if round > 0 {
                speeds.push(speed);
            }
        }
    }
    let ratios = (0..ROUNDS).map(|n| speeds[0][n] / speeds[1][n]);
    let [_, ratio, _] = spread(ratios.collect());
    for ((peer, _), speeds) in peers.iter().zip(speeds) {
        let [low, median, high] = spread(speeds);
        println!("{title:20} {:12} {low:8.2} {median:8.2} {high:8.2}", peer.name());
    }
    println!("{title:20} {:12} {:8} {ratio:8.2}", "ratio", "");
    ratio
}

/// Million echoes a second.
fn measure(peer: &mut dyn Peer, link: &mut Memory, requests: &[Vec<u8>]) -> f64 {
    let now = Duration::from_millis(2);
    let mut spare: Vec<Vec<u8>> = Vec::new();
    let mut answers = 0;
    let start = Instant::now();
    for _ in 0..BURSTS {
        for request in requests {
            let mut frame = spare.pop().unwrap_or_default();
            frame.clear();
            frame.extend_from_slice(request);
            link.send(0, frame, now);
        }
        peer.poll(link, now);
        while let Some(answer) = link.receive(0, now) {
            answers += 1;
            spare.push(answer);
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    assert_eq!(answers, BURSTS * BURST, "{} does not answer everything", peer.name());
    answers as f64 / seconds / 1e6
}

/// Lowest, median, highest.
fn spread(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    [values[0], values[values.len() / 2], values[values.len() - 1]]
}

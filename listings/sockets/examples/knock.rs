//! Tries to connect to each address, all at the same time, and prints what came of it and when.

use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use clap::Parser;

#[derive(Parser)]
struct Arguments {
    /// Where to connect to: `192.0.2.1:80`, `[2001:db8::1]:80`.
    #[arg(required = true)]
    addresses: Vec<SocketAddr>,
    /// Give up after so many milliseconds; without it, the kernel decides.
    #[arg(long)]
    limit: Option<u64>,
}

fn main() {
    let arguments = Arguments::parse();
    let limit = arguments.limit.map(Duration::from_millis);
    let knock = |address| thread::spawn(move || outcome(address, limit));
    let knocks: Vec<_> = arguments.addresses.iter().map(|&address| knock(address)).collect();
    for (address, knock) in arguments.addresses.iter().zip(knocks) {
        let outcome = knock.join().unwrap_or_else(|_| "the thread panicked".to_owned());
        println!("{address:18}  {outcome}");
    }
}

// ANCHOR: outcome
fn outcome(address: SocketAddr, limit: Option<Duration>) -> String {
    let start = Instant::now();
    let result = match limit {
        Some(limit) => TcpStream::connect_timeout(&address, limit),
        None => TcpStream::connect(address),
    };
    let what = match result {
        Ok(_) => "connected".to_owned(),
        Err(error) => format!("{:?}: {error}", error.kind()),
    };
    match start.elapsed().as_secs() {
        0 => format!("at once    {what}"),
        seconds => format!("after {seconds} s  {what}"),
    }
}
// ANCHOR_END: outcome

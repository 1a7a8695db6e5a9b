//! Connects to the first address that answers, and prints what was tried.
//!
//! Several arguments are the addresses of one host, in the order of preference.

use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use clap::Parser;
use sockets::eyeballs::{self, ATTEMPT_DELAY};

#[derive(Parser)]
struct Arguments {
    /// Addresses or names, with a port.
    #[arg(required = true)]
    hosts: Vec<String>,
    /// One after the other, each with a timeout of a second.
    #[arg(long)]
    in_turn: bool,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let mut addresses = Vec::new();
    for host in &arguments.hosts {
        addresses.extend(host.to_socket_addrs()?);
    }
    if arguments.in_turn {
        return in_turn(&addresses);
    }
    let addresses = eyeballs::interleave(&addresses);
    let found = eyeballs::connect(&addresses, ATTEMPT_DELAY, Duration::from_secs(10));
    let tried = match found {
        Ok((_, tried)) => tried,
        Err(error) => anyhow::bail!(error),
    };
    for one in tried {
        println!("{:>7}  {}  {}", rounded(one.at), one.address, one.end);
    }
    Ok(())
}

// ANCHOR: in_turn
fn in_turn(addresses: &[SocketAddr]) -> anyhow::Result<()> {
    let start = Instant::now();
    for address in addresses {
        let at = rounded(start.elapsed());
        match TcpStream::connect_timeout(address, Duration::from_secs(1)) {
            Ok(_) => {
                println!("{at:>7}  {address}  connected");
                return Ok(());
            }
            Err(error) => println!("{at:>7}  {address}  {error}"),
        }
    }
    anyhow::bail!("no address answers")
}
// ANCHOR_END: in_turn

/// Down to a quarter of a second, so that two runs print the same.
fn rounded(time: Duration) -> String {
    format!("{} ms", time.as_millis() / 250 * 250)
}

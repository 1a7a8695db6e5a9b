//! Connects to the first address of a name that answers, and tells of the others.

use std::env;
use std::net::{TcpStream, ToSocketAddrs};

use anyhow::{Context, bail};

// ANCHOR: try_each
fn try_each(name: &str) -> anyhow::Result<TcpStream> {
    let addresses = name.to_socket_addrs().with_context(|| format!("cannot look up {name}"))?;
    let mut failures = Vec::new();
    for address in addresses {
        match TcpStream::connect(address) {
            Ok(stream) => return Ok(stream),
            Err(error) => failures.push(format!("{address}: {error}")),
        }
    }
    bail!("nobody answers for {name}\n{}", failures.join("\n"))
}
// ANCHOR_END: try_each

fn main() -> anyhow::Result<()> {
    let name = env::args().nth(1).context("usage: try_each NAME:PORT")?;
    println!("connected to {}", try_each(&name)?.peer_addr()?);
    Ok(())
}

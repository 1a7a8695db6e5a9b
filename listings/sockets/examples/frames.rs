//! `frames [naive] ADDRESS`: prints the messages that come after their length, of one client after
//! the other.

use std::io::{self, Read};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use anyhow::Context;
use rustix::process::{Resource, Rlimit, setrlimit};
use sockets::framing::Lengths;

const LIMIT: usize = 65_536;
/// Without a byte, and in all.
const IDLE: Duration = Duration::from_secs(5);
const TOTAL: Duration = Duration::from_secs(60);

type Serve = fn(&mut TcpStream) -> anyhow::Result<()>;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (serve, address): (Serve, _) = match &arguments[..] {
        [address] => (frames, address),
        [naive, address] if naive == "naive" => (trusting, address),
        _ => anyhow::bail!("usage: frames [naive] ADDRESS"),
    };
    // As a container would: a page can show what happens then, on any machine.
    let gibibyte = Rlimit { current: Some(1 << 30), maximum: None };
    setrlimit(Resource::As, gibibyte).context("cannot limit the memory")?;
    let listener = TcpListener::bind(address)?;
    println!("listening");
    for client in listener.incoming() {
        let mut client = client?;
        client.set_read_timeout(Some(IDLE))?;
        if let Err(error) = serve(&mut client) {
            println!("refused: {error}");
        }
    }
    Ok(())
}

fn frames(client: &mut TcpStream) -> anyhow::Result<()> {
    let mut lengths = Lengths::new(LIMIT);
    let mut buffer = [0; 4096];
    let deadline = Instant::now() + TOTAL;
    loop {
        while let Some(message) = lengths.next_message()? {
            println!("{:>3}  \"{}\"", message.len(), message.escape_ascii());
        }
        anyhow::ensure!(Instant::now() < deadline, "it takes too long");
        match client.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => lengths.push(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    let rest = lengths.rest().len();
    anyhow::ensure!(rest == 0, "the stream ends {rest} bytes into a message");
    Ok(())
}

// ANCHOR: trusting
fn trusting(client: &mut TcpStream) -> anyhow::Result<()> {
    loop {
        let mut length = [0; 4];
        client.read_exact(&mut length)?;
        let mut message = vec![0; u32::from_be_bytes(length) as usize];
        client.read_exact(&mut message)?;
        println!("{:>3}  \"{}\"", message.len(), message.escape_ascii());
    }
}
// ANCHOR_END: trusting

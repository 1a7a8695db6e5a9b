//! `drip ADDRESS [FILE]`: sends a file, or its input, one byte in a write, and prints the answer.
//!
//! Whoever reads at the other end and believes that one read is one message finds out here. After
//! the last byte it closes its own half: a server that answers only at the end of the stream
//! answers too.

use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

/// The most that is sent, in bytes: each of them costs a system call and a packet.
const MAX_INPUT: u64 = 1 << 20;
/// How long to wait for the peer before giving up.
const PATIENCE: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match &arguments[..] {
        [address] => read_all(io::stdin()).and_then(|input| drip(address, &input)),
        [address, path] => {
            File::open(path).and_then(read_all).and_then(|input| drip(address, &input))
        }
        _ => {
            eprintln!("usage: drip ADDRESS [FILE]");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("drip: {error}");
            ExitCode::FAILURE
        }
    }
}

fn read_all(input: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(MAX_INPUT).read_to_end(&mut bytes)?;
    Ok(bytes)
}

// ANCHOR: drip
fn drip(address: &str, input: &[u8]) -> io::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    // Without this the kernel holds small writes back and sends them together (Nagle, RFC 9293
    // §3.7.4).
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;

    let mut sender = stream.try_clone()?;
    thread::scope(|threads| {
        let sending = threads.spawn(move || -> io::Result<()> {
            for byte in input {
                sender.write_all(&[*byte])?;
            }
            sender.shutdown(Shutdown::Write)
        });
        // The answer may begin before we are done; if nobody took it, both sides could end up
        // waiting.
        io::copy(&mut stream, &mut io::stdout())?;
        sending.join().unwrap_or_else(|_| Err(io::Error::other("the sending thread panicked")))
    })
}
// ANCHOR_END: drip

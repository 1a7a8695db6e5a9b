//! `by_hand HOST:PORT PATH [FIELD…]`: one GET, written by hand; prints what comes back as it is.
//!
//! Each FIELD is a line of the head, such as `Connection: close`. What this program does not know
//! is where a response ends: it reads to the end of the stream, and some servers do not end it.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::process::ExitCode;
use std::time::Duration;

/// The most that is printed, in bytes: nobody reads more, and a peer may never stop.
const MAX_OUTPUT: u64 = 1 << 20;
/// How long to wait for the next byte.
const PATIENCE: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, path, fields @ ..] = &arguments[..] else {
        eprintln!("usage: by_hand HOST:PORT PATH [FIELD…]");
        return ExitCode::from(2);
    };
    match get(address, path, fields) {
        Ok(()) => ExitCode::SUCCESS,
        // `by_hand … | head` has seen enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) if error.kind() == ErrorKind::WouldBlock => {
            eprintln!("by_hand: nothing more for {} s, and no end of stream", PATIENCE.as_secs());
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("by_hand: {error}");
            ExitCode::FAILURE
        }
    }
}

// ANCHOR: get
fn get(address: &str, path: &str, fields: &[String]) -> io::Result<()> {
    let mut request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n");
    for field in fields {
        request += &format!("{field}\r\n");
    }
    request += "\r\n";

    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(request.as_bytes())?;
    io::copy(&mut stream.take(MAX_OUTPUT), &mut io::stdout())?;
    Ok(())
}
// ANCHOR_END: get

//! `dribble HOST:PORT SIZE`: a server that answers every request with its standard input, SIZE
//! bytes in a write, with a pause between them.
//!
//! It is a slow network in a bottle: what a client believes about the size of a read shows here,
//! and since the answer is typed by hand, a server that lies can be had as well.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

/// The most that is sent and the most that is read of a request, in bytes.
const MAX_SIZE: u64 = 1 << 20;
/// Long enough for the client to see each piece alone.
const PAUSE: Duration = Duration::from_millis(150);
/// How long to wait for a client that says nothing, or does not listen.
const PATIENCE: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let size = arguments.get(1).and_then(|size| size.parse::<NonZeroUsize>().ok());
    let ([address, _], Some(size)) = (&arguments[..], size) else {
        eprintln!("usage: dribble HOST:PORT SIZE < RESPONSE");
        return ExitCode::from(2);
    };
    match run(address, size.get()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("dribble: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(address: &str, size: usize) -> io::Result<()> {
    let mut answer = Vec::new();
    io::stdin().take(MAX_SIZE).read_to_end(&mut answer)?;
    let listener = TcpListener::bind(address)?;
    // Ctrl-C is how it ends, and no failure.
    ctrlc::set_handler(|| std::process::exit(0)).map_err(io::Error::other)?;
    writeln!(io::stdout(), "listening on {}", listener.local_addr()?)?;
    for client in listener.incoming() {
        // A client that has left is not our failure.
        let _ = dribble(&client?, &answer, size);
    }
    Ok(())
}

fn dribble(mut stream: &TcpStream, answer: &[u8], size: usize) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    // The request is read up to its empty line, and not looked at.
    for line in BufReader::new(stream.take(MAX_SIZE)).split(b'\n') {
        if line?.trim_ascii().is_empty() {
            break;
        }
    }
    for piece in answer.chunks(size) {
        match stream.write_all(piece) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
            result => result?,
        }
        thread::sleep(PAUSE);
    }
    Ok(())
}

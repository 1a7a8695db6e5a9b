//! A server that sends one byte at a time, against a timeout for each read, and against a deadline.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_millis(300);
/// How many bytes the server sends, and how long it waits before each.
const COUNT: usize = 40;
const PAUSE: Duration = Duration::from_millis(20);

fn main() -> anyhow::Result<()> {
    let server = dripping_server()?;
    let answers = [
        ("300 ms for each read", naive_answer(TcpStream::connect(server)?)),
        ("300 ms for the answer", answer(TcpStream::connect(server)?)),
    ];
    for (name, (outcome, took)) in answers {
        let late = if took > LIMIT * 3 / 2 { "far too late" } else { "in time" };
        match outcome {
            Ok(bytes) => println!("{name:21}  {late:12}  {} bytes", bytes.len()),
            Err(error) => println!("{name:21}  {late:12}  {:?}: {error}", error.kind()),
        }
    }
    Ok(())
}

fn naive_answer(stream: TcpStream) -> (io::Result<Vec<u8>>, Duration) {
    let start = Instant::now();
    (naive_read(stream), start.elapsed())
}

fn answer(stream: TcpStream) -> (io::Result<Vec<u8>>, Duration) {
    let start = Instant::now();
    (read_until(stream, start + LIMIT), start.elapsed())
}

// ANCHOR: naive
fn naive_read(mut stream: TcpStream) -> io::Result<Vec<u8>> {
    stream.set_read_timeout(Some(LIMIT))?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    Ok(bytes)
}
// ANCHOR_END: naive

// ANCHOR: deadline
fn read_until(mut stream: TcpStream, deadline: Instant) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        stream.set_read_timeout(Some(left))?;
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(bytes),
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
            // What is left of the time, and a signal: look at the clock.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {} // on Windows
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
// ANCHOR_END: deadline

fn dripping_server() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming() {
            drip(stream?);
        }
        io::Result::Ok(())
    });
    Ok(address)
}

/// To a client that gave up, there is nothing more to say.
fn drip(mut stream: TcpStream) {
    for _ in 0..COUNT {
        thread::sleep(PAUSE);
        if stream.write_all(b".").is_err() {
            return;
        }
    }
}

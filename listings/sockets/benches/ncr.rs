//! How fast `ncr` is, against `nc` and `socat`: bytes a second from a socket to a pipe, and from a
//! pipe to a socket.
//!
//! The kinds take turns, so that a busy moment of the machine hits all of them, and the median
//! counts. socat has its own buffer of 8 KiB, or one as large as ours, and the faster one counts.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener};
use std::process::{Command, ExitCode, Stdio};
use std::thread;
use std::time::Instant;

/// Bytes in one round.
const ROUND: usize = 64 << 20;
const ROUNDS: usize = 9;
const CHUNK: usize = 256 << 10;

type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ncr: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Failure> {
    type Kind = (&'static str, fn(u16) -> Command);
    let kinds: [Kind; 4] = [
        ("ncr", |port| command(env!("CARGO_BIN_EXE_ncr"), &["127.0.0.1".into(), port.to_string()])),
        ("nc", |port| command("nc", &["-N".into(), "127.0.0.1".into(), port.to_string()])),
        ("socat", |port| command("socat", &["-".into(), format!("TCP:127.0.0.1:{port}")])),
        ("socat -b", |port| {
            let (size, place) = ((128 << 10).to_string(), format!("TCP:127.0.0.1:{port}"));
            command("socat", &["-b".into(), size, "-".into(), place])
        }),
    ];
    println!("{ROUNDS} rounds of {} MiB; median of MiB/s", ROUND >> 20);
    println!("{:10} {:>10} {:>10}", "", "receiving", "sending");
    let mut speeds = [const { [const { Vec::new() }; 2] }; 4];
    // One round more, which only warms up.
    for round in 0..=ROUNDS {
        for ((_, command), speeds) in kinds.iter().zip(&mut speeds) {
            let (receiving, sending) = (receive(*command)?, send(*command)?);
            if round > 0 {
                speeds[0].push(receiving);
                speeds[1].push(sending);
            }
        }
    }
    let medians = speeds.map(|both| both.map(median));
    for ((name, _), [receiving, sending]) in kinds.iter().zip(medians) {
        println!("{name:10} {receiving:10.0} {sending:10.0}");
    }
    let fastest = |n: usize| medians[1..].iter().map(|both| both[n]).fold(0.0, f64::max);
    let ratio = |n: usize| medians[0][n] / fastest(n);
    println!("ratio to the fastest other: {:.2} receiving, {:.2} sending", ratio(0), ratio(1));
    Ok(())
}

fn command(program: &str, arguments: &[String]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn speed(start: Instant, total: usize) -> Result<f64, Failure> {
    if total != ROUND {
        return Err(format!("{total} bytes instead of {ROUND}").into());
    }
    Ok(ROUND as f64 / f64::from(1 << 20) / start.elapsed().as_secs_f64())
}

/// From a socket to standard output, which is a pipe that we read.
fn receive(command: fn(u16) -> Command) -> Result<f64, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let mut command = command(listener.local_addr()?.port());
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let (mut stream, _) = listener.accept()?;
    let start = Instant::now();
    let source = thread::spawn(move || {
        let chunk = vec![b'x'; CHUNK];
        (0..ROUND / CHUNK).try_for_each(|_| stream.write_all(&chunk))
    });
    let total = count(child.stdout.take().ok_or("no standard output")?)?;
    source.join().map_err(|_| "the source panicked")??;
    child.wait()?;
    speed(start, total)
}

/// From standard input, which is a pipe that we write, to a socket.
fn send(command: fn(u16) -> Command) -> Result<f64, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let mut command = command(listener.local_addr()?.port());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
    let mut input = child.stdin.take().ok_or("no standard input")?;
    let (stream, _) = listener.accept()?;
    let start = Instant::now();
    let source = thread::spawn(move || {
        let chunk = vec![b'x'; CHUNK];
        (0..ROUND / CHUNK).try_for_each(|_| input.write_all(&chunk))
    });
    let total = count(&stream)?;
    stream.shutdown(Shutdown::Write)?;
    source.join().map_err(|_| "the source panicked")??;
    child.wait()?;
    speed(start, total)
}

fn count(mut source: impl Read) -> Result<usize, Failure> {
    let (mut buffer, mut total) = (vec![0; CHUNK], 0);
    loop {
        match source.read(&mut buffer)? {
            0 => return Ok(total),
            count => total += count,
        }
    }
}

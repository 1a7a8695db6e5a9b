//! How fast the relay is when nobody watches: bytes a second through it, through `socat`, and
//! without any relay.
//!
//! The kinds take turns, so that a busy moment of the machine hits all of them, and the median
//! counts. socat runs twice, with its own buffer of 8 KiB and with one as large as ours; in each
//! round the ratio is taken to the faster one of the two.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Command, ExitCode};
use std::thread;
use std::time::{Duration, Instant};

use first_bytes::relay::{BUFFER_SIZE, Limits, Stop, serve};
use testkit::{Process, free_port, program};

/// Bytes in one round.
const ROUND: usize = 64 << 20;
const ROUNDS: usize = 11;
const LIMIT: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    if program("socat").is_none() {
        eprintln!("needs socat: run ci/setup.sh");
        return ExitCode::FAILURE;
    }
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("relay: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let server = source()?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let relay = listener.local_addr()?;
    let stop = Stop::new();
    let switch = stop.clone();
    let serving = thread::spawn(move || {
        serve(&listener, &[server], &(), Limits::default(), &switch).map(|_| ())
    });
    let (_first, small) = socat(server, &[])?;
    let (_second, large) = socat(server, &["-b", &BUFFER_SIZE.to_string()])?;
    let kinds = [("direct", server), ("peek", relay), ("socat", small), ("socat -b", large)];

    let mut speeds = [const { Vec::new() }; 4];
    // One round more, which only warms up.
    for round in 0..=ROUNDS {
        for ((_, address), speeds) in kinds.iter().zip(&mut speeds) {
            let speed = fetch(*address)?;
            if round > 0 {
                speeds.push(speed);
            }
        }
    }
    stop.now();
    serving.join().map_err(|_| "the relay panicked")??;

    println!("{ROUNDS} rounds of {} MiB, one connection, buffer {BUFFER_SIZE} bytes", ROUND >> 20);
    println!("{:10} {:>10} {:>10} {:>10}", "MiB/s", "lowest", "median", "highest");
    let ratios = (0..ROUNDS).map(|n| speeds[1][n] / speeds[2][n].max(speeds[3][n]));
    let [_, ratio, _] = spread(ratios.collect());
    for ((name, _), speeds) in kinds.iter().zip(speeds) {
        let [low, median, high] = spread(speeds);
        println!("{name:10} {low:10.0} {median:10.0} {high:10.0}");
    }
    println!("ratio peek/socat {ratio:.2}");
    Ok(())
}

/// Lowest, median, highest.
fn spread(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    [values[0], values[values.len() / 2], values[values.len() - 1]]
}

/// Sends [`ROUND`] bytes to whoever connects.
fn source() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        let chunk = vec![b'x'; 256 << 10];
        for mut stream in listener.incoming().flatten() {
            // socat's readiness is found by connecting: such a client leaves at once, and that is
            // no error.
            let _ = (0..ROUND / chunk.len()).try_for_each(|_| stream.write_all(&chunk));
        }
    });
    Ok(address)
}

fn socat(server: SocketAddr, options: &[&str]) -> Result<(Process, SocketAddr), testkit::Error> {
    let port = free_port();
    let mut command = Command::new("socat");
    command.args(options).arg(format!("TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr,fork"));
    let process = Process::start(command.arg(format!("TCP:{server}")))?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    process.wait_for_port(address, LIMIT)?;
    Ok((process, address))
}

/// Reads all there is, and returns MiB a second.
fn fetch(address: SocketAddr) -> Result<f64, Box<dyn std::error::Error>> {
    let mut buffer = vec![0; 256 << 10];
    let start = Instant::now();
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(LIMIT))?;
    let mut total = 0;
    loop {
        match stream.read(&mut buffer)? {
            0 => break,
            count => total += count,
        }
    }
    if total != ROUND {
        return Err(format!("{total} bytes from {address} instead of {ROUND}").into());
    }
    Ok(ROUND as f64 / f64::from(1 << 20) / start.elapsed().as_secs_f64())
}

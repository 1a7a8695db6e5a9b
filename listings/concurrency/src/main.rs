//! `servers`: one of the servers, on a port.

use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use anyhow::Context;
use clap::{Parser, ValueEnum};
use concurrency::session::Service;
use concurrency::settings::Settings;
#[cfg(target_os = "linux")]
use concurrency::{epoll, tasks, uring};
use concurrency::{iterative, pool, stop, threads, tokio_server};
use socket2::{Domain, Socket, Type};

/// The same server, written several ways.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// How it is written.
    kind: Kind,
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// What it does for a connection.
    #[arg(long, default_value = "echo")]
    service: ServiceName,
    /// Connections at the same time; one more is told that the server is busy.
    #[arg(long, value_name = "NUMBER", default_value_t = Settings::default().connections)]
    connections: usize,
    /// Seconds without a byte in either direction, before a connection is closed.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "30")]
    idle: Duration,
    /// After the stop: seconds without a byte, before a connection is closed.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "0.2")]
    quiet: Duration,
    /// After the stop: seconds until the last connection is cut.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "10")]
    drain: Duration,
    /// Threads of the pool.
    #[arg(long, value_name = "NUMBER", default_value_t = Settings::default().workers)]
    workers: usize,
}

/// Connections that wait to be accepted. The system may allow fewer (Linux: `net.core.somaxconn`).
const BACKLOG: i32 = 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    Iterative,
    Threads,
    Pool,
    #[cfg(target_os = "linux")]
    Level,
    #[cfg(target_os = "linux")]
    Edge,
    #[cfg(target_os = "linux")]
    Executor,
    Tokio,
    TokioMulti,
    #[cfg(target_os = "linux")]
    Uring,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ServiceName {
    Echo,
    Upper,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

impl Arguments {
    fn settings(&self) -> Settings {
        let service = match self.service {
            ServiceName::Echo => Service::Echo,
            ServiceName::Upper => Service::Upper,
        };
        Settings {
            service,
            connections: self.connections,
            idle: self.idle,
            quiet: self.quiet,
            drain: self.drain,
            workers: self.workers,
        }
    }
}

/// As [`TcpListener::bind`] does it, but with room for [`BACKLOG`] who wait to be accepted.
fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.set_reuse_address(true)?; // or nobody could start it again within a minute
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let settings = arguments.settings();
    let (stopper, stop) = stop::pair()?;
    let mut stopper = Some(stopper);
    // ANCHOR: signals
    ctrlc::set_handler(move || {
        // The first signal drops the stopper; there is none left for the second.
        if stopper.take().is_none() {
            std::process::exit(130);
        }
    })
    .context("cannot catch signals")?;
    // ANCHOR_END: signals

    let listener = listen(arguments.listen)
        .with_context(|| format!("cannot listen on {}", arguments.listen))?;
    println!("listening on {}", listener.local_addr()?);
    io::stdout().flush()?;
    match arguments.kind {
        Kind::Iterative => iterative::run(listener, &settings, &stop)?,
        Kind::Threads => threads::run(listener, &settings, &stop)?,
        Kind::Pool => pool::run(listener, &settings, &stop)?,
        #[cfg(target_os = "linux")]
        Kind::Level => epoll::run_level(listener, &settings, &stop)?,
        #[cfg(target_os = "linux")]
        Kind::Edge => epoll::run_edge(listener, &settings, &stop)?,
        #[cfg(target_os = "linux")]
        Kind::Executor => tasks::run(listener, &settings, &stop)?,
        Kind::Tokio => tokio_server::run(listener, &settings, &stop)?,
        Kind::TokioMulti => tokio_server::run_multi(listener, &settings, &stop)?,
        #[cfg(target_os = "linux")]
        Kind::Uring => uring::run(listener, &settings, &stop)?,
    }
    println!("stopped");
    Ok(())
}

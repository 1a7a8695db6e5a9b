//! `zoned`: answers for one zone file.

#![cfg_attr(not(target_os = "linux"), allow(dead_code))]

#[cfg(target_os = "linux")]
mod tap;

use std::fs::File;
use std::io::{self, PipeReader, Read, Write};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::{ArgGroup, Parser};
use udp_dns::name::Name;
use udp_dns::server::{FACTOR, Limits, Line, Rate, Settings, Sockets, UDP_SIZE};
use udp_dns::zone::{MAX_FILE, Zone};

#[cfg(target_os = "linux")]
use tap::serve as serve_tap;

/// A name server for one zone.
#[derive(Debug, Parser)]
#[command(version, group(ArgGroup::new("edge").required(true).args(["listen", "tap", "check"])))]
struct Arguments {
    /// The zone's master file.
    #[arg(long, value_name = "FILE")]
    zone: PathBuf,
    /// The zone's name.
    #[arg(long, value_name = "NAME")]
    origin: Name,
    /// Where to listen, over UDP and TCP; port 0 takes a free one, 0.0.0.0 or [::] every address.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// Answers on this TAP device, with our own IP and UDP. There is no TCP on it.
    #[arg(long, value_name = "DEVICE", requires = "address")]
    tap: Option<String>,
    /// Our address on the TAP device, with its prefix; can be given again.
    #[arg(long, value_name = "ADDRESS/LENGTH", value_parser = prefix, requires = "tap")]
    address: Vec<(IpAddr, u8)>,
    /// The port on the TAP device.
    #[arg(long, default_value_t = 53, requires = "tap")]
    port: u16,
    /// Reads the zone, says whether it is good, and ends.
    #[arg(long)]
    check: bool,
    /// Prints a line for each question.
    #[arg(long, short)]
    verbose: bool,
    /// Answers a second for each network over UDP; 0 for as many as are asked.
    #[arg(long, value_name = "NUMBER", default_value_t = Rate::default().per_second)]
    rate: u32,
    /// How many times as long as a request its answer over UDP may be; 0 for as long as the client
    /// says it takes. Only for a network in which nobody forges.
    #[arg(long, value_name = "NUMBER", default_value_t = FACTOR)]
    factor: usize,
    /// The longest answer over UDP, in bytes.
    #[arg(long, value_name = "BYTES", default_value_t = UDP_SIZE,
        value_parser = clap::value_parser!(u16).range(512..))]
    udp_size: u16,
    /// Seconds that a TCP connection may be silent.
    #[arg(long, value_name = "SECONDS", default_value_t = 10,
        value_parser = clap::value_parser!(u64).range(1..=3600))]
    idle: u64,
    /// TCP connections at the same time; for one more, the longest silent is closed.
    #[arg(long, value_name = "NUMBER", default_value_t = 64)]
    connections: usize,
    /// Of these, from the same /24 of IPv4 or /56 of IPv6.
    #[arg(long, value_name = "NUMBER", default_value_t = 16)]
    per_network: usize,
}

impl Arguments {
    fn settings(&self) -> Settings {
        Settings { udp_size: self.udp_size, factor: (self.factor > 0).then_some(self.factor) }
    }

    fn rate(&self) -> Option<Rate> {
        let (per_second, burst) = (self.rate, self.rate.saturating_mul(2));
        (per_second > 0).then_some(Rate { per_second, burst })
    }
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("zoned: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let file = arguments.zone.display().to_string();
    let text = read(&arguments.zone).with_context(|| file.clone())?;
    let text = String::from_utf8(text).with_context(|| format!("{file}: not UTF-8"))?;
    let zone = Zone::parse(&file, &text, &arguments.origin)?;
    if arguments.check {
        say(&format!("{}: {} records", zone.origin(), zone.len()));
        return Ok(());
    }
    let shutdown = until_signal()?;
    if let Some(device) = &arguments.tap {
        return serve_tap(device, arguments, &zone, shutdown);
    }
    let address = arguments.listen.context("--listen or --tap")?;
    let limits = Limits {
        idle: Duration::from_secs(arguments.idle),
        connections: arguments.connections,
        per_network: arguments.per_network,
        ..Limits::default()
    };
    let mut sockets = Sockets::bind(address, zone, arguments.settings())?;
    sockets = sockets.with(arguments.rate(), limits);
    if arguments.verbose {
        sockets = sockets.with_log(Box::new(log));
    }
    say(&format!("listening on {}", sockets.local_addr()?));
    Ok(sockets.run(shutdown)?)
}

#[cfg(not(target_os = "linux"))]
fn serve_tap(_: &str, _: &Arguments, _: &Zone, _: PipeReader) -> anyhow::Result<()> {
    anyhow::bail!("TAP devices are Linux's: use --listen")
}

/// The file's bytes, and one too many of a file that is too long, so that [`Zone::parse`] sees it.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_FILE as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The client's address is left out: its port is another one on each run.
fn log(_: SocketAddr, line: Line<'_>) {
    say(&line.to_string());
}

/// Prints a line at once. Nobody who listens is no reason to end.
fn say(line: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

fn prefix(text: &str) -> Result<(IpAddr, u8), String> {
    let parsed = text
        .split_once('/')
        .and_then(|(address, length)| Some((address.parse().ok()?, length.parse().ok()?)));
    parsed.ok_or_else(|| "an address and a prefix length, as in 192.0.2.2/24".to_owned())
}

/// A pipe that is closed at the first Ctrl-C or SIGTERM.
fn until_signal() -> io::Result<PipeReader> {
    let (reader, writer) = io::pipe()?;
    let mut writer = Some(writer);
    ctrlc::set_handler(move || {
        if writer.take().is_none() {
            std::process::exit(130);
        }
    })
    .map_err(io::Error::other)?;
    Ok(reader)
}

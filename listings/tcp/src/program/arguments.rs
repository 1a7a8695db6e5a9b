//! What taptcp is told.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use addresses::Mac;
use anyhow::Context;
use clap::{Args, Parser, Subcommand};

/// TCP in user space, on a TAP device.
#[derive(Debug, Parser)]
#[command(name = "taptcp", version)]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    pub(crate) task: Task,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// Serve over HTTP: the files of a folder, or so many bytes.
    Serve(ServeArguments),
    /// Fetch a URL over HTTP.
    Get(GetArguments),
    /// Send back what comes.
    Echo(ListenArguments),
    /// Read what comes and throw it away.
    Discard(ListenArguments),
    /// Connect stdin and stdout with a peer, like netcat.
    Nc(NcArguments),
}

/// The host: where it is, and how bad its link is.
#[derive(Args, Clone, Debug)]
pub(crate) struct HostArguments {
    /// The TAP device to attach to; it must exist.
    #[arg(long, value_name = "NAME")]
    pub(crate) tap: String,
    /// An address of ours, with the length of the prefix that is on the link. May be repeated.
    #[arg(long = "address", value_name = "IP/LENGTH", value_parser = on_link, required = true)]
    pub(crate) addresses: Vec<(IpAddr, u8)>,
    /// The card's MAC address.
    #[arg(long, default_value = "02:00:00:00:00:02")]
    pub(crate) mac: Mac,
    /// The largest packet, in bytes.
    #[arg(long, value_name = "BYTES", default_value_t = 1500)]
    pub(crate) mtu: usize,
    /// The router to everywhere else.
    #[arg(long = "gateway", value_name = "IP")]
    pub(crate) gateways: Vec<IpAddr>,
    /// How many frames of a hundred get lost, in each direction.
    #[arg(long, value_name = "PERCENT", default_value_t = 0.0)]
    pub(crate) loss: f64,
    /// How many of a hundred are held back for up to 10 ms, so that others overtake them.
    #[arg(long, value_name = "PERCENT", default_value_t = 0.0)]
    pub(crate) reorder: f64,
    /// How many of a hundred arrive twice.
    #[arg(long, value_name = "PERCENT", default_value_t = 0.0)]
    pub(crate) duplicate: f64,
    /// How long each frame takes, in milliseconds.
    #[arg(long, value_name = "MS", default_value = "0", value_parser = milliseconds)]
    pub(crate) delay: Duration,
    /// Decides which frames those are, and our ports and sequence numbers. Without, nobody can guess.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) seed: Option<u64>,
    /// The size of the send and the receive buffer.
    #[arg(long, value_name = "BYTES")]
    pub(crate) buffer: Option<usize>,
    /// How long TIME-WAIT lasts, in milliseconds, instead of a minute.
    #[arg(long, value_name = "MS", value_parser = milliseconds)]
    pub(crate) time_wait: Option<Duration>,
    /// Write all frames to this file, for tshark.
    #[arg(long, value_name = "FILE")]
    pub(crate) capture: Option<PathBuf>,
    /// Print a line for each connection that enters a state.
    #[arg(long)]
    pub(crate) states: bool,
    /// Print a line for each segment.
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

#[derive(Args, Debug)]
pub(crate) struct ServeArguments {
    #[command(flatten)]
    pub(crate) host: HostArguments,
    #[arg(long, default_value_t = 80)]
    pub(crate) port: u16,
    /// Answer each request with so many bytes.
    #[arg(
        long,
        value_name = "COUNT",
        conflicts_with = "folder",
        required_unless_present = "folder"
    )]
    pub(crate) bytes: Option<u64>,
    /// The files to serve. Folders in it are not.
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct GetArguments {
    #[command(flatten)]
    pub(crate) host: HostArguments,
    /// `http://ADDRESS:PORT/PATH`; names are not looked up.
    #[arg(value_name = "URL")]
    pub(crate) url: String,
    /// Where to write the content, instead of stdout.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct ListenArguments {
    #[command(flatten)]
    pub(crate) host: HostArguments,
    #[arg(long)]
    pub(crate) port: u16,
}

#[derive(Args, Debug)]
pub(crate) struct NcArguments {
    #[command(flatten)]
    pub(crate) host: HostArguments,
    /// Wait for one connection instead.
    #[arg(short, long)]
    pub(crate) listen: bool,
    /// The port of ours to connect from, instead of any.
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub(crate) from: u16,
    /// The peer; with `--listen` the address to listen at.
    #[arg(value_name = "ADDRESS")]
    pub(crate) address: IpAddr,
    #[arg(value_name = "PORT")]
    pub(crate) port: u16,
}

impl Task {
    pub(crate) fn host(&self) -> &HostArguments {
        match self {
            Self::Serve(serve) => &serve.host,
            Self::Get(get) => &get.host,
            Self::Echo(listen) | Self::Discard(listen) => &listen.host,
            Self::Nc(nc) => &nc.host,
        }
    }
}

fn on_link(text: &str) -> anyhow::Result<(IpAddr, u8)> {
    let (address, length) = text.split_once('/').context("write IP/LENGTH, as in 192.0.2.2/24")?;
    Ok((address.parse()?, length.parse().context("a prefix's length is a number")?))
}

fn milliseconds(text: &str) -> anyhow::Result<Duration> {
    Ok(Duration::from_millis(text.parse().context("milliseconds are a number")?))
}

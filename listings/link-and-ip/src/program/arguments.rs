//! What can be said on the command line.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use addresses::Mac;
use anyhow::Context;
use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

/// The longest frame of an Ethernet without jumbo frames has room for this packet.
pub(crate) const DEFAULT_MTU: usize = 1500;

/// A host, or a router, that lives in this program instead of in the kernel.
///
/// `host`, `ping`, `arp` and `spoof` need Linux and a TAP device:
///
///     lab ip tuntap add dev tap0 mode tap
///     lab ip address add 192.0.2.1/24 dev tap0
///     lab ip link set tap0 up
///     lab tapstack host --tap tap0 --address 192.0.2.2/24
///
/// `demo` needs nothing.
#[derive(Debug, Parser)]
#[command(version, verbatim_doc_comment)]
struct CommandLine {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// Answers whoever asks, until Ctrl-C; with `--forward` it is a router
    #[cfg(target_os = "linux")]
    Host(HostArguments),
    /// Asks for echoes and prints the answers
    #[cfg(target_os = "linux")]
    Ping(PingArguments),
    /// Asks all neighbors who has an address, and prints everyone who says "I"
    #[cfg(target_os = "linux")]
    Arp(ArpArguments),
    /// Tells neighbors a lie about who has an address
    #[cfg(target_os = "linux")]
    Spoof(SpoofArguments),
    /// Two hosts and a link, all in memory: one pings the other
    Demo(DemoArguments),
}

#[derive(Debug, Args)]
pub(crate) struct HostArguments {
    #[command(flatten)]
    pub(crate) stack: StackArguments,
    /// Forward packets between the interfaces: be a router
    #[arg(long)]
    pub(crate) forward: bool,
    /// End after this many echo replies
    #[arg(long, value_name = "N")]
    pub(crate) count: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct PingArguments {
    /// Whom to ask
    pub(crate) to: IpAddr,
    #[command(flatten)]
    pub(crate) stack: StackArguments,
    /// How many times
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub(crate) count: u16,
    /// How many bytes of data
    #[arg(long, value_name = "BYTES", default_value_t = 56)]
    pub(crate) size: u16,
    /// How many hops a request may go
    #[arg(long, value_name = "HOPS")]
    pub(crate) ttl: Option<u8>,
    /// How long to wait for an answer, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 1000)]
    pub(crate) wait: u64,
}

#[derive(Debug, Args)]
pub(crate) struct ArpArguments {
    /// The address that is asked about
    pub(crate) target: Ipv4Addr,
    /// The TAP device
    #[arg(long)]
    pub(crate) tap: String,
    /// Who asks
    #[arg(long, value_name = "IP")]
    pub(crate) address: Ipv4Addr,
    /// Our card's address
    #[arg(long, value_name = "MAC", default_value = "02:00:00:00:00:02")]
    pub(crate) mac: Mac,
    /// How long to wait for answers, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 500)]
    pub(crate) wait: u64,
}

#[derive(Debug, Args)]
pub(crate) struct SpoofArguments {
    /// The address that is not ours
    pub(crate) claim: Ipv4Addr,
    /// The TAP device
    #[arg(long)]
    pub(crate) tap: String,
    /// The card that is said to have it: ours
    #[arg(long, value_name = "MAC", default_value = "02:00:00:00:00:66")]
    pub(crate) mac: Mac,
    /// A request to everyone about ourselves, a reply to everyone, or a reply to one
    #[arg(long, value_enum, default_value_t = Lie::Reply)]
    pub(crate) form: Lie,
    /// The one who gets a reply: its IP and MAC address
    #[arg(long, value_name = "IP=MAC", value_parser = neighbor)]
    pub(crate) victim: Option<(Ipv4Addr, Mac)>,
    /// How many times, one second apart
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) count: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lie {
    /// "Who has ADDRESS? Tell ADDRESS": a gratuitous ARP request (RFC 5227 §3)
    Request,
    /// "ADDRESS is at MAC", which nobody asked
    Reply,
}

#[derive(Debug, Args)]
pub(crate) struct DemoArguments {
    /// Frames that the link loses, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = 0, value_parser = clap::value_parser!(u8).range(..=100))]
    pub(crate) loss: u8,
    /// The same seed loses the same frames
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// How many echo requests
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub(crate) count: u16,
    /// Ping over IPv6
    #[arg(long)]
    pub(crate) ipv6: bool,
    /// Write all frames to a capture file for Wireshark
    #[arg(long, value_name = "FILE")]
    pub(crate) pcap: Option<PathBuf>,
}

/// What every stack on TAP devices needs.
#[derive(Debug, Args)]
pub(crate) struct StackArguments {
    /// A TAP device: our card. Given twice, there are two cards, and each of `--address`, `--mac`
    /// and `--mtu` is for the card before it
    #[arg(long = "tap", value_name = "NAME", required = true)]
    taps: Vec<String>,
    /// An address of ours and the length of its prefix
    #[arg(long = "address", value_name = "IP/LENGTH", value_parser = on_link)]
    addresses: Vec<(IpAddr, u8)>,
    /// The card's address [default: 02:00:00:00:00:02, the next card's …:03]
    #[arg(long = "mac", value_name = "MAC")]
    macs: Vec<Mac>,
    /// The largest packet [default: 1500]
    #[arg(long = "mtu", value_name = "BYTES")]
    mtus: Vec<usize>,
    /// Filled in by [`Task::parse`]: clap's lists have lost who stands after whom.
    #[arg(skip)]
    pub(crate) cards: Vec<Card>,
    /// The router for all other networks; one of each version of IP
    #[arg(long = "gateway", value_name = "IP")]
    pub(crate) gateways: Vec<IpAddr>,
    /// A network that another router leads to
    #[arg(long = "route", value_name = "IP/LENGTH=ROUTER", value_parser = route)]
    pub(crate) routes: Vec<RouteArgument>,
    /// Who may change the MAC address of a neighbor that is known
    #[arg(long, value_enum, default_value_t = TrustArgument::Verify)]
    pub(crate) trust: TrustArgument,
    /// Write all frames to a capture file for Wireshark
    #[arg(long, value_name = "FILE")]
    pub(crate) pcap: Option<PathBuf>,
    /// Print a line for every frame and every event
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TrustArgument {
    /// Nobody, as long as the card that is known answers
    Verify,
    /// Anyone, as the RFCs have it
    Any,
}

/// One `--tap` and what was said about it.
#[derive(Clone, Debug)]
pub(crate) struct Card {
    pub(crate) tap: String,
    pub(crate) mac: Mac,
    pub(crate) mtu: usize,
    pub(crate) addresses: Vec<(IpAddr, u8)>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct RouteArgument {
    pub(crate) destination: IpAddr,
    pub(crate) length: u8,
    pub(crate) gateway: IpAddr,
}

impl Task {
    /// Reads the command line; on a mistake it prints what is wrong and ends the program.
    pub(crate) fn parse() -> Self {
        let matches = CommandLine::command().get_matches();
        let parsed = CommandLine::from_arg_matches(&matches).and_then(|mut line| {
            if let (Some(stack), Some((_, matches))) = (line.task.stack(), matches.subcommand()) {
                stack.assign(matches).map_err(|error| {
                    CommandLine::command().error(clap::error::ErrorKind::ValueValidation, error)
                })?;
            }
            Ok(line.task)
        });
        parsed.unwrap_or_else(|error| error.exit())
    }

    fn stack(&mut self) -> Option<&mut StackArguments> {
        match self {
            #[cfg(target_os = "linux")]
            Self::Host(arguments) => Some(&mut arguments.stack),
            #[cfg(target_os = "linux")]
            Self::Ping(arguments) => Some(&mut arguments.stack),
            _ => None,
        }
    }
}

impl StackArguments {
    /// Gives each card what stands between its `--tap` and the next one.
    fn assign(&mut self, matches: &ArgMatches) -> anyhow::Result<()> {
        let places = |name| matches.indices_of(name).into_iter().flatten();
        let starts: Vec<usize> = places("taps").collect();
        let card = |place: usize| {
            let before = starts.iter().filter(|&&start| start < place).count();
            before.checked_sub(1).context("say first which card it is for: --tap NAME")
        };
        self.cards = (2..).zip(&self.taps).map(|(number, tap)| Card::new(tap, number)).collect();
        for (place, address) in places("addresses").zip(&self.addresses) {
            self.cards[card(place)?].addresses.push(*address);
        }
        for (place, mac) in places("macs").zip(&self.macs) {
            self.cards[card(place)?].mac = *mac;
        }
        for (place, mtu) in places("mtus").zip(&self.mtus) {
            self.cards[card(place)?].mtu = *mtu;
        }
        Ok(())
    }
}

impl Card {
    fn new(tap: &str, number: u8) -> Self {
        let mac = Mac([2, 0, 0, 0, 0, number]);
        Self { tap: tap.into(), mac, mtu: DEFAULT_MTU, addresses: Vec::new() }
    }
}

fn on_link(text: &str) -> anyhow::Result<(IpAddr, u8)> {
    let (address, length) =
        text.split_once('/').context("write it with its prefix's length: 192.0.2.2/24")?;
    Ok((address.parse()?, length.parse().context("a prefix's length is a number")?))
}

fn route(text: &str) -> anyhow::Result<RouteArgument> {
    let (destination, gateway) =
        text.split_once('=').context("write it so: 198.51.100.0/24=192.0.2.254")?;
    let (destination, length) = on_link(destination)?;
    Ok(RouteArgument { destination, length, gateway: gateway.parse()? })
}

fn neighbor(text: &str) -> anyhow::Result<(Ipv4Addr, Mac)> {
    let (ip, at) = text.split_once('=').context("write it so: 192.0.2.1=02:00:00:00:00:01")?;
    Ok((Ipv4Addr::from_str(ip).with_context(|| ip.to_owned())?, at.parse()?))
}

/// A number of milliseconds of the command line.
pub(crate) fn milliseconds(number: u64) -> Duration {
    Duration::from_millis(number)
}

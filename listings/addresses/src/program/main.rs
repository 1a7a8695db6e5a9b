//! `ipcalc`: what an address or a prefix is, and sums with prefixes. All of it is in the library.

mod explain;
mod input;
mod refusal;
mod show;

use std::io::{self, ErrorKind, Write};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::process::ExitCode;

use addresses::aggregate::{aggregate, exclude, range};
use addresses::{Address, Mac, Prefix, eui64};
use anyhow::{Result, bail};
use clap::{Parser, Subcommand};

use input::{AnyPrefix, lines, read_address, read_prefix};
use refusal::{Refusal, complain};

/// Says what an IPv4 or IPv6 address or prefix is, and calculates with prefixes.
///
/// Status 0: done, or the answer is yes. Status 1: a text was refused, or the answer is no.
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true, arg_required_else_help = true)]
struct Arguments {
    /// An address, with a zone (`fe80::1%eth0`) or a prefix length (`192.0.2.17/26`) if it has one
    text: Option<String>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Cut a prefix into parts of LENGTH bits
    Split {
        prefix: String,
        length: u8,
        /// How many parts to print
        #[arg(long, default_value_t = 16)]
        limit: usize,
    },
    /// Say the same with the fewest prefixes; reads lines of stdin if none are given
    Aggregate { prefixes: Vec<String> },
    /// Cover the addresses from FIRST to LAST with prefixes
    Range { first: String, last: String },
    /// Cover PREFIX without HOLE
    Exclude { prefix: String, hole: String },
    /// Print those addresses that are in PREFIX; reads lines of stdin if none are given
    In { prefix: String, addresses: Vec<String> },
    /// What the registries say: about an address, about each of several in a line, or all they have
    Special { addresses: Vec<String> },
    /// The address that a host with this network card would once have given itself
    Eui64 { prefix: String, mac: String },
    /// Why a text is refused, and what the C library makes of it
    Explain {
        #[arg(required = true)]
        texts: Vec<String>,
    },
    /// Canonical text of each line of stdin, or `error`
    Parse,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut out = io::BufWriter::new(io::stdout().lock());
    let result = run(&arguments, &mut out).and_then(|yes| Ok(out.flush().map(|()| yes)?));
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        // `ipcalc split … | head` has seen enough.
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // What was found before the refusal is shown before it.
            let _ = out.flush();
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

/// Does what was asked and answers yes or no.
fn run(arguments: &Arguments, out: &mut impl Write) -> Result<bool> {
    let Some(command) = &arguments.command else {
        show::describe(out, arguments.text.as_deref().unwrap_or_default())?;
        return Ok(true);
    };
    match command {
        Command::Split { prefix, length, limit } => match read_prefix(prefix)? {
            AnyPrefix::V4(prefix) => split(out, prefix, *length, *limit)?,
            AnyPrefix::V6(prefix) => split(out, prefix, *length, *limit)?,
        },
        Command::Aggregate { prefixes } => aggregated(out, prefixes)?,
        Command::Range { first, last } => cover(out, first, last)?,
        Command::Exclude { prefix, hole } => match (read_prefix(prefix)?, read_prefix(hole)?) {
            (AnyPrefix::V4(prefix), AnyPrefix::V4(hole)) => print(out, exclude(prefix, hole))?,
            (AnyPrefix::V6(prefix), AnyPrefix::V6(hole)) => print(out, exclude(prefix, hole))?,
            _ => bail!("one is IPv4 and the other one IPv6"),
        },
        Command::In { prefix, addresses } => return inside(out, &read_prefix(prefix)?, addresses),
        Command::Special { addresses } => match &addresses[..] {
            [] => show::registries(out)?,
            [address] => show::special(out, read_address(address)?)?,
            several => {
                several.iter().try_for_each(|text| show::special_line(out, read_address(text)?))?;
            }
        },
        Command::Eui64 { prefix, mac } => writeln!(out, "{}", address_of(prefix, mac)?)?,
        Command::Explain { texts } => return Ok(explain::explain(out, texts)?),
        Command::Parse => return parse_lines(out),
    }
    Ok(true)
}

fn split<A: Address>(
    out: &mut impl Write,
    prefix: Prefix<A>,
    length: u8,
    limit: usize,
) -> Result<()> {
    let Some(mut parts) = prefix.subnets(length) else {
        bail!("a prefix of {} bits has parts of {0} to {} bits", prefix.length(), A::BITS);
    };
    print(out, parts.by_ref().take(limit))?;
    match parts.count_left() {
        Some(0) => {}
        Some(more) => writeln!(out, "… and {more} more")?,
        None => writeln!(out, "… and 2^128 more")?,
    }
    Ok(())
}

fn print<A: Address>(
    out: &mut impl Write,
    prefixes: impl IntoIterator<Item = Prefix<A>>,
) -> Result<()> {
    Ok(prefixes.into_iter().try_for_each(|prefix| writeln!(out, "{prefix}"))?)
}

/// The IPv4 prefixes first, then the IPv6 ones.
fn aggregated(out: &mut impl Write, arguments: &[String]) -> Result<()> {
    let (mut v4, mut v6) = (Vec::<Prefix<Ipv4Addr>>::new(), Vec::<Prefix<Ipv6Addr>>::new());
    let mut put = |text: &str| -> Result<(), Refusal> {
        match input::read_prefix_or_address(text)? {
            AnyPrefix::V4(prefix) => v4.push(prefix),
            AnyPrefix::V6(prefix) => v6.push(prefix),
        }
        Ok(())
    };
    if arguments.is_empty() {
        for line in lines() {
            let line = line?;
            if !line.trim().is_empty() {
                put(line.trim())?;
            }
        }
    } else {
        arguments.iter().try_for_each(|text| put(text))?;
    }
    print(out, aggregate(v4))?;
    print(out, aggregate(v6))
}

fn cover(out: &mut impl Write, first: &str, last: &str) -> Result<()> {
    use std::net::IpAddr::{V4, V6};
    match (read_address(first)?, read_address(last)?) {
        (a, b) if a.is_ipv4() != b.is_ipv4() => bail!("one is IPv4 and the other one IPv6"),
        (a, b) if a > b => bail!("{a} comes after {b}; write the lower address first"),
        (V4(a), V4(b)) => print(out, range(a, b)),
        (V6(a), V6(b)) => print(out, range(a, b)),
        _ => Ok(()),
    }
}

/// Prints those that are in the prefix, and answers whether there are any.
fn inside(out: &mut impl Write, prefix: &AnyPrefix, arguments: &[String]) -> Result<bool> {
    let mut any = false;
    let mut put = |text: &str| -> Result<()> {
        if prefix.contains(read_address(text)?) {
            any = true;
            writeln!(out, "{text}")?;
        }
        Ok(())
    };
    if arguments.is_empty() {
        lines().try_for_each(|line| put(line?.trim()))?;
    } else {
        arguments.iter().try_for_each(|text| put(text))?;
    }
    Ok(any)
}

fn address_of(prefix: &str, mac: &str) -> Result<Ipv6Addr> {
    let AnyPrefix::V6(prefix) = read_prefix(prefix)? else {
        bail!("EUI-64 identifiers are for IPv6 prefixes");
    };
    let mac: Mac = mac.parse()?;
    let Some(address) = eui64::address(prefix, mac) else {
        bail!("{prefix} leaves {} bits, and an identifier needs 64", prefix.host_bits());
    };
    Ok(address)
}

fn parse_lines(out: &mut impl Write) -> Result<bool> {
    let mut all = true;
    for line in lines() {
        if let Ok(text) = input::canonical(&line?) {
            writeln!(out, "{text}")?;
        } else {
            all = false;
            writeln!(out, "error")?;
        }
    }
    Ok(all)
}

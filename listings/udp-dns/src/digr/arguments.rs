//! What can be said on the command line.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Parser;
use udp_dns::message::{Class, Kind, Question};
use udp_dns::name::Name;
use udp_dns::resolv_conf::{Nameserver, PORT, ResolvConf};
use udp_dns::resolver::{Settings, reverse, search};

/// Asks a name server, and shows what it says.
///
///     digr example.test MX
///     digr @127.0.0.1:5300 www.example.test AAAA --short
///     digr -x 192.0.2.1
///
/// Exit status: 0 a server answered, whatever it said; 1 the command line is wrong;
/// 9 no server answered.
#[derive(Debug, Parser)]
#[command(version, verbatim_doc_comment)]
#[allow(clippy::struct_excessive_bools)] // each is an option of its own
pub(crate) struct Arguments {
    /// @SERVER, NAME and TYPE: `@192.0.2.53`, `@127.0.0.1:5300`, `@[::1]:5300`, `@fe80::53%eth0`.
    /// Without a server, those of resolv.conf; without a type, A
    #[arg(value_name = "@SERVER NAME TYPE")]
    words: Vec<String>,
    /// Ask for the name of an address
    #[arg(short = 'x', value_name = "ADDRESS", conflicts_with = "search")]
    reverse: Option<IpAddr>,
    /// Ask over TCP from the start
    #[arg(long)]
    tcp: bool,
    /// Leave EDNS out, and with it answers of more than 512 bytes over UDP
    #[arg(long, conflicts_with = "bufsize")]
    no_edns: bool,
    /// Answers over UDP may have so many bytes
    #[arg(long, value_name = "BYTES", default_value_t = 1232, value_parser = clap::value_parser!(u16).range(512..))]
    bufsize: u16,
    /// Write the name in a random case and want it back (0x20)
    #[arg(long)]
    case: bool,
    /// Do not ask the server to find out for us
    #[arg(long)]
    no_recurse: bool,
    /// Wait so long for each server in the first round, in seconds [default: resolv.conf's, or 5]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    timeout: Option<Duration>,
    /// Ask each server so many times, 5 at most [default: resolv.conf's, or 2]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=5))]
    tries: Option<u8>,
    /// Try a short name with the suffixes of resolv.conf
    #[arg(long)]
    search: bool,
    /// Look into a hosts file first
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = udp_dns::hosts::PATH)]
    pub(crate) hosts: Option<PathBuf>,
    /// Read this file instead of /etc/resolv.conf
    #[arg(long, value_name = "FILE", default_value = udp_dns::resolv_conf::PATH)]
    pub(crate) resolv_conf: PathBuf,
    /// Show the answers' data and nothing else
    #[arg(long)]
    pub(crate) short: bool,
    /// Show the bytes of query and answer
    #[arg(long)]
    pub(crate) hex: bool,
    /// Show how long it took
    #[arg(long)]
    pub(crate) time: bool,
}

/// What was asked for.
pub(crate) struct Task {
    /// The names to try, in order.
    pub(crate) names: Vec<Name>,
    pub(crate) kind: Kind,
    pub(crate) server: Option<SocketAddr>,
}

impl Task {
    pub(crate) fn question(&self, name: &Name) -> Question {
        Question { name: name.clone(), kind: self.kind, class: Class::IN }
    }
}

impl Arguments {
    pub(crate) fn task(&self, conf: &ResolvConf) -> anyhow::Result<Task> {
        let (servers, words): (Vec<_>, Vec<_>) =
            self.words.iter().map(String::as_str).partition(|word| word.starts_with('@'));
        let server = match servers[..] {
            [] => None,
            [word] => Some(server(&word[1..])?),
            _ => bail!("one @SERVER is enough"),
        };
        let (name, kind) = match (self.reverse, &words[..]) {
            (Some(address), []) => (reverse(address).to_string(), Kind::PTR),
            (Some(address), [word]) => (reverse(address).to_string(), kind(word)?),
            (None, [name]) => ((*name).to_owned(), Kind::A),
            (None, [name, word]) => ((*name).to_owned(), kind(word)?),
            (None, []) => bail!("say a name, or -x and an address; --help says more"),
            _ => bail!("a name and a type, and no more words; the type stands last"),
        };
        let suffixes = if self.search { &conf.search[..] } else { &[] };
        let names = search::candidates(&name, suffixes, conf.ndots);
        let names = names.with_context(|| format!("{name:?} is no name"))?;
        Ok(Task { names, kind, server })
    }

    pub(crate) fn settings(&self, conf: &ResolvConf) -> Settings {
        let from_file = conf.settings();
        Settings {
            timeout: self.timeout.unwrap_or(from_file.timeout),
            attempts: self.tries.unwrap_or(from_file.attempts),
            udp_size: (!self.no_edns).then_some(self.bufsize),
            recursion: !self.no_recurse,
            mixed_case: self.case,
            tcp: self.tcp || from_file.tcp,
            ..from_file
        }
    }
}

fn server(text: &str) -> anyhow::Result<SocketAddr> {
    let parsed = || {
        let (address, port) = match text.strip_prefix('[').map(|rest| rest.split_once(']')) {
            None => (text, ""),
            Some(parts) => parts?,
        };
        let port = match port.strip_prefix(':') {
            Some(digits) => digits.parse().ok()?,
            None => Some(PORT).filter(|_| port.is_empty())?,
        };
        Nameserver::parse(address)?.socket(port, crate::interface_index)
    };
    text.parse()
        .ok()
        .or_else(parsed)
        .with_context(|| format!("{text:?} is no address; write @192.0.2.53, @[::1]:5300"))
}

fn kind(text: &str) -> anyhow::Result<Kind> {
    text.parse().ok().with_context(|| format!("{text:?} is no type; write MX or TYPE15"))
}

fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 = text.parse().map_err(|_| "a number of seconds".to_owned())?;
    match Duration::try_from_secs_f64(number) {
        Ok(time) if !time.is_zero() && time <= Duration::from_secs(30) => Ok(time),
        _ => Err("more than 0 and at most 30".to_owned()),
    }
}

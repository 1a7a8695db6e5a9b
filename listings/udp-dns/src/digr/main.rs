//! `digr`: asks a name server, and shows what it says.

mod arguments;
mod show;

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context;
use arguments::{Arguments, Task};
use clap::Parser;
use udp_dns::hosts::{self, Hosts};
use udp_dns::message::{Kind, Rcode};
use udp_dns::resolv_conf::{self, Nameserver, PORT, ResolvConf};
use udp_dns::resolver::{Answer, Client, Failure, Outcome};

/// dig's own: a command line that makes no sense, and no answer at all.
const USAGE: u8 = 1;
const NO_ANSWER: u8 = 9;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // If stderr is gone, the exit status has to do.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(USAGE) } else { ExitCode::SUCCESS };
        }
    };
    match run(&arguments) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(failure)) => {
            complain(&failure.to_string());
            ExitCode::from(NO_ANSWER)
        }
        Err(error) => {
            complain(&format!("{error:#}"));
            ExitCode::from(USAGE)
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<Result<(), Failure>> {
    let conf = read(&arguments.resolv_conf, resolv_conf::MAX_BYTES)?;
    let conf = ResolvConf::parse(&conf);
    let task = arguments.task(&conf)?;
    if let Some(file) = &arguments.hosts {
        let lines = from_hosts(file, &task)?;
        if !lines.is_empty() {
            say(&lines);
            return Ok(Ok(()));
        }
    }
    let servers = match task.server {
        Some(server) => vec![server],
        None => servers(&conf, &arguments.resolv_conf)?,
    };
    let mut client = Client::new(servers, arguments.settings(&conf));
    let started = Instant::now();
    Ok(ask(&mut client, &task).map(|(answer, question)| {
        if arguments.hex {
            say(&show::hex(&answer));
        }
        say(&if arguments.short { show::short(&answer) } else { show::long(&answer, &question) });
        if arguments.time {
            say(&show::time(started.elapsed()));
        }
    }))
}

/// Asks for one name after the other, until one is there. If none is, the last answer stands.
fn ask(client: &mut Client, task: &Task) -> Result<(Answer, udp_dns::message::Question), Failure> {
    let mut last = Err(Failure::default());
    for name in &task.names {
        let question = task.question(name);
        let answer = client.ask(question.clone())?;
        let is_there = !matches!(
            Outcome::of(&answer.message, &question),
            Outcome::NoSuchName { .. }
                | Outcome::NoData { .. }
                | Outcome::Failed(Rcode::SERVER_FAILURE)
        );
        last = Ok((answer, question));
        if is_there {
            break;
        }
    }
    last
}

/// What the hosts file says about the names; a line for each address.
fn from_hosts(file: &Path, task: &Task) -> anyhow::Result<String> {
    let hosts = Hosts::parse(&read(file, hosts::MAX_BYTES)?);
    let wanted = |address: &std::net::IpAddr| {
        (task.kind == Kind::A && address.is_ipv4())
            || (task.kind == Kind::AAAA && address.is_ipv6())
    };
    let addresses = task.names.iter().flat_map(|name| hosts.addresses(name));
    Ok(addresses.filter(wanted).map(|address| format!("{address}\n")).collect())
}

fn servers(conf: &ResolvConf, file: &Path) -> anyhow::Result<Vec<SocketAddr>> {
    for warning in &conf.warnings {
        complain(&format!("{}: {warning}", file.display()));
    }
    let socket = |nameserver: &Nameserver| nameserver.socket(PORT, interface_index);
    let servers: Vec<_> = conf.nameservers.iter().filter_map(socket).collect();
    anyhow::ensure!(!servers.is_empty(), "{}: no server that can be reached", file.display());
    Ok(servers)
}

/// The number of an interface, as Linux tells it.
fn interface_index(name: &str) -> Option<u32> {
    // A name with a slash in it would lead elsewhere.
    let path = Path::new("/sys/class/net").join(Path::new(name).file_name()?).join("ifindex");
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

/// A file's bytes; none if it is not there. One more than `limit`, so that who reads them sees that
/// there are too many.
fn read(path: &Path, limit: usize) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match File::open(path) {
        Ok(file) => file.take(limit as u64 + 1).read_to_end(&mut bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
    .with_context(|| path.display().to_string())?;
    Ok(bytes)
}

/// Prints. Nobody is left to tell when stdout is gone.
fn say(text: &str) {
    let _ = io::stdout().write_all(text.as_bytes());
}

fn complain(message: &str) {
    let _ = writeln!(io::stderr(), "digr: {message}");
}

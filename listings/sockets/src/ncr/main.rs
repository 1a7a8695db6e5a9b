//! `ncr`: a netcat. It carries bytes between its standard streams and a socket.

mod open;
mod streams;
mod talk;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Parser;
use sockets::stop;

use open::{Door, Family, Unlink};
use streams::{Input, Output, Peer};
use talk::{Ending, Rules, Talk};

/// A netcat: carries bytes between its standard streams and a socket.
///
/// The end of standard input is told to the peer, and what the peer still says is read to its end.
///
/// Exit status: 0 when everything was passed on; 1 after an error; 2 for a wrong command line; 124
/// when --idle ended it; 130 after Ctrl-C. Datagrams have no end: with -u, --idle is a good end and
/// its status is 0.
#[derive(Parser)]
#[command(version)]
#[expect(clippy::struct_excessive_bools, reason = "a command line is made of switches")]
struct Arguments {
    /// HOST PORT, or PATH with -U; when listening, HOST may be left off and is 127.0.0.1 then
    #[arg(required = true, num_args = 1..=2, value_name = "WHERE")]
    place: Vec<String>,
    /// Wait for a connection instead of making one; port 0 takes a free port and says which
    #[arg(short, long)]
    listen: bool,
    /// When a conversation is over, wait for the next
    #[arg(short, long, requires = "listen", conflicts_with = "udp")]
    keep: bool,
    /// Datagrams: what one read of standard input gives, 16 KiB at most, goes into one
    #[arg(short, long)]
    udp: bool,
    /// A Unix socket at PATH
    #[arg(short = 'U', long, conflicts_with_all = ["v4", "v6"])]
    unix: bool,
    /// IPv4 only
    #[arg(short = '4', conflicts_with = "v6")]
    v4: bool,
    /// IPv6 only
    #[arg(short = '6')]
    v6: bool,
    /// Drop what the peer says, and end with standard input; a peer that still talks is heard out,
    /// for 10 seconds at most, since a reset would cost it what it has not read yet
    #[arg(long, conflicts_with = "recv_only")]
    send_only: bool,
    /// Do not read standard input; end with the peer
    #[arg(long)]
    recv_only: bool,
    /// Do not tell the peer that standard input has ended
    #[arg(long)]
    no_shutdown: bool,
    /// End after so many seconds in which no byte moved
    #[arg(short = 'w', long, value_name = "SECONDS", value_parser = seconds)]
    idle: Option<Duration>,
    /// How long to try all addresses of the host, which race
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "10")]
    connect_timeout: Duration,
    /// Say with whom, and how it ended
    #[arg(short, long)]
    verbose: bool,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            say(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<u8> {
    let rules = Rules {
        send: !arguments.recv_only,
        receive: !arguments.send_only,
        shutdown: !arguments.no_shutdown,
        idle: arguments.idle,
    };
    let (mut input, mut output) = (Input::new(), Output::new()?);
    if !arguments.listen {
        let (peer, _unlink) = arguments.connect()?;
        let stop = stop::on_signal().context("cannot listen for Ctrl-C")?;
        return arguments.converse(Talk::new(&mut input, &mut output, &peer, &stop, rules), &peer);
    }
    // Before the socket's file exists, or a Ctrl-C in between would leave it behind.
    let stop = stop::on_signal().context("cannot listen for Ctrl-C")?;
    let (door, _unlink) = arguments.open()?;
    if !arguments.keep {
        let Some(peer) = door.accept(&stop)? else { return Ok(130) };
        // Who comes later is refused, and does not wait for a turn that never comes.
        drop(door);
        return arguments.converse(Talk::new(&mut input, &mut output, &peer, &stop, rules), &peer);
    }
    loop {
        let Some(peer) = door.accept(&stop)? else { return Ok(130) };
        let talk = Talk::new(&mut input, &mut output, &peer, &stop, rules);
        match arguments.converse(talk, &peer) {
            Ok(130) => return Ok(130),
            Ok(_) => {}
            Err(error) => say(&format!("{error:#}")),
        }
    }
}

impl Arguments {
    /// Talks until it is over; returns the exit status.
    fn converse(&self, talk: Talk<'_>, peer: &Peer) -> Result<u8> {
        peer.socket.set_nonblocking(true)?;
        let (words, code) = match talk.run()? {
            Ending::Done => ("both sides have ended".to_owned(), 0),
            Ending::Broken(0, error) => bail!("the peer takes nothing any more: {error}"),
            Ending::Broken(lost, error) => {
                bail!("the peer takes nothing any more: {error}; at least {lost} bytes are lost")
            }
            Ending::Idle => ("nothing was said for too long".to_owned(), u8::from(!self.udp) * 124),
            Ending::Stopped => ("stopped".to_owned(), 130),
        };
        self.tell(&words);
        Ok(code)
    }

    fn connect(&self) -> Result<(Peer, Option<Unlink>)> {
        if self.unix {
            let path = self.path()?;
            let (socket, unlink) = open::unix(&path, self.udp)?;
            self.tell(&format!("connected to {}", path.display()));
            return Ok((Peer { socket, datagrams: self.udp }, unlink));
        }
        let (host, port) = self.host_and_port()?;
        let addresses = open::resolve(host.context("say where: HOST PORT")?, port, self.family())?;
        let (socket, address) = if self.udp {
            open::udp(&addresses)?
        } else {
            open::connect(&addresses, self.connect_timeout)?
        };
        self.tell(&format!("connected to {address}"));
        Ok((Peer { socket, datagrams: self.udp }, None))
    }

    fn open(&self) -> Result<(Door, Option<Unlink>)> {
        if self.unix {
            let path = self.path()?;
            let (door, unlink) = Door::unix(&path, self.udp)?;
            say(&format!("listening on {}", path.display()));
            return Ok((door, Some(unlink)));
        }
        let (host, port) = self.host_and_port()?;
        let default = if self.v6 { "::1" } else { "127.0.0.1" };
        let addresses = open::resolve(host.unwrap_or(default), port, self.family())?;
        let (door, address) =
            if self.udp { Door::udp(&addresses)? } else { Door::tcp(&addresses)? };
        say(&format!("listening on {address}"));
        Ok((door, None))
    }

    fn path(&self) -> Result<PathBuf> {
        match &self.place[..] {
            [path] => Ok(path.into()),
            _ => bail!("-U takes one PATH"),
        }
    }

    fn host_and_port(&self) -> Result<(Option<&str>, u16)> {
        let (host, port) = match &self.place[..] {
            [port] => (None, port),
            [host, port] => (Some(host.as_str()), port),
            _ => bail!("say where: HOST PORT"),
        };
        let port = port.parse().with_context(|| format!("{port} is not a port (0 to 65535)"))?;
        Ok((host, port))
    }

    fn family(&self) -> Family {
        match (self.v4, self.v6) {
            (true, _) => Family::V4,
            (_, true) => Family::V6,
            _ => Family::Any,
        }
    }

    fn tell(&self, words: &str) {
        if self.verbose {
            say(words);
        }
    }
}

fn say(words: &str) {
    // Standard error may be closed, and there is nobody else to tell.
    let _ = writeln!(std::io::stderr(), "ncr: {words}");
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| format!("{text} is not a number of seconds"))?;
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|limit| !limit.is_zero())
        .ok_or_else(|| format!("{text} is not a time to wait"))
}

//! A server as the trials see it: a name, a port, a process.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use testkit::Process;

use crate::all::Name;

/// No wait of a trial is longer. If the server does its work, each is over long before, also on a
/// machine that has much else to do.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// Times that are no part of a trial, in seconds: however busy the machine, they do not end it.
const PATIENT: [(&str, &str); 2] = [("--idle", "600"), ("--drain", "60")];

/// A way to write the server, and the trials that it is declared to fail: in those, whoever comes
/// second waits.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) waits: &'static [Name],
}

/// All servers.
pub(crate) const KINDS: [Kind; 8] = [
    Kind {
        name: "iterative",
        waits: &[
            Name::Thousand,
            Name::NeverReads,
            Name::NeverWrites,
            Name::Descriptors,
            Name::Cap,
            Name::FourEmpty,
            Name::Hundred,
        ],
    },
    Kind { name: "threads", waits: &[] },
    Kind { name: "pool", waits: &[] },
    Kind { name: "level", waits: &[] },
    Kind { name: "edge", waits: &[] },
    Kind { name: "executor", waits: &[] },
    Kind { name: "tokio", waits: &[] },
    Kind { name: "uring", waits: &[] },
];

/// A running server.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) process: Process,
}

impl Server {
    /// `program KIND OPTIONS…`, when it listens. It is patient where the options do not say a time.
    pub(crate) fn start(program: &Path, kind: &Kind, options: &str) -> Result<Self, String> {
        let mut command = Command::new(program);
        command.arg(kind.name).args(options.split_whitespace());
        for (option, seconds) in PATIENT.iter().filter(|(option, _)| !options.contains(option)) {
            command.args([option, seconds]);
        }
        Self::launch(&mut command)
    }

    /// The same, with at most `files` descriptors.
    pub(crate) fn start_limited(program: &Path, kind: &Kind, files: u32) -> Result<Self, String> {
        let limited = format!("ulimit -n {files} && exec \"$0\" \"$@\"");
        let mut command = Command::new("sh");
        command.args(["-c", &limited]).arg(program).arg(kind.name);
        Self::launch(&mut command)
    }

    fn launch(command: &mut Command) -> Result<Self, String> {
        let process = Process::start(command).map_err(|error| error.to_string())?;
        process.wait_for_text("\n", LIMIT).map_err(|error| error.to_string())?;
        let text = process.text_so_far();
        let address = text.lines().next().and_then(|line| line.strip_prefix("listening on "));
        let address = address.and_then(|address| address.parse().ok());
        Ok(Self { address: address.ok_or_else(|| format!("printed {text:?}"))?, process })
    }

    /// SIGTERM, and the end that a server has to find.
    pub(crate) fn stop(self, limit: Duration) -> Result<(), String> {
        self.process.terminate();
        self.ends(limit)
    }

    /// The rest of [`stop`](Self::stop).
    pub(crate) fn ends(self, limit: Duration) -> Result<(), String> {
        let finished = self.process.finish(limit).map_err(|error| error.to_string())?;
        let text = finished.text();
        let well = finished.status.success() && text.ends_with("\nstopped\n");
        if well { Ok(()) } else { Err(format!("{}: {text}", finished.status)) }
    }

    /// Memory that the process has in use, in KiB, without the kernel's; 0 where nobody tells.
    pub(crate) fn resident(&self) -> u64 {
        let path = format!("/proc/{}/status", self.process.id());
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
    }

    /// Processor time that the process has used; zero where nobody tells.
    pub(crate) fn used(&self) -> Duration {
        let path = format!("/proc/{}/stat", self.process.id());
        let text = std::fs::read_to_string(path).unwrap_or_default();
        // Fields 14 and 15 of proc(5), in ticks of 10 ms; field 2 is in parentheses.
        let fields = text.rsplit(") ").next().unwrap_or_default().split_whitespace();
        let ticks: u64 =
            fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
        Duration::from_millis(10 * ticks)
    }
}

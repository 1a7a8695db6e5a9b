//! A lab with a kernel at one end of a TAP device and our TCP at the other.

use std::fs;
use std::ops::Deref;
use std::process::{ChildStdin, Command};
use std::time::Instant;

pub(crate) use labkit::LIMIT;
use testkit::Process;

/// Our usual addresses on the link.
const HOST: &str = "--tap tap0 --address 192.0.2.2/24 --address 2001:db8::2/64";

pub(crate) struct Net(labkit::Net);

impl Deref for Net {
    type Target = labkit::Net;

    fn deref(&self) -> &labkit::Net {
        &self.0
    }
}

impl Net {
    pub(crate) fn open() -> Self {
        Self(labkit::Net::with_tap())
    }

    fn taptcp_command(&self, line: &str) -> Command {
        let (what, more) = line.split_once(' ').unwrap_or((line, ""));
        self.ours(env!("CARGO_BIN_EXE_taptcp"), &format!("{what} {HOST} {more}"))
    }

    /// Starts `taptcp` and waits until it says `ready`.
    pub(crate) fn taptcp(&self, line: &str, ready: &str) -> Process {
        let process = Process::start(&mut self.taptcp_command(line)).expect("taptcp starts");
        process.wait_for_text(ready, LIMIT).expect("taptcp is ready");
        process
    }

    /// Starts `taptcp`, which reads what is written to the pipe.
    pub(crate) fn taptcp_reading(&self, line: &str) -> (Process, ChildStdin) {
        Process::stdin_piped(&mut self.taptcp_command(line)).expect("taptcp starts")
    }

    /// The states of the kernel's connections with us, and no others.
    pub(crate) fn kernel_states(&self) -> String {
        let said = self.run("ss --tcp --all --numeric --no-header");
        let ours = said.lines().filter(|line| line.contains("192.0.2.2:"));
        let states = ours.map(|line| line.split_whitespace().next().unwrap_or_default());
        states.collect::<Vec<_>>().join(" ")
    }

    /// Waits until the kernel says `state` of its one connection with us.
    pub(crate) fn wait_for_kernel(&self, state: &str) {
        let deadline = Instant::now() + LIMIT;
        loop {
            let states = self.kernel_states();
            if states == state {
                return;
            }
            assert!(Instant::now() < deadline, "the kernel says {states:?} and not {state:?}");
        }
    }
}

/// Waits until our side says `state`.
pub(crate) fn wait_for_ours(process: &Process, state: &str) {
    process.wait_for_text(&format!(" {state}\n"), LIMIT).expect("our state");
}

/// Stops a program and lets it go on.
pub(crate) fn signal(process: &Process, name: &str) {
    let group = format!("-{}", process.id());
    let status = Command::new("kill").args([name, "--", &group]).status().expect("kill");
    assert!(status.success());
    // The signal waits for one of the threads to come by, and on a busy machine others go on until
    // then.
    let deadline = Instant::now() + LIMIT;
    while name == "-STOP" && !has_stopped(process.id()) {
        assert!(Instant::now() < deadline, "it goes on");
    }
}

/// Whether each thread of the group's programs has stopped.
fn has_stopped(group: u32) -> bool {
    let processes = fs::read_dir("/proc").expect("/proc").flatten();
    let threads = processes.filter_map(|process| fs::read_dir(process.path().join("task")).ok());
    threads.flatten().flatten().all(|thread| {
        let stat = fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
        // Behind the name, which may hold anything: state, parent, group (proc(5)).
        let mut fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        let (state, in_group) = (fields.next(), fields.nth(1) == Some(&group.to_string()));
        !in_group || state == Some("T")
    })
}

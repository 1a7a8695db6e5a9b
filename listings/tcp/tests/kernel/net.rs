//! A lab with a kernel at one end of a TAP device and our TCP at the other.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use addresses::lab::Lab;
use testkit::{Process, require};

/// No single step takes longer, even on a busy machine.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);

/// How long a transfer over a bad link may take.
pub(crate) const TRANSFER: Duration = Duration::from_secs(100);

/// `tap0`, on which the kernel has 192.0.2.1 and `2001:db8::1`.
const LINK: &str = "
tuntap add dev tap0 mode tap
link set tap0 address 02:00:00:00:00:01
address add 192.0.2.1/24 dev tap0
address add 2001:db8::1/64 dev tap0 nodad
link set tap0 up
";

/// Our usual addresses on it.
pub(crate) const HOST: &str = "--tap tap0 --address 192.0.2.2/24 --address 2001:db8::2/64";

pub(crate) struct Net {
    lab: Lab,
    folder: PathBuf,
}

impl Net {
    pub(crate) fn open() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        for program in ["ip", "unshare", "nsenter"] {
            require(program);
        }
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("tcp-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let net = Self { lab: Lab::open().expect("a lab"), folder };
        net.feed("ip -batch -", LINK);
        net
    }

    /// A file that goes away with the lab.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A program of the machine's, to be run in the lab. `@` stands for the folder.
    pub(crate) fn command(&self, line: &str) -> Command {
        let line = line.replace('@', &self.folder.display().to_string());
        let mut words = line.split_whitespace();
        let program = words.next().expect("a program");
        require(program);
        let mut command = self.lab.command(program);
        command.args(words);
        command
    }

    /// Runs a program that reads `input`, and must succeed.
    fn feed(&self, line: &str, input: &str) {
        let mut command = self.command(line);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        stdin.write_all(input.as_bytes()).expect("it reads");
        drop(stdin);
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    pub(crate) fn start(&self, line: &str) -> Process {
        Process::start(&mut self.command(line)).expect("it starts")
    }

    /// Runs a program to its end, and it must succeed.
    pub(crate) fn run(&self, line: &str, limit: Duration) -> String {
        let finished = self.start(line).finish(limit).expect("it ends");
        assert!(finished.status.success(), "{line}: {}", finished.text());
        finished.text()
    }

    fn taptcp_command(&self, line: &str) -> Command {
        let line = line.replace('@', &self.folder.display().to_string());
        let mut words = line.split_whitespace();
        let mut command = self.lab.command(env!("CARGO_BIN_EXE_taptcp"));
        command.args(words.next()).args(HOST.split_whitespace()).args(words);
        command
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

    /// A Python script with its arguments, and what it reads.
    pub(crate) fn python(&self, script: &str, arguments: &str) -> (Process, ChildStdin) {
        let mut command = self.command("python3 -u -c");
        command.arg(script).args(arguments.split_whitespace());
        Process::stdin_piped(&mut command).expect("python3 starts")
    }

    /// The states of the kernel's connections with us, and no others.
    pub(crate) fn kernel_states(&self) -> String {
        let said = self.run("ss --tcp --all --numeric --no-header", LIMIT);
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

impl Drop for Net {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
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

//! A lab with a kernel at one end of a TAP device and a program of ours at the other.
//!
//! Each [`Net`] is a network namespace of its own, so tests run side by side, and a folder, which
//! goes away with it. Everything in it is asserted: where no lab can be had, or a program is missing
//! or fails, the test fails and says why.
//!
//! Linux only.
#![cfg(target_os = "linux")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use addresses::lab::Lab;
use testkit::{Process, require};

/// No single step takes longer, even on a busy machine. It is for what would hang.
pub const LIMIT: Duration = Duration::from_secs(120);

/// Between two looks at what cannot wake us.
const POLL: Duration = Duration::from_millis(5);

/// `tap0`, on which the kernel has 192.0.2.1 and `2001:db8::1`. Its MAC address is fixed, so that
/// captures compare.
const TAP0: &str = "
tuntap add dev tap0 mode tap
link set tap0 address 02:00:00:00:00:01
address add 192.0.2.1/24 dev tap0
address add 2001:db8::1/64 dev tap0 nodad
link set tap0 up
";

/// A lab and a folder.
#[derive(Debug)]
pub struct Net {
    lab: Lab,
    folder: PathBuf,
}

impl Net {
    /// A lab in which there is only `lo`.
    ///
    /// # Panics
    ///
    /// If the kernel gives no lab, or `ip`, `unshare` or `nsenter` are missing.
    #[must_use]
    pub fn empty() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        for program in ["ip", "unshare", "nsenter"] {
            require(program);
        }
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("lab-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        Self { lab: Lab::open().expect("a lab"), folder }
    }

    /// A lab with a TAP device: `tap0` with the MAC address 02:00:00:00:00:01, on which the kernel
    /// has 192.0.2.1/24 and `2001:db8::1/64`.
    ///
    /// # Panics
    ///
    /// As [`Net::empty`], and if the kernel has no TAP devices.
    #[must_use]
    pub fn with_tap() -> Self {
        let net = Self::empty();
        net.ip(TAP0);
        net
    }

    /// A file that goes away with the lab.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The words of a line, in which `@/` is the folder.
    fn words(&self, line: &str) -> Vec<String> {
        let line = line.replace("@/", &format!("{}/", self.folder.display()));
        line.split_whitespace().map(str::to_owned).collect()
    }

    /// A program of the machine's with its arguments, to be run in the lab. `@/` is the folder;
    /// there is no quoting.
    ///
    /// # Panics
    ///
    /// If there is no such program.
    #[must_use]
    pub fn command(&self, line: &str) -> Command {
        let words = self.words(line);
        let (program, arguments) = words.split_first().expect("a program");
        require(program);
        let mut command = self.lab.command(program);
        command.args(arguments);
        command
    }

    /// The same for a program of ours, which is given by its path.
    #[must_use]
    pub fn ours(&self, program: impl AsRef<Path>, arguments: &str) -> Command {
        let mut command = self.lab.command(program.as_ref());
        command.args(self.words(arguments));
        command
    }

    /// Runs lines of `ip`'s.
    ///
    /// # Panics
    ///
    /// If one of them fails.
    pub fn ip(&self, batch: &str) {
        let output = self.feed("ip -batch -", batch);
        assert!(output.status.success(), "ip: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// Starts a program.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
    #[must_use]
    pub fn start(&self, line: &str) -> Process {
        Process::start(&mut self.command(line)).expect("it starts")
    }

    /// Runs a program to its end and returns what it printed. It may fail.
    ///
    /// # Panics
    ///
    /// If it takes longer than [`LIMIT`].
    pub fn say(&self, line: &str) -> String {
        self.start(line).finish(LIMIT).expect("it ends").text()
    }

    /// The same, and it must succeed.
    ///
    /// # Panics
    ///
    /// If it does not.
    pub fn run(&self, line: &str) -> String {
        let finished = self.start(line).finish(LIMIT).expect("it ends");
        assert!(finished.status.success(), "{line}: {}", finished.text());
        finished.text()
    }

    /// Runs a program that reads `input`.
    ///
    /// # Panics
    ///
    /// If it cannot be started, or does not read all of it.
    #[must_use]
    pub fn feed(&self, line: &str, input: &str) -> Output {
        let mut command = self.command(line);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let mut stdin = child.stdin.take().expect("its input");
        stdin.write_all(input.as_bytes()).expect("it reads");
        drop(stdin);
        child.wait_with_output().expect("it ends")
    }

    /// Starts a Python script with its arguments, and what it reads.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
    #[must_use]
    pub fn python(&self, script: &str, arguments: &str) -> (Process, ChildStdin) {
        let mut command = self.command("python3 -u -c");
        command.arg(script).args(self.words(arguments));
        Process::stdin_piped(&mut command).expect("python3 starts")
    }

    /// Runs a program again and again until its output contains `needle`, and returns that output.
    ///
    /// # Panics
    ///
    /// If it does not within [`LIMIT`].
    pub fn wait_for(&self, line: &str, needle: &str) -> String {
        let deadline = Instant::now() + LIMIT;
        loop {
            let said = self.say(line);
            if said.contains(needle) {
                return said;
            }
            assert!(Instant::now() < deadline, "{line:?} never says {needle:?}, but: {said}");
            thread::sleep(POLL);
        }
    }
}

impl Drop for Net {
    fn drop(&mut self) {
        // What is left in the folder for temporary files does no harm.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

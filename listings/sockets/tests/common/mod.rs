//! A program with its three streams, for tests of `ncr`.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use testkit::within;

/// Nothing here takes a second; a machine that does much else may take longer.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// A running program. It is killed when this is dropped.
pub(crate) struct Run {
    child: Child,
    output: JoinHandle<Vec<u8>>,
}

/// Kills on the way out of a test that failed.
impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

struct Guard(Child);

impl Run {
    /// Starts a program whose input is `input`, to be given by a thread of its own.
    pub(crate) fn with_input(command: &mut Command, input: Vec<u8>) -> Self {
        let (run, mut stdin) = Self::open(command);
        // It may end without reading everything, which is not this thread's business.
        thread::spawn(move || stdin.write_all(&input));
        run
    }

    /// Starts a program and hands out its standard input.
    pub(crate) fn open(command: &mut Command) -> (Self, ChildStdin) {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("a program that starts");
        let stdin = child.stdin.take().expect("its input");
        let mut stdout = child.stdout.take().expect("its output");
        let output = thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = stdout.read_to_end(&mut bytes);
            bytes
        });
        (Self { child, output }, stdin)
    }

    #[allow(dead_code, reason = "not every test file sends signals")]
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The line on standard error that says where it listens, up to the end of the line.
    pub(crate) fn place(&mut self) -> String {
        let stderr = self.child.stderr.take().expect("piped standard error");
        let line = within(LIMIT, "the place", move || {
            let mut lines = BufReader::new(stderr);
            let mut line = String::new();
            lines.read_line(&mut line).expect("a line");
            // Kept open, so that a later complaint does not fail.
            thread::spawn(move || lines.read_to_end(&mut Vec::new()));
            line
        });
        let place = line.trim_end().strip_prefix("ncr: listening on ");
        place.unwrap_or_else(|| panic!("{line:?}")).to_owned()
    }

    /// Waits for the end; returns the status and the output.
    pub(crate) fn finish(self, what: &str) -> (ExitStatus, Vec<u8>) {
        let mut guard = Guard(self.child);
        let output = self.output;
        within(LIMIT, what, move || {
            let status = guard.0.wait().expect("a status");
            (status, output.join().expect("the output"))
        })
    }
}

/// `ncr` with the given arguments, its standard error piped.
pub(crate) fn ncr(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ncr"));
    command.args(arguments).stderr(Stdio::piped());
    command
}

/// Bytes that repeat nowhere soon, different for each seed.
pub(crate) fn noise(seed: u64, count: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = Vec::with_capacity(count + 8);
    while bytes.len() < count {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(count);
    bytes
}

/// Host and port of a place.
pub(crate) fn split(place: &str) -> (&str, &str) {
    place.rsplit_once(':').expect("host and port")
}

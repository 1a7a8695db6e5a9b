//! A child process that a test can wait for and that never outlives it.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fmt;
use std::io::{self, PipeReader, Read, pipe};
use std::net::{SocketAddr, TcpStream};
use std::num::NonZeroI32;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

/// How much output is kept, in bytes; what comes after is read and dropped, so that a chatty
/// program is never blocked on a full pipe and a runaway one never fills the memory.
pub const OUTPUT_LIMIT: usize = 16 << 20;

/// How much of the output an error message shows: its end, where programs say what went wrong.
const SHOWN_IN_ERROR: usize = 4 << 10;

/// How long to sleep between two looks at a thing that cannot wake us (an exit, a port).
const POLL: Duration = Duration::from_millis(5);

/// How long the pipe may stay open after the whole group is dead. Only a program that left the
/// group can hold it longer.
const DRAIN: Duration = Duration::from_secs(2);

/// A running program, in its own process group, with stdout and stderr captured in one buffer.
///
/// Both go into the same pipe, so the buffer has them in the order in which they were written.
/// Dropping it kills the whole group: a shell's children die with the shell.
#[derive(Debug)]
pub struct Process {
    /// The command line, for messages.
    name: String,
    /// Reaped by [`Process::end`] alone. Until then the zombie keeps the process id taken, so a
    /// signal to the group can never hit a stranger who got the same number.
    child: Child,
    /// Set by [`Process::end`]: from then on the process id may be somebody else's.
    ended: bool,
    output: Arc<Output>,
}

/// What is left of a program that has ended.
#[derive(Debug)]
pub struct Finished {
    /// How it ended; use [`ExitStatusExt`] to see a signal.
    pub status: ExitStatus,
    /// stdout and stderr in the order written, at most [`OUTPUT_LIMIT`] bytes.
    pub output: Vec<u8>,
    /// Bytes beyond the limit, which were read and dropped.
    pub dropped: u64,
}

impl Finished {
    /// The output as text, for assertions; bytes that are not UTF-8 become U+FFFD.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.output).into_owned()
    }
}

/// Why a program could not be used. Its message holds the command line and the end of the output.
#[derive(Debug)]
pub struct Error {
    program: String,
    what: String,
    output: Vec<u8>,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.program, self.what)?;
        if self.output.is_empty() {
            return write!(f, "; it printed nothing");
        }
        let start = self.output.len().saturating_sub(SHOWN_IN_ERROR);
        let cut = if start > 0 { "the end of its output" } else { "its output" };
        let shown = String::from_utf8_lossy(&self.output[start..]);
        write!(f, "; {cut}:\n{}", shown.trim_end())
    }
}

impl std::error::Error for Error {}

#[derive(Debug, Default)]
struct Output {
    state: Mutex<Captured>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Captured {
    bytes: Vec<u8>,
    dropped: u64,
    ended: bool,
}

impl Output {
    fn lock(&self) -> MutexGuard<'_, Captured> {
        // A poisoned buffer still holds the output that explains why a test failed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a change, at most `limit`.
    fn wait<'a>(
        &'a self,
        state: MutexGuard<'a, Captured>,
        limit: Duration,
    ) -> MutexGuard<'a, Captured> {
        let woken = self.changed.wait_timeout(state, limit);
        woken.unwrap_or_else(PoisonError::into_inner).0
    }

    fn capture(&self, mut pipe: PipeReader) {
        let mut buffer = [0; 8 << 10];
        loop {
            let count = match pipe.read(&mut buffer) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Ok(0) | Err(_) => break,
                Ok(count) => count,
            };
            let mut state = self.lock();
            let kept = count.min(OUTPUT_LIMIT - state.bytes.len());
            state.bytes.extend_from_slice(&buffer[..kept]);
            state.dropped += (count - kept) as u64;
            self.changed.notify_all();
        }
        self.lock().ended = true;
        self.changed.notify_all();
    }
}

impl Process {
    /// Starts `command` with an empty stdin.
    ///
    /// The command's stdin, stdout, stderr and process group are set here; whatever the caller set
    /// is lost.
    ///
    /// # Errors
    ///
    /// If the program cannot be started.
    pub fn start(command: &mut Command) -> Result<Self, Error> {
        command.stdin(Stdio::null());
        Self::spawn(command)
    }

    /// Starts `command` and hands back the writing end of its stdin; dropping that is end of file.
    ///
    /// # Errors
    ///
    /// If the program cannot be started.
    pub fn stdin_piped(command: &mut Command) -> Result<(Self, ChildStdin), Error> {
        command.stdin(Stdio::piped());
        let mut process = Self::spawn(command)?;
        match process.child.stdin.take() {
            Some(stdin) => Ok((process, stdin)),
            None => Err(process.error("has no stdin".into())),
        }
    }

    fn spawn(command: &mut Command) -> Result<Self, Error> {
        let name = command_line(command);
        let failed = |e: io::Error| Error {
            program: name.clone(),
            what: format!("could not be started: {e}"),
            output: Vec::new(),
        };
        let (reader, writer) = pipe().map_err(failed)?;
        command.stdout(writer.try_clone().map_err(failed)?);
        command.stderr(writer).process_group(0);
        let child = command.spawn();
        // The command owns our copies of the writing end: with them open the reader would never see
        // the end.
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let child = child.map_err(failed)?;
        groups().insert(Pid::from_child(&child).as_raw_nonzero());
        let output = Arc::new(Output::default());
        let capturing = Arc::clone(&output);
        thread::spawn(move || capturing.capture(reader));
        Ok(Self { name, child, ended: false, output })
    }

    /// The process id, which is also the id of its group.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Everything it has printed up to now.
    #[must_use]
    pub fn text_so_far(&self) -> String {
        String::from_utf8_lossy(&self.output.lock().bytes).into_owned()
    }

    /// Waits until the output contains `needle`.
    ///
    /// # Errors
    ///
    /// If the program ends without printing it, or `limit` passes.
    pub fn wait_for_text(&self, needle: &str, limit: Duration) -> Result<(), Error> {
        let deadline = Instant::now() + limit;
        let mut searched: usize = 0;
        loop {
            // Looked at before the output is: what a program prints before it exits is in the pipe
            // by then.
            let gone = self.exited();
            let state = self.output.lock();
            // A needle may lie across two reads, so its length less one is searched again.
            let from = searched.saturating_sub(needle.len().saturating_sub(1));
            if contains(&state.bytes[from..], needle.as_bytes()) {
                return Ok(());
            }
            searched = state.bytes.len();
            let over = match gone {
                Some(how) if state.ended => format!("ended before it printed {needle:?}: {how}"),
                _ if Instant::now() >= deadline => {
                    format!("did not print {needle:?} within {limit:?}")
                }
                _ => {
                    drop(self.output.wait(state, POLL));
                    continue;
                }
            };
            drop(state);
            return Err(self.error(over));
        }
    }

    /// Waits until a TCP connection to `address` succeeds, which a listener sees as a client that
    /// says nothing and leaves.
    ///
    /// # Errors
    ///
    /// If the program ends first, or `limit` passes.
    pub fn wait_for_port(&self, address: SocketAddr, limit: Duration) -> Result<(), Error> {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(how) = self.exited() {
                return Err(self.error(format!("ended before it listened on {address}: {how}")));
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(self.error(format!("did not listen on {address} within {limit:?}")));
            }
            if TcpStream::connect_timeout(&address, left).is_ok() {
                return Ok(());
            }
            thread::sleep(POLL);
        }
    }

    /// Sends SIGINT to the whole group, as Ctrl-C in a terminal does.
    pub fn interrupt(&self) {
        self.signal(Signal::INT);
    }

    /// Sends SIGTERM to the whole group.
    pub fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Waits for the program to end by itself, kills what is left of its group, and returns what it
    /// printed.
    ///
    /// # Errors
    ///
    /// If it has not ended within `limit`. It is killed then, and the message says so.
    pub fn finish(mut self, limit: Duration) -> Result<Finished, Error> {
        let deadline = Instant::now() + limit;
        while self.exited().is_none() {
            if Instant::now() >= deadline {
                let killed = format!("did not end within {limit:?} and was killed");
                self.end().map_err(|e| self.error(e.to_string()))?;
                return Err(self.error(killed));
            }
            let state = self.output.lock();
            drop(self.output.wait(state, POLL));
        }
        let status = self.end().map_err(|e| self.error(format!("cannot be waited for: {e}")))?;
        let mut state = self.output.lock();
        let output = std::mem::take(&mut state.bytes);
        let dropped = state.dropped;
        drop(state);
        Ok(Finished { status, output, dropped })
    }

    /// How it exited, if it did.
    #[must_use]
    pub fn exited(&self) -> Option<ExitStatus> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let status = waitid(WaitId::Pid(self.pid()), options).ok()??;
        // The same encoding as wait(2) has, which is what std's type is made from.
        let raw = match (status.exit_status(), status.terminating_signal()) {
            (Some(code), _) => code << 8,
            (None, signal) => signal.unwrap_or(0),
        };
        Some(ExitStatus::from_raw(raw))
    }

    /// Kills what is left of the group, reaps the leader, and waits for the last of the output.
    fn end(&mut self) -> io::Result<ExitStatus> {
        self.signal(Signal::KILL);
        // From here on the number may become another program's.
        groups().remove(&self.pid().as_raw_nonzero());
        let status = self.child.wait()?;
        self.ended = true;
        let deadline = Instant::now() + DRAIN;
        let mut state = self.output.lock();
        while !state.ended && Instant::now() < deadline {
            state = self.output.wait(state, POLL);
        }
        Ok(status)
    }

    fn signal(&self, signal: Signal) {
        // It cannot fail in a way that a test could act on: the leader is not reaped, so the group
        // exists.
        let _ = kill_process_group(self.pid(), signal);
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    fn error(&self, what: String) -> Error {
        let output = self.output.lock().bytes.clone();
        Error { program: self.name.clone(), what, output }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !self.ended {
            // Nobody is left to tell; the group is dead in any case.
            let _ = self.end();
        }
    }
}

/// The groups of the processes that have not ended, for [`kill_all`].
static GROUPS: Mutex<BTreeSet<NonZeroI32>> = Mutex::new(BTreeSet::new());

fn groups() -> MutexGuard<'static, BTreeSet<NonZeroI32>> {
    GROUPS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Kills every process that was started here and has not ended. For a handler of Ctrl-C: groups of
/// their own are out of its reach, and no destructor runs when a program exits.
pub fn kill_all() {
    for group in groups().iter() {
        if let Some(pid) = Pid::from_raw(group.get()) {
            // A group that is gone has nothing left to kill.
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }
}

/// The command as one would type it, without the quotes.
fn command_line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(OsStr::to_string_lossy).collect();
    words.join(" ")
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    needle.is_empty() || haystack.windows(needle.len()).any(|window| window == needle)
}

//! What a server does with one connection's bytes. No socket, no clock, no waiting.

use std::time::Duration;

use sockets::framing::Lines;

/// How long the work for a line takes: a stand-in for a database or another server.
pub const WORK: Duration = Duration::from_millis(10);

/// The longest line, in bytes.
pub const MAX_LINE: usize = 4096;

/// What a client reads whose line is too long; then the connection ends.
pub const TOO_LONG: &[u8] = b"line too long\n";

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Every byte comes back (RFC 862).
    Echo,
    /// Every line comes back in upper case (ASCII letters), after [`WORK`].
    Upper,
}

// ANCHOR: step
/// What a connection needs next. Whoever drives a [`Session`] does this and nothing else, so a peer
/// that does not read is not read from: at most one read and one answer are held for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Bytes from the client: [`Session::received`], or [`Session::ended`].
    Read,
    /// Time to pass: [`Session::worked`].
    Work(Duration),
    /// [`Session::output`] has to go out: [`Session::sent`].
    Write,
    /// Everything is answered; the connection can be closed.
    End,
}
// ANCHOR_END: step

/// One connection's bytes, in and out.
#[derive(Debug)]
pub struct Session {
    /// For [`Service::Upper`]; an echo has no lines.
    lines: Option<Lines>,
    /// The line that is worked on.
    line: Option<Vec<u8>>,
    /// What the client has not been sent yet: `output[written..]`. Empty, it holds no memory, so an
    /// idle connection costs none.
    output: Vec<u8>,
    written: usize,
    /// No more bytes will come, or none are wanted.
    ended: bool,
}

impl Session {
    pub fn new(service: Service) -> Self {
        let lines = (service == Service::Upper).then(|| Lines::new(MAX_LINE));
        Self { lines, line: None, output: Vec::new(), written: 0, ended: false }
    }

    /// What to do next.
    pub fn step(&self) -> Step {
        if !self.output().is_empty() {
            Step::Write
        } else if self.line.is_some() {
            Step::Work(WORK)
        } else if self.ended {
            Step::End
        } else {
            Step::Read
        }
    }

    /// Bytes came, after [`Step::Read`].
    pub fn received(&mut self, bytes: &[u8]) {
        match &mut self.lines {
            None => self.output.extend_from_slice(bytes),
            Some(lines) => {
                lines.push(bytes);
                self.next_line();
            }
        }
    }

    /// The client sends no more. What it has sent is still answered; half a line is not.
    pub fn ended(&mut self) {
        self.ended = true;
    }

    /// The work of [`Step::Work`] is done.
    pub fn worked(&mut self) {
        if let Some(mut line) = self.line.take() {
            line.make_ascii_uppercase();
            line.push(b'\n');
            self.output = line;
            self.next_line();
        }
    }

    /// What has to be sent.
    pub fn output(&self) -> &[u8] {
        &self.output[self.written..]
    }

    /// The first `count` bytes of [`output`](Self::output) are sent.
    pub fn sent(&mut self, count: usize) {
        self.written += count;
        if self.written >= self.output.len() {
            self.output = Vec::new();
            self.written = 0;
        }
    }

    fn next_line(&mut self) {
        let Some(lines) = &mut self.lines else { return };
        if let Ok(line) = lines.next_line() {
            self.line = line;
        } else {
            self.output.extend_from_slice(TOO_LONG);
            self.lines = None;
            self.ended = true;
        }
    }
}

//! One request and its response over a socket.
//!
//! The content of the request is sent by a thread of its own. A server may answer while it still
//! receives, and may stop receiving until its answer is taken: a client that first sends everything
//! and then reads waits for it forever, and it for the client. The blocking client of the library is
//! such a client, and says so; the codec under it does not care who reads and who writes.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use http_messages::client::Connection;
use http_messages::{Content, Method, Received, Refusal, ResponseHead, Status, response_length};

use crate::failure::Failure;
use crate::plan::{Plan, Source};
use crate::report::Report;

/// How much is read or sent at a time, in bytes.
const PIECE: usize = 64 << 10;

/// How long the content waits for `100 Continue`. A server need not send it, so the content goes
/// then without (RFC 9110 §10.1.1).
const CONTINUE_WAIT: Duration = Duration::from_secs(1);

/// How long things may take.
#[derive(Clone, Copy)]
pub(crate) struct Patience {
    /// For a whole head, and for the next piece of content in either direction.
    pub(crate) silence: Duration,
    /// When the user wants it to be over, and how long that was from the start.
    pub(crate) end: Option<(Instant, Duration)>,
}

/// What the two threads share.
struct Line {
    stream: TcpStream,
    codec: Mutex<Connection>,
    upload: Mutex<Upload>,
}

/// What has become of the request's content.
#[derive(Clone, Copy, Default)]
struct Upload {
    /// When it ended. Until then we speak, and the silence of the server means nothing.
    ended: Option<Instant>,
    /// All of it was sent.
    complete: bool,
}

impl Upload {
    fn ended(complete: bool) -> Self {
        Self { ended: Some(Instant::now()), complete }
    }
}

impl Line {
    fn codec(&self) -> MutexGuard<'_, Connection> {
        self.codec.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn upload(&self) -> MutexGuard<'_, Upload> {
        self.upload.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sends the request and reports the response. Returns its final head.
pub(crate) fn exchange(
    stream: TcpStream,
    plan: Plan,
    patience: Patience,
    report: &mut Report,
) -> Result<ResponseHead, Failure> {
    let Plan { method, head, codec, content, source, expects_continue, .. } = plan;
    let setup = stream.set_nodelay(true).and(stream.set_write_timeout(Some(patience.silence)));
    setup.and_then(|()| (&stream).write_all(&head)).map_err(|error| lost(&error, report))?;
    report.request(&head);

    let (codec, upload) = (Mutex::new(codec), Mutex::default());
    let line = Arc::new(Line { stream, codec, upload });
    let (go, may_send) = mpsc::channel();
    let (sender, failed) = mpsc::channel();
    if content == Content::None {
        *line.upload() = Upload::ended(true);
    } else {
        let line = Arc::clone(&line);
        let may_send = expects_continue.then_some(may_send);
        // It may wait for its source forever, so nobody waits for it.
        thread::spawn(move || send_content(&line, source, may_send, patience.silence, &sender));
    }
    let result = Download { line: &line, method, patience, go: Some(go) }.run(report);
    if result.is_ok() && !line.upload().complete {
        report.note("the response came before all content was sent");
    }
    // Wakes the other thread, if it still sends.
    let _ = line.stream.shutdown(Shutdown::Both);
    match (result, failed.try_recv().ok()) {
        // Our own failure is the reason for what we got, or for what the server got.
        (Err(_), Some(failure)) | (Ok(_), Some(failure @ Failure::Local(_))) => Err(failure),
        (result, _) => result,
    }
}

/// Sends the content of the request. What goes wrong goes to `sender` before the connection is shut
/// down, so that whoever sees the end of the connection can look for the reason.
fn send_content(
    line: &Line,
    source: Source,
    may_send: Option<Receiver<()>>,
    silence: Duration,
    sender: &Sender<Failure>,
) {
    let word = may_send.map(|may_send| may_send.recv_timeout(CONTINUE_WAIT));
    // Without a word for a second it goes without; but a final response instead of 100 says that
    // the server does not want it.
    let unwanted = word == Some(Err(RecvTimeoutError::Disconnected));
    let sent = if unwanted { Ok(false) } else { send_all(line, source, silence) };
    *line.upload() = Upload::ended(matches!(sent, Ok(true)));
    if let Err(failure) = sent {
        let _ = sender.send(failure);
        let _ = line.stream.shutdown(Shutdown::Both);
    }
}

/// Whether all was sent. If the server has gone it was not, but that is no failure yet: what the
/// server said before decides, and the other thread reads that.
fn send_all(line: &Line, mut source: Source, silence: Duration) -> Result<bool, Failure> {
    let unreadable = |why: String| Failure::Local(format!("cannot read {}: {why}", source.name));
    let mut piece = vec![0; PIECE];
    let mut out = BytesMut::new();
    loop {
        let count = match source.reader.read(&mut piece) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            result => result.map_err(|error| unreadable(error.to_string()))?,
        };
        let encoded = match count {
            0 => line.codec().finish(None, &mut out),
            count => line.codec().send_data(&piece[..count], &mut out),
        };
        // A file that shrinks while it is sent cannot keep the promise of its length.
        encoded.map_err(|why| unreadable(why.to_string()))?;
        match (&line.stream).write_all(&out) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                let what = "the server takes no more of the request";
                return Err(Failure::Timeout { what, limit: silence });
            }
            Err(_) => return Ok(false),
            Ok(()) if count == 0 => return Ok(true),
            Ok(()) => out.clear(),
        }
    }
}

/// The half of the exchange that listens.
struct Download<'a> {
    line: &'a Line,
    method: Method,
    patience: Patience,
    /// A word through it lets the content go; its end keeps the content here.
    go: Option<Sender<()>>,
}

impl Download<'_> {
    // ANCHOR: download
    /// Asks the codec what it has found, and gives it more bytes when it has found everything.
    fn run(&mut self, report: &mut Report) -> Result<ResponseHead, Failure> {
        let mut buffer = vec![0; PIECE];
        let mut response = None;
        let mut since = Instant::now();
        loop {
            let event = self.line.codec().poll();
            match event.map_err(|refusal| refused(refusal, report))? {
                Received::Head(head) if is_interim(&head) => {
                    report.response(&head);
                    self.interim(&head);
                    since = Instant::now();
                }
                Received::Head(head) => {
                    self.go = None;
                    let length = response_length(&self.method, &head);
                    report.begin(&head, length.map_err(|refusal| refused(refusal, report))?)?;
                    response = Some(head);
                    since = Instant::now();
                }
                Received::Data(bytes) => report.content(&bytes)?,
                Received::End(trailers) => {
                    report.end(&trailers)?;
                    return response.ok_or_else(|| refused(Refusal::NoResponse, report));
                }
                Received::Wait => {
                    report.flush()?;
                    let count = self.read(&mut buffer, since, report)?;
                    if response.is_some() {
                        since = Instant::now();
                    }
                    match count {
                        0 => self.line.codec().receive_end(),
                        count => self.line.codec().receive(&buffer[..count]),
                    }
                }
                Received::Paused | Received::Closed => {
                    return response.ok_or_else(|| refused(Refusal::NoResponse, report));
                }
            }
        }
    }
    // ANCHOR_END: download

    fn interim(&mut self, head: &ResponseHead) {
        if head.status == Status::CONTINUE
            && let Some(go) = &self.go
        {
            // Nobody waits for it if the second is over.
            let _ = go.send(());
        }
    }

    /// Reads what there is. `since` is when the wait began; it begins anew when we stop to
    /// speak.
    fn read(&self, buffer: &mut [u8], since: Instant, report: &Report) -> Result<usize, Failure> {
        let Patience { silence, end } = self.patience;
        loop {
            let now = Instant::now();
            if let Some((end, limit)) = end
                && end <= now
            {
                return Err(Failure::Timeout { what: "the response is not complete", limit });
            }
            let ended = self.line.upload().ended;
            let begin = ended.map_or(now, |ended| ended.max(since));
            let left = (begin + silence).saturating_duration_since(now);
            if left.is_zero() {
                return Err(Failure::Timeout {
                    what: "nothing came from the server",
                    limit: silence,
                });
            }
            let left = end.map_or(left, |(end, _)| left.min(end - now));
            // A timeout of zero would mean none.
            let left = left.max(Duration::from_millis(1));
            self.line.stream.set_read_timeout(Some(left)).map_err(|error| lost(&error, report))?;
            match (&self.line.stream).read(buffer) {
                Err(error)
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
                result => return result.map_err(|error| lost(&error, report)),
            }
        }
    }
}

fn is_interim(head: &ResponseHead) -> bool {
    head.status.is_interim() && head.status != Status::SWITCHING_PROTOCOLS
}

/// The codec does not accept what came.
fn refused(refusal: Refusal, report: &Report) -> Failure {
    if refusal.is_incomplete() {
        Failure::Incomplete(format!("{refusal}{}", so_far(report)))
    } else {
        Failure::Malformed(refusal)
    }
}

/// The connection does not carry on.
fn lost(error: &io::Error, report: &Report) -> Failure {
    Failure::Incomplete(format!("{error}{}", so_far(report)))
}

fn so_far(report: &Report) -> String {
    match report.count() {
        0 => String::new(),
        1 => ", after 1 byte of content".into(),
        count => format!(", after {count} bytes of content"),
    }
}

//! A server over one connection.

use std::fmt;
use std::io::{self, Read};
use std::time::{Duration, Instant, SystemTime};

use bytes::{Buf, Bytes, BytesMut};

use super::body::Body;
use super::date::http_date;
use super::error::Error;
use super::io::{flush, read_into, read_piece};
use super::stream::Stream;
use crate::fields::Fields;
use crate::head::RequestHead;
use crate::limits::{Limits, READ_SIZE};
use crate::message::{Content, Received};
use crate::refusal::{Refusal, SendError};
use crate::server::Connection;
use crate::status::Status;

/// How long a server waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For the first byte of a request. Then the connection is closed without a word: the client may
    /// not even have wanted to send one.
    pub idle: Duration,
    /// For a head, from its first byte to its last: a client that sends a byte every few seconds
    /// would pass any limit on a single read.
    pub head: Duration,
    /// For each piece of content. There is no limit on the whole: how long a large upload takes is for
    /// the handler to judge. What no handler reads has to come within this time as a whole.
    pub read: Duration,
    /// For the client to take each piece of a response.
    pub write: Duration,
    /// For the client to read the end of what it was sent, before the connection is closed for good.
    pub linger: Duration,
    /// For open connections to finish, after a stop; see [`Stop::drain`](super::Stop::drain).
    pub grace: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(30),
            head: Duration::from_secs(10),
            read: Duration::from_secs(30),
            write: Duration::from_secs(30),
            linger: Duration::from_secs(2),
            grace: Duration::from_secs(5),
        }
    }
}

/// Connections at once, unless the caller says otherwise. Each costs a thread.
pub const MAX_CONNECTIONS: usize = 256;

/// Content that is read and thrown away for a handler that did not read it, so that the connection
/// can be used again; beyond that, opening another one is cheaper for both.
pub const MAX_DRAIN: u64 = 256 * 1024;

/// What is read and thrown away after the last response; see [`Timeouts::linger`].
const MAX_LINGER: usize = 1024 * 1024;

/// What a server allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    pub limits: Limits,
    pub timeouts: Timeouts,
    /// At the same time. One more waits in the listener's queue.
    pub connections: usize,
    /// Bytes of content that are read for a handler that did not want them.
    pub drain: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            timeouts: Timeouts::default(),
            connections: MAX_CONNECTIONS,
            drain: MAX_DRAIN,
        }
    }
}

/// What a handler answers. `Date` is added if it is not among the fields; what frames the message is
/// written by the codec.
#[derive(Debug)]
pub struct Response {
    pub status: Status,
    pub fields: Fields,
    pub body: Body,
    /// Sent after a [`Body::Reader`] without a length, if the client speaks HTTP/1.1.
    pub trailers: Fields,
}

impl Response {
    pub fn new(status: Status, body: impl Into<Body>) -> Self {
        Self { status, fields: Fields::new(), body: body.into(), trailers: Fields::new() }
    }

    /// A line of text.
    pub fn text(status: Status, text: impl fmt::Display) -> Self {
        let mut response = Self::new(status, format!("{text}\n"));
        // A constant that is a valid field.
        let _ = response.fields.set("Content-Type", "text/plain; charset=utf-8");
        response
    }
}

/// The content of a request, for a handler: read it or leave it.
pub struct RequestBody<'a> {
    source: &'a mut dyn Source,
    /// Content that has been received and not been read.
    current: Bytes,
}

/// What a handler needs of a session, whatever its stream is.
trait Source {
    fn next_piece(&mut self) -> Result<Option<Bytes>, Error>;
    fn trailers(&self) -> &Fields;
    fn interim(&mut self, status: Status, fields: &Fields) -> Result<(), Error>;
}

impl RequestBody<'_> {
    /// The next piece of content, `None` at its end. A client that waits for 100 Continue is sent it
    /// with the first call. An error says that the content is not complete; whatever the handler
    /// answers then, the client is told of the error.
    pub fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        if self.current.is_empty() {
            self.source.next_piece()
        } else {
            Ok(Some(std::mem::take(&mut self.current)))
        }
    }

    /// The trailer fields, after all content has been read.
    pub fn trailers(&self) -> &Fields {
        self.source.trailers()
    }

    /// Sends an interim response (1xx) at once; nothing to a client of HTTP/1.0.
    pub fn interim(&mut self, status: Status, fields: &Fields) -> Result<(), Error> {
        self.source.interim(status, fields)
    }
}

impl Read for RequestBody<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let Some(mut piece) = self.chunk()? else {
            return Ok(0);
        };
        let count = piece.len().min(buffer.len());
        piece.copy_to_slice(&mut buffer[..count]);
        self.current = piece;
        Ok(count)
    }
}

impl fmt::Debug for RequestBody<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestBody").finish_non_exhaustive()
    }
}

/// Answers requests.
pub type Handler<'a> = &'a dyn Fn(&RequestHead, &mut RequestBody<'_>) -> Response;

/// Serves one connection until it ends: requests in order, kept alive as RFC 9112 §9.3 says.
///
/// A request that is refused is answered with its reason, and the refusal is returned for a log. So
/// are failures of the stream, after which nobody can be told anything.
pub fn serve_connection<S: Stream>(
    stream: S,
    config: &Config,
    handler: Handler<'_>,
) -> Result<(), Error> {
    serve_watched(stream, config, handler, &Unwatched)
}

/// Learns whether a connection is between requests, and says whether the server is to end.
pub(super) trait Watch {
    /// Tells whether the connection waits for a request now; false if no more are to be taken.
    fn idle(&self, idle: bool) -> bool;
}

struct Unwatched;

impl Watch for Unwatched {
    fn idle(&self, _: bool) -> bool {
        true
    }
}

pub(super) fn serve_watched<S: Stream>(
    stream: S,
    config: &Config,
    handler: Handler<'_>,
    watch: &dyn Watch,
) -> Result<(), Error> {
    let mut session = Session {
        stream,
        connection: Connection::new(config.limits.clone()),
        out: BytesMut::new(),
        config,
        watch,
        content_ended: false,
        trailers: Fields::new(),
        failure: None,
        ended: false,
        drain_until: None,
    };
    // A stream that cannot be limited is somebody's stream in memory.
    let _ = session.stream.limit_write(Some(config.timeouts.write));
    session.run(handler)
}

/// One connection that is served.
struct Session<'a, S> {
    stream: S,
    connection: Connection,
    out: BytesMut,
    config: &'a Config,
    watch: &'a dyn Watch,
    /// The content of the current request has been received. To poll again would begin the next
    /// request.
    content_ended: bool,
    /// Of the current request.
    trailers: Fields,
    /// Why the content of the current request cannot be read.
    failure: Option<Error>,
    /// The client has ended its side.
    ended: bool,
    /// Until when content may come that no handler has read.
    drain_until: Option<Instant>,
}

impl<S: Stream> Session<'_, S> {
    fn run(&mut self, handler: Handler<'_>) -> Result<(), Error> {
        let result = self.run_exchanges(handler);
        if let Err(Error::Refused(refusal)) = &result {
            let mut fields = Fields::new();
            add_date(&mut fields);
            self.connection.refuse(refusal, &fields, &mut self.out);
        }
        flush(&mut self.stream, &mut self.out)?;
        if !self.ended && matches!(result, Ok(()) | Err(Error::Refused(_) | Error::Send(_))) {
            self.linger();
        }
        result
    }

    fn run_exchanges(&mut self, handler: Handler<'_>) -> Result<(), Error> {
        while let Some(head) = self.next_head()? {
            self.watch.idle(false);
            self.content_ended = false;
            self.trailers = Fields::new();
            let mut body = RequestBody { source: self, current: Bytes::new() };
            let response = handler(&head, &mut body);
            match self.failure.take() {
                Some(Error::Timeout) => return Err(Error::Refused(Refusal::Timeout)),
                Some(failure) => return Err(failure),
                None => {}
            }
            if !self.watch.idle(false) {
                self.connection.close_after_response();
            }
            self.respond(response)?;
            if self.connection.must_close() || !self.drain()? {
                break;
            }
        }
        Ok(())
    }

    /// Waits for a request; `None` if the connection is over.
    fn next_head(&mut self) -> Result<Option<RequestHead>, Error> {
        let start = Instant::now();
        let mut begun = None;
        loop {
            match self.connection.poll()? {
                Received::Head(head) => return Ok(Some(head)),
                Received::Wait => {}
                _ => return Ok(None),
            }
            let idle = self.connection.is_idle();
            if !self.watch.idle(idle) && idle {
                return Ok(None);
            }
            let timeouts = &self.config.timeouts;
            let (since, limit) = if idle {
                (start, timeouts.idle)
            } else {
                (*begun.get_or_insert_with(Instant::now), timeouts.head)
            };
            let left = limit.saturating_sub(since.elapsed());
            match self.receive(left) {
                Err(Error::Timeout) if idle => return Ok(None),
                Err(Error::Timeout) => return Err(Error::Refused(Refusal::Timeout)),
                result => result?,
            }
        }
    }

    /// Reads once, and waits for at most `limit`.
    fn receive(&mut self, limit: Duration) -> Result<(), Error> {
        if limit.is_zero() {
            return Err(Error::Timeout);
        }
        self.stream.limit_read(Some(limit)).map_err(Error::Read)?;
        if read_into(&mut self.stream, self.connection.buffer())? == 0 {
            self.connection.receive_end();
            self.ended = true;
        }
        Ok(())
    }

    fn respond(&mut self, mut response: Response) -> Result<(), Error> {
        add_date(&mut response.fields);
        let Response { status, fields, body, trailers } = response;
        let content = body.content();
        let begun = if status.is_interim() {
            Err(SendError::Status)
        } else {
            self.connection.respond(status, &fields, content, &mut self.out)
        };
        if let Err(error) = begun {
            // The handler's mistake: the client is to blame for nothing.
            let mut response = Response::text(Status::INTERNAL_SERVER_ERROR, "the server failed");
            add_date(&mut response.fields);
            self.connection.close_after_response();
            let Body::Bytes(text) = response.body else { return Err(Error::Send(error)) };
            let content = Content::Known(text.len() as u64);
            self.connection.respond(response.status, &response.fields, content, &mut self.out)?;
            self.connection.send_data(&text, &mut self.out)?;
            self.connection.finish(None, &mut self.out)?;
            flush(&mut self.stream, &mut self.out)?;
            return Err(Error::Send(error));
        }
        if !self.connection.discards_content() {
            self.send(body)?;
        }
        let trailers = (content == Content::Streamed).then_some(&trailers);
        self.connection.finish(trailers, &mut self.out)?;
        flush(&mut self.stream, &mut self.out)
    }

    fn send(&mut self, body: Body) -> Result<(), Error> {
        match body {
            Body::Empty => {}
            Body::Bytes(bytes) => {
                // Small content goes out with its head. Large content would be copied behind it, and
                // grow the buffer.
                for piece in bytes.chunks(READ_SIZE) {
                    self.connection.send_data(piece, &mut self.out)?;
                    if bytes.len() > READ_SIZE {
                        flush(&mut self.stream, &mut self.out)?;
                    }
                }
            }
            Body::Reader { length, mut reader } => {
                let mut left = length.unwrap_or(u64::MAX);
                let mut piece = Vec::new();
                while left > 0 && read_piece(&mut *reader, &mut piece, left)? > 0 {
                    left -= piece.len() as u64;
                    self.connection.send_data(&piece, &mut self.out)?;
                    flush(&mut self.stream, &mut self.out)?;
                }
            }
        }
        Ok(())
    }

    /// Throws away what is left of the request's content; false if that is too much or takes too long.
    fn drain(&mut self) -> Result<bool, Error> {
        self.drain_until = Instant::now().checked_add(self.config.timeouts.read);
        let mut drained = 0;
        loop {
            match self.next_piece() {
                Ok(Some(data)) => drained += data.len() as u64,
                Ok(None) => break,
                Err(Error::Timeout) => return Ok(false),
                Err(error) => return Err(error),
            }
            if drained > self.config.drain {
                return Ok(false);
            }
        }
        self.drain_until = None;
        Ok(true)
    }

    /// How long the next piece of content may take.
    fn content_limit(&self) -> Duration {
        let limit = self.config.timeouts.read;
        self.drain_until
            .map_or(limit, |end| end.saturating_duration_since(Instant::now()).min(limit))
    }

    /// Sends an interim response. If half of it is on its way and the rest is not, nothing may follow,
    /// whatever the handler makes of the failure.
    fn flush_interim(&mut self) -> Result<(), Error> {
        let result = flush(&mut self.stream, &mut self.out);
        if let Err(error) = &result {
            self.failure = Some(match error {
                // The client would be told that its request came too late.
                Error::Timeout => Error::Write(io::ErrorKind::TimedOut.into()),
                error => error.again(),
            });
        }
        result
    }

    /// Ends our side, and reads on until the client has ended its own or some time has passed. If the
    /// connection were closed while bytes of the client are unread or on their way, TCP would answer
    /// them with a reset, and the client might lose the response that it has not read yet
    /// (RFC 9112 §9.6).
    fn linger(&mut self) {
        if self.stream.end_output().is_err() {
            return;
        }
        let start = Instant::now();
        let mut sink = BytesMut::new();
        let mut total = 0;
        while total <= MAX_LINGER {
            let left = self.config.timeouts.linger.saturating_sub(start.elapsed());
            if left.is_zero() || self.stream.limit_read(Some(left)).is_err() {
                return;
            }
            sink.clear();
            match read_into(&mut self.stream, &mut sink) {
                Ok(0) | Err(_) => return,
                Ok(count) => total += count,
            }
        }
    }
}

impl<S: Stream> Source for Session<'_, S> {
    fn next_piece(&mut self) -> Result<Option<Bytes>, Error> {
        if let Some(failure) = &self.failure {
            return Err(failure.again());
        }
        if self.content_ended {
            return Ok(None);
        }
        if self.connection.wants_continue() {
            self.connection.send_continue(&mut self.out);
            self.flush_interim()?;
        }
        loop {
            let result = match self.connection.poll() {
                Ok(Received::Data(data)) => return Ok(Some(data)),
                Ok(Received::Wait) => self.receive(self.content_limit()),
                Ok(Received::End(trailers)) => {
                    self.trailers = trailers;
                    self.content_ended = true;
                    return Ok(None);
                }
                Ok(_) => return Ok(None),
                Err(refusal) => Err(Error::Refused(refusal)),
            };
            if let Err(error) = result {
                self.failure = Some(error.again());
                return Err(error);
            }
        }
    }

    fn trailers(&self) -> &Fields {
        &self.trailers
    }

    fn interim(&mut self, status: Status, fields: &Fields) -> Result<(), Error> {
        if !status.is_interim() || status == Status::SWITCHING_PROTOCOLS {
            return Err(Error::Send(SendError::Status));
        }
        self.connection.respond(status, fields, Content::None, &mut self.out)?;
        self.flush_interim()
    }
}

fn add_date(fields: &mut Fields) {
    if !fields.contains("Date") {
        // A date is a valid value.
        let _ = fields.append("Date", http_date(SystemTime::now()));
    }
}

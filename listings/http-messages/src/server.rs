//! The server's side of a connection: requests in, responses out (RFC 9112).
//!
//! ```
//! use bytes::BytesMut;
//! use http_messages::server::Connection;
//! use http_messages::{Content, Fields, Limits, Received, Status};
//!
//! let mut connection = Connection::new(Limits::default());
//! connection.receive(b"GET /hello HTTP/1.1\r\nHost: example.com\r\n\r\n");
//! let Received::Head(head) = connection.poll()? else { panic!() };
//! assert_eq!(head.target.path(), "/hello");
//! assert_eq!(connection.poll()?, Received::End(Fields::new()));
//! assert_eq!(connection.poll()?, Received::Paused);
//!
//! let mut out = BytesMut::new();
//! connection.respond(Status::OK, &Fields::new(), Content::Known(2), &mut out)?;
//! connection.send_data(b"hi", &mut out)?;
//! connection.finish(None, &mut out)?;
//! assert_eq!(out, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
//! assert_eq!(connection.poll()?, Received::Wait);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::mem;

use bytes::BytesMut;

use crate::body::{Decoder, Piece};
use crate::encode::{BodyEncoder, write_content_length, write_fields};
use crate::fields::Fields;
use crate::framing::{Framing, Length, is_tunnel};
use crate::head::RequestHead;
use crate::limits::{Limits, READ_SIZE};
use crate::lines::Section;
use crate::message::{Content, Received};
use crate::method::Method;
use crate::parse::HeadReader;
use crate::refusal::{Refusal, SendError};
use crate::status::Status;
use crate::version::Version;

/// The server's side of one connection.
///
/// Bytes that arrive go in through [`receive`](Self::receive), events come out of
/// [`poll`](Self::poll), and what is to be sent is appended to a buffer of the caller's. Requests
/// are taken one at a time: the next one comes when the one before it has ended and has been
/// answered. `Date` is not written; an origin server with a clock gives it among the fields
/// (RFC 9110 §6.6.1).
#[derive(Debug)]
pub struct Connection {
    limits: Limits,
    buffer: BytesMut,
    reader: HeadReader,
    receiving: Receiving,
    sending: Sending,
    /// What matters of the current request when it is answered.
    request: Request,
    /// The current response is the last one.
    closing: bool,
    /// No more bytes will come.
    ended: bool,
    /// Given again to whoever polls again: after a refusal nothing can be believed.
    refused: Option<Refusal>,
    upgraded: bool,
}

/// What is expected from the client.
#[derive(Debug)]
enum Receiving {
    Head,
    Body(Decoder),
    /// The request has ended; the next one waits for our response.
    Done,
    /// There will be no next one.
    Over,
}

/// Where we are with the response.
#[derive(Debug)]
enum Sending {
    /// There is no request.
    Idle,
    /// There is one, and no final response to it.
    Pending,
    Body(BodyEncoder),
    Done,
}

/// What matters of the current request when it is answered.
#[derive(Debug)]
struct Request {
    version: Version,
    /// HEAD, or CONNECT; else GET stands for all methods, whose responses are framed alike.
    method: Method,
    persists: bool,
    /// The client waits for 100 before it sends the content (RFC 9110 §10.1.1).
    waits: bool,
    asks_for_upgrade: bool,
}

impl Connection {
    pub fn new(limits: Limits) -> Self {
        Self {
            limits: limits.clamped(),
            buffer: BytesMut::new(),
            reader: HeadReader::new(Section::Request),
            receiving: Receiving::Head,
            sending: Sending::Idle,
            request: Request {
                version: Version::Http11,
                method: Method::Get,
                persists: true,
                waits: false,
                asks_for_upgrade: false,
            },
            closing: false,
            ended: false,
            refused: None,
            upgraded: false,
        }
    }

    /// Takes bytes that have arrived, all of them. Memory stays bounded if the caller reads only when
    /// [`poll`](Self::poll) says [`Wait`](Received::Wait), and at most [`READ_SIZE`] bytes: then the
    /// buffer never holds more than these and one head.
    pub fn receive(&mut self, bytes: &[u8]) {
        if self.takes_bytes() {
            if self.buffer.capacity() - self.buffer.len() < bytes.len() {
                self.buffer.reserve(bytes.len().max(READ_SIZE));
            }
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// The codec's own buffer with room for [`READ_SIZE`] more bytes, to read into its end without a
    /// copy. What is in it already must stay as it is.
    pub fn buffer(&mut self) -> &mut BytesMut {
        if !self.takes_bytes() {
            self.buffer.clear();
        }
        self.buffer.reserve(READ_SIZE);
        &mut self.buffer
    }

    /// RFC 9112 §9.6: what follows the last message is ignored.
    fn takes_bytes(&self) -> bool {
        self.refused.is_none() && (self.upgraded || !matches!(self.receiving, Receiving::Over))
    }

    /// Says that no more bytes will come. The client may still wait for a response.
    pub fn receive_end(&mut self) {
        self.ended = true;
    }

    /// The next event. A refusal is final: the same one comes again, and
    /// [`refuse`](Self::refuse) tells the client.
    pub fn poll(&mut self) -> Result<Received<RequestHead>, Refusal> {
        if let Some(refusal) = self.refused {
            return Err(refusal);
        }
        self.step().inspect_err(|&refusal| {
            self.refused = Some(refusal);
            self.buffer.clear();
        })
    }

    fn step(&mut self) -> Result<Received<RequestHead>, Refusal> {
        loop {
            match &mut self.receiving {
                Receiving::Head => {
                    match self.reader.read_request(&mut self.buffer, &self.limits)? {
                        Some((head, framing)) => {
                            self.begin_request(&head, framing)?;
                            return Ok(Received::Head(head));
                        }
                        None if !self.ended => return Ok(Received::Wait),
                        None if self.buffer.is_empty() => self.receiving = Receiving::Over,
                        None => return Err(Refusal::IncompleteHead),
                    }
                }
                Receiving::Body(decoder) => {
                    self.request.waits &= self.buffer.is_empty();
                    match decoder.decode(&mut self.buffer, &self.limits)? {
                        Piece::Data(data) => return Ok(Received::Data(data)),
                        Piece::Wait if !self.ended => return Ok(Received::Wait),
                        Piece::Wait => decoder.end_of_input()?,
                        Piece::End(trailers) => {
                            self.receiving = Receiving::Done;
                            return Ok(Received::End(trailers));
                        }
                    }
                }
                Receiving::Done => match self.sending {
                    Sending::Done if self.closing => self.receiving = Receiving::Over,
                    Sending::Done => {
                        self.receiving = Receiving::Head;
                        self.sending = Sending::Idle;
                    }
                    _ => return Ok(Received::Paused),
                },
                Receiving::Over => return Ok(Received::Closed),
            }
        }
    }

    fn begin_request(&mut self, head: &RequestHead, framing: Framing) -> Result<(), Refusal> {
        // From here on the client can be answered, with a refusal if need be.
        self.sending = Sending::Pending;
        self.request.method = match head.method {
            Method::Head => Method::Head,
            Method::Connect => Method::Connect,
            _ => Method::Get,
        };
        framing.check_request(head.version)?;
        let length = framing.request_length(head.version)?;
        if let Length::Known(length) = length
            && length > self.limits.content
        {
            return Err(Refusal::ContentTooLarge(self.limits.content));
        }
        self.request.version = head.version;
        self.request.persists = framing.persists(head.version);
        self.request.waits = framing.expects_continue()
            && head.version == Version::Http11
            && !matches!(length, Length::Empty | Length::Known(0));
        self.request.asks_for_upgrade =
            framing.asks_for_upgrade() && head.version == Version::Http11;
        self.receiving = Receiving::Body(Decoder::new(length, &self.limits));
        Ok(())
    }

    /// Whether the client waits for a 100 before it sends the content. Before anybody waits for
    /// content, this has to be asked, and [`send_continue`](Self::send_continue) called.
    pub fn wants_continue(&self) -> bool {
        self.request.waits
            && self.buffer.is_empty()
            && matches!(self.sending, Sending::Pending)
            && matches!(self.receiving, Receiving::Body(_))
    }

    /// Writes `100 Continue`, once, if the client waits for it; else nothing (RFC 9110 §10.1.1).
    pub fn send_continue(&mut self, out: &mut BytesMut) {
        if self.wants_continue() {
            self.request.waits = false;
            out.extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
        }
    }

    /// Writes the head of a response, and for [`Content::None`] that is the whole response; otherwise
    /// [`send_data`](Self::send_data) and [`finish`](Self::finish) follow. It may begin before the
    /// request has ended.
    ///
    /// A 1xx status other than 101 is an interim response: the final one is still to come, and an
    /// HTTP/1.0 client is sent nothing (RFC 9110 §15.2). To HEAD and with 304, `content` states what
    /// a GET would get, and nothing of it is sent. 101, and 2xx to CONNECT, end HTTP on this
    /// connection: see [`into_remaining`](Self::into_remaining).
    pub fn respond(
        &mut self,
        status: Status,
        fields: &Fields,
        content: Content,
        out: &mut BytesMut,
    ) -> Result<(), SendError> {
        if self.refused.is_some() {
            return Err(SendError::Closed);
        }
        if !matches!(self.sending, Sending::Pending) {
            return Err(SendError::OutOfOrder);
        }
        if !status.is_valid() {
            return Err(SendError::Status);
        }
        let said = Framing::to_send(fields)?;
        let waits = self.wants_continue();
        match status {
            Status::SWITCHING_PROTOCOLS => return self.switch(fields, said, content, out),
            _ if status.is_interim() => return self.interim(status, fields, content, out),
            _ if is_tunnel(&self.request.method, status) => {
                return self.open_tunnel(status, fields, content, out);
            }
            _ => {}
        }
        let plan = self.plan(status, content)?;
        // Whether a client that was not told to continue sends its content after all cannot be
        // known, so nothing that follows could be told apart from it.
        self.closing |= !self.request.persists
            || waits
            || said.has_close()
            || matches!(plan.encoder, Some(BodyEncoder::UntilClose));
        write_status(status, out);
        write_fields(fields, out);
        match plan.framing {
            Stated::Nothing => {}
            Stated::Length(length) => write_content_length(length, out),
            Stated::Chunked => out.extend_from_slice(b"Transfer-Encoding: chunked\r\n"),
        }
        if self.closing && !said.has_close() {
            out.extend_from_slice(b"Connection: close\r\n");
        } else if !self.closing && self.request.version == Version::Http10 && !said.has_keep_alive()
        {
            out.extend_from_slice(b"Connection: keep-alive\r\n");
        }
        out.extend_from_slice(b"\r\n");
        self.sending = plan.encoder.map_or(Sending::Done, Sending::Body);
        Ok(())
    }

    /// How a final response is framed (RFC 9112 §6.1, §6.2).
    fn plan(&self, status: Status, content: Content) -> Result<Plan, SendError> {
        let is_empty = matches!(content, Content::None | Content::Known(0));
        let (framing, encoder) = match (status, content) {
            (Status::NO_CONTENT | Status::RESET_CONTENT, _) if !is_empty => {
                return Err(SendError::NoContent);
            }
            (Status::NO_CONTENT, _) => (Stated::Nothing, BodyEncoder::Discard),
            (Status::RESET_CONTENT, _) => (Stated::Length(0), BodyEncoder::Discard),
            _ if self.request.method == Method::Head || status == Status::NOT_MODIFIED => {
                let framing = match content {
                    Content::Known(length) => Stated::Length(length),
                    _ => Stated::Nothing,
                };
                (framing, BodyEncoder::Discard)
            }
            (_, Content::None) => (Stated::Length(0), BodyEncoder::Known(0)),
            (_, Content::Known(length)) => (Stated::Length(length), BodyEncoder::Known(length)),
            (_, Content::Streamed) if self.request.version == Version::Http10 => {
                (Stated::Nothing, BodyEncoder::UntilClose)
            }
            (_, Content::Streamed) => (Stated::Chunked, BodyEncoder::Chunked),
        };
        Ok(Plan { framing, encoder: (content != Content::None).then_some(encoder) })
    }

    fn interim(
        &mut self,
        status: Status,
        fields: &Fields,
        content: Content,
        out: &mut BytesMut,
    ) -> Result<(), SendError> {
        if content != Content::None {
            return Err(SendError::NoContent);
        }
        if self.request.version == Version::Http11 {
            self.request.waits &= status != Status::CONTINUE;
            write_status(status, out);
            write_fields(fields, out);
            out.extend_from_slice(b"\r\n");
        }
        Ok(())
    }

    fn switch(
        &mut self,
        fields: &Fields,
        said: Framing,
        content: Content,
        out: &mut BytesMut,
    ) -> Result<(), SendError> {
        let complete = matches!(self.receiving, Receiving::Done);
        if !complete || !self.request.asks_for_upgrade || !fields.contains("Upgrade") {
            return Err(SendError::Upgrade);
        }
        if content != Content::None {
            return Err(SendError::NoContent);
        }
        write_status(Status::SWITCHING_PROTOCOLS, out);
        write_fields(fields, out);
        if !said.has_upgrade_option() {
            out.extend_from_slice(b"Connection: upgrade\r\n");
        }
        out.extend_from_slice(b"\r\n");
        self.leave();
        Ok(())
    }

    fn open_tunnel(
        &mut self,
        status: Status,
        fields: &Fields,
        content: Content,
        out: &mut BytesMut,
    ) -> Result<(), SendError> {
        if !matches!(self.receiving, Receiving::Done) {
            return Err(SendError::OutOfOrder);
        }
        if content != Content::None {
            return Err(SendError::NoContent);
        }
        write_status(status, out);
        write_fields(fields, out);
        out.extend_from_slice(b"\r\n");
        self.leave();
        Ok(())
    }

    /// From here on the bytes are not HTTP's.
    fn leave(&mut self) {
        self.upgraded = true;
        self.receiving = Receiving::Over;
        self.sending = Sending::Done;
    }

    /// Writes some content. To HEAD and with 304 it is accepted and not written.
    pub fn send_data(&mut self, data: &[u8], out: &mut BytesMut) -> Result<(), SendError> {
        match &mut self.sending {
            Sending::Body(encoder) => encoder.send(data, out),
            _ => Err(SendError::OutOfOrder),
        }
    }

    /// Ends the response. Trailer fields need [`Content::Streamed`]; an HTTP/1.0 client does not get
    /// them. On [`SendError::MissingContent`] the connection has to be closed, so that the client
    /// sees that something is missing.
    pub fn finish(
        &mut self,
        trailers: Option<&Fields>,
        out: &mut BytesMut,
    ) -> Result<(), SendError> {
        match &mut self.sending {
            Sending::Body(encoder) => {
                let result = encoder.finish(trailers, out);
                match result {
                    Ok(()) => self.sending = Sending::Done,
                    Err(SendError::MissingContent(_)) => {
                        self.sending = Sending::Done;
                        self.closing = true;
                    }
                    Err(_) => {}
                }
                result
            }
            Sending::Done => Ok(()),
            _ => Err(SendError::OutOfOrder),
        }
    }

    /// Writes a whole response that tells the client why its request is refused, with `fields` in its
    /// head but for those that the codec writes itself, and ends the connection. Nothing is written if
    /// a response has begun: it cannot be taken back.
    pub fn refuse(&mut self, refusal: &Refusal, fields: &Fields, out: &mut BytesMut) {
        if matches!(self.sending, Sending::Idle | Sending::Pending) && !self.upgraded {
            let text = format!("{refusal}\n");
            let mut fields = fields.clone();
            for name in ["Connection", "Content-Length", "Content-Type", "Transfer-Encoding"] {
                fields.remove(name);
            }
            write_status(refusal.status(), out);
            write_fields(&fields, out);
            out.extend_from_slice(b"Content-Type: text/plain; charset=utf-8\r\n");
            write_content_length(text.len() as u64, out);
            out.extend_from_slice(b"Connection: close\r\n\r\n");
            let head_only =
                matches!(self.sending, Sending::Pending) && self.request.method == Method::Head;
            if !head_only {
                out.extend_from_slice(text.as_bytes());
            }
        }
        self.refused = Some(*refusal);
        self.buffer.clear();
        self.sending = Sending::Done;
        self.closing = true;
    }

    /// Whether the content of the response that has begun is thrown away, so that it need not be made.
    pub(crate) fn discards_content(&self) -> bool {
        matches!(self.sending, Sending::Body(BodyEncoder::Discard))
    }

    /// Makes the next response, or the one that has begun, the last one.
    pub fn close_after_response(&mut self) {
        self.closing = true;
    }

    /// Whether everything is said and the connection is to be closed. Before that, what the client is
    /// still sending should be read and thrown away for a while, or a reset may destroy the response
    /// on its way (RFC 9112 §9.6).
    pub fn must_close(&self) -> bool {
        let answered = matches!(self.sending, Sending::Done) && !self.upgraded;
        (answered && self.closing) || (self.ended && matches!(self.receiving, Receiving::Over))
    }

    /// Whether the client is between requests: none has begun, none waits for an answer.
    pub fn is_idle(&self) -> bool {
        matches!(self.receiving, Receiving::Head)
            && matches!(self.sending, Sending::Idle)
            && self.buffer.is_empty()
            && self.reader.is_fresh()
    }

    /// Whether the connection is not HTTP's any more, after 101 or 2xx to CONNECT.
    pub fn is_upgraded(&self) -> bool {
        self.upgraded
    }

    /// What has arrived and was not taken: after an upgrade, the first bytes of the new protocol.
    pub fn into_remaining(mut self) -> BytesMut {
        mem::take(&mut self.buffer)
    }
}

/// A final response: what its head states, and how its content is written; `None` if there is none.
struct Plan {
    framing: Stated,
    encoder: Option<BodyEncoder>,
}

enum Stated {
    Nothing,
    Length(u64),
    Chunked,
}

/// The version is always our own, 1.1, whatever the client speaks (RFC 9110 §6.2).
fn write_status(status: Status, out: &mut BytesMut) {
    match status.line() {
        Some(line) => out.extend_from_slice(line.as_bytes()),
        // The space is required even if no reason follows (RFC 9112 §4).
        None => out.extend_from_slice(format!("HTTP/1.1 {status} \r\n").as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(bytes: &str) -> Connection {
        let mut connection = Connection::new(Limits::default());
        connection.receive(bytes.as_bytes());
        while !matches!(
            connection.poll(),
            Ok(Received::Paused | Received::Wait | Received::Closed) | Err(_)
        ) {}
        connection
    }

    /// The response that `answer` writes to the request `bytes`.
    fn answer(bytes: &str, answer: impl Fn(&mut Connection, &mut BytesMut)) -> String {
        let mut connection = after(bytes);
        let mut out = BytesMut::new();
        answer(&mut connection, &mut out);
        String::from_utf8(out.to_vec()).unwrap()
    }

    fn fields(lines: &[(&str, &str)]) -> Fields {
        let mut fields = Fields::new();
        for (name, value) in lines {
            fields.append(name, value).unwrap();
        }
        fields
    }

    const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    const GET_1_0: &str = "GET / HTTP/1.0\r\n\r\n";
    const HEAD: &str = "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n";
    const WAITING: &str =
        "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n";

    fn respond(status: u16, content: Content) -> impl Fn(&mut Connection, &mut BytesMut) {
        move |connection, out| {
            let status = Status::new(status).unwrap();
            connection.respond(status, &Fields::new(), content, out).unwrap();
            if content != Content::None {
                connection.send_data(b"abc", out).unwrap();
                connection.finish(None, out).unwrap();
            }
        }
    }

    #[test]
    fn a_response_is_framed_for_its_request() {
        for (request, status, content, expected) in [
            (GET, 200, Content::None, "200 OK\r\nContent-Length: 0\r\n\r\n"),
            (GET, 200, Content::Known(3), "200 OK\r\nContent-Length: 3\r\n\r\nabc"),
            (
                GET,
                200,
                Content::Streamed,
                "200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            ),
            (GET, 204, Content::None, "204 No Content\r\n\r\n"),
            (GET, 205, Content::None, "205 Reset Content\r\nContent-Length: 0\r\n\r\n"),
            (GET, 304, Content::None, "304 Not Modified\r\n\r\n"),
            (GET, 304, Content::Known(3), "304 Not Modified\r\nContent-Length: 3\r\n\r\n"),
            (GET, 299, Content::None, "299 \r\nContent-Length: 0\r\n\r\n"),
            (HEAD, 200, Content::Known(3), "200 OK\r\nContent-Length: 3\r\n\r\n"),
            (HEAD, 200, Content::Streamed, "200 OK\r\n\r\n"),
            (HEAD, 200, Content::None, "200 OK\r\n\r\n"),
            (GET_1_0, 200, Content::Streamed, "200 OK\r\nConnection: close\r\n\r\nabc"),
        ] {
            let written = answer(request, respond(status, content));
            assert_eq!(written, format!("HTTP/1.1 {expected}"), "{request:?}");
        }
    }

    #[test]
    fn what_cannot_be_sent_leaves_no_trace() {
        for (request, status, lines, content, error) in [
            (GET, 204, &[][..], Content::Known(1), SendError::NoContent),
            (GET, 205, &[], Content::Streamed, SendError::NoContent),
            (GET, 103, &[], Content::Known(1), SendError::NoContent),
            (GET, 99, &[], Content::None, SendError::Status),
            (GET, 600, &[], Content::None, SendError::Status),
            (GET, 101, &[("Upgrade", "x")], Content::None, SendError::Upgrade),
            (
                GET,
                200,
                &[("content-length", "5")],
                Content::None,
                SendError::FramingField("Content-Length"),
            ),
            (
                GET,
                200,
                &[("Transfer-Encoding", "x")],
                Content::None,
                SendError::FramingField("Transfer-Encoding"),
            ),
            ("GET / HT", 200, &[], Content::None, SendError::OutOfOrder),
            ("GET /\n", 200, &[], Content::None, SendError::Closed),
        ] {
            let written = answer(request, |connection, out| {
                let status = Status::new(status).unwrap();
                let result = connection.respond(status, &fields(lines), content, out);
                assert_eq!(result, Err(error), "{status}");
            });
            assert_eq!(written, "");
        }
    }

    #[test]
    fn requests_wait_for_their_turn() {
        let mut connection = Connection::new(Limits::default());
        connection.receive(b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
        let mut out = BytesMut::new();
        for path in ["/1", "/2"] {
            let Ok(Received::Head(head)) = connection.poll() else { panic!() };
            assert_eq!(head.target.path(), path);
            assert!(matches!(connection.poll(), Ok(Received::End(_))));
            assert_eq!(connection.poll(), Ok(Received::Paused));
            connection.respond(Status::OK, &Fields::new(), Content::None, &mut out).unwrap();
        }
        assert_eq!(connection.poll(), Ok(Received::Wait));
        assert!(connection.is_idle() && !connection.must_close());
        connection.receive_end();
        assert_eq!(connection.poll(), Ok(Received::Closed));
        assert!(connection.must_close());
    }

    #[test]
    fn after_close_nothing_is_read() {
        for request in [
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
            GET_1_0,
            "GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n",
        ] {
            let mut connection = after(&format!("{request}{GET}"));
            let mut out = BytesMut::new();
            connection.respond(Status::OK, &Fields::new(), Content::None, &mut out).unwrap();
            assert!(out.ends_with(b"Connection: close\r\n\r\n"));
            assert!(connection.must_close());
            assert_eq!(connection.poll(), Ok(Received::Closed));
            connection.receive(GET.as_bytes());
            assert_eq!(connection.poll(), Ok(Received::Closed));
        }
        let kept =
            answer("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", respond(200, Content::None));
        assert!(kept.ends_with("Connection: keep-alive\r\n\r\n"));
    }

    #[test]
    fn a_refusal_is_final() {
        let mut connection = after(&format!("GET / HTTP/1.1\r\n\r\n{GET}"));
        assert_eq!(connection.poll(), Err(Refusal::MissingHost));
        connection.receive(GET.as_bytes());
        assert_eq!(connection.poll(), Err(Refusal::MissingHost));
        let mut out = BytesMut::new();
        let lines = [("Date", "now"), ("content-length", "5"), ("Transfer-Encoding", "chunked")];
        connection.refuse(&Refusal::MissingHost, &fields(&lines), &mut out);
        let text = String::from_utf8(out.to_vec()).unwrap();
        let start = "HTTP/1.1 400 Bad Request\r\nDate: now\r\nContent-Type: text/plain";
        assert!(text.starts_with(start), "{text}");
        assert!(
            text.ends_with("\r\n\r\nan HTTP/1.1 request without Host (RFC 9112 §3.2)\n"),
            "{text}"
        );
        assert!(connection.must_close());
        connection.refuse(&Refusal::MissingHost, &Fields::new(), &mut out);
        assert_eq!(out.len(), text.len(), "it is said once");
    }

    #[test]
    fn a_client_that_waits_is_told_to_continue_once() {
        let mut connection = after(WAITING);
        let mut out = BytesMut::new();
        assert!(connection.wants_continue());
        connection.send_continue(&mut out);
        connection.send_continue(&mut out);
        assert_eq!(out, "HTTP/1.1 100 Continue\r\n\r\n");
        connection.receive(b"abc");
        assert_eq!(connection.poll(), Ok(Received::Data("abc".into())));
        connection.respond(Status::OK, &Fields::new(), Content::None, &mut out).unwrap();
        assert!(!connection.must_close());

        // It has begun to send, so it does not wait.
        assert!(!after(&format!("{WAITING}a")).wants_continue());
        // HTTP/1.0 knows no 100.
        assert!(!after(&WAITING.replace("1.1", "1.0")).wants_continue());
        // Whether the content follows cannot be known.
        assert!(answer(WAITING, respond(404, Content::None)).contains("Connection: close"));
    }

    #[test]
    fn interim_responses_are_for_http_1_1() {
        let hints = |connection: &mut Connection, out: &mut BytesMut| {
            let link = fields(&[("Link", "</a>")]);
            connection.respond(Status::EARLY_HINTS, &link, Content::None, out).unwrap();
        };
        assert_eq!(answer(GET, hints), "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
        assert_eq!(answer(GET_1_0, hints), "");
    }

    #[test]
    fn the_connection_can_become_another_protocol() {
        let mut connection =
            after("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n\x01\x02");
        let mut out = BytesMut::new();
        let status = Status::SWITCHING_PROTOCOLS;
        connection.respond(status, &fields(&[("Upgrade", "x")]), Content::None, &mut out).unwrap();
        assert!(out.ends_with(b"Upgrade: x\r\nConnection: upgrade\r\n\r\n"));
        assert!(connection.is_upgraded() && !connection.must_close());
        assert_eq!(connection.poll(), Ok(Received::Closed));
        connection.receive(b"\x03");
        assert_eq!(connection.into_remaining(), "\x01\x02\x03");

        let mut connection = after("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\nxyz");
        let mut out = BytesMut::new();
        connection.respond(Status::OK, &Fields::new(), Content::None, &mut out).unwrap();
        assert_eq!(out, "HTTP/1.1 200 OK\r\n\r\n");
        assert_eq!(connection.into_remaining(), "xyz");
    }

    #[test]
    fn an_end_in_the_middle_is_told_apart_from_an_end() {
        for (bytes, refusal) in [
            ("GET / HTTP", Refusal::IncompleteHead),
            ("\r", Refusal::IncompleteHead),
            (WAITING, Refusal::IncompleteContent),
        ] {
            let mut connection = after(bytes);
            connection.receive_end();
            assert_eq!(connection.poll(), Err(refusal), "{bytes:?}");
        }
        // A client may end its side and wait for the response (RFC 9293 §3.6).
        let mut connection = after(GET);
        connection.receive_end();
        assert_eq!(connection.poll(), Ok(Received::Paused));
        assert!(!connection.must_close());
    }
}

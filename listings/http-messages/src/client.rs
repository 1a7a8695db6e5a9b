//! The client's side of a connection: requests out, responses in (RFC 9112).
//!
//! ```
//! use bytes::BytesMut;
//! use http_messages::client::Connection;
//! use http_messages::{Content, Fields, Limits, Method, Received, Status, Target};
//!
//! let mut connection = Connection::new(Limits::default());
//! let mut fields = Fields::new();
//! fields.append("Host", "example.com")?;
//! let mut out = BytesMut::new();
//! let target = Target::new(&Method::Get, "/")?;
//! connection.request(&Method::Get, &target, &fields, Content::None, &mut out)?;
//! assert_eq!(out, "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n");
//!
//! connection.receive(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
//! let Received::Head(head) = connection.poll()? else { panic!() };
//! assert_eq!(head.status, Status::OK);
//! assert_eq!(connection.poll()?, Received::Data("hi".into()));
//! assert_eq!(connection.poll()?, Received::End(Fields::new()));
//! assert!(connection.is_reusable());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::mem;

use bytes::BytesMut;

use crate::body::{Decoder, Piece};
use crate::encode::{BodyEncoder, write_content_length, write_fields};
use crate::fields::Fields;
use crate::framing::{Framing, Length, is_tunnel};
use crate::head::ResponseHead;
use crate::limits::{Limits, READ_SIZE};
use crate::lines::Section;
use crate::message::{Content, Received};
use crate::method::Method;
use crate::parse::HeadReader;
use crate::refusal::{Refusal, SendError};
use crate::status::Status;
use crate::target::{Form, Target};
use crate::version::Version;

/// The client's side of one connection.
///
/// One request at a time: the next one can be sent when the response has ended. Pipelining is left
/// to servers, which have to understand it; no client gains enough by it to pay for what goes wrong
/// (RFC 9112 §9.3.2).
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact that becomes true by itself")]
pub struct Connection {
    limits: Limits,
    buffer: BytesMut,
    reader: HeadReader,
    receiving: Receiving,
    sending: Sending,
    /// The method of the current request: it decides how the response is framed.
    method: Method,
    asked_for_upgrade: bool,
    /// Interim responses to the current request.
    interim: usize,
    /// Both sides have let the connection live on so far.
    persists: bool,
    /// No more bytes will come.
    ended: bool,
    /// Given again to whoever polls again: after a refusal nothing can be believed.
    refused: Option<Refusal>,
    upgraded: bool,
}

/// What is expected from the server.
#[derive(Debug)]
enum Receiving {
    /// Nothing: no request is open.
    Idle,
    Head,
    Body(Decoder),
    /// There will be no other response.
    Over,
}

/// Where we are with the request.
#[derive(Debug)]
enum Sending {
    Body(BodyEncoder),
    Done,
}

impl Connection {
    pub fn new(limits: Limits) -> Self {
        Self {
            limits: limits.clamped(),
            buffer: BytesMut::new(),
            reader: HeadReader::new(Section::Response),
            receiving: Receiving::Idle,
            sending: Sending::Done,
            method: Method::Get,
            asked_for_upgrade: false,
            interim: 0,
            persists: true,
            ended: false,
            refused: None,
            upgraded: false,
        }
    }

    /// Takes bytes that have arrived, all of them. Memory stays bounded if the caller reads only when
    /// [`poll`](Self::poll) says [`Wait`](Received::Wait), and at most [`READ_SIZE`] bytes.
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

    /// Says that no more bytes will come.
    pub fn receive_end(&mut self) {
        self.ended = true;
    }

    /// The next event. A refusal is final: the same one comes again, and the connection has to be
    /// closed.
    pub fn poll(&mut self) -> Result<Received<ResponseHead>, Refusal> {
        if let Some(refusal) = self.refused {
            return Err(refusal);
        }
        self.step().inspect_err(|&refusal| {
            self.refused = Some(refusal);
            self.buffer.clear();
        })
    }

    fn step(&mut self) -> Result<Received<ResponseHead>, Refusal> {
        loop {
            match &mut self.receiving {
                Receiving::Idle if !self.buffer.is_empty() => return Err(Refusal::Unsolicited),
                Receiving::Idle if self.ended => self.receiving = Receiving::Over,
                Receiving::Idle => return Ok(Received::Wait),
                Receiving::Head => {
                    match self.reader.read_response(&mut self.buffer, &self.limits)? {
                        Some((head, framing)) => return self.begin_response(head, framing),
                        None if !self.ended => return Ok(Received::Wait),
                        None if self.buffer.is_empty() => return Err(Refusal::NoResponse),
                        None => return Err(Refusal::IncompleteHead),
                    }
                }
                Receiving::Body(decoder) => match decoder.decode(&mut self.buffer, &self.limits)? {
                    Piece::Data(data) => return Ok(Received::Data(data)),
                    Piece::Wait if !self.ended => return Ok(Received::Wait),
                    Piece::Wait => decoder.end_of_input()?,
                    Piece::End(trailers) => {
                        let stays = self.persists && !self.upgraded;
                        self.receiving = if stays { Receiving::Idle } else { Receiving::Over };
                        return Ok(Received::End(trailers));
                    }
                },
                Receiving::Over => return Ok(Received::Closed),
            }
        }
    }

    fn begin_response(
        &mut self,
        head: ResponseHead,
        framing: Framing,
    ) -> Result<Received<ResponseHead>, Refusal> {
        if head.status == Status::SWITCHING_PROTOCOLS {
            if !self.asked_for_upgrade {
                return Err(Refusal::UnexpectedSwitch);
            }
        } else if head.status.is_interim() {
            self.interim += 1;
            if self.interim > self.limits.interim {
                return Err(Refusal::TooManyInterim(self.limits.interim));
            }
            return Ok(Received::Head(head));
        }
        let length = framing.response_length(&self.method, head.version, head.status)?;
        if let Length::Known(length) = length
            && length > self.limits.content
        {
            return Err(Refusal::ContentTooLarge(self.limits.content));
        }
        self.upgraded =
            head.status == Status::SWITCHING_PROTOCOLS || is_tunnel(&self.method, head.status);
        self.persists &= framing.persists(head.version) && length != Length::UntilClose;
        self.receiving = Receiving::Body(Decoder::new(length, &self.limits));
        Ok(Received::Head(head))
    }

    /// Writes the head of a request, and for [`Content::None`] that is the whole request; otherwise
    /// [`send_data`](Self::send_data) and [`finish`](Self::finish) follow.
    ///
    /// `fields` needs exactly one valid `Host` (RFC 9112 §3.2). [`Content::Streamed`] is sent
    /// chunked, which a server of HTTP/1.0 would not understand. Whether `Expect: 100-continue` is
    /// sent, and for how long its answer is waited for, is the caller's affair.
    pub fn request(
        &mut self,
        method: &Method,
        target: &Target,
        fields: &Fields,
        content: Content,
        out: &mut BytesMut,
    ) -> Result<(), SendError> {
        let busy = matches!(self.receiving, Receiving::Head | Receiving::Body(_))
            || matches!(self.sending, Sending::Body(_));
        if busy {
            return Err(SendError::OutOfOrder);
        }
        if !self.is_reusable() {
            return Err(SendError::Closed);
        }
        let framing = Framing::to_send(fields)?;
        framing.check_host(Version::Http11).map_err(|_| SendError::Host)?;
        check_target(method, target)?;
        let bare = matches!(method, Method::Trace | Method::Connect);
        if bare && content != Content::None {
            return Err(SendError::NoContent);
        }

        out.extend_from_slice(method.as_str().as_bytes());
        out.extend_from_slice(b" ");
        out.extend_from_slice(target.as_str().as_bytes());
        out.extend_from_slice(b" HTTP/1.1\r\n");
        write_fields(fields, out);
        self.sending = match content {
            Content::None => {
                if method.expects_content() {
                    write_content_length(0, out);
                }
                Sending::Done
            }
            Content::Known(length) => {
                write_content_length(length, out);
                Sending::Body(BodyEncoder::Known(length))
            }
            Content::Streamed => {
                out.extend_from_slice(b"Transfer-Encoding: chunked\r\n");
                Sending::Body(BodyEncoder::Chunked)
            }
        };
        out.extend_from_slice(b"\r\n");
        self.receiving = Receiving::Head;
        self.method = method.clone();
        self.asked_for_upgrade = framing.asks_for_upgrade();
        self.persists = framing.persists(Version::Http11);
        self.interim = 0;
        Ok(())
    }

    /// Writes some content.
    pub fn send_data(&mut self, data: &[u8], out: &mut BytesMut) -> Result<(), SendError> {
        match &mut self.sending {
            Sending::Body(encoder) => encoder.send(data, out),
            Sending::Done => Err(SendError::OutOfOrder),
        }
    }

    /// Ends the request. Trailer fields need [`Content::Streamed`].
    pub fn finish(
        &mut self,
        trailers: Option<&Fields>,
        out: &mut BytesMut,
    ) -> Result<(), SendError> {
        if let Sending::Body(encoder) = &mut self.sending {
            encoder.finish(trailers, out)?;
            self.sending = Sending::Done;
        }
        Ok(())
    }

    /// Whether another request can be sent on this connection: both messages have ended, neither side
    /// wants to close (RFC 9112 §9.3), and nothing has arrived that answers no request (§9.2).
    pub fn is_reusable(&self) -> bool {
        matches!(self.receiving, Receiving::Idle)
            && matches!(self.sending, Sending::Done)
            && self.persists
            && !self.ended
            && self.refused.is_none()
            && self.buffer.is_empty()
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

/// A target may have been made for another method.
fn check_target(method: &Method, target: &Target) -> Result<(), SendError> {
    let fits = match target.form() {
        Form::Authority => *method == Method::Connect,
        Form::Asterisk => *method == Method::Options,
        Form::Origin | Form::Absolute => *method != Method::Connect,
    };
    if fits { Ok(()) } else { Err(SendError::Target) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(lines: &[(&str, &str)]) -> Fields {
        let mut fields = Fields::new();
        for (name, value) in lines {
            fields.append(name, value).unwrap();
        }
        fields
    }

    fn send(
        connection: &mut Connection,
        method: &str,
        target: &str,
        lines: &[(&str, &str)],
        content: Content,
    ) -> Result<String, SendError> {
        let method = Method::parse(method).unwrap();
        let target = Target::new(&method, target).unwrap();
        let mut out = BytesMut::new();
        connection.request(&method, &target, &fields(lines), content, &mut out)?;
        Ok(String::from_utf8(out.to_vec()).unwrap())
    }

    /// A connection on which `method` was sent, with the events of `response` and the end.
    fn exchange(method: &str, response: &str) -> (Connection, Result<Vec<String>, Refusal>) {
        let mut connection = Connection::new(Limits::default());
        let target = if method == "CONNECT" { "a:1" } else { "/" };
        let lines = [("Host", "a"), ("Upgrade", "x"), ("Connection", "upgrade")];
        send(&mut connection, method, target, &lines, Content::None).unwrap();
        connection.receive(response.as_bytes());
        let mut events = Vec::new();
        loop {
            match connection.poll() {
                Ok(Received::Head(head)) => events.push(head.status.to_string()),
                Ok(Received::Data(data)) => {
                    events.push(String::from_utf8_lossy(&data).into());
                }
                Ok(Received::End(_)) => events.push("end".to_owned()),
                Ok(_) => return (connection, Ok(events)),
                Err(refusal) => return (connection, Err(refusal)),
            }
        }
    }

    #[test]
    fn a_request_states_its_content() {
        let host = [("Host", "a")];
        for (method, content, end) in [
            ("GET", Content::None, "Host: a\r\n\r\n"),
            ("DELETE", Content::None, "Host: a\r\n\r\n"),
            ("POST", Content::None, "Host: a\r\nContent-Length: 0\r\n\r\n"),
            ("PUT", Content::Known(3), "Host: a\r\nContent-Length: 3\r\n\r\n"),
            ("PUT", Content::Streamed, "Host: a\r\nTransfer-Encoding: chunked\r\n\r\n"),
        ] {
            let mut connection = Connection::new(Limits::default());
            let written = send(&mut connection, method, "/", &host, content).unwrap();
            assert_eq!(written, format!("{method} / HTTP/1.1\r\n{end}"));
        }
    }

    #[test]
    fn what_cannot_be_sent() {
        for (method, target, lines, content, error) in [
            ("GET", "/", &[][..], Content::None, SendError::Host),
            ("GET", "/", &[("Host", "a"), ("host", "b")], Content::None, SendError::Host),
            ("GET", "/", &[("Host", "a b")], Content::None, SendError::Host),
            ("TRACE", "/", &[("Host", "a")], Content::Known(1), SendError::NoContent),
            (
                "GET",
                "/",
                &[("Host", "a"), ("Content-Length", "1")],
                Content::None,
                SendError::FramingField("Content-Length"),
            ),
        ] {
            let mut connection = Connection::new(Limits::default());
            assert_eq!(send(&mut connection, method, target, lines, content), Err(error));
        }
        let asterisk = Target::new(&Method::Options, "*").unwrap();
        assert_eq!(check_target(&Method::Get, &asterisk), Err(SendError::Target));
    }

    #[test]
    fn one_response_for_one_request() {
        let ok = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx";
        let (mut connection, events) = exchange("GET", ok);
        assert_eq!(events.unwrap(), ["200", "x", "end"]);
        assert!(connection.is_reusable());
        send(&mut connection, "GET", "/", &[("Host", "a")], Content::None).unwrap();
        let again = send(&mut connection, "GET", "/", &[("Host", "a")], Content::None);
        assert_eq!(again, Err(SendError::OutOfOrder));

        let (connection, events) = exchange("GET", &format!("{ok}{ok}"));
        assert_eq!(events, Err(Refusal::Unsolicited));
        assert!(!connection.is_reusable());
    }

    #[test]
    fn responses_without_a_body() {
        for (method, head, events) in [
            ("HEAD", "200 OK\r\nContent-Length: 5", &["200", "end"][..]),
            ("HEAD", "200 OK\r\nTransfer-Encoding: chunked", &["200", "end"]),
            ("GET", "204 No Content\r\nContent-Length: 5", &["204", "end"]),
            ("GET", "304 Not Modified\r\nContent-Length: 5", &["304", "end"]),
            ("GET", "103 Early Hints\r\nContent-Length: 5", &["103"]),
        ] {
            let (_, seen) = exchange(method, &format!("HTTP/1.1 {head}\r\n\r\n"));
            assert_eq!(seen.unwrap(), events, "{head}");
        }
    }

    #[test]
    fn interim_responses_come_before_the_final_one_and_are_counted() {
        let hint = "HTTP/1.1 103 Early Hints\r\n\r\n";
        let (_, events) = exchange("GET", &format!("{hint}{hint}HTTP/1.1 204\r\n\r\n"));
        assert_eq!(events.unwrap(), ["103", "103", "204", "end"]);
        let (_, events) = exchange("GET", &hint.repeat(17));
        assert_eq!(events, Err(Refusal::TooManyInterim(16)));
    }

    #[test]
    fn an_end_completes_only_what_lasts_until_it() {
        for (response, end) in [
            ("", Err(Refusal::NoResponse)),
            ("HTTP/1.1", Err(Refusal::IncompleteHead)),
            ("HTTP/1.1 100 Continue\r\n\r\n", Err(Refusal::NoResponse)),
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nx", Err(Refusal::IncompleteContent)),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n",
                Err(Refusal::IncompleteContent),
            ),
            ("HTTP/1.1 200 OK\r\n\r\nx", Ok(Received::End(Fields::new()))),
        ] {
            let (mut connection, _) = exchange("GET", response);
            connection.receive_end();
            assert_eq!(connection.poll(), end, "{response:?}");
            assert!(!connection.is_reusable());
        }
    }

    #[test]
    fn the_connection_is_reusable_if_both_say_so() {
        for (fields, reusable) in [
            ("HTTP/1.1 204 x\r\n\r\n", true),
            ("HTTP/1.1 204 x\r\nConnection: close\r\n\r\n", false),
            ("HTTP/1.0 204 x\r\n\r\n", false),
            ("HTTP/1.0 204 x\r\nConnection: keep-alive\r\n\r\n", true),
        ] {
            assert_eq!(exchange("GET", fields).0.is_reusable(), reusable, "{fields:?}");
        }
        let mut connection = Connection::new(Limits::default());
        let lines = [("Host", "a"), ("Connection", "close")];
        send(&mut connection, "GET", "/", &lines, Content::None).unwrap();
        connection.receive(b"HTTP/1.1 204 x\r\n\r\n");
        while !matches!(connection.poll(), Ok(Received::Closed)) {}
        let again = send(&mut connection, "GET", "/", &lines, Content::None);
        assert_eq!(again, Err(SendError::Closed));
    }

    #[test]
    fn the_connection_can_become_another_protocol() {
        let (connection, events) =
            exchange("GET", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nabc");
        assert_eq!(events.unwrap(), ["101", "end"]);
        assert!(connection.is_upgraded());
        assert_eq!(connection.into_remaining(), "abc");
        let (connection, events) =
            exchange("CONNECT", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc");
        assert_eq!(events.unwrap(), ["200", "end"]);
        assert_eq!(connection.into_remaining(), "abc");

        let mut connection = Connection::new(Limits::default());
        send(&mut connection, "GET", "/", &[("Host", "a")], Content::None).unwrap();
        connection.receive(b"HTTP/1.1 101 x\r\n\r\n");
        assert_eq!(connection.poll(), Err(Refusal::UnexpectedSwitch));
    }
}

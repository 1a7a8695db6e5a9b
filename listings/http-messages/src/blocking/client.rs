//! A client over one connection.

use std::fmt;
use std::io::{self, Read, Write};

use bytes::{Buf, Bytes, BytesMut};

use super::body::Body;
use super::error::Error;
use super::io::{flush, read_into, read_piece};
use crate::client::Connection;
use crate::fields::Fields;
use crate::head::ResponseHead;
use crate::limits::Limits;
use crate::message::{Content, Received};
use crate::method::Method;
use crate::refusal::SendError;
use crate::status::Status;
use crate::target::Target;

type OnInterim = Box<dyn FnMut(&ResponseHead) + Send>;

/// An HTTP/1.1 client over one connection that the caller has opened.
///
/// How long it waits is up to the stream: set its timeouts, or a silent server is waited for without
/// end. The content of a response is read from the client itself, which is a [`Read`].
///
/// ```no_run
/// use std::io::Read;
/// use std::net::TcpStream;
/// use http_messages::blocking::{Body, Client};
/// use http_messages::{Fields, Limits, Method, Target};
///
/// let mut client = Client::new(TcpStream::connect("127.0.0.1:8000")?, Limits::default());
/// let mut fields = Fields::new();
/// fields.append("Host", "127.0.0.1:8000")?;
/// let target = Target::new(&Method::Get, "/")?;
/// let head = client.send(&Method::Get, &target, &fields, Body::Empty)?;
/// let mut content = Vec::new();
/// client.read_to_end(&mut content)?;
/// println!("{}: {} bytes", head.status, content.len());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Client<S> {
    stream: S,
    connection: Connection,
    out: BytesMut,
    on_interim: Option<OnInterim>,
    /// Content that has been received and not been read.
    current: Bytes,
    trailers: Fields,
    /// The content of a response has not ended.
    in_content: bool,
    /// A request could not be written completely.
    broken: bool,
}

impl<S> fmt::Debug for Client<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("connection", &self.connection).finish_non_exhaustive()
    }
}

impl<S: Read + Write> Client<S> {
    pub fn new(stream: S, limits: Limits) -> Self {
        Self {
            stream,
            connection: Connection::new(limits),
            out: BytesMut::new(),
            on_interim: None,
            current: Bytes::new(),
            trailers: Fields::new(),
            in_content: false,
            broken: false,
        }
    }

    /// Has `callback` called with the head of each interim (1xx) response.
    pub fn on_interim(&mut self, callback: impl FnMut(&ResponseHead) + Send + 'static) {
        self.on_interim = Some(Box::new(callback));
    }

    /// Sends a request and waits for the head of its final response. The response before must have
    /// been read to its end.
    ///
    /// With `Expect: 100-continue` among the fields, the content waits until the server asks for it;
    /// a read timeout of the stream ends that wait and the content is sent. If the server answers
    /// finally instead, the content is not sent, and the connection cannot be used again
    /// (RFC 9110 §10.1.1).
    ///
    /// The content is written before the response is read. A server that waits for its answer to be
    /// taken before it reads on stands still then, until the stream's write timeout.
    ///
    /// A server may answer before it has read everything, and read no more. If writing fails or takes
    /// too long, its answer is looked for before the failure is reported (RFC 9112 §9.5).
    pub fn send(
        &mut self,
        method: &Method,
        target: &Target,
        fields: &Fields,
        body: Body,
    ) -> Result<ResponseHead, Error> {
        if self.in_content || self.broken {
            let busy = if self.broken { SendError::Closed } else { SendError::OutOfOrder };
            return Err(Error::Send(busy));
        }
        let content = body.content();
        self.connection.request(method, target, fields, content, &mut self.out)?;
        self.trailers = Fields::new();
        if content != Content::None && fields.has_token("Expect", "100-continue") {
            flush(&mut self.stream, &mut self.out)?;
            if let Some(head) = self.wait_for_continue()? {
                return self.begin_content(head);
            }
        }
        if let Err(error) = self.send_body(body) {
            self.broken = true;
            if !matches!(error, Error::Write(_) | Error::Timeout) {
                return Err(error);
            }
            let answer = self.final_head().map_err(|_| error)?;
            return self.begin_content(answer);
        }
        let head = self.final_head()?;
        self.begin_content(head)
    }

    /// The head of a final response, if one comes instead of 100.
    fn wait_for_continue(&mut self) -> Result<Option<ResponseHead>, Error> {
        loop {
            match self.next_head() {
                Ok(head) if head.status == Status::CONTINUE => {
                    self.tell_interim(&head);
                    return Ok(None);
                }
                Ok(head) if is_final(&head) => return Ok(Some(head)),
                Ok(head) => self.tell_interim(&head),
                Err(Error::Timeout) => return Ok(None),
                Err(error) => return Err(error),
            }
        }
    }

    fn send_body(&mut self, body: Body) -> Result<(), Error> {
        match body {
            Body::Empty => {}
            Body::Bytes(bytes) => {
                flush_large(&mut self.stream, &mut self.out, bytes.len())?;
                self.connection.send_data(&bytes, &mut self.out)?;
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
        self.connection.finish(None, &mut self.out)?;
        flush(&mut self.stream, &mut self.out)
    }

    fn final_head(&mut self) -> Result<ResponseHead, Error> {
        loop {
            let head = self.next_head()?;
            if is_final(&head) {
                return Ok(head);
            }
            self.tell_interim(&head);
        }
    }

    fn tell_interim(&mut self, head: &ResponseHead) {
        if let Some(callback) = &mut self.on_interim {
            callback(head);
        }
    }

    fn next_head(&mut self) -> Result<ResponseHead, Error> {
        loop {
            match self.connection.poll()? {
                Received::Head(head) => return Ok(head),
                Received::Wait => self.receive()?,
                _ => return Err(Error::Send(SendError::OutOfOrder)),
            }
        }
    }

    /// After a final head, takes what has arrived with it, so that a response without content has
    /// ended at once.
    fn begin_content(&mut self, head: ResponseHead) -> Result<ResponseHead, Error> {
        self.in_content = true;
        match self.connection.poll()? {
            Received::Data(data) => self.current = data,
            Received::End(trailers) => self.end_content(trailers),
            _ => {}
        }
        Ok(head)
    }

    fn end_content(&mut self, trailers: Fields) {
        self.trailers = trailers;
        self.in_content = false;
    }

    fn receive(&mut self) -> Result<(), Error> {
        if read_into(&mut self.stream, self.connection.buffer())? == 0 {
            self.connection.receive_end();
        }
        Ok(())
    }

    /// The next piece of the response's content, without copying it; `None` at its end. An error
    /// means that the content is not complete.
    pub fn body_chunk(&mut self) -> Result<Option<Bytes>, Error> {
        if !self.current.is_empty() {
            return Ok(Some(std::mem::take(&mut self.current)));
        }
        while self.in_content {
            match self.connection.poll()? {
                Received::Data(data) => return Ok(Some(data)),
                Received::End(trailers) => self.end_content(trailers),
                Received::Wait => self.receive()?,
                _ => self.in_content = false,
            }
        }
        Ok(None)
    }

    /// The trailer fields of the response, after its content has been read (RFC 9110 §6.5).
    pub fn trailers(&self) -> &Fields {
        &self.trailers
    }

    /// Whether another request can be sent on this connection, after the content has been read.
    pub fn is_reusable(&self) -> bool {
        !self.in_content && !self.broken && self.current.is_empty() && self.connection.is_reusable()
    }

    /// Whether the connection is not HTTP's any more, after 101 or 2xx to CONNECT.
    pub fn is_upgraded(&self) -> bool {
        self.connection.is_upgraded()
    }

    pub fn stream(&self) -> &S {
        &self.stream
    }

    /// The stream, and what has been read from it and belongs to no response.
    pub fn into_parts(self) -> (S, BytesMut) {
        (self.stream, self.connection.into_remaining())
    }
}

impl<S: Read + Write> Read for Client<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let Some(mut piece) = self.body_chunk()? else {
            return Ok(0);
        };
        let count = piece.len().min(buffer.len());
        piece.copy_to_slice(&mut buffer[..count]);
        self.current = piece;
        Ok(count)
    }
}

fn is_final(head: &ResponseHead) -> bool {
    !head.status.is_interim() || head.status == Status::SWITCHING_PROTOCOLS
}

/// Small content goes out with the head, in one segment; large content is better not copied behind
/// it twice.
fn flush_large(stream: &mut impl Write, out: &mut BytesMut, size: usize) -> Result<(), Error> {
    if size > crate::limits::READ_SIZE { flush(stream, out) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refusal::Refusal;

    /// A stream whose other end has said everything already.
    struct Canned {
        input: io::Cursor<Vec<u8>>,
        output: Vec<u8>,
        /// How many bytes it takes before writing fails, and how it does.
        room: usize,
        failure: io::ErrorKind,
    }

    impl Read for Canned {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let most = buffer.len().min(3);
            self.input.read(&mut buffer[..most])
        }
    }

    impl Write for Canned {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.output.len() + bytes.len() > self.room {
                return Err(self.failure.into());
            }
            self.output.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn client(input: &str, room: usize) -> Client<Canned> {
        let input = io::Cursor::new(input.as_bytes().to_vec());
        let failure = io::ErrorKind::BrokenPipe;
        Client::new(Canned { input, output: Vec::new(), room, failure }, Limits::default())
    }

    fn send(
        client: &mut Client<Canned>,
        lines: &[(&str, &str)],
        body: Body,
    ) -> Result<ResponseHead, Error> {
        let mut fields = Fields::new();
        for (name, value) in lines {
            fields.append(name, value).unwrap();
        }
        client.send(&Method::Post, &Target::new(&Method::Post, "/").unwrap(), &fields, body)
    }

    #[test]
    fn content_and_trailers() {
        let mut client = client(
            "HTTP/1.1 103 x\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
             5\r\nhello\r\n0\r\nA: b\r\n\r\n",
            usize::MAX,
        );
        let (sender, interim) = std::sync::mpsc::channel();
        client.on_interim(move |head| sender.send(head.status.code()).unwrap());
        assert_eq!(send(&mut client, &[("Host", "a")], "abc".into()).unwrap().status, Status::OK);
        assert!(matches!(
            send(&mut client, &[("Host", "a")], Body::Empty),
            Err(Error::Send(SendError::OutOfOrder))
        ));
        let mut content = String::new();
        client.read_to_string(&mut content).unwrap();
        assert_eq!(content, "hello");
        assert_eq!(client.trailers().get("A"), Some(&b"b"[..]));
        assert_eq!(interim.recv(), Ok(103));
        assert!(client.is_reusable());
    }

    #[test]
    fn an_answer_is_found_although_writing_failed() {
        // The server has closed, or reads no more.
        for failure in [io::ErrorKind::BrokenPipe, io::ErrorKind::WouldBlock] {
            let mut client = client("HTTP/1.1 413 x\r\nContent-Length: 1\r\n\r\nx", 100);
            client.stream.failure = failure;
            let body = Body::Reader { length: None, reader: Box::new(io::repeat(b'x')) };
            let head = send(&mut client, &[("Host", "a")], body).unwrap();
            assert_eq!(head.status, Status::CONTENT_TOO_LARGE);
            assert_eq!(client.body_chunk().unwrap().unwrap(), "x");
            assert_eq!(client.body_chunk().unwrap(), None);
            assert!(!client.is_reusable());
        }
    }

    #[test]
    fn content_waits_for_continue() {
        let lines = [("Host", "a"), ("Expect", "100-continue")];
        let mut one = client("HTTP/1.1 100 x\r\n\r\nHTTP/1.1 204 x\r\n\r\n", usize::MAX);
        send(&mut one, &lines, "abc".into()).unwrap();
        assert!(one.stream().output.ends_with(b"\r\n\r\nabc"));
        let mut other = client("HTTP/1.1 417 x\r\nContent-Length: 0\r\n\r\n", usize::MAX);
        send(&mut other, &lines, "abc".into()).unwrap();
        assert!(other.stream().output.ends_with(b"\r\n\r\n"));
        assert!(!other.is_reusable());
    }

    #[test]
    fn content_that_is_cut_off_is_an_error() {
        let mut client = client("HTTP/1.1 200 x\r\nContent-Length: 9\r\n\r\nabc", usize::MAX);
        send(&mut client, &[("Host", "a")], Body::Empty).unwrap();
        let mut content = Vec::new();
        let error = client.read_to_end(&mut content).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        assert_eq!(content, b"abc");
        assert!(matches!(client.body_chunk(), Err(Error::Refused(Refusal::IncompleteContent))));
    }

    #[test]
    fn a_reader_gives_what_was_stated() {
        let mut client = client("HTTP/1.1 204 x\r\n\r\n", usize::MAX);
        let body = Body::Reader { length: Some(3), reader: Box::new(io::repeat(b'x')) };
        send(&mut client, &[("Host", "a")], body).unwrap();
        assert!(client.stream().output.ends_with(b"Content-Length: 3\r\n\r\nxxx"));
        let body = Body::Reader { length: Some(3), reader: Box::new(&b"x"[..]) };
        let error = send(&mut client, &[("Host", "a")], body).unwrap_err();
        assert!(matches!(error, Error::Send(SendError::MissingContent(2))));
        assert!(!client.is_reusable());
    }
}

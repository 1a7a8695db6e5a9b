//! Three servers on a connection in memory.

use std::convert::Infallible;
use std::future::{Future, pending};
use std::hint::black_box;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http_messages::{Content, Fields, Limits, Received, RequestHead, Status, server};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper::{Request, Response};

use crate::parse_bare;
use crate::wire::{Wire, settle};

const ANSWER: &[u8] = b"Hello, world!";
const TYPE: (&str, &str) = ("Content-Type", "text/plain");

pub(crate) struct Codec {
    connection: server::Connection,
    fields: Fields,
    out: BytesMut,
}

impl Codec {
    pub(crate) fn new() -> Self {
        let mut fields = Fields::new();
        fields.append(TYPE.0, TYPE.1).expect("a valid field");
        let connection = server::Connection::new(Limits::default());
        Self { connection, fields, out: BytesMut::with_capacity(4096) }
    }

    pub(crate) fn receive(&mut self, request: &str) {
        self.connection.receive(request.as_bytes());
    }

    /// Takes the head of what has been received.
    pub(crate) fn parse(&mut self) -> RequestHead {
        match self.connection.poll() {
            Ok(Received::Head(head)) => head,
            other => panic!("{other:?}"),
        }
    }

    /// Answers, so that the next head can be parsed.
    pub(crate) fn dismiss(&mut self) {
        self.answer(Status::NO_CONTENT, Content::None);
    }

    pub(crate) fn exchange(&mut self, request: &str) -> usize {
        self.receive(request);
        let head = self.parse();
        let length = self.answer(Status::OK, Content::Known(ANSWER.len() as u64));
        black_box(head);
        length
    }

    fn answer(&mut self, status: Status, content: Content) -> usize {
        let Self { connection, fields, out } = self;
        out.clear();
        let end = connection.poll();
        assert!(matches!(end, Ok(Received::End(_))));
        connection.respond(status, fields, content, out).expect("an answer");
        if content != Content::None {
            connection.send_data(ANSWER, out).expect("content");
            connection.finish(None, out).expect("the end");
        }
        black_box(&*out).len()
    }
}

pub(crate) struct Floor {
    buffer: BytesMut,
    out: BytesMut,
}

impl Floor {
    pub(crate) fn new() -> Self {
        Self { buffer: BytesMut::with_capacity(4096), out: BytesMut::with_capacity(4096) }
    }

    pub(crate) fn exchange(&mut self, request: &str) -> usize {
        self.buffer.clear();
        self.buffer.extend_from_slice(request.as_bytes());
        let count = parse_bare(&self.buffer);
        self.out.clear();
        self.out.extend_from_slice(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, world!",
        );
        black_box(&self.out).len() + count
    }
}

/// A future that ends with the connection, so never here.
type Serving = Pin<Box<dyn Future<Output = Result<(), hyper::Error>>>>;

pub(crate) struct Hyper {
    wire: Wire,
    serving: Serving,
    nothing: Pin<Box<dyn Future<Output = ()>>>,
}

impl Hyper {
    pub(crate) fn new() -> Self {
        let wire = Wire::default();
        let service = service_fn(async |request: Request<Incoming>| {
            black_box(request);
            let mut response = Response::new(Answer(Some(Bytes::from_static(ANSWER))));
            let value = hyper::header::HeaderValue::from_static(TYPE.1);
            response.headers_mut().insert(hyper::header::CONTENT_TYPE, value);
            Ok::<_, Infallible>(response)
        });
        let connection =
            hyper::server::conn::http1::Builder::new().serve_connection(wire.clone(), service);
        Self { wire, serving: Box::pin(connection), nothing: Box::pin(pending()) }
    }

    pub(crate) fn exchange(&mut self, request: &str) -> usize {
        self.wire.receive(request.as_bytes());
        let mut ended = None;
        settle((&mut self.serving, &mut ended), (&mut self.nothing, &mut None));
        assert!(ended.is_none());
        self.wire.take_written()
    }
}

struct Answer(Option<Bytes>);

impl Body for Answer {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(|data| Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.as_ref().map_or(0, Bytes::len) as u64)
    }
}

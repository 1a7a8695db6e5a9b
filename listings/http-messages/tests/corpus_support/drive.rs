//! Gives bytes to the codec, answers or asks as far as is needed to go on, and writes down what
//! comes out.

use bytes::BytesMut;
use http_messages::{
    Content, Fields, Limits, Method, Received, Refusal, RequestHead, ResponseHead, Status, Target,
    client, server,
};

use super::event::push_data;
use super::text::escape;
use super::{Case, Event, Next, Role};

/// A case in the pieces of one cut.
pub fn drive(case: &Case, parts: &[Vec<&[u8]>]) -> Vec<Event> {
    match &case.role {
        Role::Request => serve(&case.limits, &parts.concat(), case.eof),
        Role::Response { methods, upgrade } => {
            fetch(&case.limits, methods, *upgrade, parts, case.eof)
        }
    }
}

/// A case in one piece.
pub fn whole(case: &Case) -> Vec<Event> {
    let parts: Vec<_> = case.parts.iter().map(|part| vec![part.as_slice()]).collect();
    drive(case, &parts)
}

/// A server that answers each request, as soon as it is complete, with 204; CONNECT with 200.
pub fn serve(limits: &Limits, pieces: &[&[u8]], eof: bool) -> Vec<Event> {
    let mut run = Server {
        connection: server::Connection::new(limits.clone()),
        events: Vec::new(),
        method: Method::Get,
        open: false,
        over: false,
    };
    for piece in pieces {
        run.connection.receive(piece);
        run.poll();
    }
    if eof {
        run.connection.receive_end();
    }
    run.poll();
    // Whether 100 is wanted depends on what has arrived, so it is asked when all has.
    if run.connection.wants_continue() {
        run.events.push(Event::Continue);
    }
    if !run.over && (run.open || !run.connection.buffer().is_empty()) {
        run.events.push(Event::Wait);
    }
    run.events
}

struct Server {
    connection: server::Connection,
    events: Vec<Event>,
    method: Method,
    /// A head has come, and the end of its message has not.
    open: bool,
    over: bool,
}

impl Server {
    fn poll(&mut self) {
        while !self.over {
            match self.connection.poll() {
                Ok(Received::Head(head)) => {
                    self.open = true;
                    self.events.push(request_event(&head));
                    self.method = head.method;
                }
                Ok(Received::Data(data)) => push_data(&mut self.events, &data),
                Ok(Received::End(trailers)) => {
                    self.open = false;
                    push_trailers(&mut self.events, &trailers);
                    let next = self.answer();
                    self.events.push(Event::End(next));
                }
                Ok(Received::Wait) => return,
                Ok(Received::Paused) => panic!("paused, although all is answered"),
                Ok(Received::Closed) => self.close(),
                Err(refusal) => self.refused(refusal),
            }
        }
    }

    fn answer(&mut self) -> Next {
        let connect = self.method == Method::Connect;
        let status = if connect { Status::OK } else { Status::NO_CONTENT };
        let mut out = BytesMut::new();
        self.connection
            .respond(status, &Fields::new(), Content::None, &mut out)
            .expect("a complete request can be answered");
        assert!(out.starts_with(b"HTTP/1.1 20"), "{out:?}");
        if self.connection.is_upgraded() {
            Next::Upgrade
        } else if self.connection.must_close() {
            Next::Close
        } else {
            Next::KeepAlive
        }
    }

    fn close(&mut self) {
        self.over = true;
        let said = matches!(self.events.last(), Some(Event::End(Next::Close | Next::Upgrade)));
        if !said {
            self.events.push(Event::Closed);
        }
    }

    fn refused(&mut self, refusal: Refusal) {
        self.over = true;
        self.events.push(refusal_event(refusal));
        // Whatever follows, nothing more may come out.
        self.connection.receive(b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
        let after = self.connection.poll();
        assert!(
            matches!(after, Ok(Received::Closed)) || after == Err(refusal),
            "after {refusal:?}: {after:?}"
        );
        // A peer whose message was cut off has gone; the others are told why.
        let mut out = BytesMut::new();
        self.connection.refuse(&refusal, &Fields::new(), &mut out);
        let start = format!("HTTP/1.1 {} ", refusal.status().code());
        assert!(out.is_empty() || out.starts_with(start.as_bytes()), "{out:?}");
        assert!(self.connection.must_close());
    }
}

/// A client that asks with each of the methods, one after the other.
pub fn fetch(
    limits: &Limits,
    methods: &[Method],
    upgrade: bool,
    parts: &[Vec<&[u8]>],
    eof: bool,
) -> Vec<Event> {
    let mut run = Client {
        connection: client::Connection::new(limits.clone()),
        events: Vec::new(),
        open: false,
        over: false,
    };
    for (index, pieces) in parts.iter().enumerate() {
        if let Some(method) = methods.get(index) {
            run.ask(method, upgrade);
        }
        let before = run.events.len();
        for piece in pieces {
            run.connection.receive(piece);
            run.poll();
        }
        run.poll();
        run.settle(before);
    }
    if eof {
        let before = run.events.len();
        run.connection.receive_end();
        run.poll();
        run.settle(before);
    }
    if !run.over && run.open {
        run.events.push(Event::Wait);
    }
    run.events
}

struct Client {
    connection: client::Connection,
    events: Vec<Event>,
    /// A request has gone out, and its response is not complete.
    open: bool,
    over: bool,
}

impl Client {
    fn ask(&mut self, method: &Method, upgrade: bool) {
        let target = match method {
            Method::Connect => "a.example:443",
            _ => "/",
        };
        let target = Target::new(method, target).expect("a valid target");
        let mut fields = Fields::new();
        fields.append("Host", "a.example").expect("a valid field");
        if upgrade {
            fields.append("Connection", "upgrade").expect("a valid field");
            fields.append("Upgrade", "websocket").expect("a valid field");
        }
        let mut out = BytesMut::new();
        self.connection
            .request(method, &target, &fields, Content::None, &mut out)
            .expect("the connection takes a request");
        self.open = true;
    }

    fn poll(&mut self) {
        while !self.over {
            match self.connection.poll() {
                Ok(Received::Head(head)) => self.events.push(response_event(&head)),
                Ok(Received::Data(data)) => push_data(&mut self.events, &data),
                Ok(Received::End(trailers)) => {
                    self.open = false;
                    push_trailers(&mut self.events, &trailers);
                    self.events.push(Event::End(Next::KeepAlive));
                }
                Ok(Received::Wait) => return,
                Ok(Received::Paused) => panic!("a client is never paused"),
                Ok(Received::Closed) => {
                    self.over = true;
                    self.events.push(Event::Closed);
                }
                Err(refusal) => {
                    self.over = true;
                    self.events.push(refusal_event(refusal));
                    self.connection.receive(b"HTTP/1.1 204 No Content\r\n\r\n");
                    let after = self.connection.poll();
                    assert!(
                        matches!(after, Ok(Received::Closed)) || after == Err(refusal),
                        "after {refusal:?}: {after:?}"
                    );
                }
            }
        }
    }

    /// Whether the connection can be used again is known when all bytes of a part are there: bytes
    /// behind a response spoil it.
    fn settle(&mut self, from: usize) {
        let next = if self.connection.is_upgraded() {
            Next::Upgrade
        } else if self.connection.is_reusable() {
            Next::KeepAlive
        } else {
            Next::Close
        };
        for event in &mut self.events[from..] {
            if let Event::End(end) = event {
                *end = next;
            }
        }
        // What was said by the end need not be said again.
        if self.events.ends_with(&[Event::End(next), Event::Closed]) && next != Next::KeepAlive {
            self.events.pop();
        }
    }
}

fn request_event(head: &RequestHead) -> Event {
    let line = format!("{} {} {}", head.method, head.target, head.version);
    Event::Head { line, fields: Some(copy(&head.fields)) }
}

fn response_event(head: &ResponseHead) -> Event {
    let line = format!("{} {} {}", head.version, head.status, escape(&head.reason));
    Event::Head { line: line.trim_end().to_owned(), fields: Some(copy(&head.fields)) }
}

fn copy(fields: &Fields) -> Vec<(String, Vec<u8>)> {
    fields.iter().map(|(name, value)| (name.to_owned(), value.to_vec())).collect()
}

fn push_trailers(events: &mut Vec<Event>, trailers: &Fields) {
    events.extend(copy(trailers).into_iter().map(|(name, value)| Event::Trailer(name, value)));
}

/// The name of a refusal, without what it holds.
pub fn refusal_event(refusal: Refusal) -> Event {
    let debug = format!("{refusal:?}");
    let name = debug.split(['(', ' ']).next().unwrap_or_default().to_owned();
    Event::Refused { status: refusal.status().code(), name }
}

//! `cacheproxy LISTEN ORIGIN`: a shared cache in front of an HTTP server.
//!
//! It forwards what it cannot answer, and says in `Cache-Status` (RFC 9211) what it did. Being one
//! on the way it adds itself to `Via`, and counts `Max-Forwards` down.
//!
//! It leaves out what a proxy for production has: connections to the origin that are used again,
//! requests that wait for each other, and a cache on disk.

use std::io::{Cursor, Read};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use http_messages::blocking::{self, Body, Client, RequestBody, Response, Server, Stop};
use http_messages::{Fields, HttpUrl, Limits, Method, RequestHead, Status, Target};
use http_semantics::cache::{
    Cache, Exchange, Kind, LARGEST, Lookup, Received, Stored, Times, Why, end_to_end,
};
use http_semantics::range::{Selection, select};
use http_semantics::{condition, trace};

/// How long the origin may keep a client waiting.
const PATIENCE: Duration = Duration::from_secs(10);

/// The most that a request may bring, in bytes: it is kept in memory on its way.
const MAX_UPLOAD: u64 = 16 << 20;

/// How this program calls itself in fields.
const NAME: &str = "cacheproxy";

type Error = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [listen, origin] = &arguments[..] else {
        eprintln!("usage: cacheproxy HOST:PORT http://HOST:PORT");
        return ExitCode::from(2);
    };
    match run(listen, origin) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cacheproxy: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(listen: &str, origin: &str) -> Result<(), Error> {
    let proxy = Proxy { origin: origin.parse()?, cache: Mutex::new(Cache::new(Kind::Shared)) };
    let listener = TcpListener::bind(listen)?;
    println!("listening on {}, in front of {origin}", listener.local_addr()?);
    let handler = move |head: &RequestHead, content: &mut RequestBody<'_>| {
        proxy.respond(head, content).unwrap_or_else(|error| {
            Response::text(Status::BAD_GATEWAY, format!("the origin's answer is no use: {error}"))
        })
    };
    Server::new(blocking::Config::default()).serve(&listener, &Stop::new(), handler)?;
    Ok(())
}

struct Proxy {
    origin: HttpUrl,
    cache: Mutex<Cache>,
}

/// What the cache has decided about a request; copied, so that it is not locked while the origin
/// thinks.
enum Plan {
    Answer(Stored),
    Forward { why: Why, conditions: Fields, if_disconnected: Option<Stored> },
    Unsatisfiable,
}

impl Proxy {
    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn respond(&self, head: &RequestHead, content: &mut dyn Read) -> Result<Response, Error> {
        let Some(fields) = trace::forwarded(&head.method, &head.fields) else {
            return Ok(last_recipient(head));
        };
        let now = SystemTime::now();
        match self.plan(head, now) {
            Plan::Answer(stored) => {
                let left = stored.lifetime(Kind::Shared).duration.as_secs();
                let left = left.cast_signed() - stored.age(now).as_secs().cast_signed();
                let status = format!("{NAME}; hit; ttl={left}");
                Ok(answer(head, &stored, stored.aged_fields(now), &status, now))
            }
            Plan::Unsatisfiable => {
                Ok(Response::text(Status::GATEWAY_TIMEOUT, "nothing that is stored fits"))
            }
            Plan::Forward { why, conditions, if_disconnected } => {
                let mut body = Vec::new();
                content.take(MAX_UPLOAD + 1).read_to_end(&mut body)?;
                if body.len() as u64 > MAX_UPLOAD {
                    return Ok(Response::text(Status::CONTENT_TOO_LARGE, "too much for here"));
                }
                match self.forward(head, &fields, &conditions, body, why) {
                    Ok(response) => Ok(response),
                    Err(_) if if_disconnected.is_some() => {
                        let stored = if_disconnected.ok_or("just seen")?;
                        let status = format!("{NAME}; hit; detail=disconnected");
                        Ok(answer(head, &stored, stored.aged_fields(now), &status, now))
                    }
                    Err(error) => {
                        let text = format!("the origin cannot be reached: {error}");
                        Ok(Response::text(Status::GATEWAY_TIMEOUT, text))
                    }
                }
            }
        }
    }

    fn plan(&self, head: &RequestHead, now: SystemTime) -> Plan {
        let mut cache = self.cache();
        match cache.look_up(&head.method, &self.uri(head), &head.fields, now) {
            Lookup::Fresh(stored) | Lookup::Stale(stored) => Plan::Answer(stored.clone()),
            Lookup::Unsatisfiable => Plan::Unsatisfiable,
            Lookup::Forward(forward) => Plan::Forward {
                why: forward.why,
                conditions: forward.conditions,
                if_disconnected: forward.if_disconnected.cloned(),
            },
        }
    }

    /// Asks the origin, and lets the cache learn from the answer. A 304 that fits nothing is asked
    /// about once more, without preconditions.
    fn forward(
        &self,
        head: &RequestHead,
        fields: &Fields,
        conditions: &Fields,
        body: Vec<u8>,
        why: Why,
    ) -> Result<Response, Error> {
        let request = onward(fields, conditions, &self.origin)?;
        let started = SystemTime::now();
        let (status, response, body, rest) = self.exchange(head, &request, body)?;
        let times = Times { request: started, response: SystemTime::now() };
        let mut told = format!("{NAME}; fwd={}; fwd-status={}", reason(why), status.code());
        if let Some(rest) = rest {
            // Too large to store, so it only passes through.
            return Ok(passed_on(
                status,
                &response,
                Body::Reader { length: None, reader: rest },
                &told,
            ));
        }
        let uri = self.uri(head);
        let exchange = Exchange {
            method: &head.method,
            uri: &uri,
            request: fields,
            status,
            response: &response,
            content: body.clone().into(),
            times,
        };
        let mut cache = self.cache();
        let stored = match cache.receive(exchange) {
            Received::NotStored(_) => None,
            Received::Stored(stored) => {
                told.push_str("; stored");
                Some(stored.clone())
            }
            Received::Confirmed(stored) => Some(stored.clone()),
            Received::AskAgain if !conditions.is_empty() => {
                drop(cache);
                return self.forward(head, fields, &Fields::new(), Vec::new(), why);
            }
            Received::AskAgain => return Err("304 without having been asked".into()),
        };
        drop(cache);
        match stored {
            Some(stored) if status == Status::NOT_MODIFIED => {
                let now = SystemTime::now();
                Ok(answer(head, &stored, stored.fields.clone(), &told, now))
            }
            _ => Ok(passed_on(status, &response, body.into(), &told)),
        }
    }

    /// One request and its response on a new connection; the content as bytes, or as a stream if it
    /// is too large to be stored.
    #[allow(clippy::type_complexity)]
    fn exchange(
        &self,
        head: &RequestHead,
        fields: &Fields,
        body: Vec<u8>,
    ) -> Result<(Status, Fields, Vec<u8>, Option<Box<dyn Read + Send>>), Error> {
        let stream = TcpStream::connect((self.origin.host_name(), self.origin.port()))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let target = match head.target.form() {
            http_messages::Form::Asterisk => head.target.clone(),
            _ => Target::new(&head.method, &path(head))?,
        };
        let mut client = Client::new(stream, Limits::default());
        let body = if body.is_empty() { Body::Empty } else { body.into() };
        let response = client.send(&head.method, &target, fields, body)?;
        let mut content = Vec::new();
        (&mut client).take(LARGEST as u64 + 1).read_to_end(&mut content)?;
        if content.len() > LARGEST {
            let all = Box::new(Cursor::new(content).chain(client));
            return Ok((response.status, response.fields, Vec::new(), Some(all)));
        }
        Ok((response.status, response.fields, content, None))
    }

    /// The URI that the client means, at the origin.
    fn uri(&self, head: &RequestHead) -> String {
        format!("http://{}{}", self.origin.host_field(), path(head))
    }
}

fn path(head: &RequestHead) -> String {
    let query = head.target.query().map(|query| format!("?{query}")).unwrap_or_default();
    format!("{}{query}", head.target.path())
}

/// The fields of the request to the origin: the client's, for the next hop. If something is to be
/// validated, the question is ours and not the client's.
fn onward(fields: &Fields, conditions: &Fields, origin: &HttpUrl) -> Result<Fields, Error> {
    let mut onward = end_to_end(fields);
    if !conditions.is_empty() {
        onward.remove("If-None-Match");
        onward.remove("If-Modified-Since");
    }
    for (name, value) in conditions.iter() {
        onward.append(name, value)?;
    }
    onward.remove("Expect");
    onward.set("Host", origin.host_field())?;
    onward.append("Via", format!("1.1 {NAME}"))?;
    Ok(onward)
}

/// Answers with what is stored: all of it, the part that is asked for, or 304 if the client has it.
fn answer(
    head: &RequestHead,
    stored: &Stored,
    fields: Fields,
    told: &str,
    now: SystemTime,
) -> Response {
    if stored.is_known_to(&head.fields, now) {
        return passed_on(Status::NOT_MODIFIED, &fields, Body::Empty, told);
    }
    let content = &stored.content;
    let wanted = head.fields.get_str("Range").filter(|_| {
        head.method == Method::Get
            && stored.status == Status::OK
            && condition::range_applies(&head.fields, &stored.validators(), now)
    });
    if let Some(Selection::Parts(parts)) = wanted.map(|wanted| select(wanted, content.len() as u64))
        && let [part] = parts[..]
    {
        let mut fields = fields;
        let _ = fields.set("Content-Range", part.content_range(content.len() as u64));
        let part = content.slice(part.first as usize..=part.last as usize);
        return passed_on(Status::PARTIAL_CONTENT, &fields, part.into(), told);
    }
    passed_on(stored.status, &fields, content.clone().into(), told)
}

fn passed_on(status: Status, fields: &Fields, body: Body, told: &str) -> Response {
    let mut response = Response::new(status, body);
    response.fields = end_to_end(fields);
    for (name, value) in [("Via", &*format!("1.1 {NAME}")), ("Cache-Status", told)] {
        let _ = response.fields.append(name, value);
    }
    response
}

/// Why a request was forwarded, in the words of RFC 9211 §2.2.
fn reason(why: Why) -> &'static str {
    match why {
        Why::Unknown => "uri-miss",
        Why::OtherVariant => "vary-miss",
        Why::Stale | Why::NoCache | Why::Invalidated => "stale",
        Why::Request => "request",
        Why::Method => "method",
    }
}

/// `Max-Forwards` is used up, so the answer comes from here.
fn last_recipient(head: &RequestHead) -> Response {
    if head.method == Method::Trace {
        let mut response = Response::new(Status::OK, trace::message(head));
        let _ = response.fields.append("Content-Type", trace::MEDIA_TYPE);
        return response;
    }
    let mut response = Response::new(Status::NO_CONTENT, Body::Empty);
    let _ = response.fields.append("Allow", "GET, HEAD, OPTIONS, TRACE");
    response
}

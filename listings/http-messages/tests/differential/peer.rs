//! A case of the corpus as hyper sees it, in the words of the corpus.

use std::convert::Infallible;
use std::future::{Future, pending, poll_fn, ready};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_messages::{Limits, Method};
use hyper::body::{Body, Frame, Incoming};
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response, client, server};

use crate::corpus_support::event::push_data;
use crate::corpus_support::text::escape;
use crate::corpus_support::{Case, Event, Next, Role};
use crate::wire::{Wire, settle};

/// hyper says why in words of its own, so only the fact counts; and a status only if it sends one.
pub const WHY: &str = "hyper";

type Events = Arc<Mutex<Vec<Event>>>;

pub fn judge(case: &Case) -> Vec<Event> {
    match &case.role {
        Role::Request => serve(case),
        Role::Response { methods, upgrade } => fetch(case, methods, *upgrade),
    }
}

fn push(events: &Events, event: Event) {
    events.lock().expect("nobody panics while holding it").push(event);
}

fn take(events: &Events) -> Vec<Event> {
    std::mem::take(&mut events.lock().expect("nobody panics while holding it"))
}

// As a server.

fn serve(case: &Case) -> Vec<Event> {
    let (wire, events) = (Wire::default(), Events::default());
    let service = {
        let events = Arc::clone(&events);
        service_fn(move |request| answer(request, Arc::clone(&events)))
    };
    let mut builder = server::conn::http1::Builder::new();
    limit(&case.limits, |fields, head| {
        builder.max_headers(fields).max_header_size(head);
    });
    let connection = builder.serve_connection(wire.clone(), service).with_upgrades();
    let mut connection: Pin<Box<dyn Future<Output = _>>> = Box::pin(connection);
    let mut nothing: Pin<Box<dyn Future<Output = ()>>> = Box::pin(pending());
    let (mut done, mut never) = (None, None);
    wire.receive(&case.bytes());
    settle((&mut connection, &mut done), (&mut nothing, &mut never));
    if case.eof {
        wire.receive_end();
        settle((&mut connection, &mut done), (&mut nothing, &mut never));
    }
    with_answers(take(&events), &wire.written(), done.map(|result| result.is_ok()))
}

/// Sends only the limits that a case sets, because hyper's defaults are others.
fn limit(limits: &Limits, mut set: impl FnMut(usize, usize)) {
    if *limits != Limits::default() {
        set(limits.fields, limits.head);
    }
}

async fn answer(
    request: Request<Incoming>,
    events: Events,
) -> Result<Response<Nothing>, hyper::Error> {
    let (head, body) = request.into_parts();
    let line = format!("{} {} {:?}", head.method, head.uri, head.version);
    push(&events, Event::Head { line, fields: Some(copy(&head.headers)) });
    read(body, &events).await?;
    push(&events, Event::End(Next::Close));
    let status = if head.method == hyper::Method::CONNECT { 200 } else { 204 };
    let mut response = Response::new(Nothing);
    *response.status_mut() = hyper::StatusCode::from_u16(status).expect("a valid status");
    Ok(response)
}

async fn read(mut body: Incoming, events: &Events) -> Result<(), hyper::Error> {
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let frame = frame?;
        if let Some(trailers) = frame.trailers_ref() {
            for (name, value) in copy(trailers) {
                push(events, Event::Trailer(name, value));
            }
        } else if let Ok(data) = frame.into_data() {
            push_data(&mut events.lock().expect("nobody panics while holding it"), &data);
        }
    }
    Ok(())
}

/// Puts what hyper has written between what its service has seen: 100 (Continue), whether the
/// connection stays, and the refusal.
fn with_answers(seen: Vec<Event>, written: &[u8], done: Option<bool>) -> Vec<Event> {
    let written = String::from_utf8_lossy(written);
    let mut answers = written.split_terminator("\r\n\r\n").filter(|head| head.starts_with("HTTP/"));
    let mut events = Vec::new();
    let (mut open, mut continues) = (false, false);
    let mut answer = answers.next();
    for event in seen {
        match event {
            Event::Head { .. } => {
                open = true;
                events.push(event);
                continues = answer.is_some_and(|answer| answer.starts_with("HTTP/1.1 100"));
                if continues {
                    answer = answers.next();
                }
            }
            Event::End(_) => {
                open = false;
                events.push(Event::End(answer.map_or(Next::Close, next)));
                answer = answers.next();
            }
            event => events.push(event),
        }
    }
    let refused = |status| Event::Refused { status, name: WHY.to_owned() };
    match (done, answer.and_then(|answer| answer.get(9..12)?.parse().ok())) {
        (_, Some(status)) => events.push(refused(status)),
        (Some(false), None) => events.push(refused(0)),
        (Some(true), None) => match events.last() {
            Some(Event::End(Next::Close | Next::Upgrade)) => {}
            _ => events.push(Event::Closed),
        },
        (None, None) if open => {
            // As in the corpus, only if the client still waits.
            let waits = continues && matches!(events.last(), Some(Event::Head { .. }));
            events.extend(waits.then_some(Event::Continue));
            events.push(Event::Wait);
        }
        (None, None) => {}
    }
    events
}

fn next(answer: &str) -> Next {
    let head = answer.to_ascii_lowercase();
    let stays = head.starts_with("http/1.1") || head.contains("connection: keep-alive");
    match head.get(9..12) {
        Some("200") => Next::Upgrade,
        _ if head.contains("connection: close") || !stays => Next::Close,
        _ => Next::KeepAlive,
    }
}

// As a client.

fn fetch(case: &Case, methods: &[Method], upgrade: bool) -> Vec<Event> {
    let (wire, events) = (Wire::default(), Events::default());
    let mut builder = client::conn::http1::Builder::new();
    limit(&case.limits, |fields, head| {
        builder.max_headers(fields).max_header_size(head);
    });
    let mut handshake = Box::pin(builder.handshake::<_, Nothing>(wire.clone()));
    let mut context = Context::from_waker(std::task::Waker::noop());
    let Poll::Ready(Ok((mut sender, connection))) = handshake.as_mut().poll(&mut context) else {
        panic!("hyper's handshake exchanges nothing")
    };
    let mut connection: Pin<Box<dyn Future<Output = _>>> = Box::pin(connection.with_upgrades());
    let mut closed = None;
    for (index, part) in case.parts.iter().enumerate() {
        let mut task: Pin<Box<dyn Future<Output = Result<(), hyper::Error>>>> =
            match methods.get(index) {
                Some(method) => {
                    let request = request(method, upgrade, &events);
                    Box::pin(receive(sender.send_request(request), Arc::clone(&events)))
                }
                None => Box::pin(ready(Ok(()))),
            };
        let mut done = None;
        settle((&mut connection, &mut closed), (&mut task, &mut done));
        wire.receive(part);
        settle((&mut connection, &mut closed), (&mut task, &mut done));
        let complete = done.is_some();
        if case.eof {
            wire.receive_end();
            settle((&mut connection, &mut closed), (&mut task, &mut done));
        }
        conclude(&events, done, closed.as_ref().map(Result::is_ok), case.eof && complete);
    }
    take(&events)
}

fn request(method: &Method, upgrade: bool, events: &Events) -> Request<Nothing> {
    let target = if *method == Method::Connect { "a.example:443" } else { "/" };
    let mut request = Request::builder().method(method.as_str()).uri(target);
    request = request.header("host", "a.example");
    if upgrade {
        request = request.header("connection", "upgrade").header("upgrade", "websocket");
    }
    let mut request = request.body(Nothing).expect("a valid request");
    let events = Arc::clone(events);
    hyper::ext::on_informational(&mut request, move |head| {
        let line = format!("{:?} {}", head.version(), head.status().as_u16());
        push(&events, Event::Head { line, fields: Some(copy(head.headers())) });
    });
    request
}

async fn receive<F>(response: F, events: Events) -> Result<(), hyper::Error>
where
    F: Future<Output = Result<Response<Incoming>, hyper::Error>>,
{
    let mut response = response.await?;
    let status = response.status();
    let reason = match response.extensions().get::<hyper::ext::ReasonPhrase>() {
        Some(reason) => escape(reason.as_bytes()),
        None => status.canonical_reason().unwrap_or_default().to_owned(),
    };
    let line = format!("{:?} {} {reason}", response.version(), status.as_u16());
    let fields = Some(copy(response.headers()));
    push(&events, Event::Head { line: line.trim_end().to_owned(), fields });
    let upgraded = hyper::upgrade::on(&mut response);
    read(response.into_body(), &events).await?;
    push(&events, Event::End(Next::KeepAlive));
    if upgraded.await.is_ok() {
        set_last_end(&events, Next::Upgrade);
    }
    Ok(())
}

fn set_last_end(events: &Events, next: Next) {
    let mut events = events.lock().expect("nobody panics while holding it");
    if let Some(Event::End(end)) = events.last_mut() {
        *end = next;
    }
}

/// What is known when nothing moves any more: whether the connection stays, and the errors. The
/// server may have `left` after a complete response.
fn conclude(
    events: &Events,
    response: Option<Result<(), hyper::Error>>,
    closed: Option<bool>,
    left: bool,
) {
    let last = events.lock().expect("nobody panics while holding it").last().cloned();
    let refused = || Event::Refused { status: 0, name: WHY.to_owned() };
    match (last, response, closed) {
        (_, Some(Err(_)), _) => push(events, refused()),
        (Some(Event::End(Next::Upgrade)), ..) | (Some(Event::End(_)), _, None) => {}
        (Some(Event::End(_)), _, Some(true)) if left => push(events, Event::Closed),
        (Some(Event::End(_)), _, Some(true)) => set_last_end(events, Next::Close),
        (Some(Event::End(_)), _, Some(false)) => {
            set_last_end(events, Next::Close);
            push(events, refused());
        }
        (_, _, Some(false)) => push(events, refused()),
        (_, None, _) => push(events, Event::Wait),
        _ => {}
    }
}

fn copy(fields: &HeaderMap) -> Vec<(String, Vec<u8>)> {
    fields
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
        .collect()
}

/// No content.
struct Nothing;

impl Body for Nothing {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        true
    }
}

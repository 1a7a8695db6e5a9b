//! `tiny_server HOST:PORT`: a server on the codec, with a resource for each thing that a client has
//! to cope with. Ctrl-C ends it.

use std::io::{self, Cursor, Read, Write};
use std::net::TcpListener;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use bytes::BytesMut;
use http_messages::blocking::{Body, Config, RequestBody, Response, Server, Stop};
use http_messages::{Fields, Length, Method, RequestHead, Status, request_length};
use sha2::{Digest, Sha256};

/// The most that `/echo` keeps, in bytes.
const MAX_ECHO: usize = 1 << 20;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address] = &arguments[..] else {
        eprintln!("usage: tiny_server HOST:PORT");
        return ExitCode::from(2);
    };
    match run(address) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tiny_server: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(address: &str) -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind(address)?;
    let stop = Stop::new();
    let signalled = stop.clone();
    ctrlc::set_handler(move || signalled.now())?;
    writeln!(io::stdout(), "listening on {}", listener.local_addr()?)?;
    Server::new(Config::default()).serve(&listener, &stop, handle)?;
    Ok(())
}

/// Every request comes here. An error can only be the connection's, so there is nobody to answer.
fn handle(head: &RequestHead, body: &mut RequestBody<'_>) -> Response {
    let answered = match (&head.method, head.target.path()) {
        // Nobody can know what this asks for (RFC 9110 §9.1).
        (Method::Extension(_), _) => Ok(text(Status::NOT_IMPLEMENTED, "No such method.\n")),
        (Method::Options, _) => allow(Status::NO_CONTENT),
        (Method::Get | Method::Head, "/") => Ok(text(Status::OK, "Hello from the codec.\n")),
        (Method::Get | Method::Head, "/chunked") => chunked(),
        (Method::Get | Method::Head, "/slow") => Ok(slow()),
        (Method::Get | Method::Head, "/early") => early(body),
        (_, "/" | "/chunked" | "/slow" | "/early") => allow(Status::METHOD_NOT_ALLOWED),
        (_, "/echo") => echo(head, body),
        (_, "/sum") => sum(body),
        (_, path) => Ok(match path.strip_prefix("/status/").map(str::parse) {
            Some(Ok(code)) => status(code),
            _ => text(Status::NOT_FOUND, "There is nothing here.\n"),
        }),
    };
    answered.unwrap_or_else(|error| text(Status::BAD_REQUEST, &format!("{error}\n")))
}

type Answer = Result<Response, Box<dyn std::error::Error>>;

fn text(status: Status, text: &str) -> Response {
    let mut response = Response::new(status, text.to_owned());
    // The name and the value are valid: nothing here comes from a peer.
    let _ = response.fields.append("Content-Type", "text/plain");
    response
}

/// Says which methods there are, as 405 has to (RFC 9110 §15.5.6).
fn allow(status: Status) -> Answer {
    let mut response = Response::new(status, Body::Empty);
    response.fields.append("Allow", "GET, HEAD, OPTIONS")?;
    Ok(response)
}

/// Content whose length is not known before its end, and a checksum that is known only then.
fn chunked() -> Answer {
    let content = "Nobody knew how long this would be.\n";
    let body = Body::Reader { length: None, reader: Box::new(Cursor::new(content)) };
    let mut response = Response::new(Status::OK, body);
    response.fields.append("Content-Type", "text/plain")?;
    response.fields.append("Trailer", "Sum")?;
    response.trailers.append("Sum", hex(&Sha256::digest(content)))?;
    Ok(response)
}

/// A line now, and one each while the client waits.
fn slow() -> Response {
    let reader = Box::new(Slow { left: 3 });
    Response::new(Status::OK, Body::Reader { length: None, reader })
}

struct Slow {
    left: u8,
}

impl Read for Slow {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Ok(0);
        }
        thread::sleep(Duration::from_millis(200));
        self.left -= 1;
        (&b"One line at a time.\n"[..]).read(buffer)
    }
}

/// What the page will need goes ahead of the page (RFC 8297).
fn early(body: &mut RequestBody<'_>) -> Answer {
    let mut hints = Fields::new();
    hints.append("Link", "</style.css>; rel=preload; as=style")?;
    body.interim(Status::EARLY_HINTS, &hints)?;
    // The page takes a while; that is what the hints are for.
    thread::sleep(Duration::from_millis(100));
    Ok(text(Status::OK, "Here is the page.\n"))
}

/// Gives the content back, and says in a field how it was framed.
fn echo(head: &RequestHead, body: &mut RequestBody<'_>) -> Answer {
    let mut content = BytesMut::new();
    while let Some(piece) = body.chunk()? {
        if content.len() + piece.len() > MAX_ECHO {
            return Ok(text(Status::CONTENT_TOO_LARGE, "At most 1 MiB, please.\n"));
        }
        content.extend_from_slice(&piece);
    }
    let framing = match request_length(head)? {
        Length::Chunked => "chunked".to_owned(),
        Length::Known(length) => format!("Content-Length {length}"),
        Length::Empty | Length::UntilClose => "none".to_owned(),
    };
    let mut response = Response::new(Status::OK, content.freeze());
    response.fields.append("Framing", framing)?;
    for (name, value) in body.trailers().iter() {
        response.fields.append("Trailer-Received", [name.as_bytes(), b"=", value].concat())?;
    }
    Ok(response)
}

/// Any amount of content, in constant memory.
fn sum(body: &mut RequestBody<'_>) -> Answer {
    let (mut sum, mut count) = (Sha256::new(), 0_u64);
    while let Some(piece) = body.chunk()? {
        sum.update(&piece);
        count += piece.len() as u64;
    }
    Ok(text(Status::OK, &format!("{count} {}\n", hex(&sum.finalize()))))
}

/// Any status that a server may send at the end of an exchange.
fn status(code: u16) -> Response {
    match Status::new(code) {
        Some(status) if status.is_valid() && !status.is_interim() => {
            // Some of them have no content.
            if matches!(code, 204 | 205 | 304) {
                return Response::new(status, Body::Empty);
            }
            text(status, &format!("{code} {}\n", status.reason()))
        }
        _ => text(Status::NOT_FOUND, "A status goes from 200 to 599.\n"),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

//! `cachedget [-H FIELD] URL [SECONDS] [-H FIELD] URL …`: gets URLs through a private cache and says
//! what the cache did each time.
//!
//! Arguments are taken in order: `-H 'Accept-Language: zh'` sets a field for the URLs behind it, and
//! a number waits so many seconds. The cache lives in memory and ends with the program.

use std::io::Read;
use std::net::TcpStream;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http_messages::blocking::{Body, Client};
use http_messages::{Fields, HttpUrl, Limits, Method, Status};
use http_semantics::cache::{Cache, Exchange, Kind, Lookup, Received, Stored, Times};
use http_semantics::redirect::{self, MAX_REDIRECTS, Request};

/// How long a server may keep us waiting.
const PATIENCE: Duration = Duration::from_secs(10);

/// More content than this is refused, in bytes.
const LARGEST: u64 = 16 << 20;

type Error = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.is_empty() {
        eprintln!("usage: cachedget [-H 'NAME: VALUE'] URL [SECONDS] [URL] …");
        return ExitCode::from(2);
    }
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cachedget: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<(), Error> {
    let mut cache = Cache::new(Kind::Private);
    let mut fields = Fields::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        if argument == "-H" {
            let line = rest.next().and_then(|line| line.split_once(':'));
            let (name, value) = line.ok_or("-H needs 'NAME: VALUE'")?;
            fields.set(name, value)?;
        } else if let Ok(seconds) = argument.parse() {
            println!("({seconds} s later)");
            thread::sleep(Duration::from_secs(seconds));
        } else {
            get(&mut cache, argument, &fields)?;
        }
    }
    Ok(())
}

/// Gets a URL, and what it redirects to.
fn get(cache: &mut Cache, url: &str, fields: &Fields) -> Result<(), Error> {
    let uri = url.split('#').next().unwrap_or_default().to_string();
    let fields = fields.clone();
    let mut request = Request { method: Method::Get, uri, fields, has_content: false };
    for _ in 0..=MAX_REDIRECTS {
        println!("GET {}", request.uri);
        let (status, location) = through(cache, &request, true)?;
        match redirect::follow(&request, status, location.as_deref())? {
            Some(next) => request = next,
            None => return Ok(()),
        }
    }
    Err(format!("more than {MAX_REDIRECTS} redirects").into())
}

/// Answers a request from the cache, or asks the origin and lets the cache learn from the answer.
/// Returns the status and where it leads.
fn through(
    cache: &mut Cache,
    request: &Request,
    validate: bool,
) -> Result<(Status, Option<Vec<u8>>), Error> {
    let now = SystemTime::now();
    let kind = cache.kind();
    let mut conditions = Fields::new();
    match cache.look_up(&request.method, &request.uri, &request.fields, now) {
        Lookup::Fresh(stored) => return Ok(report("fresh, nothing was sent", stored, kind)),
        Lookup::Stale(stored) => return Ok(report("stale, but accepted", stored, kind)),
        Lookup::Unsatisfiable => {
            println!("  nothing stored fits, and only that was wanted");
            return Ok((Status::GATEWAY_TIMEOUT, None));
        }
        Lookup::Forward(forward) => {
            println!("  {}", forward.why);
            if validate {
                conditions = forward.conditions;
            }
        }
    }
    let mut fields = request.fields.clone();
    for (name, value) in conditions.iter() {
        println!("  asking with {name}: {}", String::from_utf8_lossy(value));
        fields.set(name, value)?;
    }
    let (status, response, content) = ask(request, fields)?;
    let times = Times { request: now, response: SystemTime::now() };
    println!("  {} {}, {} bytes", status.code(), status.reason(), content.len());
    let location = response.get("Location").map(<[u8]>::to_vec);
    let exchange = Exchange {
        method: &request.method,
        uri: &request.uri,
        request: &request.fields,
        status,
        response: &response,
        content,
        times,
    };
    match cache.receive(exchange) {
        Received::Stored(stored) => return Ok(report("stored", stored, kind)),
        Received::Confirmed(stored) => return Ok(report("confirmed", stored, kind)),
        Received::NotStored(reason) => println!("  not stored: {reason}"),
        Received::AskAgain if validate => return through(cache, request, false),
        Received::AskAgain => return Err("304 without having been asked".into()),
    }
    Ok((status, location))
}

/// Says how old a stored response is, and how old it may become.
fn report(what: &str, stored: &Stored, kind: Kind) -> (Status, Option<Vec<u8>>) {
    let age = stored.age(SystemTime::now()).as_secs();
    let lifetime = stored.lifetime(kind);
    println!("  {what}: age {age} s of {} s ({:?})", lifetime.duration.as_secs(), lifetime.source);
    (stored.status, stored.fields.get("Location").map(<[u8]>::to_vec))
}

/// Sends the request on a connection of its own and reads the whole response.
fn ask(request: &Request, mut fields: Fields) -> Result<(Status, Fields, Bytes), Error> {
    let url: HttpUrl = request.uri.parse()?;
    let stream = TcpStream::connect((url.host_name(), url.port()))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    fields.set("Host", url.host_field())?;
    let mut client = Client::new(stream, Limits::default());
    let head = client.send(&request.method, url.target(), &fields, Body::Empty)?;
    let mut content = Vec::new();
    client.take(LARGEST + 1).read_to_end(&mut content)?;
    if content.len() as u64 > LARGEST {
        return Err(format!("more than {LARGEST} bytes").into());
    }
    Ok((head.status, head.fields, content.into()))
}

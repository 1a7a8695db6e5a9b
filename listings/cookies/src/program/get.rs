//! A request with cookies: hget with a memory.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result, bail};
use cookies::{Context, Jar, Uri};
use http_messages::blocking::{Body, Client};
use http_messages::{Fields, HttpUrl, Limits, Method, ResponseHead};

use crate::arguments::Request;
use crate::tell::{self, note};

/// How long to wait for a connection, and for each piece of the response.
const PATIENCE: Duration = Duration::from_secs(30);
/// How much content is held in memory, in bytes.
const PIECE: usize = 64 << 10;

/// Sends the cookies that belong to the request, and keeps those that come with the response.
pub(crate) fn get(jar: &mut Jar, request: &Request) -> Result<ExitCode> {
    let uri = Uri::parse(&request.url)?;
    let url: HttpUrl = request.url.parse()?;
    let method = method(request)?;
    let direct = Context::direct(&uri);
    let context = if method.is_safe() { direct } else { direct.with_unsafe_method() };
    let now = SystemTime::now();
    if request.verbose {
        tell::about_sending(jar, &context, now);
    }
    let mut fields = fields(request, &url)?;
    if let Some(cookies) = jar.cookie_field(&context, now) {
        fields.append("Cookie", cookies)?;
    }
    let body = request.data.clone().map_or(Body::Empty, Body::from);
    let mut client = Client::new(connect(request, &url)?, Limits::default());
    if request.verbose {
        note(&format!("> {method} {} HTTP/1.1", url.target().as_str()));
        fields.iter().for_each(|(name, value)| note(&format!("> {}", line(name, value))));
    }
    let head = client.send(&method, url.target(), &fields, body)?;
    keep(jar, &context, &head, request.verbose);
    copy(&mut client, request)?;
    Ok(ExitCode::SUCCESS)
}

/// The cookies count whatever the status is (RFC 10025 §5.3), and even if the content never comes.
fn keep(jar: &mut Jar, context: &Context<'_>, head: &ResponseHead, verbose: bool) {
    if verbose {
        note(&format!("< HTTP/1.1 {}", head.status));
        head.fields.iter().for_each(|(name, value)| note(&format!("< {}", line(name, value))));
    }
    for field in head.fields.get_all("Set-Cookie") {
        let (line, _) = tell::store(jar, context, field, SystemTime::now());
        if verbose {
            note(&format!("* {line}"));
        }
    }
}

fn method(request: &Request) -> Result<Method> {
    let name = match (&request.method, &request.data) {
        (Some(name), _) => name,
        (None, Some(_)) => "POST",
        (None, None) => "GET",
    };
    match Method::parse(name) {
        Some(Method::Connect) => bail!("CONNECT is for clients of a proxy"),
        Some(method) => Ok(method),
        None => bail!("{name:?} cannot be a method (RFC 9110 §9.1)"),
    }
}

/// The fields of the request, the jar's not yet among them.
fn fields(request: &Request, url: &HttpUrl) -> Result<Fields> {
    let mut fields = Fields::new();
    fields.append("Host", url.host_field())?;
    fields.append("User-Agent", "jar")?;
    fields.append("Connection", "close")?;
    if request.data.is_some() {
        fields.append("Content-Type", "application/x-www-form-urlencoded")?;
    }
    for text in &request.header {
        let (name, value) = text
            .split_once(':')
            .with_context(|| format!("{text:?} is no field: write 'Name: value'"))?;
        if name.eq_ignore_ascii_case("Cookie") {
            bail!("a request has one list of cookies, and it is the jar's (RFC 10025 §5.8.1)");
        }
        fields.set(name, value)?;
    }
    Ok(fields)
}

fn connect(request: &Request, url: &HttpUrl) -> Result<TcpStream> {
    let addresses: Vec<_> = match request.connect_to {
        Some(address) => vec![address],
        None => (url.host_name(), url.port())
            .to_socket_addrs()
            .with_context(|| format!("cannot resolve {}", url.host_name()))?
            .collect(),
    };
    let mut failure = io::Error::from(ErrorKind::AddrNotAvailable);
    for address in addresses {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(stream) => {
                stream.set_read_timeout(Some(PATIENCE))?;
                stream.set_write_timeout(Some(PATIENCE))?;
                return Ok(stream);
            }
            Err(error) => failure = error,
        }
    }
    Err(failure).with_context(|| format!("cannot connect to {}", url.host_field()))
}

/// The content, piece by piece: its size does not matter.
fn copy(client: &mut Client<TcpStream>, request: &Request) -> Result<()> {
    let mut output: Box<dyn Write> = match &request.output {
        Some(path) => Box::new(
            File::create(path).with_context(|| format!("cannot write {}", path.display()))?,
        ),
        None => Box::new(io::stdout()),
    };
    let mut piece = vec![0; PIECE];
    loop {
        let count = client.read(&mut piece).context("the response is incomplete")?;
        match output.write_all(&piece[..count]).and_then(|()| output.flush()) {
            Ok(()) if count == 0 => return Ok(()),
            Ok(()) => {}
            // `jar … get … | head` has seen enough.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
            Err(error) => return Err(error).context("cannot write the content"),
        }
    }
}

fn line(name: &str, value: &[u8]) -> String {
    format!("{name}: {}", value.escape_ascii())
}

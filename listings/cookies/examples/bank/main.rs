//! `bank HOST:PORT`: three customers, a login, a balance, transfers, and every protection with a
//! switch to turn it off.
//!
//! What it leaves out: TLS, passwords at rest (they stand in the source), a limit on wrong ones,
//! and everything that outlives the process.

mod accounts;
mod pages;
mod sessions;

use std::io::Read;
use std::net::TcpListener;
use std::process::ExitCode;
use std::str;
use std::time::Duration;

use accounts::Accounts;
use anyhow::Context as _;
use clap::{Parser, ValueEnum};
use cookies::SameSite;
use cookies::csrf::{Tokens, check_source};
use cookies::session::{Key, SessionCookie};
use http_messages::blocking::{Config, RequestBody, Response, Server, Stop};
use http_messages::{Limits, RequestHead, Status};
use pages::Problem;
use sessions::{Sessions, Visitor};

/// A form of ours is shorter, in bytes; a longer one is answered with 413.
const MAX_FORM: u64 = 4096;

/// A bank with alice (password wonderland), bob (builder) and mallory (mayhem).
#[derive(Parser)]
struct Options {
    /// Where to listen, HOST:PORT; port 0 takes a free one.
    address: String,
    /// What stands in the session's cookie.
    #[arg(long, value_enum, default_value_t = Design::Opaque)]
    session: Design,
    /// Keeps an opaque identifier at login: session fixation works.
    #[arg(long)]
    no_rotate: bool,
    /// How a form of another site is told from ours.
    #[arg(long, value_enum, default_value_t = Csrf::Origin)]
    csrf: Csrf,
    /// The same-site attribute of the cookie; "unset" leaves it out.
    #[arg(long, value_enum, default_value_t = Attribute::Lax)]
    same_site: Attribute,
    /// Names the cookie "session" and leaves Secure out. For demonstrations over plain HTTP only:
    /// user agents take a Secure cookie without TLS from localhost and 127.0.0.1 at best.
    #[arg(long)]
    plain_cookie: bool,
    /// Lets GET /transfer move money, which a safe method must not do.
    #[arg(long)]
    transfer_by_get: bool,
    /// Ends a session that was not used for so many seconds.
    #[arg(long, default_value_t = 30 * 60)]
    idle: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Design {
    /// A random identifier; who it is stands in a store.
    Opaque,
    /// The user's name and a MAC.
    Signed,
    /// The user's name. Everybody can be everybody.
    Naive,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Csrf {
    /// Not at all.
    None,
    /// By a token in the form.
    Token,
    /// By Sec-Fetch-Site and Origin.
    Origin,
    /// By both.
    Both,
}

#[derive(Clone, Copy, ValueEnum)]
enum Attribute {
    None,
    Lax,
    Strict,
    Unset,
}

impl Options {
    fn cookie(&self) -> SessionCookie {
        let same_site = match self.same_site {
            Attribute::None => SameSite::None,
            Attribute::Lax => SameSite::Lax,
            Attribute::Strict => SameSite::Strict,
            Attribute::Unset => SameSite::Default,
        };
        if self.plain_cookie {
            return SessionCookie { name: "session".into(), secure: false, same_site };
        }
        SessionCookie { same_site, ..SessionCookie::default() }
    }
}

struct Bank {
    options: Options,
    cookie: SessionCookie,
    sessions: Sessions,
    tokens: Tokens,
    accounts: Accounts,
}

/// The fields of a form, or of a query.
#[derive(Default)]
struct Form(Vec<(String, String)>);

impl Form {
    fn parse(text: &[u8]) -> Self {
        Self(form_urlencoded::parse(text).into_owned().collect())
    }

    /// The first field of this name, or nothing.
    fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }
}

/// A request after the checks that are the same for all.
struct Visit<'a> {
    /// The value of the session's cookie, whether or not it is worth anything.
    cookie: Option<&'a str>,
    /// Who that is.
    visitor: Option<Visitor>,
    form: Form,
}

impl Bank {
    fn handle(&self, head: &RequestHead, body: &mut RequestBody<'_>) -> Response {
        self.answer(head, body).unwrap_or_else(Problem::page)
    }

    fn answer(&self, head: &RequestHead, body: &mut RequestBody<'_>) -> Result<Response, Problem> {
        let fields = head.fields.get_all("Cookie").filter_map(|field| str::from_utf8(field).ok());
        let cookie = self.cookie.find(fields).map_err(Problem::bad_request)?;
        let mut text = Vec::new();
        body.read_to_end(&mut text).map_err(Problem::bad_request)?;
        let form = Form::parse(&text);
        self.check_source(head, cookie, &form)?;
        let visitor = cookie.and_then(|value| self.sessions.find(value));
        let mut visit = Visit { cookie, visitor, form };
        match (head.method.as_str(), head.target.path()) {
            ("GET" | "HEAD", "/") => self.home(&visit),
            ("GET" | "HEAD", "/balance") => self.balance(&visit),
            ("POST", "/login") => self.log_in(&visit),
            ("POST", "/logout") => self.log_out(&visit),
            ("POST", "/transfer") => self.transfer(&visit),
            ("GET", "/transfer") if self.options.transfer_by_get => {
                visit.form = Form::parse(head.target.query().unwrap_or("").as_bytes());
                self.transfer(&visit)
            }
            (_, "/" | "/balance") => Err(Problem::method("GET, HEAD")),
            (_, "/login" | "/logout" | "/transfer") => Err(Problem::method("POST")),
            _ => Err(Problem::new(Status::NOT_FOUND, "no such page")),
        }
    }

    /// Whether a page of ours caused the request. It comes before everything that the request could
    /// change, for each method that may change something.
    fn check_source(
        &self,
        head: &RequestHead,
        cookie: Option<&str>,
        form: &Form,
    ) -> Result<(), Problem> {
        if matches!(self.options.csrf, Csrf::Origin | Csrf::Both) {
            check_source(head).map_err(|foreign| Problem::new(Status::FORBIDDEN, foreign))?;
        }
        if matches!(self.options.csrf, Csrf::Token | Csrf::Both) && !head.method.is_safe() {
            let session = cookie.unwrap_or_default();
            if !self.tokens.check(session, form.get("token")) {
                return Err(Problem::new(
                    Status::FORBIDDEN,
                    "the form has no token of this session",
                ));
            }
        }
        Ok(())
    }
}

impl Bank {
    fn log_in(&self, visit: &Visit<'_>) -> Result<Response, Problem> {
        let (user, password) = (visit.form.get("user"), visit.form.get("password"));
        let user = Accounts::check_password(user, password)
            .ok_or_else(|| Problem::new(Status::FORBIDDEN, "wrong name or password"))?;
        let value = self.sessions.log_in(visit.cookie, user).map_err(Problem::unavailable)?;
        let page = pages::see_home(&format!("welcome, {user}\n"));
        if visit.cookie == Some(&value) {
            return Ok(page);
        }
        self.set_cookie(page, &value)
    }

    fn log_out(&self, visit: &Visit<'_>) -> Result<Response, Problem> {
        if let Some(value) = visit.cookie {
            self.sessions.log_out(value);
        }
        let page = pages::see_home("goodbye\n");
        let field = self.cookie.clear().map_err(Problem::unavailable)?;
        Ok(pages::with_field(page, "Set-Cookie", &field))
    }
}

impl Bank {
    /// The login form for strangers, the balance and a transfer form for customers. A form needs a
    /// session for its token, so whoever has none gets one here.
    fn home(&self, visit: &Visit<'_>) -> Result<Response, Problem> {
        let (value, fresh) = match (visit.cookie, &visit.visitor) {
            (Some(value), Some(_)) => (value.to_owned(), false),
            _ => (self.sessions.begin().map_err(Problem::unavailable)?, true),
        };
        let token = self.tokens.issue(&value);
        let page = match visit.visitor.as_ref().and_then(Visitor::user) {
            Some(user) => pages::account(user, self.accounts.balance(user), &token),
            None => pages::login(&token),
        };
        if fresh {
            return self.set_cookie(page, &value);
        }
        Ok(page)
    }

    fn set_cookie(&self, page: Response, value: &str) -> Result<Response, Problem> {
        let field = self.cookie.set(value).map_err(Problem::unavailable)?;
        Ok(pages::with_field(page, "Set-Cookie", &field))
    }

    /// As plain text, for those who use the bank with curl.
    fn balance(&self, visit: &Visit<'_>) -> Result<Response, Problem> {
        let user = visit.user()?;
        Ok(pages::text(Status::OK, &format!("{user} has {}\n", self.accounts.balance(user))))
    }

    fn transfer(&self, visit: &Visit<'_>) -> Result<Response, Problem> {
        let user = visit.user()?;
        let (to, amount) = (visit.form.get("to"), visit.form.get("amount"));
        let done = self.accounts.transfer(user, to, amount).map_err(Problem::bad_request)?;
        println!("{done}");
        Ok(pages::see_home(&format!("{done}\n")))
    }
}

impl Visit<'_> {
    /// The customer, or "log in first".
    fn user(&self) -> Result<&str, Problem> {
        let user = self.visitor.as_ref().and_then(Visitor::user);
        user.ok_or_else(|| Problem::new(Status::FORBIDDEN, "log in first"))
    }
}

fn main() -> ExitCode {
    match open(Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bank: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Serves until Ctrl-C.
fn open(options: Options) -> anyhow::Result<()> {
    let idle = Duration::from_secs(options.idle);
    let sessions = Sessions::new(options.session, !options.no_rotate, idle)?;
    let bank = Bank {
        cookie: options.cookie(),
        sessions,
        tokens: Tokens::new(Key::generate(1)?),
        accounts: Accounts::new(),
        options,
    };
    // Whatever does not go together does not wait for the first visitor.
    bank.cookie.set("")?;
    let address = &bank.options.address;
    let listener =
        TcpListener::bind(address).with_context(|| format!("cannot listen on {address}"))?;
    println!("listening on http://{}/", listener.local_addr()?);
    let stop = Stop::new();
    let switch = stop.clone();
    ctrlc::set_handler(move || switch.now())?;
    let limits = Limits { content: MAX_FORM, ..Limits::default() };
    let server = Server::new(Config { limits, ..Config::default() });
    server.serve(&listener, &stop, move |head, body| bank.handle(head, body))?;
    Ok(())
}

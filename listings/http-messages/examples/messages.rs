//! `messages request [--every N]` and `messages response [METHOD] [--every N]`: what the codec finds
//! in standard input, and after how many bytes.
//!
//! With `--every N` it gets N bytes at a time; what it finds is the same for every N. A response
//! answers a request with this METHOD, or a GET.

use std::error::Error;
use std::io::{self, ErrorKind, Read, Write};
use std::process::ExitCode;

use bytes::BytesMut;
use http_messages::{
    Content, Fields, Limits, Method, Received, Refusal, RequestHead, ResponseHead, Status, Target,
    client, server,
};

/// The input is read whole, so its size is bounded, in bytes.
const MAX_INPUT: u64 = 16 << 20;

const USAGE: &str = "usage: messages request [--every N]
       messages response [METHOD] [--every N]";

fn main() -> ExitCode {
    let Some(command) = Command::parse(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match run(&command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("messages: {error}");
            ExitCode::FAILURE
        }
    }
}

struct Command {
    /// Of the request that the response answers; `None` for the role of a server.
    method: Option<Method>,
    every: usize,
}

impl Command {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Option<Self> {
        let mut method = match &arguments.next()?[..] {
            "request" => None,
            "response" => Some(Method::Get),
            _ => return None,
        };
        let mut every = usize::MAX;
        while let Some(argument) = arguments.next() {
            if argument == "--every" {
                every = arguments.next()?.parse().ok().filter(|every| *every > 0)?;
            } else {
                // Requests have methods of their own.
                method.as_ref()?;
                method = Some(Method::parse(&argument)?);
            }
        }
        Some(Self { method, every })
    }
}

fn run(command: &Command) -> Result<ExitCode, Box<dyn Error>> {
    let mut input = Vec::new();
    io::stdin().take(MAX_INPUT).read_to_end(&mut input)?;
    let mut side = Side::new(command.method.as_ref())?;
    let (text, refused) = feed(&mut side, &input, command.every)?;
    match io::stdout().write_all(text.as_bytes()) {
        // `messages … | head` has seen enough.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ if refused => Ok(ExitCode::FAILURE),
        _ => Ok(ExitCode::SUCCESS),
    }
}

/// Gives the input to the codec, `every` bytes at a time, and asks after each time for all that it
/// has found. Returns a line for each finding, and whether the last one is a refusal.
fn feed(side: &mut Side, input: &[u8], every: usize) -> Result<(String, bool), Box<dyn Error>> {
    let mut text = String::new();
    let mut fed = 0;
    loop {
        match side.poll() {
            Ok(Received::Head(head)) => text += &format!("{fed:>6}  head     {head}\n"),
            Ok(Received::Data(data)) => {
                text += &format!("{fed:>6}  data     \"{}\"\n", data.escape_ascii());
            }
            Ok(Received::End(trailers)) => {
                text += &format!("{fed:>6}  end{}\n", indented(&trailers));
                side.answer()?;
            }
            Ok(Received::Wait) => match input[fed..].chunks(every).next() {
                Some(piece) => {
                    side.receive(piece);
                    fed += piece.len();
                }
                None => side.receive_end(),
            },
            Ok(Received::Paused | Received::Closed) => {
                text += &format!("{fed:>6}  closed\n");
                return Ok((text, false));
            }
            Err(refusal) => {
                text += &format!("{fed:>6}  refused  {}{refusal}\n", side.status(refusal));
                return Ok((text, true));
            }
        }
    }
}

/// Either role, with its heads as text.
enum Side {
    Server(server::Connection),
    Client(client::Connection),
}

impl Side {
    /// A client has to ask before there can be an answer.
    fn new(method: Option<&Method>) -> Result<Self, Box<dyn Error>> {
        let Some(method) = method else {
            return Ok(Self::Server(server::Connection::new(Limits::default())));
        };
        let text = if *method == Method::Connect { "a.example:80" } else { "/" };
        let target = Target::new(method, text)?;
        let mut fields = Fields::new();
        fields.append("Host", "a.example")?;
        let mut connection = client::Connection::new(Limits::default());
        connection.request(method, &target, &fields, Content::None, &mut BytesMut::new())?;
        Ok(Self::Client(connection))
    }

    /// A server has to answer before there can be another request.
    fn answer(&mut self) -> Result<(), Box<dyn Error>> {
        if let Self::Server(connection) = self {
            let mut out = BytesMut::new();
            connection.respond(Status::NO_CONTENT, &Fields::new(), Content::None, &mut out)?;
        }
        Ok(())
    }

    /// Only a client that sent nonsense can be told so.
    fn status(&self, refusal: Refusal) -> String {
        match self {
            Self::Server(_) => {
                format!("{} {}: ", refusal.status().code(), refusal.status().reason())
            }
            Self::Client(_) => String::new(),
        }
    }

    fn receive(&mut self, bytes: &[u8]) {
        match self {
            Self::Server(connection) => connection.receive(bytes),
            Self::Client(connection) => connection.receive(bytes),
        }
    }

    fn receive_end(&mut self) {
        match self {
            Self::Server(connection) => connection.receive_end(),
            Self::Client(connection) => connection.receive_end(),
        }
    }

    fn poll(&mut self) -> Result<Received<String>, Refusal> {
        match self {
            Self::Server(connection) => connection.poll().map(|found| map(found, &request)),
            Self::Client(connection) => connection.poll().map(|found| map(found, &response)),
        }
    }
}

fn map<H>(found: Received<H>, show: &dyn Fn(&H) -> String) -> Received<String> {
    match found {
        Received::Head(head) => Received::Head(show(&head)),
        Received::Data(data) => Received::Data(data),
        Received::End(trailers) => Received::End(trailers),
        Received::Wait => Received::Wait,
        Received::Paused => Received::Paused,
        Received::Closed => Received::Closed,
    }
}

fn request(head: &RequestHead) -> String {
    format!("{} {} {}{}", head.method, head.target, head.version, indented(&head.fields))
}

fn response(head: &ResponseHead) -> String {
    let reason = head.reason.escape_ascii();
    format!("{} {} {reason}{}", head.version, head.status.code(), indented(&head.fields))
}

fn indented(fields: &Fields) -> String {
    let line =
        |(name, value): (&str, &[u8])| format!("\n{:17}{name}: {}", "", value.escape_ascii());
    fields.iter().map(line).collect()
}

//! `smuggle`: the same bytes, cut into requests by two parsers that are both right for what they
//! look at, and then by ours.
//!
//! Reads one connection's bytes from standard input. Nothing is sent anywhere: that two programs in
//! a row disagree about where a request ends is all there is to request smuggling.

use std::io::{self, Read, Write};
use std::ops::Range;
use std::process::ExitCode;

use bytes::BytesMut;
use http_messages::server::Connection;
use http_messages::{Content, Fields, Limits, Received, Status};

/// The input is read whole, so its size is bounded, in bytes.
const MAX_INPUT: u64 = 1 << 20;

fn main() -> ExitCode {
    if std::env::args().len() > 1 {
        eprintln!("usage: smuggle < BYTES");
        return ExitCode::from(2);
    }
    let mut input = Vec::new();
    if let Err(error) = io::stdin().take(MAX_INPUT).read_to_end(&mut input) {
        eprintln!("smuggle: {error}");
        return ExitCode::FAILURE;
    }
    let mut text = show("believing Content-Length", &input, &cut(&input, by_length));
    text += &show("believing Transfer-Encoding", &input, &cut(&input, by_chunks));
    text += &verdict(&input);
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            eprintln!("smuggle: {error}");
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}

/// Where a request lies in the input.
struct Request {
    head: Range<usize>,
    content: Range<usize>,
}

/// Cuts the input into requests: a head up to its empty line, then as much content as `length`
/// finds there, and so on.
fn cut(input: &[u8], length: fn(&str, &[u8]) -> usize) -> Vec<Request> {
    let mut requests = Vec::new();
    let mut at = 0;
    while let Some(end) = find(&input[at..], b"\r\n\r\n") {
        let content = at + end + 4;
        let head = String::from_utf8_lossy(&input[at..content]);
        let end = content.saturating_add(length(&head, &input[content..])).min(input.len());
        requests.push(Request { head: at..content, content: content..end });
        at = end;
    }
    requests
}

// ANCHOR: beliefs
/// One believes in Content-Length, and has never heard of anything else.
fn by_length(head: &str, _: &[u8]) -> usize {
    field(head, "content-length").and_then(|value| value.parse().ok()).unwrap_or(0)
}

/// The other one believes in Transfer-Encoding where there is one.
fn by_chunks(head: &str, rest: &[u8]) -> usize {
    if field(head, "transfer-encoding") != Some("chunked") {
        return by_length(head, rest);
    }
    let mut at = 0;
    while let Some(end) = find(&rest[at..], b"\r\n") {
        let line = String::from_utf8_lossy(&rest[at..at + end]);
        let size = usize::from_str_radix(&line, 16).unwrap_or(0);
        // The line, the data, and a CR LF behind each.
        at = at.saturating_add(end + 2).saturating_add(size).saturating_add(2).min(rest.len());
        if size == 0 {
            return at;
        }
    }
    rest.len()
}

fn field<'a>(head: &'a str, wanted: &str) -> Option<&'a str> {
    let mut fields = head.lines().filter_map(|line| line.split_once(':'));
    fields.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.trim())
}
// ANCHOR_END: beliefs

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

fn show(title: &str, input: &[u8], requests: &[Request]) -> String {
    let plural = if requests.len() == 1 { "" } else { "s" };
    let mut text = format!("{title}: {} request{plural}\n", requests.len());
    let mut end = 0;
    for Request { head, content } in requests {
        let lines = input[head.clone()].trim_ascii_start();
        let request_line = lines.split(|byte| *byte == b'\r').next();
        text += &line(head, "head", request_line.unwrap_or_default());
        if !content.is_empty() {
            text += &line(content, "content", &input[content.clone()]);
        }
        end = content.end;
    }
    if end < input.len() {
        text += &line(&(end..input.len()), "no head", &input[end..]);
    }
    text
}

/// What is longer is cut off, in bytes.
const MAX_SHOWN: usize = 60;

fn line(range: &Range<usize>, what: &str, bytes: &[u8]) -> String {
    let shown = bytes[..bytes.len().min(MAX_SHOWN)].escape_ascii();
    let cut = if bytes.len() > MAX_SHOWN { "…" } else { "" };
    format!("  {:>4}..{:<4}  {what:<7}  {shown}{cut}\n", range.start, range.end)
}

/// What the codec of this chapter says.
fn verdict(input: &[u8]) -> String {
    let mut connection = Connection::new(Limits::default());
    connection.receive(input);
    connection.receive_end();
    let mut accepted = 0;
    loop {
        match connection.poll() {
            Ok(Received::Head(_) | Received::Data(_)) => {}
            Ok(Received::End(_)) => {
                accepted += 1;
                let mut out = BytesMut::new();
                // Nobody gets the answer. It lets the next request come.
                let _ =
                    connection.respond(Status::NO_CONTENT, &Fields::new(), Content::None, &mut out);
            }
            Ok(_) => return format!("our codec: {accepted} accepted\n"),
            Err(refusal) => {
                let (code, reason) = (refusal.status().code(), refusal.status().reason());
                return format!(
                    "our codec: {accepted} accepted, then {code} {reason}: {refusal}\n"
                );
            }
        }
    }
}

//! `dnsdump [FILE]`: a DNS message byte by byte, from hex digits in the file or on standard input.
//! Spaces and lines do not matter, and `#` begins a comment. With `-t`, the message as text instead.

use std::fs::File;
use std::io::{self, Read, Write};
use std::process::ExitCode;

use anyhow::{Context, bail, ensure};
use udp_dns::Message;
use udp_dns::message::dissect::{dissect, render};

/// Hex digits of the longest message, with room for comments. In bytes.
const MAX_INPUT: u64 = 1 << 20;

fn main() -> anyhow::Result<ExitCode> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let as_text = arguments.first().is_some_and(|argument| argument == "-t");
    if as_text {
        arguments.remove(0);
    }
    let input = match &arguments[..] {
        [] => read(io::stdin().lock())?,
        [path] => read(File::open(path).with_context(|| path.clone())?)?,
        _ => bail!("usage: dnsdump [-t] [FILE]"),
    };
    let message = from_hex(&input)?;
    let parsed = Message::parse(&message);
    let text = match &parsed {
        Ok(message) if as_text => message.to_string(),
        Err(fault) if as_text => format!("{fault}\n"),
        _ => render(&dissect(&message)),
    };
    match io::stdout().write_all(text.as_bytes()) {
        // `dnsdump … | head` has seen enough.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(error.into()),
        _ => {}
    }
    Ok(if parsed.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn read(input: impl Read) -> anyhow::Result<String> {
    let mut text = String::new();
    input.take(MAX_INPUT + 1).read_to_string(&mut text)?;
    ensure!(text.len() as u64 <= MAX_INPUT, "larger than {MAX_INPUT} bytes");
    Ok(text)
}

fn from_hex(text: &str) -> anyhow::Result<Vec<u8>> {
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default());
    let digits: Vec<char> = lines.flat_map(str::chars).filter(|c| !c.is_whitespace()).collect();
    let pair = |pair: &[char]| {
        let text: String = pair.iter().collect();
        let is_pair = pair.len() == 2 && pair.iter().all(char::is_ascii_hexdigit);
        ensure!(is_pair, "{text:?} is not a byte in hex");
        Ok(u8::from_str_radix(&text, 16)?)
    };
    digits.chunks(2).map(pair).collect()
}

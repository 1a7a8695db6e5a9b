//! `fields FILE FRAME`: one frame of a pcap file, field by field. `fields` alone reads the frame as
//! hex digits from standard input; spaces and lines do not matter, and `#` begins a comment.
//!
//! Frames count from 1, as in Wireshark.

use std::fs::File;
use std::io::{self, Read, Write};

use anyhow::{Context, anyhow, bail, ensure};
use first_bytes::pcap::Reader;
use link_and_ip::wire::dissect::{dissect, render};

/// The file is read whole, so its size is bounded, in bytes.
const MAX_FILE: u64 = 64 << 20;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let frame = match &arguments[..] {
        [] => from_hex(&read(io::stdin().lock())?)?,
        [path, number] => from_pcap(path, number).with_context(|| path.clone())?,
        _ => bail!("usage: fields [FILE FRAME]"),
    };
    match io::stdout().write_all(render(&dissect(&frame)).as_bytes()) {
        // `fields … | head` has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => Ok(result?),
    }
}

fn read(input: impl Read) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
    ensure!(bytes.len() as u64 <= MAX_FILE, "larger than {MAX_FILE} bytes");
    Ok(bytes)
}

fn from_pcap(path: &str, number: &str) -> anyhow::Result<Vec<u8>> {
    let file = read(File::open(path)?)?;
    let index = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let index = index.context("frames are numbered 1, 2, 3 …")?;
    let record = Reader::new(&file).map_err(|error| anyhow!("{error}"))?.nth(index);
    Ok(record.context("it has fewer frames than that")??.frame.to_vec())
}

fn from_hex(text: &[u8]) -> anyhow::Result<Vec<u8>> {
    let text = str::from_utf8(text).context("not text")?;
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

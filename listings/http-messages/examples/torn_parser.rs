//! `torn_parser MISTAKE HOST:PORT PATH`: three clients that look right and are wrong.
//!
//! Each of them works with a small page from a server on the same machine, which is why one meets
//! them so often. `tests/torn.rs` shows how each fails, and that hget passes the same test.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::process::ExitCode;
use std::time::Duration;

/// How long to wait for the next byte.
const PATIENCE: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [mistake, address, path] = &arguments[..] else {
        eprintln!("usage: torn_parser one-read|rest-of-buffer|only-length HOST:PORT PATH");
        return ExitCode::from(2);
    };
    let read_response = match &mistake[..] {
        "one-read" => one_read,
        "rest-of-buffer" => rest_of_buffer,
        "only-length" => only_length,
        _ => {
            eprintln!("torn_parser: no mistake is called {mistake}");
            return ExitCode::from(2);
        }
    };
    match get(read_response, address, path) {
        Ok(response) => {
            println!("{}", response.status_line);
            println!("{} bytes of content: {:?}", response.content.len(), response.content);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("torn_parser: {error}");
            ExitCode::FAILURE
        }
    }
}

fn get(read_response: Mistake, address: &str, path: &str) -> io::Result<Response> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n")?;
    read_response(&mut stream)
}

pub(crate) type Mistake = fn(&mut dyn Read) -> io::Result<Response>;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Response {
    pub(crate) status_line: String,
    pub(crate) content: String,
}

// ANCHOR: one_read
/// One read for the response, since it is short. But a read returns what has arrived, and that may
/// be the first half of the status line.
pub(crate) fn one_read(stream: &mut dyn Read) -> io::Result<Response> {
    let mut buffer = [0; 8192];
    let count = stream.read(&mut buffer)?;
    parse(&buffer[..count])
}

fn parse(bytes: &[u8]) -> io::Result<Response> {
    let text = String::from_utf8_lossy(bytes);
    let (head, content) = text
        .split_once("\r\n\r\n")
        .ok_or_else(|| io::Error::other(format!("no end of the head in {text:?}")))?;
    let status_line = head.lines().next().unwrap_or_default().into();
    Ok(Response { status_line, content: content.into() })
}
// ANCHOR_END: one_read

// ANCHOR: rest_of_buffer
/// Reads until the head is complete. What stands behind it in the buffer is the content. But that
/// is only the part which happened to come along.
pub(crate) fn rest_of_buffer(stream: &mut dyn Read) -> io::Result<Response> {
    let mut received = Vec::new();
    let mut buffer = [0; 8192];
    while !received.windows(4).any(|four| four == b"\r\n\r\n") {
        match stream.read(&mut buffer)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => received.extend_from_slice(&buffer[..count]),
        }
    }
    parse(&received)
}
// ANCHOR_END: rest_of_buffer

// ANCHOR: only_length
/// Reads the head, finds Content-Length, and reads as many bytes as it says. But not every response
/// has that field, and where it stands it is a claim of the peer: this allocates whatever it says.
pub(crate) fn only_length(stream: &mut dyn Read) -> io::Result<Response> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let mut response = parse(&head)?;
    let text = String::from_utf8_lossy(&head);
    let length = text
        .lines()
        .filter_map(|line| line.strip_prefix("Content-Length: "))
        .find_map(|value| value.parse().ok())
        .unwrap_or(0);
    let mut content = vec![0; length];
    stream.read_exact(&mut content)?;
    response.content = String::from_utf8_lossy(&content).into_owned();
    Ok(response)
}
// ANCHOR_END: only_length

//! hget as a child process, and servers that say what a test wants them to say.
#![allow(dead_code, reason = "each test file is a crate of its own and uses a part of this")]

use std::fmt::Write as _;
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use sha2::{Digest, Sha256};
use testkit::Process;

pub(crate) const HGET: &str = env!("CARGO_BIN_EXE_hget");

/// For what must happen: long enough for a machine under load.
pub(crate) const LIMIT: Duration = Duration::from_secs(30);

/// The most that is read of a request, in bytes.
const MAX_REQUEST: u64 = 64 << 20;

/// How a program ended, with its two outputs apart.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: Vec<u8>,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.out).unwrap()
    }
}

/// Runs a program with this on its standard input.
pub(crate) fn run(program: &Path, arguments: &[&str], input: &[u8]) -> Ran {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("stderr-{}-{number}", std::process::id());
    let errors = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    // testkit keeps both outputs in one buffer; the shell takes the second one out.
    let mut command = Command::new("sh");
    command.args(["-c", "exec \"$@\" 2>\"$0\""]).arg(&errors).arg(program).args(arguments);
    let (process, mut stdin) = Process::stdin_piped(&mut command).unwrap();
    // A program that does not read its input closes the pipe.
    let _ = stdin.write_all(input);
    drop(stdin);
    let finished = process.finish(LIMIT).unwrap();
    let err = String::from_utf8_lossy(&fs::read(&errors).unwrap()).into_owned();
    fs::remove_file(&errors).unwrap();
    Ran { code: finished.status.code(), out: finished.output, err }
}

pub(crate) fn hget(arguments: &[&str]) -> Ran {
    run(Path::new(HGET), arguments, b"")
}

/// What a server does with each of its connections.
pub(crate) type Talk = dyn Fn(&mut TcpStream) -> io::Result<()> + Send + Sync;

/// A server that does `talk` with every client, until the test's process ends.
pub(crate) fn serve(
    talk: impl Fn(&mut TcpStream) -> io::Result<()> + Send + Sync + 'static,
) -> SocketAddr {
    serve_on(TcpListener::bind("127.0.0.1:0").unwrap(), talk)
}

pub(crate) fn serve_on(
    listener: TcpListener,
    talk: impl Fn(&mut TcpStream) -> io::Result<()> + Send + Sync + 'static,
) -> SocketAddr {
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let talk = &talk;
        thread::scope(|threads| {
            for client in listener.incoming() {
                // What a client makes of a broken conversation is what the test looks at.
                threads.spawn(move || client.and_then(|client| talk(&mut impatient(client))));
            }
        });
    });
    address
}

/// A server that reads each request up to its empty line, says this, and closes.
pub(crate) fn answer(bytes: impl Into<Vec<u8>>) -> SocketAddr {
    let bytes = bytes.into();
    serve(move |stream| {
        read_head(stream)?;
        stream.write_all(&bytes)
    })
}

/// The same, but it keeps the connection open until the client closes it.
pub(crate) fn answer_and_wait(bytes: impl Into<Vec<u8>>) -> SocketAddr {
    let bytes = bytes.into();
    serve(move |stream| {
        read_head(stream)?;
        stream.write_all(&bytes)?;
        io::copy(stream, &mut io::sink()).map(drop)
    })
}

/// A stream on which no test hangs.
pub(crate) fn impatient(stream: TcpStream) -> TcpStream {
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream.set_write_timeout(Some(LIMIT)).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// Reads a head, its empty line included, and nothing behind it.
pub(crate) fn read_head(stream: &mut impl Read) -> io::Result<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    String::from_utf8(head).map_err(io::Error::other)
}

/// The value of a field in a head, by its exact name.
pub(crate) fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

/// Reads chunked content to its end, by the book and trusting; returns it with the trailer lines.
pub(crate) fn read_chunked(stream: &mut impl Read) -> io::Result<(Vec<u8>, Vec<String>)> {
    let mut reader = BufReader::with_capacity(1, stream.take(MAX_REQUEST));
    let mut content = Vec::new();
    let mut line = String::new();
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let size = u64::from_str_radix(line.trim_end(), 16).map_err(io::Error::other)?;
        if size == 0 {
            break;
        }
        reader.by_ref().take(size).read_to_end(&mut content)?;
        reader.read_exact(&mut [0; 2])?;
    }
    let mut trailers = Vec::new();
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        match line.trim_end() {
            "" => return Ok((content, trailers)),
            trailer => trailers.push(trailer.to_owned()),
        }
    }
}

/// Bytes without a pattern that a mistake could repeat by luck.
pub(crate) fn noise(count: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    std::iter::repeat_with(next).take(count).collect()
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in Sha256::digest(bytes) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

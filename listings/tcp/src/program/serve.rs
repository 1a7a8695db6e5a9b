//! `taptcp serve`: Part II's server, unchanged, on our TCP.

use std::fs::File;
use std::io::{self, Read};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;

use fastrand::Rng;
use http_messages::blocking::{Body, Config, RequestBody, Response, serve_connection};
use http_messages::{Method, RequestHead, Status};
use sha2::{Digest, Sha256};
use tcp::net::{Net, TcpListener};

use crate::arguments::ServeArguments;
use crate::say;
use crate::setup::Signal;

/// Both versions of the address that is none.
pub(crate) const ANY: [IpAddr; 2] =
    [IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::UNSPECIFIED)];

/// What there is to get.
enum Site {
    Bytes(u64),
    Folder(PathBuf),
}

pub(crate) fn run(net: &Arc<Net>, arguments: &ServeArguments) -> anyhow::Result<ExitCode> {
    let site = match (&arguments.bytes, &arguments.folder) {
        (Some(count), _) => Site::Bytes(*count),
        (None, Some(folder)) => Site::Folder(folder.clone()),
        (None, None) => anyhow::bail!("nothing to serve: name a folder, or use --bytes"),
    };
    let signal = Signal::catch()?;
    let site = Arc::new(site);
    for address in ANY {
        let listener = TcpListener::bind(net, SocketAddr::new(address, arguments.port))?;
        let site = Arc::clone(&site);
        thread::spawn(move || serve(&listener, &site));
    }
    if let Site::Bytes(count) = *site {
        say(&format!("{count} bytes, sha256 {}", sum(Content::new(count))?));
    }
    say(&format!("serving on port {}", arguments.port));
    signal.wait();
    Ok(ExitCode::SUCCESS)
}

// ANCHOR: serve
/// A thread per connection. `serve_connection` takes whatever can be read and written.
fn serve(listener: &TcpListener, site: &Arc<Site>) {
    for stream in listener.incoming() {
        let site = Arc::clone(site);
        // If there is no thread left for it, the connection is closed.
        let _ = thread::Builder::new().spawn(move || {
            let handler =
                |head: &RequestHead, body: &mut RequestBody<'_>| answer(&site, head, body);
            // What went wrong was the peer's doing or the network's, and the peer has been told.
            let _ = serve_connection(&stream, &Config::default(), &handler);
        });
    }
}
// ANCHOR_END: serve

fn answer(site: &Site, head: &RequestHead, body: &mut RequestBody<'_>) -> Response {
    match (&head.method, site) {
        (Method::Get | Method::Head, Site::Bytes(count)) => content(*count, Content::new(*count)),
        (Method::Get | Method::Head, Site::Folder(folder)) => file(folder, head.target.path()),
        (Method::Put | Method::Post, _) => match received(body) {
            Ok(text) => Response::text(Status::OK, text),
            Err(error) => Response::text(Status::BAD_REQUEST, error),
        },
        _ => Response::text(Status::METHOD_NOT_ALLOWED, "GET, HEAD, PUT and POST are allowed"),
    }
}

fn content(length: u64, reader: impl Read + Send + 'static) -> Response {
    Response::new(Status::OK, Body::Reader { length: Some(length), reader: Box::new(reader) })
}

/// A file of the folder itself: a name with a slash in it is none.
fn file(folder: &Path, path: &str) -> Response {
    let name = path.trim_start_matches('/');
    let plain = !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', '%']);
    let open = || {
        let file = File::open(folder.join(name))?;
        let length = file.metadata().and_then(|meta| {
            if meta.is_file() { Ok(meta.len()) } else { Err(io::ErrorKind::NotFound.into()) }
        })?;
        io::Result::Ok((length, file))
    };
    match plain.then(open) {
        Some(Ok((length, file))) => content(length, file),
        _ => Response::text(Status::NOT_FOUND, "there is no such file"),
    }
}

/// What an upload was, so that the peer can compare.
fn received(body: &mut RequestBody<'_>) -> io::Result<String> {
    let (mut hasher, mut count) = (Sha256::new(), 0);
    let mut buffer = vec![0; 64 << 10];
    loop {
        match body.read(&mut buffer)? {
            0 => return Ok(format!("{count} bytes, sha256 {}", hex(&hasher.finalize()))),
            length => {
                hasher.update(&buffer[..length]);
                count += length;
            }
        }
    }
}

/// Bytes that look random, and are the same each time.
struct Content {
    left: u64,
    random: Rng,
}

impl Content {
    fn new(count: u64) -> Self {
        Self { left: count, random: Rng::with_seed(1) }
    }
}

impl Read for Content {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // Eight at a time: else where a read ends would decide what comes after it.
        let most = buffer.len() / 8 * 8;
        let length = most.min(usize::try_from(self.left).unwrap_or(usize::MAX));
        if most == 0 && self.left > 0 && !buffer.is_empty() {
            return Err(io::Error::other("read at least 8 bytes at a time"));
        }
        for chunk in buffer[..length].chunks_mut(8) {
            chunk.copy_from_slice(&self.random.u64(..).to_le_bytes()[..chunk.len()]);
        }
        self.left -= length as u64;
        Ok(length)
    }
}

fn sum(mut reader: impl Read) -> io::Result<String> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(hex(&hasher.finalize())),
            length => hasher.update(&buffer[..length]),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

//! A site in a folder of its own, served by threads of the test.

#![allow(dead_code)] // Each test file uses a part of it.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http_messages::RequestHead;
use http_messages::blocking::{Config as ServerConfig, RequestBody, Server, Stop};
use http_semantics::site::{Config, Site};

/// Everything here is over in milliseconds; a hang ends in ten seconds.
pub(crate) const LIMIT: Duration = Duration::from_secs(10);

/// Long before any test runs.
pub(crate) fn long_ago() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(784_111_777)
}

/// The same, as a field has it.
pub(crate) const LONG_AGO: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

/// Writes a file that was last changed long ago.
pub(crate) fn write(folder: &Path, name: &str, content: impl AsRef<[u8]>) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, content).unwrap();
    File::options().write(true).open(&path).unwrap().set_modified(long_ago()).unwrap();
}

/// The lines "1" to "2000", 8893 bytes.
pub(crate) fn numbers() -> String {
    (1..=2000).map(|number| format!("{number}\n")).collect()
}

/// A folder with one of everything.
pub(crate) fn samples(name: &str) -> PathBuf {
    let folder = testkit::folder(name);
    write(&folder, "hello.txt", "hello, world\n");
    write(&folder, "numbers.txt", numbers());
    write(&folder, "empty.txt", "");
    write(&folder, "page.html.en", "<p>Hello.</p>\n");
    write(&folder, "page.html.zh", "<p>你好。</p>\n");
    write(&folder, "report.html", "<p>42</p>\n");
    write(&folder, "report.json", "42\n");
    write(&folder, "style.css", "p { color: teal }\n");
    // Not really gzip and br: the server does not look inside.
    write(&folder, "style.css.gz", "compressed with gzip");
    write(&folder, "style.css.br", "compressed with br");
    write(&folder, "docs/index.html", "<p>docs</p>\n");
    write(&folder, ".secret", "secret");
    folder
}

pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    stop: Stop,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    pub(crate) fn start(config: Config) -> Self {
        let site = Site::open(config).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let stop = Stop::new();
        let stopped = stop.clone();
        let handler = move |head: &RequestHead, content: &mut RequestBody<'_>| {
            site.respond(head, content, SystemTime::now())
        };
        let thread = thread::spawn(move || {
            let server = Server::new(ServerConfig::default());
            server.serve(&listener, &stopped, handler).unwrap();
        });
        Self { address, stop, thread: Some(thread) }
    }

    /// The samples, with every option that widens what can be done.
    pub(crate) fn open(name: &str) -> (Self, PathBuf) {
        let folder = samples(name);
        let config = Config { writable: true, trace: true, demo: true, ..Config::new(&folder) };
        (Self::start(config), folder)
    }

    /// Sends a request with these field lines and returns the response.
    pub(crate) fn ask(&self, request_line: &str, lines: &[(&str, &str)]) -> Response {
        self.send(request_line, lines, b"")
    }

    /// The same, with content.
    pub(crate) fn send(
        &self,
        request_line: &str,
        lines: &[(&str, &str)],
        content: &[u8],
    ) -> Response {
        let mut request = format!("{request_line} HTTP/1.1\r\nHost: localhost\r\n");
        for (name, value) in lines {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        if !content.is_empty() {
            request.push_str(&format!("Content-Length: {}\r\n", content.len()));
        }
        request.push_str("Connection: close\r\n\r\n");
        let bytes = self.raw(&[request.as_bytes(), content].concat());
        Response::parse(&bytes)
    }

    /// Sends these bytes and returns all that comes back.
    pub(crate) fn raw(&self, request: &[u8]) -> Vec<u8> {
        exchange(self.address, request)
    }
}

/// Sends a request with these field lines to any server, and returns the response.
pub(crate) fn ask(address: SocketAddr, request_line: &str, lines: &[(&str, &str)]) -> Response {
    let mut request = format!("{request_line} HTTP/1.1\r\nHost: localhost\r\n");
    for (name, value) in lines {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str("Connection: close\r\n\r\n");
    Response::parse(&exchange(address, request.as_bytes()))
}

/// Sends these bytes and returns all that comes back.
pub(crate) fn exchange(address: SocketAddr, request: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream.set_write_timeout(Some(LIMIT)).unwrap();
    stream.write_all(request).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut response = Vec::new();
    stream.read_to_end(&mut response).unwrap();
    response
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.now();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A response, read without our own codec.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) fields: Vec<(String, String)>,
    /// As it was sent: chunked if it was chunked.
    pub(crate) content: Vec<u8>,
}

impl Response {
    fn parse(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("{:?}", String::from_utf8_lossy(bytes)));
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let fields = lines.map(|line| {
            let (name, value) = line.split_once(": ").unwrap_or((line.trim_end_matches(':'), ""));
            (name.to_ascii_lowercase(), value.to_string())
        });
        Self { status, fields: fields.collect(), content: bytes[end + 4..].to_vec() }
    }

    /// The only value of this field, or "".
    pub(crate) fn field(&self, name: &str) -> &str {
        let name = name.to_ascii_lowercase();
        let mut values = self.fields.iter().filter(|(other, _)| *other == name);
        let value = values.next().map_or("", |(_, value)| value);
        assert!(values.next().is_none(), "two of {name}");
        value
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.content).into_owned()
    }
}

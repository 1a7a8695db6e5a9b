//! The server over real sockets.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use testkit::within;

use super::{
    Body, Config, Error, RequestBody, Response, Server, Stop, Stream, Timeouts, serve_connection,
};
use crate::fields::Fields;
use crate::head::RequestHead;
use crate::status::Status;

const LIMIT: Duration = Duration::from_secs(10);

struct Running {
    address: SocketAddr,
    stop: Stop,
    thread: Option<JoinHandle<Result<(), Error>>>,
}

impl Running {
    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream
    }

    /// All that the server says to `bytes`, the client having ended its side.
    fn ask(&self, bytes: &str) -> String {
        let mut stream = self.connect();
        stream.write_all(bytes.as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        read_all(stream)
    }

    /// Waits until `serve` has returned, and says how long that took.
    fn join(mut self) -> Duration {
        let start = Instant::now();
        let thread = self.thread.take().unwrap();
        within(LIMIT, "serve", move || thread.join().unwrap().unwrap());
        start.elapsed()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.now();
    }
}

fn read_all(mut stream: TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

fn serve(
    config: Config,
    handler: impl Fn(&RequestHead, &mut RequestBody<'_>) -> Response + Send + Sync + 'static,
) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let stop = Stop::new();
    let switch = stop.clone();
    let thread = thread::spawn(move || Server::new(config).serve(&listener, &switch, handler));
    Running { address, stop, thread: Some(thread) }
}

/// Answers with the target and the content.
fn echo(head: &RequestHead, body: &mut RequestBody<'_>) -> Response {
    let mut content = Vec::new();
    match body.read_to_end(&mut content) {
        Ok(_) => {
            let content = String::from_utf8_lossy(&content);
            Response::text(Status::OK, format_args!("{} {content}", head.target))
        }
        Err(error) => Response::text(Status::INTERNAL_SERVER_ERROR, error),
    }
}

/// Answers without looking at the content.
fn ignore(_: &RequestHead, _: &mut RequestBody<'_>) -> Response {
    Response::text(Status::OK, "ok")
}

fn short() -> Config {
    let soon = Duration::from_millis(100);
    let timeouts = Timeouts { idle: soon, head: soon, read: soon, ..Timeouts::default() };
    Config { timeouts, ..Config::default() }
}

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

#[test]
fn requests_in_one_go_are_answered_in_order() {
    let server = serve(Config::default(), echo);
    let text = server.ask(
        "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc\
         POST /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n0\r\n\r\n\
         HEAD /3 HTTP/1.1\r\nHost: a\r\n\r\n\
         GET /4 HTTP/1.0\r\n\r\n\
         GET /5 HTTP/1.1\r\nHost: a\r\n\r\n",
    );
    let mut parts = text.split("HTTP/1.1 200 OK\r\n").skip(1);
    assert!(parts.next().unwrap().ends_with("\r\n\r\n/1 abc\n"), "{text}");
    assert!(parts.next().unwrap().ends_with("\r\n\r\n/2 de\n"), "{text}");
    let head = parts.next().unwrap();
    assert!(head.contains("\r\nContent-Length: 4\r\n") && head.ends_with("\r\n\r\n"), "{text}");
    let last = parts.next().unwrap();
    assert!(last.contains("\r\nConnection: close\r\n") && last.contains("Date: "), "{text}");
    assert_eq!(parts.next(), None, "after close nothing is answered");
}

#[test]
fn a_refusal_arrives_although_the_client_is_still_sending() {
    let server = serve(Config::default(), echo);
    let mut stream = server.connect();
    let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&vec![b'x'; 500_000]).unwrap();
    let text = within(LIMIT, "the refusal", move || read_all(stream));
    assert!(text.starts_with("HTTP/1.1 400 Bad Request\r\nDate: "), "{text}");
    assert!(text.ends_with("several values of Content-Length (RFC 9110 §8.6)\n"), "{text}");
}

#[test]
fn content_that_is_wrong_is_refused_whatever_the_handler_says() {
    let server = serve(Config::default(), echo);
    let text = server
        .ask("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n+1\r\n");
    assert!(text.starts_with("HTTP/1.1 400 "), "{text}");
    assert!(text.contains("a chunk size holds '+'"), "{text}");
    let text = server.ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc");
    assert!(text.contains("in the middle of the content"), "{text}");
}

#[test]
fn content_that_nobody_reads_does_not_become_a_request() {
    let server = serve(Config { drain: 100, ..Config::default() }, ignore);
    let inner = "GET /secret HTTP/1.1\r\nHost: a\r\n\r\n";
    let request = |size: usize| {
        let content = inner.repeat(size / inner.len() + 1);
        let size = content.len();
        format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {size}\r\n\r\n{content}{GET}")
    };
    assert_eq!(server.ask(&request(1)).matches("200 OK").count(), 2);
    assert_eq!(server.ask(&request(1000)).matches("200 OK").count(), 1, "too much to drain");
}

#[test]
fn continue_is_sent_when_the_handler_reads() {
    let server = serve(Config::default(), echo);
    let mut stream = server.connect();
    let head = "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"hi").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    assert!(read_all(stream).ends_with("/ hi\n"));

    let server = serve(Config::default(), ignore);
    let mut stream = server.connect();
    stream.write_all(head.as_bytes()).unwrap();
    let text = read_all(stream);
    assert!(
        text.starts_with("HTTP/1.1 200 OK\r\n") && text.contains("Connection: close"),
        "{text}"
    );
}

#[test]
fn a_reader_is_streamed_and_may_break_off() {
    let server = serve(Config::default(), |head, body| {
        let (length, reader): (_, Box<dyn Read + Send>) = match head.target.path() {
            "/chunked" => (None, Box::new(&b"hello"[..])),
            "/short" => (Some(9), Box::new(&b"hello"[..])),
            _ => (Some(5), Box::new(io::repeat(b'x'))),
        };
        let mut link = Fields::new();
        link.append("Link", "</style.css>").unwrap();
        body.interim(Status::EARLY_HINTS, &link).unwrap();
        let mut response = Response::new(Status::OK, Body::Reader { length, reader });
        response.trailers.append("Digest", "x").unwrap();
        response
    });
    let ask =
        |path: &str, version| server.ask(&format!("GET {path} HTTP/{version}\r\nHost: a\r\n\r\n"));
    let text = ask("/chunked", "1.1");
    assert!(
        text.starts_with("HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\nHTTP/1.1 200 ")
    );
    assert!(text.ends_with("\r\n\r\n5\r\nhello\r\n0\r\nDigest: x\r\n\r\n"), "{text}");
    let text = ask("/chunked", "1.0");
    assert!(text.starts_with("HTTP/1.1 200 ") && text.ends_with("\r\n\r\nhello"), "{text}");
    assert!(ask("/short", "1.1").ends_with("Content-Length: 9\r\n\r\nhello"));
    assert!(ask("/", "1.1").ends_with("Content-Length: 5\r\n\r\nxxxxx"));
}

#[test]
fn a_mistake_of_the_handler_is_a_500() {
    let server = serve(Config::default(), |_, _| {
        let mut response = Response::text(Status::OK, "ok");
        response.fields.append("Content-Length", "7").unwrap();
        response
    });
    let text = server.ask(GET);
    assert!(text.starts_with("HTTP/1.1 500 ") && text.ends_with("the server failed\n"), "{text}");
}

#[test]
fn a_slow_head_is_answered_and_silence_is_not() {
    let server = serve(short(), echo);
    assert_eq!(read_all(server.connect()), "");
    let mut stream = server.connect();
    stream.write_all(b"GET / HTTP/1.1\r\n").unwrap();
    let reader = stream.try_clone().unwrap();
    // A byte in time for every single read, and none in time for the head.
    let dripping = thread::spawn(move || {
        while stream.write_all(b"a").is_ok() {
            thread::sleep(Duration::from_millis(20));
        }
    });
    let start = Instant::now();
    let text = within(LIMIT, "408", move || {
        let mut text = [0; 28];
        (&reader).read_exact(&mut text).unwrap();
        reader.shutdown(Shutdown::Both).unwrap();
        text
    });
    assert_eq!(&text, b"HTTP/1.1 408 Request Timeout");
    assert!(start.elapsed() < Duration::from_secs(2));
    dripping.join().unwrap();
    // Content that does not come.
    let mut stream = server.connect();
    stream.write_all(b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n").unwrap();
    assert!(read_all(stream).starts_with("HTTP/1.1 408 "));
}

#[test]
fn a_stop_closes_idle_connections_and_lets_the_others_finish() {
    let (started, begun) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let released = std::sync::Mutex::new(released);
    let server = serve(Config::default(), move |head, _| {
        if head.target.path() == "/slow" {
            started.send(()).unwrap();
            released.lock().unwrap().recv().unwrap();
        }
        Response::text(Status::OK, "ok")
    });
    let mut idle = server.connect();
    idle.write_all(GET.as_bytes()).unwrap();
    let mut first = [0; 12];
    idle.read_exact(&mut first).unwrap();
    let mut busy = server.connect();
    busy.write_all(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    begun.recv_timeout(LIMIT).unwrap();

    server.stop.drain();
    within(LIMIT, "the idle one", move || read_all(idle));
    release.send(()).unwrap();
    let text = within(LIMIT, "the busy one", move || read_all(busy));
    assert!(text.contains("Connection: close") && text.ends_with("ok\n"), "{text}");
    assert!(server.join() < Duration::from_secs(1));
}

#[test]
fn a_stop_does_not_wait_for_what_never_ends() {
    let (started, begun) = mpsc::channel();
    let server = serve(Config::default(), move |_, _| {
        started.send(()).unwrap();
        thread::sleep(LIMIT);
        Response::text(Status::OK, "late")
    });
    let mut busy = server.connect();
    busy.write_all(GET.as_bytes()).unwrap();
    begun.recv_timeout(LIMIT).unwrap();
    server.stop.now();
    assert_eq!(within(LIMIT, "the cut", move || busy.read(&mut [0; 9]).unwrap_or(0)), 0);
    assert!(server.join() < Duration::from_secs(2));
}

#[test]
fn no_more_connections_than_allowed() {
    let config = Config { connections: 1, ..Config::default() };
    let server = serve(config, ignore);
    let mut first = server.connect();
    first.write_all(GET.as_bytes()).unwrap();
    first.read_exact(&mut [0; 12]).unwrap();
    let mut second = server.connect();
    second.write_all(GET.as_bytes()).unwrap();
    second.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    assert!(second.read(&mut [0; 12]).is_err(), "it waits in the queue");
    second.set_read_timeout(Some(LIMIT)).unwrap();
    drop(first);
    second.read_exact(&mut [0; 12]).unwrap();
}

#[test]
fn content_that_nobody_reads_has_to_come_in_time() {
    let server = serve(short(), ignore);
    let mut stream = server.connect();
    stream.write_all(b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n").unwrap();
    let reader = stream.try_clone().unwrap();
    let start = Instant::now();
    // A byte in time for every single read.
    let dripping = thread::spawn(move || {
        while start.elapsed() < LIMIT && stream.write_all(b"a").is_ok() {
            thread::sleep(Duration::from_millis(20));
        }
    });
    let text = within(LIMIT, "the end", move || read_all(reader));
    assert!(text.ends_with("\r\n\r\nok\n"), "{text}");
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    server.stop.now();
    dripping.join().unwrap();
}

#[test]
fn an_interim_status_is_no_answer() {
    for status in [Status::EARLY_HINTS, Status::SWITCHING_PROTOCOLS] {
        let server = serve(Config::default(), move |_, _| Response::new(status, Body::Empty));
        let text =
            server.ask("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n");
        assert!(text.starts_with("HTTP/1.1 500 "), "{text}");
    }
}

#[test]
fn a_500_arrives_although_the_client_is_still_sending() {
    let server = serve(Config::default(), |_, _| {
        let mut response = Response::text(Status::OK, "ok");
        response.fields.append("Content-Length", "7").unwrap();
        response
    });
    let mut stream = server.connect();
    stream.write_all(b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n").unwrap();
    stream.write_all(&vec![b'x'; 500_000]).unwrap();
    thread::sleep(Duration::from_millis(50));
    let text = within(LIMIT, "the answer", move || read_all(stream));
    assert!(text.starts_with("HTTP/1.1 500 "), "{text}");
}

/// A client in memory that takes only a few bytes of the first thing it is told.
struct Choked {
    input: &'static [u8],
    output: std::rc::Rc<std::cell::RefCell<Vec<u8>>>,
    writes: usize,
}

impl Read for Choked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.input.read(buffer)
    }
}

impl Write for Choked {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writes += 1;
        let count = match self.writes {
            1 => bytes.len().min(9),
            2 => return Err(io::ErrorKind::WouldBlock.into()),
            _ => bytes.len(),
        };
        self.output.borrow_mut().extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stream for Choked {}

#[test]
fn nothing_follows_what_was_written_by_half() {
    let output = std::rc::Rc::default();
    let stream = Choked { input: GET.as_bytes(), output: std::rc::Rc::clone(&output), writes: 0 };
    let result = serve_connection(stream, &Config::default(), &|_, body| {
        let _ = body.interim(Status::EARLY_HINTS, &Fields::new());
        Response::text(Status::OK, "ok")
    });
    assert!(result.is_err_and(|error| error.is_timeout()));
    assert_eq!(*output.borrow(), b"HTTP/1.1 ");
}

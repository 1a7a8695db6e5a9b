//! What the codec costs: `cargo bench -p http-messages`.
//!
//! First divan times each kind for itself. Then the kinds take turns, so that a busy moment of the
//! machine hits all of them, and a table shows the medians and their ratios.
//!
//! - **parse**: a request lies in the buffer, where a socket would have put it, and its head is taken
//!   apart. The floor is `httparse` alone: it finds the parts. It neither checks the target or `Host`,
//!   nor looks what the fields mean for the framing, nor keeps anything after the buffer is gone.
//! - **write**: the same request is written by the client. The floor is a plain loop over the fields.
//! - **exchange**: a server reads the request and answers with 13 bytes, on a connection that stays
//!   open. hyper does the same behind its public API: a service that is an `async fn`, over a
//!   connection in memory, polled by hand, so no runtime and no socket is counted. It also writes
//!   `Date` and keeps its fields in a map. The floor parses with `httparse` and copies fixed bytes.

#[path = "codec/exchange.rs"]
mod exchange;
#[path = "codec/table.rs"]
mod table;
#[path = "../tests/differential/wire.rs"]
mod wire;

use std::hint::black_box;
use std::mem::MaybeUninit;

use bytes::BytesMut;
use http_messages::limits::MAX_FIELDS;
use http_messages::{Content, Fields, Limits, Method, Target, client};

use exchange::{Codec, Floor, Hyper};

/// What curl sends.
const SMALL: &str = "GET /hello HTTP/1.1\r\n\
    Host: 127.0.0.1:8000\r\n\
    User-Agent: curl/8.14.1\r\n\
    Accept: */*\r\n\r\n";

/// What a browser sends.
const BROWSER: &str = "GET /en/http-messages/index.html?lang=en HTTP/1.1\r\n\
    Host: 127.0.0.1:8000\r\n\
    Connection: keep-alive\r\n\
    Cache-Control: max-age=0\r\n\
    sec-ch-ua: \"Chromium\";v=\"140\", \"Not=A?Brand\";v=\"24\"\r\n\
    sec-ch-ua-mobile: ?0\r\n\
    sec-ch-ua-platform: \"Linux\"\r\n\
    Upgrade-Insecure-Requests: 1\r\n\
    User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
    Chrome/140.0.0.0 Safari/537.36\r\n\
    Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n\
    Sec-Fetch-Site: none\r\n\
    Sec-Fetch-Mode: navigate\r\n\
    Sec-Fetch-User: ?1\r\n\
    Sec-Fetch-Dest: document\r\n\
    Accept-Encoding: gzip, deflate, br, zstd\r\n\
    Accept-Language: en-US,en;q=0.9,zh-CN;q=0.8\r\n\
    If-None-Match: \"5f1e-196a0b\"\r\n\r\n";

const REQUESTS: [(&str, &str); 2] = [("small GET", SMALL), ("browser's GET", BROWSER)];

fn main() {
    divan::main();
    // Not if it only runs as a test, or lists its benchmarks.
    if std::env::args().any(|argument| argument == "--bench") {
        table::print();
    }
}

/// What `httparse` finds in a request; nothing of it is kept.
fn parse_bare(request: &[u8]) -> usize {
    let mut headers = [const { MaybeUninit::uninit() }; MAX_FIELDS];
    let mut parsed = httparse::Request::new(&mut []);
    let result = parsed.parse_with_uninit_headers(request, &mut headers);
    assert!(matches!(result, Ok(status) if status.is_complete()));
    black_box(parsed.headers).len()
}

/// A request in the parts from which it is written.
struct Parts {
    target: Target,
    fields: Fields,
    lines: Vec<(String, String)>,
    out: BytesMut,
}

impl Parts {
    fn of(request: &str) -> Self {
        let mut lines = request.trim_end().split("\r\n");
        let target = lines.next().and_then(|line| line.split(' ').nth(1)).unwrap_or_default();
        let target = Target::new(&Method::Get, target).expect("a valid target");
        let lines: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let mut fields = Fields::new();
        for (name, value) in &lines {
            fields.append(name, value).expect("a valid field");
        }
        Self { target, fields, lines, out: BytesMut::with_capacity(4096) }
    }

    fn codec(&mut self) -> usize {
        self.out.clear();
        let mut connection = client::Connection::new(Limits::default());
        connection
            .request(&Method::Get, &self.target, &self.fields, Content::None, &mut self.out)
            .expect("a valid request");
        black_box(&self.out).len()
    }

    fn plain(&mut self) -> usize {
        let Self { target, lines, out, .. } = self;
        out.clear();
        for part in ["GET ", target.as_str(), " HTTP/1.1\r\n"] {
            out.extend_from_slice(part.as_bytes());
        }
        for (name, value) in lines {
            for part in [name, ": ", value, "\r\n"] {
                out.extend_from_slice(part.as_bytes());
            }
        }
        out.extend_from_slice(b"\r\n");
        black_box(&*out).len()
    }
}

#[divan::bench(args = REQUESTS.map(|(name, _)| name))]
fn parse_httparse(bencher: divan::Bencher<'_, '_>, name: &str) {
    bencher
        .with_inputs(|| BytesMut::from(request(name)))
        .bench_local_refs(|bytes| parse_bare(bytes));
}

#[divan::bench(args = REQUESTS.map(|(name, _)| name))]
fn parse_codec(bencher: divan::Bencher<'_, '_>, name: &str) {
    let arrived = || {
        let mut codec = Codec::new();
        codec.receive(request(name));
        codec
    };
    bencher.with_inputs(arrived).bench_local_refs(Codec::parse);
}

#[divan::bench(args = REQUESTS.map(|(name, _)| name))]
fn write_plain(bencher: divan::Bencher<'_, '_>, name: &str) {
    let mut parts = Parts::of(request(name));
    bencher.bench_local(|| parts.plain());
}

#[divan::bench(args = REQUESTS.map(|(name, _)| name))]
fn write_codec(bencher: divan::Bencher<'_, '_>, name: &str) {
    let mut parts = Parts::of(request(name));
    bencher.bench_local(|| parts.codec());
}

#[divan::bench(args = REQUESTS.map(|(name, _)| name))]
fn exchange_floor(bencher: divan::Bencher<'_, '_>, name: &str) {
    let mut floor = Floor::new();
    bencher.bench_local(|| floor.exchange(request(name)));
}

#[divan::bench(args = REQUESTS.map(|(name, _)| name))]
fn exchange_codec(bencher: divan::Bencher<'_, '_>, name: &str) {
    let mut codec = Codec::new();
    bencher.bench_local(|| codec.exchange(request(name)));
}

#[divan::bench(args = REQUESTS.map(|(name, _)| name))]
fn exchange_hyper(bencher: divan::Bencher<'_, '_>, name: &str) {
    let mut hyper = Hyper::new();
    bencher.bench_local(|| hyper.exchange(request(name)));
}

fn request(name: &str) -> &'static str {
    REQUESTS.iter().find(|(known, _)| *known == name).map_or(SMALL, |(_, request)| request)
}

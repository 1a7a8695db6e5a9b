//! The programs, as a reader starts them.

mod common;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::thread;

use common::{LIMIT, LONG_AGO, Running, samples};
use http_semantics::site::Config;
use testkit::{Finished, Process, example};

fn run(command: &mut Command) -> Finished {
    Process::start(command).unwrap().finish(LIMIT).unwrap()
}

/// Starts a server program and returns the address that it names.
fn serving(command: &mut Command) -> (Process, String) {
    let process = Process::start(command).unwrap();
    process.wait_for_text("listening on ", LIMIT).unwrap();
    process.wait_for_text("\n", LIMIT).unwrap();
    let text = process.text_so_far();
    let (_, rest) = text.split_once("listening on ").unwrap();
    let address = rest.split([',', '\n']).next().unwrap().to_string();
    (process, address)
}

fn ask(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream.write_all(format!("{request}Host: x\r\nConnection: close\r\n\r\n").as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

#[test]
fn resources_serves_shows_and_ends() {
    let folder = samples("program");
    let mut command = Command::new(env!("CARGO_BIN_EXE_resources"));
    command.arg("127.0.0.1:0").arg(&folder).args(["--cache-control", "max-age=5", "--demo"]);
    let (process, address) = serving(&mut command);
    let response = ask(&address, "GET /hello.txt HTTP/1.1\r\n");
    assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
    assert!(response.contains("\r\nCache-Control: max-age=5\r\n"), "{response}");
    ask(&address, "PUT /hello.txt HTTP/1.1\r\n");
    ask(&address, "GET /moved/307/echo HTTP/1.1\r\n");
    process.wait_for_text("307", LIMIT).unwrap();
    process.interrupt();
    let finished = process.finish(LIMIT).unwrap();
    assert!(finished.status.success(), "{}", finished.text());
    let text = finished.text();
    let lines: Vec<_> = text.lines().skip(1).collect();
    assert_eq!(lines, ["GET /hello.txt 200", "PUT /hello.txt 405", "GET /moved/307/echo 307"]);
}

#[test]
fn resources_says_what_is_wrong() {
    let folder = samples("program-errors");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = listener.local_addr().unwrap().to_string();
    let missing = folder.join("missing");
    for (listen, path, options, message) in [
        ("127.0.0.1:0", &missing, &[][..], "cannot serve"),
        ("127.0.0.1:0", &folder, &["--cache-control", "a\nb"], "cannot serve"),
        (&*taken, &folder, &[], "a port that is free"),
        ("nowhere", &folder, &[], "HOST:PORT"),
        ("127.0.0.1:0", &folder, &["--max-upload", "many"], "invalid value"),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_resources"));
        let finished = run(command.arg(listen).arg(path).args(options));
        assert!(!finished.status.success(), "{}", finished.text());
        assert!(finished.text().contains(message), "{}", finished.text());
    }
}

#[test]
fn cachedget_says_what_the_cache_does() {
    let cache_control = Some("max-age=60".to_string());
    let folder = samples("cachedget");
    let server = Running::start(Config { cache_control, demo: true, ..Config::new(&folder) });
    let url = |path: &str| format!("http://{}{path}", server.address);
    let mut command = Command::new(example("cachedget"));
    command.args([url("/hello.txt"), url("/hello.txt#top"), url("/moved/302/hello.txt")]);
    command.args(["-H", "Accept-Language: zh"]).args([url("/page.html"), url("/page.html")]);
    command.args(["-H", "Accept-Language: en"]).arg(url("/page.html"));
    command.args(["-H", "Cache-Control: no-cache"]).arg(url("/hello.txt"));
    let finished = run(&mut command);
    let expected = format!(
        "\
GET {0}/hello.txt
  nothing is stored for this URI
  200 OK, 13 bytes
  stored: age 0 s of 60 s (MaxAge)
GET {0}/hello.txt
  fresh, nothing was sent: age 0 s of 60 s (MaxAge)
GET {0}/moved/302/hello.txt
  nothing is stored for this URI
  302 Found, 20 bytes
  not stored: nothing in it allows storing
GET {0}/hello.txt
  fresh, nothing was sent: age 0 s of 60 s (MaxAge)
GET {0}/page.html
  nothing is stored for this URI
  200 OK, 17 bytes
  stored: age 0 s of 60 s (MaxAge)
GET {0}/page.html
  fresh, nothing was sent: age 0 s of 60 s (MaxAge)
GET {0}/page.html
  what is stored was for a request that Vary tells from this one
  200 OK, 14 bytes
  stored: age 0 s of 60 s (MaxAge)
GET {0}/hello.txt
  the request wants it validated, or fresher
  asking with If-None-Match: \"853ff93762a06ddbf722c4ebe9ddd66d\"
  asking with If-Modified-Since: {LONG_AGO}
  304 Not Modified, 0 bytes
  confirmed: age 0 s of 60 s (MaxAge)
",
        url("")
    );
    // A second may pass in between.
    assert_eq!(finished.text().replace("age 1 s", "age 0 s"), expected);
    assert!(finished.status.success());
}

#[test]
fn cachedget_says_what_is_wrong() {
    let nobody = testkit::free_port();
    for (arguments, code, message) in [
        (&[][..], 2, "usage"),
        (&["-H", "no colon", "http://127.0.0.1/"], 1, "NAME: VALUE"),
        (&["https://127.0.0.1/"], 1, "https"),
        (&[&*format!("http://127.0.0.1:{nobody}/")], 1, "refused"),
    ] {
        let finished = run(Command::new(example("cachedget")).args(arguments));
        assert_eq!(finished.status.code(), Some(code), "{}", finished.text());
        assert!(finished.text().contains(message), "{}", finished.text());
    }
}

#[test]
fn cachedget_does_not_run_in_circles() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let _ = stream.write_all(b"HTTP/1.1 302 x\r\nLocation: /\r\nContent-Length: 0\r\n\r\n");
        }
    });
    let finished = run(Command::new(example("cachedget")).arg(url));
    assert_eq!(finished.status.code(), Some(1));
    assert!(finished.text().contains("more than 20 redirects"), "{}", finished.text());
    assert_eq!(finished.text().matches("GET ").count(), 21);
}

#[test]
fn cacheproxy_answers_or_forwards() {
    let cache_control = Some("max-age=60".to_string());
    let folder = samples("cacheproxy");
    let config = Config { cache_control, writable: true, trace: true, ..Config::new(&folder) };
    let server = Running::start(config);
    let origin = format!("http://{}", server.address);
    let (_proxy, address) =
        serving(Command::new(example("cacheproxy")).args(["127.0.0.1:0", &origin]));
    let told = |request: &str| {
        let response = ask(&address, request);
        let status = response.split(' ').nth(1).unwrap_or_default().to_string();
        let line =
            response.lines().find_map(|line| line.strip_prefix("Cache-Status: cacheproxy; "));
        (status, line.unwrap_or_default().to_string())
    };
    let expected = |status: &str, line: &str| (status.to_string(), line.to_string());
    let get = "GET /hello.txt HTTP/1.1\r\n";
    assert_eq!(told(get), expected("200", "fwd=uri-miss; fwd-status=200; stored"));
    let (status, line) = told(get);
    assert!(status == "200" && line.starts_with("hit; ttl="), "{line}");
    assert!(told("HEAD /hello.txt HTTP/1.1\r\n").1.starts_with("hit"));
    assert_eq!(told("GET /hello.txt HTTP/1.1\r\nRange: bytes=0-1\r\n").0, "206");
    assert_eq!(told("GET /hello.txt HTTP/1.1\r\nIf-None-Match: *\r\n").0, "304");
    let no_cache = "GET /hello.txt HTTP/1.1\r\nCache-Control: no-cache\r\n";
    assert_eq!(told(no_cache), expected("200", "fwd=request; fwd-status=304"));
    let only = "GET /page.html HTTP/1.1\r\nCache-Control: only-if-cached\r\n";
    assert_eq!(told(only).0, "504");
    let put = "PUT /hello.txt HTTP/1.1\r\nContent-Length: 0\r\n";
    assert_eq!(told(put), expected("204", "fwd=method; fwd-status=204"));
    assert_eq!(told(get), expected("200", "fwd=uri-miss; fwd-status=200; stored"));

    let traced = ask(&address, "TRACE / HTTP/1.1\r\nMax-Forwards: 1\r\n");
    assert!(traced.contains("\r\nMax-Forwards: 0\r\n"), "{traced}");
    assert!(traced.contains(&format!("\r\nHost: {}\r\n", server.address)), "{traced}");
    assert!(traced.contains("\r\nVia: 1.1 cacheproxy\r\n\r\n"), "{traced}");
    let here = ask(&address, "TRACE / HTTP/1.1\r\nMax-Forwards: 0\r\n");
    assert!(
        here.ends_with(
            "TRACE / HTTP/1.1\r\nMax-Forwards: 0\r\nHost: x\r\nConnection: close\r\n\r\n"
        )
    );

    // What is fresh needs no origin, and what is stale may do without one.
    drop(server);
    assert!(told(get).1.starts_with("hit"));
    assert_eq!(told(no_cache), expected("200", "hit; detail=disconnected"));
    assert_eq!(told("GET /page.html HTTP/1.1\r\n").0, "504");
}

//! The small programs beside hget.

mod common;

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::Command;

use common::{
    LIMIT, Ran, answer, answer_and_wait, field, impatient, noise, read_chunked, read_head, run,
    sha256,
};
use testkit::{Process, example};

/// A server among the examples, which says where it listens.
struct Server {
    process: Process,
    address: SocketAddr,
}

impl Server {
    fn start(name: &str, arguments: &[&str], input: &[u8]) -> Self {
        let mut command = Command::new(example(name));
        command.arg("127.0.0.1:0").args(arguments);
        let (process, mut stdin) = Process::stdin_piped(&mut command).unwrap();
        // A server that does not read its input closes the pipe.
        let _ = stdin.write_all(input);
        drop(stdin);
        process.wait_for_text("\n", LIMIT).unwrap();
        let text = process.text_so_far();
        let address = text.trim_end().strip_prefix("listening on ").unwrap().parse().unwrap();
        Self { process, address }
    }

    fn connect(&self) -> TcpStream {
        impatient(TcpStream::connect(self.address).unwrap())
    }

    /// Everything that the server says to these bytes until it ends the connection.
    fn exchange(&self, request: &str) -> String {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        response
    }

    /// Ctrl-C ends it, and that is no failure.
    fn stop(self) {
        self.process.interrupt();
        let finished = self.process.finish(LIMIT).unwrap();
        assert_eq!(finished.status.code(), Some(0), "{}", finished.text());
    }
}

fn run_example(name: &str, arguments: &[&str], input: impl AsRef<[u8]>) -> Ran {
    run(&example(name), arguments, input.as_ref())
}

#[test]
fn by_hand_prints_what_comes_and_does_not_know_the_end() {
    let response = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    let ran = run_example("by_hand", &[&answer(response).to_string(), "/"], "");
    assert_eq!((ran.code, ran.text()), (Some(0), response));
    let ran = run_example("by_hand", &[&answer_and_wait(response).to_string(), "/"], "");
    assert_eq!((ran.code, ran.text()), (Some(1), response));
    assert_eq!(ran.err, "by_hand: nothing more for 1 s, and no end of stream\n");
}

#[test]
fn by_hand_sends_the_fields_that_it_is_given() {
    let (listener, mut head) = (TcpListener::bind("127.0.0.1:0").unwrap(), String::new());
    let address = listener.local_addr().unwrap();
    std::thread::scope(|threads| {
        threads.spawn(|| head = read_head(&mut impatient(listener.accept().unwrap().0)).unwrap());
        run_example("by_hand", &[&address.to_string(), "/a?b", "Connection: close", "X: y"], "");
    });
    let expected =
        format!("GET /a?b HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nX: y\r\n\r\n");
    assert_eq!(head, expected);
}

#[test]
fn the_tempting_parsers_break_on_a_slow_server() {
    let response = "HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\nfirst then second\n";
    let server = Server::start("dribble", &["45"], response.as_bytes());
    let address = server.address.to_string();
    let parse = |mistake| run_example("torn_parser", &[mistake, &address, "/"], "");
    let whole = "HTTP/1.1 200 OK\n18 bytes of content: \"first then second\\n\"\n";
    let torn = "HTTP/1.1 200 OK\n6 bytes of content: \"first \"\n";
    for (mistake, printed) in [("one-read", torn), ("rest-of-buffer", torn), ("only-length", whole)]
    {
        let ran = parse(mistake);
        assert_eq!((ran.code, ran.text()), (Some(0), printed), "{mistake}: {ran:?}");
    }
    server.stop();

    let server = Server::start("dribble", &["20"], response.as_bytes());
    let ran = run_example("torn_parser", &["one-read", &server.address.to_string(), "/"], "");
    assert_eq!(ran.code, Some(1));
    let message = "torn_parser: no end of the head in \"HTTP/1.1 200 OK\\r\\nCon\"\n";
    assert_eq!(ran.err, message);
    server.stop();
}

const FIRST: &str = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";

#[test]
fn smuggle_shows_how_two_parsers_cut_and_what_ours_says() {
    let hidden = "0\r\n\r\nGET /admin HTTP/1.1\r\nHost: a.example\r\n\r\n";
    let input = format!(
        "POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: {}\r\n\
         Transfer-Encoding: chunked\r\n\r\n{hidden}",
        hidden.len()
    );
    let ran = run_example("smuggle", &[], input);
    let expected = "believing Content-Length: 1 request
     0..84    head     POST / HTTP/1.1
    84..129   content  0\\r\\n\\r\\nGET /admin HTTP/1.1\\r\\nHost: a.example\\r\\n\\r\\n
believing Transfer-Encoding: 2 requests
     0..84    head     POST / HTTP/1.1
    84..89    content  0\\r\\n\\r\\n
    89..129   head     GET /admin HTTP/1.1
our codec: 0 accepted, then 400 Bad Request: both Content-Length and Transfer-Encoding (RFC 9112 §6.1)
";
    assert_eq!((ran.code, ran.text()), (Some(0), expected));
}

#[test]
fn smuggle_finds_no_quarrel_where_there_is_none() {
    let ran = run_example("smuggle", &[], FIRST.repeat(2));
    let requests = "     0..35    head     GET / HTTP/1.1\n    35..70    head     GET / HTTP/1.1\n";
    let expected = format!(
        "believing Content-Length: 2 requests\n{requests}\
         believing Transfer-Encoding: 2 requests\n{requests}our codec: 2 accepted\n"
    );
    assert_eq!(ran.text(), expected);
    // Sizes that no memory has must not stop it.
    for input in [
        "POST / HTTP/1.1\r\nContent-Length: 18446744073709551615\r\n\r\nx",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx",
    ] {
        assert_eq!(run_example("smuggle", &[], input).code, Some(0));
    }
}

#[test]
fn messages_finds_the_same_however_the_input_is_cut() {
    let input = format!(
        "{FIRST}POST /form HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n\
         5\r\nhello\r\n0\r\nSum: 1\r\n\r\n"
    );
    let ran = run_example("messages", &["request"], &input);
    let expected = "   126  head     GET / HTTP/1.1
                 Host: a.example
   126  end
   126  head     POST /form HTTP/1.1
                 Host: a.example
                 Transfer-Encoding: chunked
   126  data     \"hello\"
   126  end
                 Sum: 1
   126  closed
";
    assert_eq!((ran.code, ran.text()), (Some(0), expected), "{}", ran.err);
    let ran = run_example("messages", &["request", "--every", "1"], &input);
    let at: Vec<_> =
        ran.text().lines().filter_map(|line| line[..6].trim().parse::<u32>().ok()).collect();
    assert_eq!(at, [35, 35, 103, 107, 108, 109, 110, 111, 126, 126]);
}

#[test]
fn messages_knows_which_request_a_response_answers() {
    let input = "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
    let ran = run_example("messages", &["response", "HEAD"], input);
    assert!(ran.text().ends_with("    66  end\n    66  closed\n"), "{ran:?}");
    let ran = run_example("messages", &["response"], input);
    assert_eq!(ran.code, Some(1));
    let line = "    66  refused  the connection ended in the middle of the content (RFC 9112 §8)\n";
    assert!(ran.text().ends_with(line), "{ran:?}");
}

#[test]
fn messages_says_why_a_request_is_refused() {
    let ran = run_example("messages", &["request", "--every", "1"], "GET / HTTP/1.1\nHost: a\n\n");
    assert_eq!(ran.code, Some(1));
    assert!(ran.text().contains("  refused  400 Bad Request: "), "{ran:?}");
}

#[test]
fn wrong_arguments_are_told_the_right_ones() {
    let cases: &[(&str, &[&str])] = &[
        ("by_hand", &["127.0.0.1:1"]),
        ("torn_parser", &["no-such", "127.0.0.1:1", "/"]),
        ("dribble", &["127.0.0.1:0", "0"]),
        ("smuggle", &["x"]),
        ("messages", &[]),
        ("messages", &["request", "GET"]),
        ("messages", &["response", "--every", "0"]),
        ("messages", &["response", "G T"]),
        ("tiny_server", &[]),
    ];
    for (name, arguments) in cases {
        let ran = run_example(name, arguments, "");
        assert_eq!(ran.code, Some(2), "{name} {arguments:?}: {ran:?}");
        assert!(ran.err.starts_with("usage: ") || ran.err.contains("no-such"), "{ran:?}");
    }
}

#[test]
fn tiny_server_answers_for_each_of_its_resources() {
    let server = Server::start("tiny_server", &[], b"");
    let get = |path: &str| {
        server.exchange(&format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"))
    };
    assert!(get("/").ends_with("\r\n\r\nHello from the codec.\n"));
    assert!(get("/nothing").starts_with("HTTP/1.1 404 Not Found\r\n"));
    assert!(get("/status/503").starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
    assert!(get("/status/299").starts_with("HTTP/1.1 299 \r\n"));
    for none in ["/status/100", "/status/600", "/status/x", "/status/99999"] {
        assert!(get(none).starts_with("HTTP/1.1 404 "), "{none}");
    }
    let request =
        |line| server.exchange(&format!("{line}\r\nHost: a\r\nConnection: close\r\n\r\n"));
    for (line, status) in [
        ("OPTIONS * HTTP/1.1", "204"),
        ("DELETE / HTTP/1.1", "405"),
        ("BREW / HTTP/1.1", "501"),
        ("get / HTTP/1.1", "501"),
    ] {
        let text = request(line);
        assert!(text.starts_with(&format!("HTTP/1.1 {status} ")), "{line}: {text}");
        assert_eq!(text.contains("\r\nAllow: GET, HEAD, OPTIONS\r\n"), status < "500", "{text}");
    }
    let empty = get("/status/204");
    assert!(empty.ends_with("\r\n\r\n") && !empty.contains("Content-Length"), "{empty}");
    let early = get("/early");
    assert!(early.starts_with("HTTP/1.1 103 Early Hints\r\nLink: </style.css>"), "{early}");
    assert!(early.contains("\r\n\r\nHTTP/1.1 200 OK\r\n"), "{early}");
    let chunked = get("/chunked");
    let (_, mut rest) = chunked.as_bytes().split_at(chunked.find("\r\n\r\n").unwrap() + 4);
    // The test's own decoder knows nothing of ours.
    let (content, trailers) = read_chunked(&mut rest).unwrap();
    assert_eq!(trailers, [format!("Sum: {}", sha256(&content))]);
    server.stop();
}

#[test]
fn tiny_server_keeps_the_connection_and_the_order_of_pipelined_requests() {
    let server = Server::start("tiny_server", &[], b"");
    let mut stream = server.connect();
    let requests = "GET /status/201 HTTP/1.1\r\nHost: a\r\n\r\n\
         POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nfour\
         HEAD / HTTP/1.1\r\nHost: a\r\n\r\n\
         GET /status/202 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    stream.write_all(requests.as_bytes()).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let statuses = text.lines().filter_map(|line| line.split("HTTP/1.1 ").nth(1));
    let statuses: Vec<_> = statuses.map(|rest| &rest[..3]).collect();
    assert_eq!(statuses, ["201", "200", "200", "202"], "{text}");
    assert!(text.contains("Framing: Content-Length 4\r\n"), "{text}");
    server.stop();
}

#[test]
fn tiny_server_takes_content_in_every_framing() {
    let server = Server::start("tiny_server", &[], b"");
    let post = |path: &str, rest: &str| {
        let head = format!("POST {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n");
        server.exchange(&format!("{head}{rest}"))
    };
    let chunked = "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x\r\nc\r\n0\r\nSum: 7\r\n\r\n";
    let text = post("/echo", chunked);
    assert!(text.contains("\r\nFraming: chunked\r\nTrailer-Received: Sum=7\r\n"), "{text}");
    assert!(text.ends_with("\r\n\r\nabc"), "{text}");
    let text = post("/echo", "Content-Length: 0\r\n\r\n");
    assert!(text.contains("\r\nFraming: Content-Length 0\r\n"), "{text}");
    let text = post("/sum", "Content-Length: 3\r\n\r\nabc");
    assert!(text.ends_with(&format!("\r\n\r\n3 {}\n", sha256(b"abc"))), "{text}");
    server.stop();
}

#[test]
fn tiny_server_takes_no_content_for_a_request() {
    let server = Server::start("tiny_server", &[], b"");
    let hidden = "GET /status/201 HTTP/1.1\r\nHost: a\r\n\r\n";
    let text = server.exchange(&format!(
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{hidden}\
         GET /status/202 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        hidden.len()
    ));
    assert_eq!(text.matches("HTTP/1.1 ").count(), 2, "{text}");
    assert!(!text.contains("201") && text.contains("202"), "{text}");
    server.stop();
}

#[test]
fn tiny_server_refuses_and_says_why() {
    let server = Server::start("tiny_server", &[], b"");
    for (request, status, reason) in [
        ("GET / HTTP/1.1\r\n\r\n", "400", "Host"),
        ("GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n", "400", "colon"),
        ("GET / HTTP/3.0\r\nHost: a\r\n\r\n", "505", "HTTP/1"),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
            "400",
            "both",
        ),
    ] {
        let text = server.exchange(request);
        assert!(text.starts_with(&format!("HTTP/1.1 {status} ")), "{text}");
        assert!(text.contains(reason), "{text}");
    }
    server.stop();
}

#[test]
fn tiny_server_asks_for_the_content_that_waits() {
    let server = Server::start("tiny_server", &[], b"");
    let mut stream = server.connect();
    let head =
        "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    assert_eq!(read_head(&mut stream).unwrap(), "HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"four").unwrap();
    let head = read_head(&mut stream).unwrap();
    assert_eq!(field(&head, "Content-Length"), Some("4"));
    server.stop();
}

#[test]
fn tiny_server_reads_what_echo_does_not_keep() {
    let server = Server::start("tiny_server", &[], b"");
    let mut stream = server.connect();
    let length = 4 << 20;
    write!(stream, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n").unwrap();
    // It may close when it has drained enough; what it said has to arrive all the same.
    let _ = stream.write_all(&noise(length, 1));
    let _ = stream.shutdown(Shutdown::Write);
    let mut text = Vec::new();
    match stream.read_to_end(&mut text) {
        Err(error) if error.kind() != io::ErrorKind::ConnectionReset => panic!("{error}"),
        _ => {}
    }
    assert!(text.starts_with(b"HTTP/1.1 413 "), "{}", text.escape_ascii());
    server.stop();
}

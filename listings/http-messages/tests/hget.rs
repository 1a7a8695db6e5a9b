//! hget as its user meets it: what it prints, with which status it ends, and what it sends.
//!
//! The servers here are threads of the test that say exactly what a case needs. Programs that
//! nobody here wrote are in `tests/peers.rs`.

mod common;

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener};
use std::path::Path;
use std::process::Command;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use common::{
    HGET, LIMIT, Ran, answer, answer_and_wait, field, hget, noise, read_chunked, read_head, run,
    serve, serve_on,
};
use socket2::{Domain, SockRef, Socket, Type};
use testkit::{Process, folder};

/// Calls hget for `/` of this server.
fn get(address: SocketAddr, options: &[&str]) -> Ran {
    let url = format!("http://{address}/");
    let mut arguments = options.to_vec();
    arguments.push(&url);
    hget(&arguments)
}

/// Asserts that hget ends with this status, and that its message holds these words.
#[track_caller]
fn fails(ran: &Ran, code: i32, words: &str) {
    assert_eq!(ran.code, Some(code), "{ran:?}");
    assert!(ran.err.starts_with("hget: ") && ran.err.contains(words), "{words:?} not in {ran:?}");
    assert_eq!(ran.err.lines().count(), 1, "{ran:?}");
}

#[track_caller]
fn prints(ran: &Ran, out: &[u8]) {
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out == out, "{}: {}", ran.out.escape_ascii(), ran.err);
    assert_eq!(ran.err, "");
}

/// These wait most of their time, so they wait together.
#[test]
fn everything_that_takes_time() {
    std::thread::scope(|threads| {
        for case in [
            a_silent_server_is_given_up,
            a_head_that_drips_forever_is_given_up,
            content_may_come_slowly_unless_there_is_a_time_for_all,
            a_listener_with_a_full_queue_is_given_up,
            a_server_that_does_not_take_the_content_is_given_up,
            content_waits_for_100_if_the_request_says_so,
            content_goes_without_100_after_a_second,
        ] {
            threads.spawn(case);
        }
    });
}

#[test]
fn content_ends_where_the_framing_says_and_the_connection_may_stay_open() {
    let cases: &[(&str, &str)] = &[
        ("Content-Length: 5\r\n\r\nhello", "hello"),
        ("Content-Length: 5\r\n\r\nhello, and more", "hello"),
        ("Content-Length: 0\r\n\r\n", ""),
        ("content-length:5\r\n\r\nhello", "hello"),
        ("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "hello"),
        (
            "Transfer-Encoding: chunked\r\n\r\n2;a=b\r\nhe\r\n003\r\nllo\r\n0\r\nT: x\r\n\r\n",
            "hello",
        ),
    ];
    for (rest, content) in cases {
        let address = answer_and_wait(format!("HTTP/1.1 200 OK\r\n{rest}"));
        prints(&get(address, &[]), content.as_bytes());
    }
}

#[test]
fn content_without_a_length_ends_with_the_connection() {
    prints(&get(answer("HTTP/1.1 200 OK\r\n\r\nto the end"), &[]), b"to the end");
    prints(&get(answer("HTTP/1.0 200 OK\r\n\r\n"), &[]), b"");
}

#[test]
fn a_response_in_single_bytes_is_the_same() {
    let address = serve(|stream| {
        read_head(stream)?;
        let answer = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n\
            HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nSum: 1\r\n\r\n";
        answer.iter().try_for_each(|byte| stream.write_all(&[*byte]))
    });
    prints(&get(address, &[]), b"hello");
}

#[test]
fn some_responses_have_no_content_whatever_their_fields_say() {
    let length = "Content-Length: 5\r\n\r\n";
    for status in ["204 No Content", "304 Not Modified"] {
        let address = answer_and_wait(format!("HTTP/1.1 {status}\r\n{length}"));
        prints(&get(address, &[]), b"");
    }
    let address = answer_and_wait(format!("HTTP/1.1 200 OK\r\n{length}"));
    prints(&get(address, &["-I"]), b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    prints(&get(address, &["-X", "HEAD"]), b"");
}

#[test]
fn interim_responses_are_skipped_and_shown_with_v() {
    let interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    let address =
        answer_and_wait(format!("{interim}HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"));
    prints(&get(address, &[]), b"hello");
    let ran = get(address, &["-v"]);
    assert_eq!((ran.code, ran.text()), (Some(0), "hello"));
    let expected = format!(
        "* connected to {address}\n\
         > GET / HTTP/1.1\n> Host: {address}\n> User-Agent: hget\n> Connection: close\n>\n\
         < HTTP/1.1 100 Continue\n<\n\
         < HTTP/1.1 103 Early Hints\n< Link: </a>\n<\n\
         < HTTP/1.1 200 OK\n< Content-Length: 5\n<\n\
         * content: 5 bytes, says Content-Length\n\
         * complete: 5 bytes of content\n"
    );
    assert_eq!(ran.err, expected);
}

#[test]
fn v_tells_the_framing_and_shows_trailers() {
    let chunked = "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nSum: 7\r\n\r\n";
    let cases = [
        (chunked, "* content: chunked\n< Sum: 7\n* complete: 1 byte of content\n"),
        ("\r\nxy", "* content: all until the connection ends\n* complete: 2 bytes of content\n"),
        ("Content-Length: 0\r\n\r\n", "* content: 0 bytes, says Content-Length\n"),
    ];
    for (rest, told) in cases {
        let ran = get(answer(format!("HTTP/1.1 200 OK\r\n{rest}")), &["-v"]);
        assert!(ran.err.contains(told), "{ran:?}");
    }
    let head = answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    assert!(get(head, &["-v", "-I"]).err.contains("* content: none\n"));
}

#[test]
fn the_status_decides_the_exit_status_and_the_content_is_printed_all_the_same() {
    for (status, code) in [(200, 0), (299, 0), (302, 0), (399, 0), (400, 4), (404, 4), (499, 4)]
        .into_iter()
        .chain([(500, 5), (503, 5), (599, 5), (600, 5), (999, 5)])
    {
        let address = answer(format!("HTTP/1.1 {status} Why\r\nContent-Length: 3\r\n\r\nbut"));
        let ran = get(address, &[]);
        assert_eq!((ran.code, ran.text()), (Some(code), "but"), "{status}: {ran:?}");
        assert_eq!(code != 0, ran.err.contains(&status.to_string()), "{status}: {ran:?}");
    }
    fails(&get(answer("HTTP/1.1 404 \r\n\r\n"), &[]), 4, "the server answered 404 Not Found");
}

#[test]
fn a_redirect_is_shown_and_not_followed() {
    let address = answer("HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n");
    let ran = get(address, &["-v"]);
    assert_eq!(ran.code, Some(0));
    assert!(ran.err.contains("* this points to /other; hget follows no redirects\n"), "{ran:?}");
}

#[test]
fn an_incomplete_response_is_an_error_after_what_there_was() {
    let cases = [
        ("", "", "before a response"),
        ("HTTP/1.1 200 OK\r\nContent-Le", "", "in the middle of a head"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", "hello", "after 5 bytes of content"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", "abc", "after 3 bytes"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nh\r\n", "h", "after 1 byte of"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nh\r\n0\r\n", "h", "content"),
        ("HTTP/1.1 100 Continue\r\n\r\n", "", "before a response"),
    ];
    for (bytes, content, words) in cases {
        let ran = get(answer(bytes), &[]);
        fails(&ran, 8, words);
        assert_eq!(ran.text(), content, "{bytes:?}");
    }
}

#[test]
fn a_reset_connection_is_an_incomplete_response() {
    let address = serve(|stream| {
        read_head(stream)?;
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello")?;
        // Closing becomes a RST instead of a FIN.
        SockRef::from(&*stream).set_linger(Some(Duration::ZERO))
    });
    fails(&get(address, &[]), 8, "reset");
}

#[test]
fn what_is_not_http_is_refused() {
    let flood = "HTTP/1.1 100 Continue\r\n\r\n".repeat(100);
    let large = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(100_000));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "X: x\r\n".repeat(1000));
    let cases = [
        ("SSH-2.0-OpenSSH_9.2p1\r\n", "not an HTTP/1 response"),
        ("HTTP/2 200\r\n\r\n", "version"),
        ("HTTP/1.1 20 OK\r\n\r\n", "status line"),
        ("HTTP/1.1 200 OK\r\nX : y\r\n\r\n", "colon"),
        ("HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n", "fold"),
        ("HTTP/1.1 200 OK\r\nX: \0\r\n\r\n", "0x00"),
        ("HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello", "not a number"),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
            "several values",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "both Content-Length and Transfer-Encoding",
        ),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n", "chunk size"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello!\r\n", "CRLF"),
        (&flood, "interim"),
        (&large, "larger than 65536 bytes"),
        (&many, "100 field lines"),
    ];
    for (bytes, words) in cases {
        fails(&get(answer(bytes), &[]), 7, words);
    }
}

fn a_silent_server_is_given_up() {
    let silent = serve(|stream| io::copy(stream, &mut io::sink()).map(drop));
    let started = Instant::now();
    fails(&get(silent, &["--read-timeout", "0.2"]), 6, "nothing came from the server within 0.2 s");
    assert!(started.elapsed() < Duration::from_secs(5));
    let halfway = answer_and_wait("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello");
    let ran = get(halfway, &["--read-timeout", "0.5"]);
    fails(&ran, 6, "within 0.5 s");
    assert_eq!(ran.text(), "hello");
}

fn a_head_that_drips_forever_is_given_up() {
    let address = serve(|stream| {
        read_head(stream)?;
        stream.write_all(b"HTTP/1.1 200 OK\r\nX: ")?;
        loop {
            stream.write_all(b"x")?;
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    fails(&get(address, &["--read-timeout", "0.4"]), 6, "within 0.4 s");
}

/// Content that never ends, a line every 20 ms.
fn endless() -> SocketAddr {
    serve(|stream| {
        read_head(stream)?;
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
        loop {
            stream.write_all(b"and so on\n")?;
            std::thread::sleep(Duration::from_millis(20));
        }
    })
}

fn content_may_come_slowly_unless_there_is_a_time_for_all() {
    let slow = serve(|stream| {
        read_head(stream)?;
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")?;
        b"hello".iter().try_for_each(|byte| {
            std::thread::sleep(Duration::from_millis(100));
            stream.write_all(&[*byte])
        })
    });
    // Half a second in all, and no silence of 0.4 s.
    prints(&get(slow, &["--read-timeout", "0.4"]), b"hello");
    let ran = get(endless(), &["--max-time", "0.6"]);
    fails(&ran, 6, "not complete within 0.6 s");
    assert!(ran.text().starts_with("and so on\n"));
}

#[test]
fn nobody_listens() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let ran = get(nobody, &[]);
    fails(&ran, 3, &format!("cannot connect to {nobody}: Connection refused"));
}

#[test]
fn a_name_without_an_address() {
    // Longer than a label may be (RFC 1035 §2.3.4), so no name server is asked.
    let ran = hget(&[&format!("http://{}.test/", "a".repeat(64))]);
    fails(&ran, 3, "cannot resolve aaa");
}

fn a_listener_with_a_full_queue_is_given_up() {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
    socket.listen(0).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    // The kernel takes one more than it is told, and lets the others knock in vain.
    let waiting: Vec<_> = (0..4)
        .map(|_| {
            let client = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
            client.set_nonblocking(true).unwrap();
            let _ = client.connect(&address.into());
            client
        })
        .collect();
    fails(&get(address, &["--connect-timeout", "0.3"]), 6, "not connected within 0.3 s");
    drop(waiting);
}

#[test]
fn ipv6_literals() {
    let listener = TcpListener::bind("[::1]:0").expect("IPv6 on the loopback interface");
    let port = listener.local_addr().unwrap().port();
    serve_on(listener, |stream| {
        let head = read_head(stream)?;
        let host = field(&head, "Host").unwrap_or_default();
        write!(stream, "HTTP/1.1 200 OK\r\n\r\n{host}")
    });
    prints(&hget(&[&format!("http://[::1]:{port}/")]), format!("[::1]:{port}").as_bytes());
}

/// A server that gives back the head of the request as content.
fn mirror() -> SocketAddr {
    serve(|stream| {
        let head = read_head(stream)?;
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{head}", head.len())
    })
}

/// What hget sends with these arguments to `url`, whose `@` is replaced by the address.
fn sent(arguments: &[&str], url: &str) -> String {
    let address = mirror();
    let url = url.replace('@', &address.to_string());
    let ran = hget(&[arguments, &[&url]].concat());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    ran.text().replace(&address.to_string(), "@")
}

#[test]
fn the_request_line_and_the_fields() {
    let fields = "Host: @\r\nUser-Agent: hget\r\nConnection: close\r\n";
    assert_eq!(sent(&[], "http://@/a/b?c=d#e"), format!("GET /a/b?c=d HTTP/1.1\r\n{fields}\r\n"));
    assert_eq!(sent(&[], "http://@"), format!("GET / HTTP/1.1\r\n{fields}\r\n"));
    assert_eq!(sent(&[], "HTTP://@?q"), format!("GET /?q HTTP/1.1\r\n{fields}\r\n"));
    assert_eq!(sent(&["-X", "get"], "http://@/"), format!("get / HTTP/1.1\r\n{fields}\r\n"));
    assert_eq!(sent(&["-X", "OPTIONS"], "http://@"), format!("OPTIONS * HTTP/1.1\r\n{fields}\r\n"));
    let slash = format!("OPTIONS / HTTP/1.1\r\n{fields}\r\n");
    assert_eq!(sent(&["-X", "OPTIONS"], "http://@/"), slash);
    let length = format!("POST / HTTP/1.1\r\n{fields}Content-Length: 3\r\n\r\n");
    assert_eq!(sent(&["-d", "abc"], "http://@/"), length);
    let length = format!("PUT / HTTP/1.1\r\n{fields}Content-Length: 0\r\n\r\n");
    assert_eq!(sent(&["-X", "PUT", "-d", ""], "http://@/"), length);
}

#[test]
fn fields_are_added_or_take_the_place_of_ours() {
    let added = "Host: @\r\nUser-Agent: hget\r\nConnection: close\r\nX: 1\r\nX: 2\r\nEmpty:";
    let text = sent(&["-H", "X: 1", "-H", "X:2", "-H", "Empty:"], "http://@/");
    assert!(text.contains(added), "{text}");
    let text = sent(&["-H", "host: other", "-H", "User-agent: me"], "http://@/");
    assert!(text.contains("host: other\r\nUser-agent: me\r\n"), "{text}");
    assert!(!text.contains('@') && !text.contains("hget"), "{text}");
}

#[test]
fn what_cannot_be_sent_is_refused_before_anybody_is_called() {
    let cases: &[(&[&str], &str)] = &[
        (&["-H", "no colon", "http://a/"], "write 'Name: value'"),
        (&["-H", "X y: z", "http://a/"], "X y: z"),
        (&["-H", "X : z", "http://a/"], "X : z"),
        (&["-H", ": z", "http://a/"], ": z"),
        (&["-H", "X: a\r\nY: b", "http://a/"], "X: a"),
        (&["-H", "X: a\nY: b", "http://a/"], "X: a"),
        (&["-H", "Content-Length: 5", "http://a/"], "it follows from -d"),
        (&["-H", "transfer-encoding: chunked", "http://a/"], "it follows from -d"),
        (&["-H", "Host: a", "-H", "Host: b", "http://a/"], "Host"),
        (&["-X", "TRACE", "-d", "x", "http://a/"], "no content"),
        (&["-X", "GE T", "http://a/"], "cannot be a method"),
        (&["-X", "", "http://a/"], "cannot be a method"),
        (&["-X", "CONNECT", "http://a/"], "proxy"),
        (&["https://a/"], "https needs TLS"),
        (&["a.example/"], "begins with http://"),
        (&["ftp://a/"], "begins with http://"),
        (&["http://me:secret@a/"], "user"),
        (&["http:///path"], "host"),
        (&["http://a:99999/"], "port"),
        (&["http://a b/"], "host"),
        (&["http://a/b c"], "percent-encoded"),
        (&["http://a/\r\nX: y"], "percent-encoded"),
        (&["http://a/文"], "percent-encoded"),
    ];
    for (arguments, words) in cases {
        fails(&hget(arguments), 2, words);
    }
}

#[test]
fn the_command_line_is_checked() {
    for arguments in [
        &[][..],
        &["http://a/", "http://b/"],
        &["-I", "-X", "GET", "http://a/"],
        &["-I", "-d", "x", "http://a/"],
        &["--read-timeout", "0", "http://a/"],
        &["--read-timeout", "-1", "http://a/"],
        &["--connect-timeout", "1e300", "http://a/"],
        &["--max-time", "NaN", "http://a/"],
        &["--nonsense", "http://a/"],
    ] {
        let ran = hget(arguments);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.err.starts_with("error: "), "{ran:?}");
    }
    let help = hget(&["--help"]);
    assert_eq!(help.code, Some(0));
    assert!(help.text().contains("8  the connection ended before the response was complete"));
}

/// A server that answers with the content of the request, when it has all of it.
fn echo() -> SocketAddr {
    serve(|stream| {
        let head = read_head(stream)?;
        let content = match field(&head, "Content-Length") {
            Some(length) => {
                let mut content = vec![0; length.parse().map_err(io::Error::other)?];
                stream.read_exact(&mut content)?;
                content
            }
            None => read_chunked(stream)?.0,
        };
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", content.len())?;
        stream.write_all(&content)
    })
}

#[test]
fn content_comes_from_the_command_line_a_file_or_a_pipe() {
    let file = folder("content").join("file");
    let content = noise(300_000, 1);
    fs::write(&file, &content).unwrap();
    prints(&get(echo(), &["-d", "a text"]), b"a text");
    prints(&get(echo(), &["-d", "-x"]), b"-x");
    prints(&get(echo(), &["-d", &format!("@{}", file.display())]), &content);
    let url = format!("http://{}/", echo());
    for input in [&b""[..], b"piped", &content] {
        prints(&run(Path::new(HGET), &["-d", "@-", &url], input), input);
    }
    prints(&get(echo(), &["-d", "@/dev/null"]), b"");
    fs::write(&file, b"").unwrap();
    prints(&get(echo(), &["-d", &format!("@{}", file.display())]), b"");
    // It says that it has no bytes, as all files there do, and then it has some.
    if let Ok(content) = fs::read("/proc/version") {
        prints(&get(echo(), &["-d", "@/proc/version"]), &content);
    }
}

#[test]
fn content_that_cannot_be_read() {
    let folder = folder("no-content");
    let missing = format!("@{}", folder.join("missing").display());
    fails(&hget(&["-d", &missing, "http://a/"]), 1, "No such file");
    fails(&hget(&["-d", &format!("@{}", folder.display()), "http://a/"]), 1, "directory");
    // A file that can be opened and then not be read.
    if Path::new("/proc/self/mem").exists() {
        fails(&hget(&["-d", "@/proc/self/mem", "http://a/"]), 1, "cannot read /proc/self/mem");
    }
}

#[test]
fn a_server_that_answers_while_it_receives_does_not_block_us() {
    // What it cannot send it does not receive: a client that sends everything first waits forever.
    let address = serve(|stream| {
        let head = read_head(stream)?;
        let length = field(&head, "Content-Length").unwrap_or_default();
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n")?;
        let mut piece = vec![0; 1 << 16];
        loop {
            match stream.read(&mut piece)? {
                0 => return Ok(()),
                count => stream.write_all(&piece[..count])?,
            }
        }
    });
    let folder = folder("both-ways");
    let (input, output) = (folder.join("input"), folder.join("output"));
    // More than all buffers in between can hold.
    let content = noise(100_003, 2).repeat(200);
    fs::write(&input, &content).unwrap();
    let data = format!("@{}", input.display());
    let ran = get(address, &["-d", &data, "-o", output.to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(fs::read(output).unwrap() == content, "not the same bytes");
}

#[test]
fn a_response_before_the_end_of_the_request_is_taken() {
    let address = serve(|stream| {
        read_head(stream)?;
        stream.write_all(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nno\n")?;
        stream.shutdown(Shutdown::Write)?;
        // Without this the close would become a reset (RFC 9112 §9.6).
        io::copy(&mut stream.take(64 << 20), &mut io::sink()).map(drop)
    });
    // More than all buffers in between can hold, and then a source that never ends.
    let file = folder("early").join("large");
    File::create(&file).unwrap().set_len(1 << 30).unwrap();
    let data = format!("@{}", file.display());
    for data in [&data, "@/dev/zero"] {
        let ran = get(address, &["-v", "-d", data]);
        assert_eq!((ran.code, ran.text()), (Some(4), "no\n"), "{ran:?}");
        assert!(ran.err.contains("* the response came before all content was sent\n"), "{ran:?}");
    }
}

fn a_server_that_does_not_take_the_content_is_given_up() {
    let (_keep, park) = mpsc::channel::<()>();
    let park = std::sync::Mutex::new(park);
    let address = serve(move |stream| {
        read_head(stream)?;
        let _ = park.lock().unwrap().recv();
        Ok(())
    });
    let ran = get(address, &["--read-timeout", "0.3", "-d", "@/dev/zero"]);
    fails(&ran, 6, "takes no more of the request within 0.3 s");
}

fn content_waits_for_100_if_the_request_says_so() {
    let address = serve(|stream| {
        let head = read_head(stream)?;
        assert_eq!(field(&head, "Expect"), Some("100-continue"));
        // Nothing may come before the word does.
        stream.set_read_timeout(Some(Duration::from_millis(200)))?;
        assert!(stream.read(&mut [0]).is_err());
        stream.set_read_timeout(Some(LIMIT))?;
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        let mut content = [0; 7];
        stream.read_exact(&mut content)?;
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n")?;
        stream.write_all(&content)
    });
    prints(&get(address, &["-H", "Expect: 100-continue", "-d", "content"]), b"content");
}

#[test]
fn content_stays_here_if_the_answer_comes_instead_of_100() {
    let (sender, receiver) = mpsc::channel();
    let address = serve(move |stream| {
        read_head(stream)?;
        stream.write_all(b"HTTP/1.1 417 Expectation Failed\r\nContent-Length: 3\r\n\r\n")?;
        // Time enough to do the wrong thing.
        std::thread::sleep(Duration::from_millis(200));
        stream.write_all(b"no\n")?;
        sender.send(io::copy(stream, &mut io::sink())?).map_err(io::Error::other)
    });
    fails(&get(address, &["-H", "Expect: 100-continue", "-d", "content"]), 4, "417");
    assert_eq!(receiver.recv_timeout(LIMIT).unwrap(), 0, "content was sent");
}

fn content_goes_without_100_after_a_second() {
    let started = Instant::now();
    prints(&get(echo(), &["-H", "Expect: 100-continue", "-d", "content"]), b"content");
    assert!(started.elapsed() >= Duration::from_secs(1));
}

#[test]
fn output_goes_to_a_file_only_if_there_is_a_response() {
    let folder = folder("output");
    let file = folder.join("file");
    let path = file.to_str().unwrap();
    fs::write(&file, "precious").unwrap();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_eq!(get(nobody, &["-o", path]).code, Some(3));
    assert_eq!(get(answer("not HTTP\r\n\r\n"), &["-o", path]).code, Some(7));
    assert_eq!(fs::read(&file).unwrap(), b"precious");
    let hello = answer("HTTP/1.1 200 OK\r\n\r\nhello");
    prints(&get(hello, &["-o", path]), b"");
    assert_eq!(fs::read(&file).unwrap(), b"hello");
    prints(&get(hello, &["-o", "-"]), b"hello");
    let missing = folder.join("missing/file");
    fails(&get(hello, &["-o", missing.to_str().unwrap()]), 1, "cannot write");
    if Path::new("/dev/full").exists() {
        fails(&get(hello, &["-o", "/dev/full"]), 1, "cannot write /dev/full: No space left");
    }
}

#[test]
fn a_closed_output_ends_it_quietly() {
    let url = format!("http://{}/", endless());
    let mut command = Command::new("sh");
    let script = "{ \"$@\" && echo quiet >&2; } | head -c 4";
    command.args(["-c", script, "sh", HGET, "--read-timeout", "5", &url]);
    let finished = Process::start(&mut command).unwrap().finish(LIMIT).unwrap();
    assert_eq!(finished.text(), "and quiet\n");
}

#[test]
fn no_output_and_no_errors_to_write_to() {
    let url = format!("http://{}/", answer("HTTP/1.1 404 Not Found\r\n\r\nhello"));
    let mut command = Command::new("sh");
    command.args(["-c", "\"$@\" >&- 2>&-; echo $?", "sh", HGET, "-v", &url]);
    let finished = Process::start(&mut command).unwrap().finish(LIMIT).unwrap();
    assert_eq!(finished.text(), "4\n");
}

#[test]
fn another_protocol_is_not_spoken() {
    let address =
        answer("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nx");
    let ran = get(address, &["-H", "Connection: upgrade", "-H", "Upgrade: x"]);
    assert_eq!((ran.code, ran.text()), (Some(0), ""), "{ran:?}");
    fails(&get(address, &[]), 7, "101");
}

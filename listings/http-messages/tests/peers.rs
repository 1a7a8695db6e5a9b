//! Programs that nobody here wrote, on the other end of our client and of our server.
//!
//! They are ignored by default because they need those programs: `cargo test -p http-messages --
//! --ignored`. Without them they fail; none of them skips itself.

mod common;

use std::fs;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{LIMIT, Ran, hget, noise, run, sha256};
use testkit::{Process, example, folder, free_port, require};

const MEGABYTES_10: usize = 10 << 20;

/// A program that has been told where to listen, and listens there.
struct Peer {
    process: Process,
    address: SocketAddr,
}

impl Peer {
    /// Starts a program that says where it listens, as the last word of its first line.
    fn start(command: &mut Command) -> Self {
        let process = Process::start(command).unwrap();
        process.wait_for_text("\n", LIMIT).unwrap();
        let text = process.text_so_far();
        let word = text.lines().next().and_then(|line| line.split(' ').next_back());
        let address = word.unwrap_or_default().parse().unwrap_or_else(|_| panic!("{text}"));
        Self { process, address }
    }

    fn tiny_server() -> Self {
        Self::start(Command::new(example("tiny_server")).arg("127.0.0.1:0"))
    }

    /// The script of the chapter that knows HTTP from no library.
    fn odd_server() -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo/odd_server.py");
        Self::start(Command::new(require("python3")).arg(script).arg("0"))
    }

    /// `python3 -m http.server` for this folder, which prints another kind of line.
    fn http_server(folder: &Path) -> Self {
        let script = "import http.server, functools\n\
            handler = functools.partial(http.server.SimpleHTTPRequestHandler)\n\
            server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler)\n\
            print('listening on 127.0.0.1:%d' % server.server_port, flush=True)\n\
            server.serve_forever()";
        let mut command = Command::new(require("python3"));
        Self::start(command.args(["-c", script]).current_dir(folder))
    }

    /// nginx with the files of `folder`/www, and with `behind` at `/behind/`.
    fn nginx(folder: &Path, behind: SocketAddr) -> Self {
        let port = free_port();
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        fs::write(folder.join("nginx.conf"), nginx_config(folder, port, behind)).unwrap();
        Self::nginx_at(folder, address)
    }

    /// nginx with `folder`/nginx.conf, which says that it listens at this address.
    fn nginx_at(folder: &Path, address: SocketAddr) -> Self {
        let mut command = Command::new(require("nginx"));
        command.args(["-c", "nginx.conf", "-p"]).arg(folder).args(["-e", "stderr"]);
        let process = Process::start(&mut command).unwrap();
        process.wait_for_port(address, LIMIT).unwrap();
        Self { process, address }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn hget(&self, options: &[&str], path: &str) -> Ran {
        let url = self.url(path);
        hget(&[options, &[&url]].concat())
    }

    /// curl must end with success; what it prints.
    fn curl(&self, options: &[&str], path: &str) -> String {
        let url = self.url(path);
        let common = ["--silent", "--show-error", "--noproxy", "*", "--max-time", "20"];
        let arguments: Vec<_> = common.iter().chain(options).chain([&&url[..]]).copied().collect();
        let ran = run(&require("curl"), &arguments, b"");
        assert_eq!(ran.code, Some(0), "{arguments:?}: {ran:?}");
        String::from_utf8(ran.out).unwrap()
    }
}

/// In the foreground, as one process, and with all its files in the folder.
fn nginx_config(folder: &Path, port: u16, behind: SocketAddr) -> String {
    let folder = folder.display();
    let temp: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|name| format!("  {name}_temp_path {folder}/temp-{name};\n"))
        .collect();
    format!(
        "daemon off;
master_process off;
pid {folder}/pid;
events {{ worker_connections 64; }}
http {{
  access_log off;
{temp}  server {{
    listen 127.0.0.1:{port};
    root {folder}/www;
    default_type text/plain;
    gzip on;
    gzip_min_length 1;
    gzip_types text/plain;
    keepalive_timeout 60;
    client_max_body_size 0;
    location /behind/ {{
      proxy_pass http://{behind}/;
      proxy_http_version 1.1;
      proxy_request_buffering off;
      proxy_buffering off;
    }}
  }}
}}
"
    )
}

/// A folder with `www/page.txt` and `www/large`, and what is in `large`.
fn site(name: &str) -> (PathBuf, Vec<u8>) {
    let folder = folder(name);
    fs::create_dir(folder.join("www")).unwrap();
    fs::write(folder.join("www/page.txt"), "A page of text.\n".repeat(100)).unwrap();
    let large = noise(MEGABYTES_10, 1);
    fs::write(folder.join("www/large"), &large).unwrap();
    (folder, large)
}

#[track_caller]
fn succeeds(ran: &Ran) {
    assert_eq!(
        ran.code,
        Some(0),
        "{}: {}",
        ran.err,
        ran.out[..ran.out.len().min(500)].escape_ascii()
    );
}

/// Fetches the large file, and compares it by its sum.
fn fetches_large(peer: &Peer, path: &str, large: &[u8], folder: &Path) {
    let file = folder.join("fetched");
    succeeds(&peer.hget(&["-o", file.to_str().unwrap()], path));
    assert_eq!(sha256(&fs::read(file).unwrap()), sha256(large));
}

#[test]
#[ignore = "needs nginx and python3: ci/setup.sh"]
fn hget_fetches_from_nginx() {
    let (folder, large) = site("nginx");
    let behind = Peer::odd_server();
    let nginx = Peer::nginx(&folder, behind.address);

    let page = nginx.hget(&["-v"], "/page.txt");
    succeeds(&page);
    assert_eq!(page.text(), "A page of text.\n".repeat(100));
    assert!(page.err.contains("* content: 1600 bytes, says Content-Length"), "{}", page.err);
    fetches_large(&nginx, "/large", &large, &folder);

    // nginx compresses while it sends, so it does not know the length.
    let zipped = nginx.hget(&["-v", "-H", "Accept-Encoding: gzip"], "/page.txt");
    assert!(zipped.err.contains("* content: chunked"), "{}", zipped.err);
    assert!(zipped.out.starts_with(&[0x1f, 0x8b]) && zipped.out.len() < 200);
    let unzip = [
        "-c",
        "import gzip, sys; sys.stdout.write(gzip.decompress(sys.stdin.buffer.read()).decode())",
    ];
    assert_eq!(run(&require("python3"), &unzip, &zipped.out).text(), page.text());

    let head = nginx.hget(&["-I"], "/page.txt");
    succeeds(&head);
    assert!(head.text().contains("\r\nContent-Length: 1600\r\n"), "{}", head.text());
    assert!(head.text().ends_with("\r\n\r\n"));

    let missing = nginx.hget(&[], "/missing");
    assert_eq!(
        (missing.code, missing.err.trim()),
        (Some(4), "hget: the server answered 404 Not Found")
    );
    assert!(missing.text().contains("nginx"));

    let part = nginx.hget(&["-v", "-H", "Range: bytes=0-99"], "/large");
    assert_eq!(part.out, &large[..100]);
    assert!(part.err.contains("< HTTP/1.1 206 Partial Content"), "{}", part.err);

    let etag = head.text().lines().find_map(|line| line.strip_prefix("ETag: ")).unwrap();
    let same = nginx.hget(&["-v", "-H", &format!("If-None-Match: {etag}")], "/page.txt");
    succeeds(&same);
    assert!(
        same.out.is_empty() && same.err.contains("< HTTP/1.1 304 Not Modified"),
        "{}",
        same.err
    );

    // The connection stays open, for a minute; hget knows the end all the same.
    let kept = nginx.hget(&["-v", "-H", "Connection: keep-alive", "--max-time", "10"], "/page.txt");
    succeeds(&kept);
    assert!(kept.err.contains("< Connection: keep-alive"), "{}", kept.err);
}

#[test]
#[ignore = "needs nginx and python3: ci/setup.sh"]
fn hget_sends_through_nginx_to_our_server_and_to_python() {
    let (folder, large) = site("nginx-proxy");
    let expected = format!("{MEGABYTES_10} {}\n", sha256(&large));
    let data = format!("@{}", folder.join("www/large").display());
    for behind in [Peer::tiny_server(), Peer::odd_server()] {
        let nginx = Peer::nginx(&folder, behind.address);
        let sent = nginx.hget(&["-d", &data], "/behind/sum");
        succeeds(&sent);
        assert_eq!(sent.text(), expected);
        // From a pipe it goes in chunks, and nginx passes them on.
        let piped = run(Path::new(common::HGET), &["-d", "@-", &nginx.url("/behind/sum")], &large);
        succeeds(&piped);
        assert_eq!(piped.text(), expected);
        let chunked = nginx.hget(&["-v"], "/behind/chunked");
        succeeds(&chunked);
        assert!(chunked.err.contains("* content: chunked"), "{}", chunked.err);
    }
}

/// The demonstration of the chapter, with ports of its own: nginx lets nobody see a file, and the
/// server behind it does not read the content of a GET, and so takes it for the next request.
#[test]
#[ignore = "needs nginx and python3: ci/setup.sh"]
fn content_of_a_get_gets_past_nginx_to_a_server_that_does_not_read_it() {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo");
    let mut command = Command::new(require("python3"));
    let python = Peer::start(command.arg(demo.join("back.py")).arg("0"));
    let ours = Peer::tiny_server();
    let hidden = b"GET /secret.txt HTTP/1.1\r\nHost: a.example\r\n\r\n";
    for (back, path) in [(&python, "/hello.txt"), (&ours, "/")] {
        let folder = folder("smuggling");
        let port = free_port();
        let config = fs::read_to_string(demo.join("front.conf")).unwrap();
        let config = config
            .replace("127.0.0.1:FRONT", &format!("127.0.0.1:{port}"))
            .replace("127.0.0.1:BACK", &back.address.to_string());
        fs::write(folder.join("nginx.conf"), config).unwrap();
        let front = Peer::nginx_at(&folder, SocketAddr::from(([127, 0, 0, 1], port)));
        assert_eq!(front.hget(&[], "/secret.txt").code, Some(4));
        let arguments = ["-X", "GET", "-d", "@-", &front.url(path)];
        let ran = run(Path::new(common::HGET), &arguments, hidden);
        succeeds(&ran);
        let line = format!("GET {path} HTTP/1.1: 200\n");
        front.process.wait_for_text(&line, LIMIT).unwrap();
        let told = front.process.text_so_far();
        assert_eq!(told, format!("GET /secret.txt HTTP/1.1: 403\n{line}"));
    }
    python.process.wait_for_text("GET /secret.txt HTTP/1.1: 200\n", LIMIT).unwrap();
}

#[test]
#[ignore = "needs python3: ci/setup.sh"]
fn hget_fetches_from_http_server() {
    let (folder, large) = site("http-server");
    let server = Peer::http_server(&folder.join("www"));
    let page = server.hget(&["-v"], "/page.txt");
    succeeds(&page);
    assert!(page.err.contains("< HTTP/1.0 200 OK") && page.out.len() == 1600, "{}", page.err);
    fetches_large(&server, "/large", &large, &folder);
    let head = server.hget(&["-I"], "/page.txt");
    succeeds(&head);
    assert!(head.text().contains("\r\nContent-Length: 1600\r\n"), "{}", head.text());
    assert_eq!(server.hget(&[], "/missing").code, Some(4));
    assert_eq!(server.hget(&["-X", "DELETE"], "/page.txt").code, Some(5));
}

#[test]
#[ignore = "needs python3: ci/setup.sh"]
fn hget_understands_every_framing_of_a_python_socket() {
    let server = Peer::odd_server();
    for (path, content, told) in [
        ("/chunked", "one\ntwo\nthree\n", "* content: chunked\n< Sum: 14\n"),
        ("/close", "all until the end\n", "* content: all until the connection ends\n"),
        ("/interim", "final\n", "< HTTP/1.1 100 Continue\n<\n< HTTP/1.1 103 Early Hints\n"),
        ("/length", "hello\n", "* content: 6 bytes, says Content-Length\n"),
    ] {
        let ran = server.hget(&["-v", "--max-time", "10"], path);
        assert_eq!((ran.code, ran.text()), (Some(0), content), "{}", ran.err);
        assert!(ran.err.contains(told), "{}", ran.err);
    }
    let large = noise(MEGABYTES_10, 2);
    let expected = format!("{MEGABYTES_10} {}\n", sha256(&large));
    let file = folder("python-socket").join("large");
    fs::write(&file, &large).unwrap();
    let sent = server.hget(&["-d", &format!("@{}", file.display())], "/sum");
    assert_eq!(sent.text(), expected, "{}", sent.err);
    let piped = run(Path::new(common::HGET), &["-d", "@-", &server.url("/sum")], &large);
    assert_eq!(piped.text(), expected, "{}", piped.err);
}

#[test]
#[ignore = "needs curl: ci/setup.sh"]
fn curl_fetches_from_our_server() {
    let server = Peer::tiny_server();
    assert_eq!(server.curl(&["--fail"], "/"), "Hello from the codec.\n");
    let head = server.curl(&["--head"], "/");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.contains("Content-Length: 22\r\n"));
    assert_eq!(server.curl(&["--fail"], "/chunked"), "Nobody knew how long this would be.\n");
    let trailers = server.curl(&["--include"], "/chunked");
    let sum = sha256(b"Nobody knew how long this would be.\n");
    assert!(trailers.ends_with(&format!("\nSum: {sum}\r\n")), "{trailers}");
    let early = server.curl(&["--include"], "/early");
    assert!(early.starts_with("HTTP/1.1 103 Early Hints\r\n"), "{early}");
    assert!(early.ends_with("Here is the page.\n"), "{early}");
    assert_eq!(server.curl(&["--no-buffer"], "/slow").lines().count(), 3);
    for code in ["204", "304", "404", "500"] {
        let options = ["--output", "/dev/null", "--write-out", "%{http_code}"];
        assert_eq!(server.curl(&options, &format!("/status/{code}")), code);
    }

    // HTTP/1.0 knows no chunks: the connection ends with the content.
    let old = server.curl(&["--http1.0", "--include"], "/chunked");
    assert!(!old.contains("Transfer-Encoding") && old.contains("Connection: close"), "{old}");
    assert!(old.ends_with("\r\n\r\nNobody knew how long this would be.\n"), "{old}");
    let old = server.curl(&["--http1.0", "--include"], "/early");
    assert!(!old.contains("103"), "{old}");
}

#[test]
#[ignore = "needs curl: ci/setup.sh"]
fn curl_uses_one_connection_for_several_requests() {
    let server = Peer::tiny_server();
    let (first, second) = (server.url("/status/404"), server.url("/chunked"));
    let connections = server.curl(
        &["--write-out", "%{num_connects} ", "--output", "/dev/null", &first]
            .iter()
            .chain(&["--output", "/dev/null", &second, "--output", "/dev/null"])
            .copied()
            .collect::<Vec<_>>(),
        "/",
    );
    assert_eq!(connections, "1 0 0 ");
}

#[test]
#[ignore = "needs curl: ci/setup.sh"]
fn curl_sends_to_our_server() {
    let server = Peer::tiny_server();
    let folder = folder("curl-sends");
    let large = noise(MEGABYTES_10, 3);
    fs::write(folder.join("large"), &large).unwrap();
    let expected = format!("{MEGABYTES_10} {}\n", sha256(&large));
    let data = format!("@{}", folder.join("large").display());
    assert_eq!(server.curl(&["--data-binary", &data], "/sum"), expected);
    let chunked = ["--header", "Transfer-Encoding: chunked", "--data-binary", &data];
    assert_eq!(server.curl(&chunked, "/sum"), expected);
    assert_eq!(server.curl(&["--http1.0", "--data-binary", &data], "/sum"), expected);
    let upload = ["--upload-file", &data[1..]];
    assert_eq!(server.curl(&upload, "/sum"), expected);

    // Without an answer it would wait for a second.
    let ask = ["--header", "Expect: 100-continue", "--data-binary", "small"];
    let told = server.curl(&[&ask[..], &["--verbose", "--stderr", "-"]].concat(), "/sum");
    assert!(told.contains("< HTTP/1.1 100 Continue"), "{told}");
    assert!(!told.contains("Done waiting"), "{told}");
    assert!(told.contains(&format!("5 {}\n", sha256(b"small"))), "{told}");

    // Who does not want the content says so, and curl keeps it.
    let refused = ["--verbose", "--stderr", "-", "--header", "Expect: 100-continue"];
    let told = server.curl(&[&refused[..], &["--data-binary", &data]].concat(), "/nothing");
    assert!(told.contains("< HTTP/1.1 404 Not Found") && !told.contains("100 Continue"), "{told}");
}

#[test]
#[ignore = "needs curl: ci/setup.sh"]
fn curl_gets_the_refusal_although_it_still_sends() {
    let server = Peer::tiny_server();
    let file = folder("curl-refused").join("large");
    fs::write(&file, noise(MEGABYTES_10, 4)).unwrap();
    let data = format!("@{}", file.display());
    let options = ["--header", "Expect:", "--data-binary", &data, "--include"];
    let text = server.curl(&options, "/echo");
    assert!(text.contains("HTTP/1.1 413 ") && text.contains("At most 1 MiB"), "{text}");
}

#[test]
#[ignore = "needs nc: ci/setup.sh"]
fn nc_pipelines_requests_to_our_server() {
    let server = Peer::tiny_server();
    let mut command = Command::new(require("nc"));
    command.args(["-N", "127.0.0.1", &server.address.port().to_string()]);
    let (nc, mut stdin) = Process::stdin_piped(&mut command).unwrap();
    let get = |code| format!("GET /status/{code} HTTP/1.1\r\nHost: a.example\r\n\r\n");
    let requests: String = (200..250).filter(|code| ![204, 205].contains(code)).map(get).collect();
    stdin.write_all(requests.as_bytes()).unwrap();
    drop(stdin);
    let text = nc.finish(LIMIT).unwrap().text();
    let statuses: Vec<u16> = text
        .lines()
        .filter_map(|line| line.strip_prefix("HTTP/1.1 ")?.split(' ').next()?.parse().ok())
        .collect();
    assert_eq!(statuses, (200..250).filter(|code| ![204, 205].contains(code)).collect::<Vec<_>>());
}

/// What `http.client` sees on one connection.
const CLIENT: &str = r#"
import hashlib, http.client, sys

connection = http.client.HTTPConnection(sys.argv[1], timeout=20)
connection.connect()
socket = connection.sock

def ask(method, path, body=None, **options):
    connection.request(method, path, body, **options)
    response = connection.getresponse()
    content = response.read()
    assert connection.sock is socket, "another connection"
    return response, content

response, content = ask("GET", "/")
assert (response.status, response.version, content) == (200, 11, b"Hello from the codec.\n")
response, content = ask("HEAD", "/")
assert (response.status, response.length, content) == (200, 0, b"")
assert response.getheader("Content-Length") == "22"
response, content = ask("GET", "/chunked")
assert response.chunked and content == b"Nobody knew how long this would be.\n"
response, content = ask("GET", "/status/404")
assert (response.status, content) == (404, b"404 Not Found\n"), content
response, content = ask("GET", "/status/204")
assert (response.status, content) == (204, b"")

body = bytes(range(256)) * 40960
expected = b"%d %s\n" % (len(body), hashlib.sha256(body).hexdigest().encode())
assert ask("POST", "/sum", body)[1] == expected
pieces = (body[i:i + 100000] for i in range(0, len(body), 100000))
assert ask("POST", "/sum", pieces, encode_chunked=True)[1] == expected
response, content = ask("PUT", "/echo", b"echo")
assert (response.getheader("Framing"), content) == ("Content-Length 4", b"echo")
print("fine")
"#;

#[test]
#[ignore = "needs python3: ci/setup.sh"]
fn http_client_talks_with_our_server_over_one_connection() {
    let server = Peer::tiny_server();
    let ran = run(&require("python3"), &["-c", CLIENT, &server.address.to_string()], b"");
    assert_eq!((ran.code, ran.text()), (Some(0), "fine\n"), "{}", ran.err);
}

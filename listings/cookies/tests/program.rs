//! The program `jar`: its file, its words, and curl at the same file.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use testkit::{Process, folder, require, within};

const LIMIT: Duration = Duration::from_secs(20);

/// A file in an empty folder of its own.
fn new_file(name: &str) -> PathBuf {
    folder(name).join("cookies.txt")
}

/// Runs `jar` and returns its status and everything that it said.
fn jar(file: &Path, arguments: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jar"));
    run(command.arg(file).args(arguments))
}

fn run(command: &mut Command) -> (i32, String) {
    let finished = Process::start(command).unwrap().finish(LIMIT).unwrap();
    (finished.status.code().unwrap(), finished.text())
}

/// What the file has beside its comments.
fn lines(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap();
    let cookies = text.lines().filter(|line| line.contains('\t'));
    cookies.map(Into::into).collect()
}

/// A server that gives the same answer again and again, and tells which `Cookie` field it got.
struct Server {
    address: SocketAddr,
    cookies: Receiver<Option<String>>,
}

impl Server {
    fn start(answer: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, cookies) = mpsc::channel();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let head = read_head(stream.as_ref().unwrap());
                let cookie = head.lines().find_map(|line| line.strip_prefix("Cookie: "));
                stream.unwrap().write_all(answer.as_bytes()).unwrap();
                if sender.send(cookie.map(Into::into)).is_err() {
                    return;
                }
            }
        });
        Self { address, cookies }
    }

    fn cookie(&self) -> Option<String> {
        self.cookies.recv_timeout(LIMIT).unwrap()
    }
}

fn read_head(mut stream: &TcpStream) -> String {
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    let mut head = Vec::new();
    let mut piece = [0; 4096];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let count = stream.read(&mut piece).unwrap();
        assert!(count > 0, "the request ended early");
        head.extend(&piece[..count]);
    }
    String::from_utf8(head).unwrap()
}

#[test]
fn get_remembers() {
    let server = Server::start(
        "HTTP/1.1 404 Not Found\r\nSet-Cookie: id=7; Path=/; HttpOnly\r\n\
         Set-Cookie: all=1; Domain=test\r\nSet-Cookie: lang=en\r\nContent-Length: 2\r\n\r\nno",
    );
    let file = new_file("get_remembers");
    let address = server.address.to_string();
    let get =
        |url, more: &[&str]| jar(&file, &[&["get", url, "--connect-to", &address], more].concat());
    assert_eq!(get("http://example.test/docs/a", &[]), (0, "no".into()));
    assert_eq!(server.cookie(), None);
    let (_, said) = get("http://example.test/docs/b", &["-v"]);
    assert_eq!(server.cookie().as_deref(), Some("lang=en; id=7"));
    for line in [
        "* sent      id=7",
        "> Cookie: lang=en; id=7",
        "* updated   id=7  for example.test only, /, until the session ends, HttpOnly",
        "* refused   all=1: test is a public suffix: its names belong to many (RFC 10025 §5.7 step 9)",
    ] {
        assert!(said.lines().any(|said| said == line), "no {line:?} in {said}");
    }
    get("http://other.test/", &[]);
    assert_eq!(server.cookie(), None);
    let (_, said) = get("http://example.test/", &["-v", "-d", "a=1"]);
    assert_eq!(server.cookie().as_deref(), Some("id=7"));
    assert!(said.contains("> POST / HTTP/1.1") && said.contains("* withheld  lang=en"), "{said}");
    assert_eq!(get("http://example.test/", &["-H", "Cookie: a=1"]).0, 1);
}

#[test]
fn cookies_are_kept_although_the_content_never_comes() {
    let server =
        Server::start("HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nContent-Length: 9\r\n\r\nhalf");
    let file = new_file("incomplete");
    let address = server.address.to_string();
    let (status, said) = jar(&file, &["get", "http://a.test/", "--connect-to", &address]);
    assert_eq!(status, 1);
    assert!(said.contains("jar: the response is incomplete"), "{said}");
    assert_eq!(lines(&file), ["a.test\tFALSE\t/\tFALSE\t0\ta\t1"]);
}

#[test]
fn the_file_is_for_its_owner_and_replaced_as_a_whole() {
    let file = new_file("owner");
    assert_eq!(jar(&file, &["add", "http://a.test/", "a=1"]).0, 0);
    // Who holds the old file open keeps the old file.
    let mut old = fs::File::open(&file).unwrap();
    assert_eq!(jar(&file, &["add", "http://a.test/", "b=2"]).0, 0);
    let mut text = String::new();
    old.read_to_string(&mut text).unwrap();
    assert!(text.ends_with("a\t1\n"), "{text}");
    assert_eq!(lines(&file).len(), 2);
    assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1, "something is left over");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let link = file.with_file_name("link");
        std::os::unix::fs::symlink(&file, &link).unwrap();
        assert_eq!(jar(&link, &["add", "http://a.test/", "c=3"]).0, 0);
        assert!(link.is_symlink());
        assert_eq!(lines(&file).len(), 3);
    }
}

#[test]
fn what_cannot_be_written_or_read_is_said() {
    let file = new_file("errors");
    let folder = file.parent().unwrap();
    let (status, said) = jar(folder, &["list"]);
    assert_eq!(status, 1);
    assert!(said.starts_with("jar: cannot read "), "{said}");
    let (status, said) = jar(&folder.join("no/such"), &["add", "http://a.test/", "a=1"]);
    assert_eq!(status, 1);
    assert!(said.contains("jar: cannot write ") && said.contains("No such file"), "{said}");
    fs::write(&file, "a.test\tFALSE\t/\tFALSE\t0\ta\t1\nnonsense\n").unwrap();
    let (status, said) = jar(&file, &["list"]);
    assert_eq!(status, 0);
    assert!(said.contains("line 2: a cookie has seven fields"), "{said}");
    assert!(said.contains("a=1  for a.test only"), "{said}");
    assert_eq!(lines(&file).len(), 1);
    let (status, said) = jar(&file, &["add", "http://a.test/", "=nameless"]);
    assert_eq!(status, 0);
    assert!(said.contains("the file has no room for nameless"), "{said}");
    for url in ["a.test", "ftp://a.test/", "http://a b/"] {
        assert_eq!(jar(&file, &["header", url]).0, 1, "{url}");
    }
    assert_eq!(jar(&file, &["get", "https://a.test/"]).0, 1);
}

#[test]
fn a_look_changes_nothing() {
    let file = new_file("look");
    for arguments in [
        &["list"][..],
        &["header", "http://a.test/"],
        &["explain", "http://a.test/", "a=1"],
        &["add", "http://a.test/", "a=1; Domain=b.test"],
    ] {
        jar(&file, arguments);
        assert!(!file.exists(), "{arguments:?}");
    }
}

#[test]
fn who_makes_the_request_matters() {
    let file = new_file("site");
    let url = "https://bank.test/";
    assert_eq!(jar(&file, &["add", url, "a=1; Max-Age=60"]).0, 0);
    for (more, sent) in [
        (&[][..], true),
        (&["--from", "https://evil.test/"], true),
        (&["--from", "https://evil.test/", "--by", "post"], false),
        (&["--from", "https://evil.test/", "--by", "image"], false),
        (&["--from", "https://www.bank.test/", "--by", "image"], true),
        (&["--from", url, "--from", "https://evil.test/", "--by", "image"], false),
    ] {
        let (status, said) = jar(&file, &[&["header", url], more].concat());
        assert_eq!((status, said.as_str()), (0, if sent { "Cookie: a=1\n" } else { "" }));
    }
    let (status, said) = jar(&file, &["header", url, "--by", "image"]);
    assert!(status == 1 && said.contains("say with --from which page"), "{said}");
    let (_, said) = jar(&file, &["--new-session", "list"]);
    assert!(said.starts_with("a=1"), "{said}");
}

#[test]
fn explain_reads_a_field_aloud() {
    let file = new_file("explain");
    let field = "a = b ; Domain=.Example.test; Expires=6 Nov 94 8:49:37; Max-Age=60; Foo; Path";
    let (status, said) = jar(&file, &["explain", "https://a.example.test/x/y", field]);
    assert_eq!(status, 0);
    let (parts, verdict) = said.rsplit_once("\naccepted  ").unwrap();
    assert_eq!(
        parts,
        "name      a\nvalue     b\nDomain    example.test\nPath      the folder of the request\n\
         Max-Age   60 s\nExpires   Sun, 06 Nov 1994 08:49:37 GMT\nSameSite  Default\n\
         ignored   Foo: unknown"
    );
    assert!(verdict.starts_with("a=b  for example.test and subdomains, /x, until "), "{verdict}");
}

/// Cookies of every kind that the file can keep.
const COOKIES: [(&str, &str); 6] = [
    ("http://example.test/", "plain=1"),
    ("http://a.example.test/", "wide=2; Domain=example.test; Max-Age=86400"),
    ("https://example.test/", "secret=3; Secure; HttpOnly; SameSite=Strict"),
    ("http://example.test/docs/x", "docs=4; Path=/docs"),
    ("http://example.test/", "empty="),
    ("http://[::1]/", "six=6; Max-Age=3600"),
];

#[test]
#[ignore = "needs curl: ci/setup.sh"]
fn curl_reads_what_jar_writes() {
    within(3 * LIMIT, "curl reads", || {
        require("curl");
        let file = new_file("for_curl");
        for (url, field) in COOKIES {
            assert_eq!(jar(&file, &["add", url, field]).0, 0, "{field}");
        }
        let server = Server::start("HTTP/1.1 204 No Content\r\n\r\n");
        for url in [
            "http://example.test/docs/",
            "http://b.example.test/",
            "http://[::1]/",
            "http://c.test/",
        ] {
            let mut curl = Command::new("curl");
            curl.args(["-sSg", "--max-time", "10", url, "-b"]).arg(&file);
            let (status, said) = run(curl.arg("--connect-to").arg(format!("::{}", server.address)));
            assert_eq!((status, said.as_str()), (0, ""));
            // curl sends the youngest first.
            let sorted = |field: Option<String>| {
                let field = field.unwrap_or_default();
                let mut pairs: Vec<_> = field.split("; ").map(str::to_owned).collect();
                pairs.sort();
                pairs
            };
            let (_, ours) = jar(&file, &["header", url]);
            let ours = ours.trim_end().strip_prefix("Cookie: ").map(Into::into);
            assert_eq!(sorted(server.cookie()), sorted(ours), "{url}");
        }
    });
}

#[test]
#[ignore = "needs curl: ci/setup.sh"]
fn jar_reads_what_curl_writes() {
    within(3 * LIMIT, "curl writes", || {
        require("curl");
        let (theirs, ours) = (new_file("from_curl"), new_file("from_jar"));
        // The address decides which answer comes: curl is to be told the same as jar.
        for (url, field) in COOKIES.iter().filter(|(url, _)| url.starts_with("http:")) {
            let answer = format!("HTTP/1.1 204 No Content\r\nSet-Cookie: {field}\r\n\r\n");
            let server = Server::start(answer.leak());
            let mut curl = Command::new("curl");
            curl.args(["-sSg", "--max-time", "10", url]);
            curl.arg("-b").arg(&theirs).arg("-c").arg(&theirs);
            run(curl.arg("--connect-to").arg(format!("::{}", server.address)));
            jar(&ours, &["get", url, "--connect-to", &server.address.to_string()]);
        }
        let sorted = |file: &Path| {
            let (status, said) = jar(file, &["list"]);
            assert_eq!(status, 0);
            let mut lines: Vec<_> = said.lines().map(str::to_owned).collect();
            // A second may pass between the two.
            for line in &mut lines {
                if line.contains(" GMT") {
                    line.truncate(line.find("until ").unwrap());
                }
            }
            lines.sort();
            lines
        };
        assert_eq!(sorted(&theirs).len(), 5);
        assert_eq!(sorted(&theirs), sorted(&ours));
        // jar writes curl's file anew, and curl goes on with it.
        assert_eq!(jar(&theirs, &["add", "http://example.test/", "more=7"]).0, 0);
        let server = Server::start("HTTP/1.1 204 No Content\r\n\r\n");
        let mut curl = Command::new("curl");
        curl.args(["-sS", "--max-time", "10", "http://example.test/", "-b"]).arg(&theirs);
        run(curl.arg("--connect-to").arg(format!("::{}", server.address)));
        let mut pairs: Vec<_> = server.cookie().unwrap().split("; ").map(str::to_owned).collect();
        pairs.sort();
        assert_eq!(pairs, ["empty=", "more=7", "plain=1", "wide=2"]);
    });
}

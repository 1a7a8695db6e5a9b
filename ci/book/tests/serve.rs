//! `cargo book serve`, as a reader runs it.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use testkit::Process;

const LIMIT: Duration = Duration::from_secs(30);

fn serve(arguments: &[&str], folder: &std::path::Path) -> Process {
    let mut command = Command::new(env!("CARGO_BIN_EXE_book"));
    command.arg("serve").args(arguments).arg("--dest-dir").arg(folder);
    command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    Process::start(&mut command).unwrap()
}

fn get(port: u16, path: &str) -> String {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// The port in the line that says the address.
fn port_of(text: &str) -> u16 {
    let rest = text.split("http://127.0.0.1:").nth(1).expect("an address");
    rest.split('/').next().unwrap().parse().unwrap()
}

#[test]
fn it_says_its_address_serves_both_languages_and_rebuilds() {
    let dest = tempfile::tempdir().unwrap();
    let server = serve(&["--port", "0"], dest.path());
    server.wait_for_text("Ctrl-C", LIMIT).unwrap();
    let port = port_of(&server.text_so_far());
    for page in ["/", "/zh/index.html", "/en/first-bytes/relay.html"] {
        let answer = get(port, page);
        assert!(answer.starts_with("HTTP/1.1 200"), "{page}: {answer}");
        assert!(answer.contains("__livereload"), "{page} does not reload");
    }
    let missing = get(port, "/zh/nothing.html");
    assert!(missing.starts_with("HTTP/1.1 404") && missing.contains("data-missing"), "{missing}");

    // Building reads every source; that must not look like an edit.
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(server.text_so_far().matches("built both").count(), 1, "{}", server.text_so_far());

    // An open page hears of an edit. A new time is one, to whoever watches, and harms no file.
    let mut page = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    page.set_read_timeout(Some(LIMIT)).unwrap();
    page.write_all(
        b"GET /__livereload HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
          Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    )
    .unwrap();
    let mut heard: Vec<u8> = Vec::new();
    let mut read_until = |needle: &[u8]| {
        let mut buffer = [0; 1024];
        while !heard.windows(needle.len()).any(|window| window == needle) {
            let count = page.read(&mut buffer).expect("a reload in time");
            assert!(count > 0, "the socket closed after {heard:?}");
            heard.extend(&buffer[..count]);
        }
    };
    read_until(b"\r\n\r\n");
    let edited = Instant::now();
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../../src/zh/index.md");
    fs::File::open(source).unwrap().set_modified(SystemTime::now()).unwrap();
    read_until(b"reload");
    let elapsed = edited.elapsed();
    println!("edit to reload: {:.2} s", elapsed.as_secs_f64());
    server.interrupt();
}

#[test]
fn a_taken_port_is_a_clear_error() {
    let dest = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let finished = serve(&["--port", &port], dest.path()).finish(LIMIT).unwrap();
    assert!(!finished.status.success());
    let text = finished.text();
    assert!(text.contains(&format!("port {port} is taken")) && text.contains("--port"), "{text}");
}

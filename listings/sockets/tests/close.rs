//! What a close does with bytes that nobody has read yet, on either side.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use testkit::{Process, example, free_port, require};

const LIMIT: Duration = Duration::from_secs(60);

fn run(name: &str) -> String {
    let finished = Process::start(&mut Command::new(example(name))).expect("it starts");
    let finished = finished.finish(LIMIT).expect("it ends");
    assert!(finished.status.success(), "{}", finished.text());
    finished.text()
}

fn early_answer(mode: &str) -> (Process, SocketAddr) {
    let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let mut command = Command::new(example("early_answer"));
    let server = Process::start(command.arg(mode).arg(address.to_string())).expect("it starts");
    server.wait_for_text("listening", LIMIT).expect("it listens");
    (server, address)
}

/// Writes all of an upload, and reads then: what every simple client does.
fn upload(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.set_write_timeout(Some(LIMIT))?;
    let mut request = b"POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 10000000\r\n\r\n".to_vec();
    request.resize(request.len() + 10_000_000, b'x');
    stream.write_all(&request)?;
    stream.shutdown(Shutdown::Write)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

#[test]
fn a_close_on_unread_bytes_costs_the_answer() {
    for mode in ["close", "shutdown"] {
        let (_server, address) = early_answer(mode);
        assert!(upload(address).is_err(), "{mode}: the write was not cut off");
    }
}

#[test]
fn who_lingers_is_heard() {
    let (_server, address) = early_answer("linger");
    let answer = upload(address).expect("an answer");
    assert!(answer.ends_with("One megabyte is all that we take"), "{answer}");
}

#[test]
fn who_lingers_does_not_wait_for_a_client_that_neither_sends_nor_closes() {
    let (_server, address) = early_answer("linger");
    let mut stream = TcpStream::connect(address).expect("it is there");
    stream.write_all(b"POST / HTTP/1.1\r\n\r\nx").expect("it takes it");
    // It serves one after the other: this one's turn comes when it has given up on the first.
    assert!(upload(address).expect("an answer").starts_with("HTTP/1.1 413"));
}

#[test]
fn a_shutdown_wakes_a_thread_that_reads() {
    testkit::within(LIMIT, "a read that ends", || {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let mut near = TcpStream::connect(listener.local_addr().expect("an address")).expect("it");
        let clone = near.try_clone().expect("a second handle");
        let reading = thread::spawn(move || near.read(&mut [0; 1]));
        clone.shutdown(Shutdown::Both).expect("an open connection");
        drop(clone);
        assert_eq!(reading.join().expect("no panic").expect("an end"), 0);
    });
}

#[test]
#[ignore = "needs python3: ci/setup.sh"]
fn python_s_client_gets_the_answer_or_an_error() {
    let python = require("python3");
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo/upload.py");
    let mut modes = vec![
        ("close", None, "ConnectionResetError"),
        ("shutdown", None, "BrokenPipeError"),
        ("linger", None, "413 Content Too Large"),
    ];
    if cfg!(target_os = "linux") {
        // Elsewhere a reset may throw away what has come.
        modes.push(("close", Some("anyway"), "ConnectionResetError\n413 Content Too Large"));
    }
    for (mode, anyway, expected) in modes {
        let (_server, address) = early_answer(mode);
        let mut command = Command::new(&python);
        command.arg(&demo).arg(address.port().to_string()).args(anyway);
        let client = Process::start(&mut command).expect("it starts");
        let text = client.finish(LIMIT).expect("it ends").text();
        assert!(text.starts_with(expected), "{mode}: {text}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_close_does_not_wait_and_lingering_waits_too_little() {
    assert_eq!(
        run("last_words"),
        "                          close takes   the peer reads\n\
         close                             0 s   everything, then the end\n\
         close, one byte unread            0 s   a part, then ConnectionReset\n\
         SO_LINGER 0                       0 s   a part, then ConnectionReset\n\
         SO_LINGER 1 s                     1 s   everything, then the end\n\
         SO_LINGER 1 s, it reads           0 s   everything, then the end\n"
    );
}

#[test]
fn a_dropped_handle_says_nothing_and_a_shutdown_speaks_for_all() {
    let text = run("two_handles");
    for line in [
        "one of two is dropped:    the peer reads nothing",
        "one of two shuts down:    the peer reads the end",
        "the other one writes:     BrokenPipe",
        "the other one reads:      \"answer\"",
    ] {
        assert!(text.lines().any(|other| other == line), "{line} is not in {text}");
    }
}

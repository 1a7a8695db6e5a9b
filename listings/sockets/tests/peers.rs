//! `ncr` and programs that others wrote, in both roles.
//!
//! `cargo test -p sockets --test peers -- --ignored`

#![cfg(target_os = "linux")]

mod common;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use common::{LIMIT, Run, ncr, noise, split};
use testkit::{free_port, require};

/// Bytes in each direction.
const LENGTH: usize = 10_000_000;

fn start(name: &str, arguments: &[&str], input: Vec<u8>) -> Run {
    Run::with_input(Command::new(require(name)).args(arguments), input)
}

/// A path for a socket, of this test alone.
fn path(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("ncr-{name}-{}", std::process::id()));
    let _ = fs::remove_file(&path);
    path
}

/// Waits until it is true. To find out by connecting would use up the one client of `nc -l`.
fn wait_until(what: &str, mut ready: impl FnMut() -> bool) {
    let deadline = Instant::now() + LIMIT;
    while !ready() {
        assert!(Instant::now() < deadline, "{what}: not ready within {LIMIT:?}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Does anybody listen on this port, or has bound it? 0A is the state LISTEN, 07 that of UDP.
fn is_open(table: &str, port: u16) -> bool {
    let wanted = format!(":{port:04X} ");
    let text = fs::read_to_string(format!("/proc/net/{table}")).unwrap();
    text.lines().any(|line| line.contains(&wanted) && (line.contains(" 0A ") || table == "udp"))
}

/// Both sent at once, and each has to have got everything.
fn both_have_all(name: &str, client: Run, server: Run, up: &[u8], down: &[u8]) {
    let (status, got) = client.finish("the client");
    assert!(status.success() && got == down, "{name}: {status}, {} bytes down", got.len());
    let (status, got) = server.finish("the server");
    assert!(status.success() && got == up, "{name}: {status}, {} bytes up", got.len());
}

#[test]
#[ignore = "needs nc and socat: ci/setup.sh"]
fn their_clients() {
    let (up, down) = (noise(1, LENGTH), noise(2, LENGTH));
    for name in ["nc", "socat"] {
        let mut server = Run::with_input(&mut ncr(&["-l", "0"]), down.clone());
        let place = server.place();
        let (host, port) = split(&place);
        let client = if name == "nc" {
            start(name, &["-N", host, port], up.clone())
        } else {
            start(name, &["-t20", "-", &format!("TCP:{place}")], up.clone())
        };
        both_have_all(name, client, server, &up, &down);

        let path = path(&format!("clients-{name}"));
        let place = path.to_str().unwrap();
        let mut server = Run::with_input(&mut ncr(&["-l", "-U", place]), down.clone());
        server.place();
        let client = if name == "nc" {
            start(name, &["-N", "-U", place], up.clone())
        } else {
            start(name, &["-t20", "-", &format!("UNIX-CONNECT:{place}")], up.clone())
        };
        both_have_all(name, client, server, &up, &down);
        assert!(!path.exists(), "ncr removes its socket");
    }
}

/// A listening `nc` ends when its client has ended, so the client must not say that it has.
#[test]
#[ignore = "needs nc and socat: ci/setup.sh"]
fn their_servers() {
    let (up, down) = (noise(1, LENGTH), noise(2, LENGTH));
    for name in ["nc", "socat"] {
        let port = free_port().to_string();
        let place = format!("TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr");
        let (server, ours): (_, &[&str]) = if name == "nc" {
            (start(name, &["-N", "-l", "127.0.0.1", &port], down.clone()), &["--no-shutdown"])
        } else {
            (start(name, &["-t20", "-", &place], down.clone()), &[])
        };
        wait_until(name, || is_open("tcp", port.parse().unwrap()));
        let mut command = ncr(&["127.0.0.1", &port]);
        let client = Run::with_input(command.args(ours), up.clone());
        both_have_all(name, client, server, &up, &down);

        let path = path(&format!("servers-{name}"));
        let place = path.to_str().unwrap();
        let server = if name == "nc" {
            start(name, &["-N", "-l", "-U", place], down.clone())
        } else {
            start(name, &["-t20", "-", &format!("UNIX-LISTEN:{place}")], down.clone())
        };
        wait_until(name, || connectable(&path));
        let mut command = ncr(&["-U", place]);
        let client = Run::with_input(command.args(ours), up.clone());
        both_have_all(name, client, server, &up, &down);
        let _ = fs::remove_file(&path);
    }
}

/// Is it in the kernel's list of Unix sockets, as one that listens?
fn connectable(path: &Path) -> bool {
    let text = fs::read_to_string("/proc/net/unix").unwrap();
    // The fourth column has the flag of a socket that listens.
    text.lines().any(|line| {
        line.ends_with(path.to_str().unwrap()) && line.split_whitespace().nth(3) == Some("00010000")
    })
}

/// What the page shows: the answer that comes after the end of the question.
#[test]
#[ignore = "needs nc and socat: ci/setup.sh"]
fn a_listening_nc_loses_the_answer() {
    for (name, kept) in [("nc", false), ("ncr", true)] {
        let port = free_port().to_string();
        let (server, mut answer) = if name == "nc" {
            Run::open(Command::new(require(name)).args(["-N", "-l", "127.0.0.1", &port]))
        } else {
            Run::open(&mut ncr(&["-l", &port]))
        };
        wait_until(name, || is_open("tcp", port.parse().unwrap()));
        let client = start("nc", &["-N", "127.0.0.1", &port], b"question".to_vec());
        if kept {
            thread::sleep(Duration::from_millis(200));
            answer.write_all(b"answer").unwrap();
            drop(answer);
            assert_eq!(client.finish("the client").1, b"answer");
        } else {
            // It ends without waiting for the end of its input.
            assert_eq!(client.finish("the client").1, b"");
            assert!(server.finish("the server").0.success());
            continue;
        }
        assert!(server.finish("the server").0.success());
    }
}

#[test]
#[ignore = "needs nc and socat: ci/setup.sh"]
fn datagrams() {
    // Ours listens, and answers the sender of the first datagram.
    let (mut server, mut stdin) = Run::open(&mut ncr(&["-u", "-l", "-w", "1", "0"]));
    let place = server.place();
    let (host, port) = split(&place);
    let client = start("nc", &["-u", "-w", "1", host, port], b"hello\n".to_vec());
    stdin.write_all(b"to you\n").unwrap();
    assert_eq!(client.finish("nc").1, b"to you\n");
    assert_eq!(server.finish("ncr").1, b"hello\n");

    // Theirs listens.
    let port = free_port();
    let place = format!("UDP-LISTEN:{port},bind=127.0.0.1");
    let server = start("socat", &["-T1", "-", &place], b"to you\n".to_vec());
    wait_until("socat", || is_open("udp", port));
    let mut command = ncr(&["-u", "-w", "1", "127.0.0.1", &port.to_string()]);
    let client = Run::with_input(&mut command, b"hello\n".to_vec());
    assert_eq!(client.finish("ncr").1, b"to you\n");
    assert_eq!(server.finish("socat").1, b"hello\n");

    // A Unix socket of datagrams has to have a name to be answered.
    let path = path("datagrams");
    let place = path.to_str().unwrap();
    let (mut server, mut stdin) = Run::open(&mut ncr(&["-U", "-u", "-l", "-w", "1", place]));
    server.place();
    let client = Run::with_input(&mut ncr(&["-U", "-u", "-w", "1", place]), b"hello".to_vec());
    stdin.write_all(b"to you").unwrap();
    assert_eq!(client.finish("the client").1, b"to you");
    assert_eq!(server.finish("the server").1, b"hello");
}

/// A peer in Python that reads slowly, and answers when the question has ended.
const SLOW: &str = "
import socket, sys, time
listener = socket.create_server(('127.0.0.1', 0))
print(listener.getsockname()[1], flush=True)
stream, _ = listener.accept()
total, step = 0, 0
while True:
    piece = stream.recv(65536)
    if not piece:
        break
    total += len(piece)
    step += 1
    if step < 20:
        time.sleep(0.01)
stream.sendall(str(total).encode())
";

#[test]
#[ignore = "needs python3: ci/setup.sh"]
fn a_slow_peer_gets_everything() {
    let mut command = Command::new(require("python3"));
    let mut python = command.args(["-c", SLOW]).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    let output = python.stdout.take().unwrap();
    BufReader::new(output).read_line(&mut line).unwrap();
    let mut command = ncr(&["127.0.0.1", line.trim()]);
    let client = Run::with_input(&mut command, noise(5, 3_000_000));
    let (status, got) = client.finish("the client");
    assert!(status.success());
    assert_eq!(got, b"3000000");
    python.wait().unwrap();
}

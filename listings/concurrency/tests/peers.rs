//! The servers against clients that others wrote.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use testkit::{Process, program, require};

const LIMIT: Duration = Duration::from_secs(60);

const KINDS: [&str; 8] =
    ["iterative", "threads", "pool", "level", "edge", "executor", "tokio", "uring"];

/// A server, and its address as `HOST:PORT`.
fn start(kind: &str, options: &[&str]) -> (Process, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_servers"));
    let server = Process::start(command.arg(kind).args(options)).unwrap();
    server.wait_for_text("\n", LIMIT).unwrap();
    let text = server.text_so_far();
    let address = text.trim().strip_prefix("listening on ").unwrap().to_owned();
    (server, address)
}

/// What a client prints that gets `input` and ends well.
fn client(command: &mut Command, input: &[u8]) -> Vec<u8> {
    let (process, mut stdin) = Process::stdin_piped(command).unwrap();
    stdin.write_all(input).unwrap();
    drop(stdin);
    let finished = process.finish(LIMIT).unwrap();
    assert!(finished.status.success(), "{}", finished.text());
    finished.output
}

fn peer(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers").join(name)
}

#[test]
#[ignore = "needs nc, socat and python3: ci/setup.sh"]
fn foreign_clients_get_everything_back() {
    let mut input = String::new();
    (0..20_000).for_each(|number| writeln!(input, "line {number}").unwrap());
    let input = input.as_bytes();
    for kind in KINDS {
        let (_server, address) = start(kind, &[]);
        let (host, port) = address.split_once(':').unwrap();
        let nc = client(Command::new(require("nc")).args(["-N", host, port]), input);
        assert!(nc == input, "{kind}, nc: {} of {} bytes", nc.len(), input.len());
        let target = format!("TCP:{address}");
        let socat = client(Command::new(require("socat")).args(["-t5", "-", &target]), input);
        assert!(socat == input, "{kind}, socat: {} of {} bytes", socat.len(), input.len());
        for style in ["sockets", "asyncio"] {
            let mut python = Command::new(require("python3"));
            python.arg(peer("client.py")).args([style, host, port]);
            let python = client(&mut python, input);
            assert!(python == input, "{kind}, {style}: {} of {}", python.len(), input.len());
        }
    }
}

#[test]
#[ignore = "needs python3: ci/setup.sh"]
fn python_reads_that_the_server_is_busy() {
    for kind in KINDS.into_iter().filter(|&kind| kind != "iterative") {
        let (_server, address) = start(kind, &["--connections", "1"]);
        let (host, port) = address.split_once(':').unwrap();
        let mut python = Command::new(require("python3"));
        let busy = client(python.arg(peer("client.py")).args(["second", host, port]), b"");
        assert_eq!(String::from_utf8_lossy(&busy), "busy: try again later\n", "{kind}");
    }
}

/// `wrk` takes the echo of a response for an answer, and counts thousands a second.
#[test]
#[ignore = "needs wrk: ci/setup.sh"]
fn wrk_measures_an_echo() {
    assert!(program("wrk").is_some(), "needs wrk: run ci/setup.sh");
    for kind in KINDS.into_iter().filter(|&kind| kind != "iterative") {
        let (_server, address) = start(kind, &[]);
        let mut wrk = Command::new(require("wrk"));
        wrk.args(["-t1", "-c16", "-d1s", "-s"]).arg(peer("echo.lua"));
        let finished = Process::start(wrk.arg(format!("http://{address}/"))).unwrap();
        let text = finished.finish(LIMIT).unwrap().text();
        let requests =
            text.lines().find_map(|line| line.split(" requests in ").next()?.trim().parse().ok());
        assert!(requests.is_some_and(|count: u64| count > 1_000), "{kind}: {text}");
        assert!(!text.contains("Socket errors"), "{kind}: {text}");
    }
}

/// The peers of the measurement are echo servers.
#[test]
#[ignore = "needs cc, go, python3 and nc: ci/setup.sh"]
fn the_measured_peers_echo() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (floor, go) = (folder.join("floor_test"), folder.join("go_echo_test"));
    let mut cc = Command::new(require("cc"));
    cc.args(["-O2", "-Wall", "-Wextra", "-Werror", "-o"]).arg(&floor).arg(peer("floor.c"));
    assert!(cc.status().unwrap().success());
    let mut build = Command::new(require("go"));
    build.env("GO111MODULE", "off").env("GOFLAGS", "").env("GOCACHE", folder.join("go"));
    assert!(
        build.args(["build", "-o"]).arg(&go).arg(peer("go_echo.go")).status().unwrap().success()
    );
    let mut python = Command::new(require("python3"));
    python.arg(peer("asyncio_echo.py"));
    for mut command in [Command::new(floor), Command::new(go), python] {
        let server = Process::start(&mut command).unwrap();
        server.wait_for_text("\n", LIMIT).unwrap();
        let text = server.text_so_far();
        let (host, port) =
            text.trim().strip_prefix("listening on ").unwrap().split_once(':').unwrap();
        let echo = client(Command::new(require("nc")).args(["-N", host, port]), b"hello\n");
        assert_eq!(echo, b"hello\n", "{command:?}");
    }
}

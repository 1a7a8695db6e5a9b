//! What the page on cancellation shows: which ways of reading lose bytes, and which do not. The
//! suite shows the same for the server.

use std::process::Command;
use std::time::Duration;

use testkit::{Process, free_port, require};

const LIMIT: Duration = Duration::from_secs(60);

/// A client that says the first two bytes of a message, and the rest when many ticks have passed.
const CLIENT: &str = "
import socket, sys, time
with socket.create_connection(('127.0.0.1', int(sys.argv[1])), timeout=5) as connection:
    connection.sendall(b'pi')
    time.sleep(0.2)
    connection.sendall(b'ngpong')
";

fn messages(how: &str) -> String {
    let port = free_port().to_string();
    let program = env!("CARGO_BIN_EXE_servers").replace("/servers", "/examples/dropped_bytes");
    let address = format!("127.0.0.1:{port}");
    let server = Process::start(Command::new(program).args([how, &address])).unwrap();
    server.wait_for_text("listening", LIMIT).unwrap();
    let python = require("python3");
    let client = Process::start(Command::new(python).args(["-c", CLIENT, &port])).unwrap();
    assert!(client.finish(LIMIT).unwrap().status.success());
    let output = server.finish(LIMIT).unwrap().text();
    output.lines().filter_map(|line| line.strip_prefix("message: ")).collect::<Vec<_>>().join(" ")
}

#[test]
#[ignore = "needs python3: ci/setup.sh"]
fn a_dropped_read_exact_loses_what_it_had() {
    assert_eq!(messages("naive"), "ngpo");
}

#[test]
#[ignore = "needs python3: ci/setup.sh"]
fn a_future_that_is_kept_loses_nothing() {
    assert_eq!(messages("pinned"), "ping pong");
}

#[test]
#[ignore = "needs python3: ci/setup.sh"]
fn bytes_that_are_kept_are_not_lost() {
    assert_eq!(messages("buffered"), "ping pong");
}

fn output(example: &str) -> String {
    let program =
        env!("CARGO_BIN_EXE_servers").replace("/servers", &format!("/examples/{example}"));
    let finished = Process::start(&mut Command::new(program)).unwrap().finish(LIMIT).unwrap();
    assert!(finished.status.success(), "{}", finished.text());
    finished.text()
}

#[test]
fn a_write_that_is_cut_corrupts_the_stream() {
    let output = output("cut_write");
    assert!(output.contains(r#"cut short: "first mesecond message\n""#), "{output}");
    assert!(output.contains(r#"that writes:  "first message\nsecond message\n""#), "{output}");
}

#[test]
fn a_blocked_thread_blocks_all_tasks() {
    let output = output("blocked_thread");
    let lines: Vec<_> = output.lines().map(|line| line.rsplit(' ').next()).collect();
    assert_eq!(lines, [Some("waits"), Some("runs"), Some("runs")], "{output}");
}

#[test]
fn a_queue_without_a_limit_holds_everything() {
    let output = output("back_pressure");
    let [bounded, unbounded] = output.lines().collect::<Vec<_>>()[..] else { panic!("{output}") };
    assert!(bounded.contains("held back") && bounded.ends_with("less than 1 MiB"), "{output}");
    assert!(unbounded.contains("all 64 MiB") && unbounded.ends_with("than 32 MiB"), "{output}");
}

#[test]
fn a_future_holds_what_lives_across_an_await() {
    let output = output("future_size");
    let [across, inside] = output.lines().collect::<Vec<_>>()[..] else { panic!("{output}") };
    assert!(across.ends_with("more than 16 KiB"), "{output}");
    assert!(inside.ends_with("less than 1 KiB"), "{output}");
}

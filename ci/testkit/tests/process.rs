//! Each promise of `Process`, and each of its failures, with `sh` as the program.

use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::process::ExitStatusExt;
use std::process::Command;
use std::time::{Duration, Instant};

use testkit::{OUTPUT_LIMIT, Process, free_port, within};

/// For what must happen: long enough for a machine under load.
const LIMIT: Duration = Duration::from_secs(20);
/// For what must not happen.
const SHORT: Duration = Duration::from_millis(300);

fn sh(script: &str) -> Process {
    Process::start(Command::new("sh").args(["-c", script])).expect("sh starts")
}

fn is_alive(pid: &str) -> bool {
    // A killed orphan stays a zombie until the machine's init reaps it, which some containers never
    // do.
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(") ").next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with('Z'))
}

fn wait_until_dead(pid: &str) {
    let pid = pid.to_owned();
    within(LIMIT, "the grandchild dies", move || {
        while is_alive(&pid) {
            std::thread::yield_now();
        }
    });
}

#[test]
fn output_is_in_the_order_of_writing() {
    let finished = sh("echo 1; echo 2 >&2; echo 3; echo 4 >&2; exit 3").finish(LIMIT).unwrap();
    assert_eq!(finished.text(), "1\n2\n3\n4\n");
    assert_eq!(finished.status.code(), Some(3));
    assert_eq!(finished.dropped, 0);
}

#[test]
fn a_missing_program_is_named() {
    let error = Process::start(&mut Command::new("no-such-program-here")).unwrap_err();
    assert!(error.to_string().starts_with("`no-such-program-here` could not be started: "));
}

#[test]
fn text_is_waited_for_even_in_two_pieces() {
    let process = sh("printf 'rea'; read x < /dev/null; printf 'dy'; sleep 60");
    process.wait_for_text("ready", LIMIT).unwrap();
    assert_eq!(process.text_so_far(), "ready");
}

#[test]
fn text_before_an_exit_counts() {
    sh("echo ready").wait_for_text("ready", LIMIT).unwrap();
}

#[test]
fn never_ready_is_an_error_after_the_limit() {
    let process = sh("echo warming up; sleep 60");
    process.wait_for_text("up", LIMIT).unwrap();
    let start = Instant::now();
    let message = process.wait_for_text("ready", SHORT).unwrap_err().to_string();
    assert!(start.elapsed() >= SHORT);
    assert!(message.contains("did not print \"ready\" within 300ms"), "{message}");
    assert!(message.ends_with("its output:\nwarming up"), "{message}");

    let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let message = process.wait_for_port(address, SHORT).unwrap_err().to_string();
    assert!(message.contains(&format!("did not listen on {address} within 300ms")), "{message}");
}

#[test]
fn an_early_exit_is_an_error_at_once() {
    let start = Instant::now();
    let message = sh("echo no config; exit 7").wait_for_text("ready", LIMIT).unwrap_err();
    assert_eq!(
        message.to_string(),
        "`sh -c echo no config; exit 7` ended before it printed \"ready\": exit status: 7; \
         its output:\nno config"
    );
    let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let message = sh("kill -9 $$").wait_for_port(address, LIMIT).unwrap_err().to_string();
    assert!(message.contains(&format!("ended before it listened on {address}: ")), "{message}");
    assert!(message.contains("signal: 9"), "{message}");
    assert!(message.ends_with("; it printed nothing"), "{message}");
    assert!(start.elapsed() < LIMIT);
}

#[test]
fn an_open_port_is_found() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    sh("sleep 60").wait_for_port(listener.local_addr().unwrap(), LIMIT).unwrap();
}

#[test]
fn drop_kills_grandchildren() {
    let process = sh("sleep 600 & echo pid $! .; wait");
    process.wait_for_text(" .", LIMIT).unwrap();
    let text = process.text_so_far();
    let pid = text.split(' ').nth(1).unwrap();
    assert!(is_alive(pid));
    drop(process);
    wait_until_dead(pid);
}

#[test]
fn finish_does_not_wait_for_a_grandchild_that_holds_the_pipe() {
    let start = Instant::now();
    let finished = sh("sleep 600 & echo pid $! .").finish(LIMIT).unwrap();
    assert!(finished.status.success());
    assert!(start.elapsed() < LIMIT);
    wait_until_dead(finished.text().split(' ').nth(1).unwrap());
}

#[test]
fn a_hang_is_killed_and_reported() {
    let process = sh("echo working; trap '' INT TERM; sleep 600");
    process.wait_for_text("working", LIMIT).unwrap();
    let pid = process.id().to_string();
    let message = process.finish(SHORT).unwrap_err().to_string();
    assert!(message.contains("did not end within 300ms and was killed"), "{message}");
    assert!(message.ends_with("working"), "{message}");
    wait_until_dead(&pid);
}

#[test]
fn signals_reach_the_group() {
    // The outer shell lives on after the signal: the script goes on because its child got it too.
    let process = sh("trap 'echo got INT' INT; sh -c 'echo ready; exec sleep 600'; exit 5");
    process.wait_for_text("ready", LIMIT).unwrap();
    process.interrupt();
    let finished = process.finish(LIMIT).unwrap();
    assert_eq!(finished.text(), "ready\ngot INT\n");
    assert_eq!(finished.status.code(), Some(5));

    let process = sh("echo ready; exec sleep 600");
    process.wait_for_text("ready", LIMIT).unwrap();
    process.terminate();
    assert_eq!(process.finish(LIMIT).unwrap().status.signal(), Some(15));
}

#[test]
fn stdin_is_empty_or_ours() {
    let finished = Process::start(&mut Command::new("cat")).unwrap().finish(LIMIT).unwrap();
    assert_eq!(finished.output, b"");

    let (process, mut stdin) = Process::stdin_piped(&mut Command::new("cat")).unwrap();
    stdin.write_all(b"to the cat").unwrap();
    process.wait_for_text("cat", LIMIT).unwrap();
    drop(stdin);
    assert_eq!(process.finish(LIMIT).unwrap().output, b"to the cat");
}

#[test]
fn big_output_neither_blocks_nor_grows_forever() {
    // 256 pipes full, and then more than the buffer keeps.
    let finished =
        sh("head -c 16777216 /dev/zero; head -c 1000 /dev/zero >&2").finish(LIMIT).unwrap();
    assert!(finished.status.success());
    assert_eq!(finished.output.len(), OUTPUT_LIMIT);
    assert_eq!(finished.dropped, 1000);
}

#[test]
fn a_command_can_be_started_again() {
    let mut command = Command::new("echo");
    command.arg("again");
    for _ in 0..2 {
        let finished = Process::start(&mut command).unwrap().finish(LIMIT).unwrap();
        assert_eq!(finished.output, b"again\n");
    }
}

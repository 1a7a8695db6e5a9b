//! The first pages of the chapter: calls, ports, queues.

use std::process::Command;
use std::time::Duration;

use testkit::{Process, example, require};

const LIMIT: Duration = Duration::from_secs(60);

/// What an example prints.
fn run(name: &str, arguments: &[&str]) -> String {
    let process = Process::start(Command::new(example(name)).args(arguments)).expect("it starts");
    let finished = process.finish(LIMIT).expect("it ends");
    assert!(finished.status.success(), "{}", finished.text());
    finished.text()
}

/// The names of the system calls that a server makes while `ask_once` talks to it.
fn calls(server: &str) -> Vec<String> {
    require("strace");
    let port = testkit::free_port();
    let address = format!("127.0.0.1:{port}");
    let mut command = Command::new("strace");
    command.args(["-e", "trace=%network"]).arg(example(server)).arg(&address);
    let process = Process::start(&mut command).expect("strace starts");
    process.wait_for_text("accept4(", LIMIT).expect("it listens");
    assert_eq!(run("ask_once", &[&address]), "hello\n");
    let text = process.finish(LIMIT).expect("the server ends").text();
    text.lines()
        .filter_map(|line| line.split_once('('))
        .map(|(name, _)| name.to_owned())
        .filter(|name| name.chars().all(|c| c.is_ascii_alphanumeric()))
        .collect()
}

#[test]
#[ignore = "needs strace: ci/setup.sh"]
fn std_adds_one_call_to_the_six() {
    // The last one returns 0, the end.
    let six = ["socket", "bind", "listen", "accept4", "recvfrom", "sendto", "recvfrom"];
    assert_eq!(calls("six_calls"), six);
    let mut seven = six.to_vec();
    seven.insert(1, "setsockopt");
    assert_eq!(calls("echo_once"), seven);
}

#[test]
fn a_closed_number_is_given_out_again() {
    let text = run("numbers", &[]);
    let numbers: Vec<_> = text.lines().filter_map(|line| line.split_once(' ')).collect();
    assert_eq!(numbers.len(), 4, "{text}");
    assert_eq!(numbers[1].0, numbers[3].0, "the file's number and the connection's: {text}");
}

#[test]
fn a_name_without_a_port_is_no_address() {
    let process = Process::start(Command::new(example("try_each")).arg("localhost")).unwrap();
    let finished = process.finish(LIMIT).unwrap();
    assert!(!finished.status.success());
    assert!(finished.text().contains("cannot look up localhost"), "{}", finished.text());
}

#[test]
#[cfg(target_os = "linux")]
fn both_lives_have_to_set_the_option() {
    let text = run("restart_matrix", &[]);
    let outcomes: Vec<_> = text.lines().skip(1).map(|line| line.ends_with("listens")).collect();
    assert_eq!(outcomes, [false, false, false, true], "{text}");
}

#[test]
#[cfg(target_os = "linux")]
fn the_wildcard_is_in_the_way_of_every_address() {
    let text = run("bindings", &[]);
    let both: Vec<_> = text.lines().map(|line| line.ends_with("both")).collect();
    let expected = [false, true, false, false, true, false, false, false, true, true];
    assert_eq!(both, expected, "{text}");
}

#[test]
#[cfg(target_os = "linux")]
fn two_listeners_share_a_port() {
    let text = run("shared_port", &[]);
    assert!(text.starts_with("100 clients, 100 accepted\n"), "{text}");
    assert_eq!(text.matches("between 10 and 90").count(), 2, "{text}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_queue_is_silent() {
    let mut command = Command::new(example("full_queue"));
    let process = Process::start(command.arg("127.0.0.1:0")).expect("it starts");
    process.wait_for_text("Ctrl-C", LIMIT).expect("the queue is full");
    process.interrupt();
    let text = process.finish(LIMIT).expect("it ends").text();
    assert_eq!(text.matches("connected, and has written").count(), 3, "{text}");
    assert_eq!(text.matches("timed out").count(), 2, "{text}");
    assert!(text.ends_with("accepted: \"I am 1\"\n"), "{text}");
}

#[test]
fn a_pause_is_what_a_loop_without_descriptors_needs() {
    assert!(run("no_descriptors", &["spin"]).ends_with("more than 1000 times\n"));
    assert!(run("no_descriptors", &["pause"]).ends_with("at most 10 times\n"));
}

//! What the page on options says of its programs. Those in which a peer vanishes need a hand that
//! plays TCP, and are held to their word by the page's own transcripts.

#![cfg(target_os = "linux")]

use std::process::Command;
use std::time::Duration;

use testkit::{Process, example};

const LIMIT: Duration = Duration::from_secs(60);

fn run(name: &str) -> String {
    let finished = Process::start(&mut Command::new(example(name))).unwrap().finish(LIMIT).unwrap();
    assert!(finished.status.success(), "{}", finished.text());
    finished.text()
}

#[test]
fn a_connection_inherits_its_listeners_options() {
    let text = run("sockopts");
    let mut rows = 0;
    for line in text.lines().skip(1) {
        let name = line.split_whitespace().next().unwrap();
        let (listener, accepted) = line[26..].split_at(10);
        // A file status flag is no socket option, and belongs to the descriptor's open file.
        assert_eq!(listener.trim() == accepted.trim(), name != "O_NONBLOCK", "{text}");
        rows += 1;
    }
    assert_eq!(rows, 11);
    // What was asked for, doubled.
    assert!(text.contains("    100000    100000"), "{text}");
}

#[test]
fn only_the_writers_own_option_ends_the_waiting() {
    let expected = "two writes               waits
TCP_NODELAY              does not wait
TCP_NODELAY, other side  waits
TCP_QUICKACK, set once   waits
";
    assert_eq!(run("rounds"), expected);
}

//! The helpers that are not about processes.

use std::net::TcpListener;
use std::panic::catch_unwind;
use std::thread;
use std::time::Duration;

use testkit::{free_port, program, require, within};

fn message_of(f: impl FnOnce() + std::panic::UnwindSafe) -> String {
    let payload = catch_unwind(f).expect_err("a panic");
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => (*payload.downcast::<&str>().expect("a text")).to_owned(),
    }
}

#[test]
fn within_returns_the_value() {
    assert_eq!(within(Duration::from_secs(20), "adding", || 1 + 1), 2);
}

#[test]
fn within_reports_a_hang() {
    let message = message_of(|| {
        within(Duration::from_millis(50), "parking", || {
            loop {
                thread::park();
            }
        });
    });
    assert_eq!(message, "parking: not finished within 50ms");
}

#[test]
fn within_passes_a_panic_on() {
    let message =
        message_of(|| within(Duration::from_secs(20), "panicking", || panic!("own words")));
    assert_eq!(message, "own words");
}

#[test]
fn a_free_port_can_be_bound() {
    TcpListener::bind(("127.0.0.1", free_port())).unwrap();
}

#[test]
fn programs_are_found_in_path() {
    assert!(program("sh").unwrap().ends_with("sh"));
    assert_eq!(require("sh"), program("sh").unwrap());
    assert_eq!(program("no-such-program-here"), None);
    let message = message_of(|| {
        require("no-such-program-here");
    });
    assert_eq!(message, "needs no-such-program-here: run ci/setup.sh");
}

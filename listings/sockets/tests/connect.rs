//! Connecting: what the kernel says, and when.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use addresses::lab::Lab;
use testkit::{Process, require};

const LIMIT: Duration = Duration::from_secs(60);

fn example(name: &str) -> Command {
    Command::new(testkit::example(name))
}

fn text_of(command: &mut Command) -> String {
    let finished = Process::start(command).unwrap().finish(LIMIT).unwrap();
    assert!(finished.status.success(), "{}", finished.text());
    finished.text()
}

#[test]
#[cfg(target_os = "linux")]
fn who_keeps_trying_meets_himself() {
    let text = text_of(&mut example("self_connect"));
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[..2], ["connected to our own port", "the server says: hello, server"]);
    assert!(lines[2].starts_with("the server cannot start: Address already in use"), "{text}");
}

#[test]
fn writable_is_not_connected() {
    let text = text_of(&mut example("halfway"));
    assert!(text.contains("  naive: connected\n"), "{text}");
    assert!(text.contains("  write: Connection refused"), "{text}");
    assert!(text.contains("  asked: Connection refused"), "{text}");
    assert!(text.contains("  1: in progress\n"), "{text}");
}

#[test]
#[cfg(target_os = "linux")]
fn the_second_connect_tells_the_end_of_the_first() {
    let text = text_of(&mut example("halfway"));
    assert!(text.contains("  2: done\n  3: Transport endpoint is already connected"), "{text}");
}

#[test]
fn a_timeout_for_each_read_is_none_for_the_answer() {
    let text = text_of(&mut example("two_clocks"));
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], "300 ms for each read   far too late  40 bytes");
    assert_eq!(lines[1], "300 ms for the answer  in time       TimedOut: timed out");
}

#[test]
#[cfg(target_os = "linux")]
fn a_shutdown_ends_a_read_and_a_drop_does_not() {
    let text = text_of(&mut example("unblock"));
    assert_eq!(text, "dropped:    the thread still reads\nshut down:  read has returned 0\n");
}

#[test]
#[ignore = "needs ip and unshare, as root or with user namespaces: ci/setup.sh"]
fn each_way_not_to_connect() {
    let lab = Lab::open().unwrap();
    let router = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo/router.ip");
    text_of(lab.command("ip").arg("-batch").arg(router));
    let mut knock = lab.command(example("knock").get_program());
    let text = text_of(knock.args([
        "--limit=2500",
        "192.0.2.254:80",
        "203.0.113.200:80",
        "203.0.113.7:80",
        "192.0.2.9:80",
        "198.51.100.7:80",
    ]));
    let expected = [
        ("at once", "ConnectionRefused: Connection refused"),
        ("at once", "NetworkUnreachable: Network is unreachable"),
        ("at once", "HostUnreachable: No route to host"),
        ("after ", "HostUnreachable: No route to host"),
        ("after ", "TimedOut: connection timed out"),
    ];
    assert_eq!(text.lines().count(), expected.len());
    for (line, (when, what)) in text.lines().zip(expected) {
        assert!(line.contains(when) && line.contains(what), "{line:?}: {when}, {what}");
    }
}

#[test]
#[ignore = "needs sysctl: ci/setup.sh"]
fn eight_ports_are_eight_connections_to_one_server() {
    require("sysctl");
    let lab = Lab::open().unwrap();
    text_of(lab.command("sysctl").args(["-q", "net.ipv4.ip_local_port_range=40000 40007"]));
    let text = text_of(&mut lab.command(example("ports_gone").get_program()));
    assert!(text.contains("to 127.0.0.1: 8 connections, then: "), "{text}");
    assert!(text.contains("to 127.0.0.2: 8 connections, then: "), "{text}");
    assert_eq!(text.matches("Cannot assign requested address").count(), 2, "{text}");
}

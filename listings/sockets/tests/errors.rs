//! Every error that the reference names is produced, and is the one it names.

use std::process::Command;
use std::time::Duration;

use addresses::lab::Lab;
use testkit::{Process, require};

const LIMIT: Duration = Duration::from_secs(60);

const TEXTS: &[(&str, &str)] = &[
    ("ECONNREFUSED", "Connection refused"),
    ("ETIMEDOUT", "Connection timed out"),
    ("EADDRINUSE", "Address already in use"),
    ("EADDRNOTAVAIL", "Cannot assign requested address"),
    ("EAFNOSUPPORT", "Address family not supported by protocol"),
    ("EINVAL", "Invalid argument"),
    ("EACCES", "Permission denied"),
    ("EINPROGRESS", "Operation now in progress"),
    ("EALREADY", "Operation already in progress"),
    ("EISCONN", "Transport endpoint is already connected"),
    ("ENOTCONN", "Transport endpoint is not connected"),
    ("EDESTADDRREQ", "Destination address required"),
    ("ECONNRESET", "Connection reset by peer"),
    ("EPIPE", "Broken pipe"),
    ("EAGAIN", "Resource temporarily unavailable"),
    ("EINTR", "Interrupted system call"),
    ("EMSGSIZE", "Message too long"),
    ("EMFILE", "Too many open files"),
    ("EOPNOTSUPP", "Operation not supported"),
    ("EAI_NONAME", "failed to lookup address information: Name or service not known"),
];

fn program() -> Command {
    Command::new(testkit::example("errors"))
}

fn lines_of(command: &mut Command) -> Vec<(String, String)> {
    let finished = Process::start(command).unwrap().finish(LIMIT).unwrap();
    let text = finished.text();
    assert!(finished.status.success(), "{text}");
    let parts = text.lines().filter_map(|line| line.split_once(' '));
    parts.map(|(name, text)| (name.to_owned(), text.trim().to_owned())).collect()
}

#[test]
#[cfg(target_os = "linux")]
fn every_error_is_produced() {
    let expected: Vec<_> =
        TEXTS.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    assert_eq!(lines_of(&mut program()), expected);
}

/// Those whose kind std promises; the others have none, or one that is not stable yet.
#[test]
#[cfg(target_os = "linux")]
fn the_kinds_are_those_of_the_reference() {
    let expected = [
        ("ECONNREFUSED", "ConnectionRefused"),
        ("ETIMEDOUT", "TimedOut"),
        ("EADDRINUSE", "AddrInUse"),
        ("EADDRNOTAVAIL", "AddrNotAvailable"),
        ("EINVAL", "InvalidInput"),
        ("EACCES", "PermissionDenied"),
        ("ENOTCONN", "NotConnected"),
        ("ECONNRESET", "ConnectionReset"),
        ("EPIPE", "BrokenPipe"),
        ("EAGAIN", "WouldBlock"),
        ("EINTR", "Interrupted"),
        ("EOPNOTSUPP", "Unsupported"),
    ];
    let names = expected.iter().map(|(name, _)| name);
    let lines = lines_of(program().arg("--kinds").args(names));
    let found: Vec<_> = lines.iter().map(|(name, kind)| (name.as_str(), kind.as_str())).collect();
    assert_eq!(found, expected);
}

#[test]
fn one_can_be_asked_for() {
    let lines = lines_of(program().args(["EPIPE", "ECONNREFUSED"]));
    let names: Vec<_> = lines.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["ECONNREFUSED", "EPIPE"]);
    let unknown = Process::start(program().arg("EHOSTDOWN")).unwrap().finish(LIMIT).unwrap();
    assert!(!unknown.status.success() && unknown.text().contains("EHOSTDOWN"));
}

#[test]
#[ignore = "needs ip and unshare, as root or with user namespaces: ci/setup.sh"]
fn no_network_and_no_route() {
    let ip = require("ip");
    let lab = Lab::open().unwrap();
    let route = ["route", "add", "unreachable", "203.0.113.0/24"];
    Process::start(lab.command(ip).args(route)).unwrap().finish(LIMIT).unwrap();
    let lines = lines_of(lab.command(program().get_program()).arg("--lab"));
    let expected =
        [("ENETUNREACH", "Network is unreachable"), ("EHOSTUNREACH", "No route to host")];
    let found: Vec<_> = lines.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    assert_eq!(found, expected);
    let lines = lines_of(lab.command(program().get_program()).args(["--lab", "--kinds"]));
    let kinds: Vec<_> = lines.iter().map(|(_, kind)| kind.as_str()).collect();
    assert_eq!(kinds, ["NetworkUnreachable", "HostUnreachable"]);
}

//! What read and write do with fewer bytes than were asked for: the programs say what the page does.

use std::process::Command;
use std::time::Duration;

use testkit::Process;

const LIMIT: Duration = Duration::from_secs(60);

fn run(name: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(testkit::example(name));
    let process = Process::start(command.args(arguments)).expect("it starts");
    let finished = process.finish(LIMIT).expect("it ends");
    assert!(finished.status.success(), "{}", finished.text());
    finished.text()
}

#[test]
fn a_read_returns_what_is_there() {
    assert_eq!(
        run("partial_read", &[]),
        "read   4:  4 bytes \"0123\"\n\
         read 100:  6 bytes \"456789\"\n\
         peek 100:  2 bytes, still there\n\
         read   0:  0 bytes \"\"\n\
         read 100:  2 bytes \"ab\"\n\
         the peer closes\n\
         read 100:  0 bytes \"\"\n"
    );
}

#[test]
fn a_write_takes_a_part_and_then_nothing() {
    let text = run("partial_write", &[]);
    let taken = text.lines().nth(1).and_then(|line| line.rsplit(' ').next());
    let taken: usize = taken.expect("a word").parse().expect("a number");
    assert!(taken > 0 && taken < 64 << 20, "{taken}");
    assert!(text.contains("in the end: WouldBlock"), "{text}");
    assert!(text.ends_with("67108864 bytes are taken, 67108864 have come\n"), "{text}");
}

#[test]
fn both_may_write_a_little_and_not_a_lot() {
    assert_eq!(
        run("both_write", &["10000"]),
        "near: wrote all, read 10000\nfar: wrote all, read 10000\n"
    );
    let stuck = run("both_write", &["16777216"]);
    assert_eq!(stuck, "near: stuck for 300ms\nfar: stuck for 300ms\n");
}

#[test]
fn a_thread_that_writes_lets_the_other_read() {
    assert_eq!(
        run("both_write", &["16777216", "threads"]),
        "near: wrote all, read 16777216\nfar: wrote all, read 16777216\n"
    );
}

#[test]
fn read_exact_forgets_what_it_has_read() {
    assert_eq!(
        run("read_exact_loses", &[]),
        "read_exact:\n  time is up\n  ABBB\n  BCCC\n\
         counted:\n  time is up\n  AAAA\n  BBBB\n"
    );
}

/// On other systems a read with a time limit may be started again, too.
#[cfg(target_os = "linux")]
#[test]
fn a_signal_ends_a_read_that_has_a_time_limit() {
    assert_eq!(
        run("interrupted", &[]),
        "no time limit, read:        5 bytes\n\
         5 s, read:                  Interrupted\n\
         5 s, read_exact:            5 bytes\n"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn the_first_write_to_a_closed_peer_succeeds() {
    assert_eq!(
        run("broken_pipe", &[]),
        "the peer has closed:\n  write: 14 bytes taken\n  write: BrokenPipe\n\
         the peer has reset:\n  write: ConnectionReset\n  write: BrokenPipe\n"
    );
}

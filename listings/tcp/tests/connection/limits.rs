//! How long and how much: what must not end too early, wait for ever, or be turned away.

use crate::script::{Script, config, ms};
use tcp::Connection;
use tcp::connection::{Config, Error, State};

/// §3.8.6.1: a reader that pauses for longer than the user timeout, and then goes on.
#[test]
fn a_window_may_open_after_any_time() {
    let mut script = Script::established(config());
    script.inject(". 1:0 ack 1 win 0");
    script.write(2500);
    for _ in 0..20 {
        script.pass(ms(60_000));
        script.forget();
        script.inject(". 1:0 ack 1 win 0");
    }
    // The first byte, which was a probe, goes again, and what has come with it.
    script.inject(". 1:0 ack 1 win 10000");
    script.pass(ms(100));
    assert_eq!((script.state(), script.connection.error()), (State::Established, None));
    script.expect(". 1:1000");
}

/// What lies outside of the window can be from anybody: it proves no peer.
#[test]
fn a_stranger_keeps_no_connection_alive() {
    let mut script = Script::established(config());
    script.inject(". 1:0 ack 1 win 0");
    script.write(10);
    for _ in 0..40 {
        script.pass(ms(10_000));
        script.inject(". 50000:0 ack 1");
        script.inject("R 50000:0");
        script.inject(". 1:0 ack 70000");
    }
    assert_eq!(script.connection.error(), Some(Error::TimedOut));
}

/// RFC 6429: a peer that never opens its window holds the memory of a program that has gone. It is
/// a peer in earnest only as long as somebody waits for it.
#[test]
fn a_closed_window_does_not_hold_what_nobody_owns() {
    let mut script = Script::established(config());
    script.inject(". 1:0 ack 1 win 0");
    script.write(2000);
    script.call(Connection::close);
    for _ in 0..40 {
        script.pass(ms(10_000));
        script.inject(". 1:0 ack 1 win 0");
    }
    assert_eq!(script.connection.error(), Some(Error::TimedOut));
    assert!(script.connection.memory() < 1024);
}

/// Only the peer's own FIN can begin TIME-WAIT again.
#[test]
fn a_made_up_fin_prolongs_no_time_wait() {
    let mut script = Script::established(config());
    script.call(Connection::shutdown);
    script.inject("F. 1:0 ack 2");
    script.pass(ms(40_000));
    for guess in [-5000, 0, 7, 500_000] {
        script.inject(&format!("F. {guess}:0 ack 2"));
    }
    script.pass(ms(20_000));
    assert_eq!(script.state(), State::Closed);
}

/// As many holes as can be remembered must not turn away what fills the first of them.
#[test]
fn the_next_segment_is_taken_whatever_waits() {
    let mut script = Script::established_with_sack(config());
    for at in (2000..9000).step_by(200) {
        script.inject(&format!(". {at}:100 ack 1"));
    }
    script.forget();
    script.inject(". 1:1000 ack 1");
    script.expect(". 1:0 ack 1001");
    script.inject(". 1001:1199 ack 1");
    script.expect(". 1:0 ack 2300");
    assert_eq!(script.read(10_000, 1), 2299);
}

/// What is in order needs no list of what is not.
#[test]
fn order_costs_no_memory() {
    let mut script = Script::established(config());
    let before = script.connection.memory();
    script.inject(". 1:1000 ack 1");
    assert_eq!(script.connection.memory(), before + 2048);
}

/// Answers that are owed for a hole are not owed once it is filled: the peer would take them for
/// the duplicates of another loss.
#[test]
fn a_filled_hole_is_answered_once() {
    let mut script = Script::established(config());
    for seq in [1001, 2001, 3001, 4001, 1] {
        script.arrive(&format!(". {seq}:1000 ack 1"));
    }
    script.expect(". 1:0 ack 5001");
    script.quiet();
}

/// RFC 7323 §5.5 counts from when the timestamp came, not from when the clock began.
#[test]
fn a_clock_that_runs_for_a_month_keeps_old_segments_out() {
    let month = ms(30 * 24 * 60 * 60 * 1000);
    let mut script = Script::connect(Config { timestamps: true, ..config() });
    script.now = month;
    script.inject("S. 0:0 ack 1 ts 1000 mss 1000");
    script.forget();
    script.inject("P. 1:100 ack 1 ts 999");
    assert_eq!(script.connection.snapshot().receive_queue, 0);
}

/// A timestamp says which copy was acknowledged (RFC 7323 §4). The echo of a copy before the last
/// has a timeout in it: the acknowledgment was lost, not slow.
#[test]
fn an_echo_from_before_the_last_copy_measures_nothing() {
    let mut script = Script::connect(Config { timestamps: true, ..config() });
    script.expect("S 0:0");
    script.inject("S. 0:0 ack 1 ts 1000 mss 1000");
    let before = script.connection.snapshot().srtt;
    script.write(10);
    script.pass(ms(1500));
    assert_eq!(script.connection.stats().timeouts, 1);
    script.inject(". 1:0 ack 5 ts 1001 echo 0");
    assert_eq!(script.connection.snapshot().srtt, before);
    assert_eq!(script.connection.snapshot().rto, ms(2000));
    // This one is about the copy of 1000 ms.
    script.inject(". 1:0 ack 11 ts 1001 echo 1000");
    assert_eq!(script.connection.snapshot().srtt, Some(ms(500) / 8));
}

//! Segments that somebody made up (RFC 5961, RFC 9293 §3.5.3), and what they must not do.

use crate::script::{Script, config, ms};
use proptest::prelude::*;
use tcp::connection::{Config, Error, State};

/// RFC 5961 §3.2: of the 2^32 numbers a guess can have, one resets, a window of them asks, and the
/// others do nothing.
#[test]
fn a_guessed_reset() {
    let mut script = Script::established(config());
    for outside in [-1, 0, 10_001, 10_002, 2_000_000_000] {
        script.inject(&format!("R {outside}:0"));
        script.quiet();
    }
    for inside in [2, 5000, 10_000] {
        script.inject(&format!("R {inside}:0"));
        script.expect(". 1:0 ack 1");
    }
    assert_eq!(script.state(), State::Established);
    script.inject("R 1:0");
    assert_eq!(script.connection.error(), Some(Error::Reset));
    script.quiet();
}

/// RFC 5961 §4.2: a SYN in the middle asks too. A peer that has really begun anew answers with the
/// right RST.
#[test]
fn a_syn_in_a_connection() {
    for seq in ["1:0", "5000:0", "-100000:0"] {
        let mut script = Script::established(config());
        script.inject(&format!("S {seq}"));
        script.expect(". 1:0 ack 1");
        assert_eq!(script.state(), State::Established);
        script.inject("R 1:0");
        assert_eq!(script.state(), State::Closed);
    }
}

/// RFC 5961 §5.2: data whose acknowledgment is out of range is not taken.
#[test]
fn data_with_a_guessed_acknowledgment() {
    let mut script = Script::established(config());
    script.write(100);
    script.expect("P. 1:100");
    for guess in [102, 50_000, -10_000, -2_000_000_000] {
        script.inject(&format!("P. 1:5 ack {guess}"));
        script.expect(". 101:0 ack 1");
    }
    assert_eq!(script.connection.snapshot().receive_queue, 0);
    // Within the largest window there was, it could be an old one.
    script.inject("P. 1:5 ack -9000");
    script.expect(". 101:0 ack 6");
}

/// RFC 5961 §7: no more than 10 challenges in 5 seconds, for this connection alone.
#[test]
fn challenges_are_limited() {
    let mut script = Script::established(config());
    for _ in 0..100 {
        script.inject("S 500:0");
    }
    let stats = *script.connection.stats();
    assert_eq!((stats.challenge_acks, stats.challenge_acks_withheld), (10, 90));
    script.pass(ms(5000));
    script.inject("S 500:0");
    assert_eq!(script.connection.stats().challenge_acks, 11);
}

/// Two connections whose numbers do not fit must not answer each other for ever.
#[test]
fn acknowledgments_out_of_the_window_make_no_storm() {
    let mut script = Script::established(config());
    for _ in 0..1000 {
        script.inject(". 50000:0 ack 1");
    }
    assert_eq!(script.connection.stats().segments_sent, 2 + 10);
}

/// A segment without ACK, and one without anything, are dropped (§3.10.7.4, step 5).
#[test]
fn segments_without_acknowledgment() {
    let mut script = Script::established(config());
    script.inject("P 1:100");
    script.inject("F 1:0");
    script.quiet();
    assert_eq!(script.connection.snapshot().receive_queue, 0);
}

/// Acknowledgments of single bytes open no window by themselves: growth counts bytes (RFC 3465).
#[test]
fn divided_acknowledgments_gain_nothing() {
    let mut script = Script::established(config());
    script.write(10_000);
    let before = script.connection.snapshot().cwnd;
    for ack in 2..=1001 {
        script.inject(&format!(". 1:0 ack {ack}"));
    }
    assert!(script.connection.snapshot().cwnd <= before + 1000);
}

/// One byte of every second: as many holes as there can be. Memory has an end.
#[test]
fn holes_are_bounded() {
    let mut script = Script::established_with_sack(config());
    for at in (2..9000).step_by(2) {
        script.inject(&format!(". {at}:1 ack 1"));
        script.forget();
    }
    assert!(script.connection.memory() < 20_000 + 4000, "{}", script.connection.memory());
    script.inject(". 1:1 ack 1");
    assert_eq!(script.connection.snapshot().receive_queue, 2);
}

/// SACK blocks that cannot be true, and as many as there can be.
#[test]
fn blocks_are_bounded() {
    let mut script = Script::established_with_sack(config());
    script.write(10_000);
    for block in ["5..3", "1..1", "20000..30000", "-5000..-4000", "1..10002"] {
        script.inject(&format!(". 1:0 ack 1 sack {block}"));
    }
    assert_eq!(script.connection.stats().duplicate_acks, 0);
    for at in (2..9000).step_by(2) {
        script.inject(&format!(". 1:0 ack 1 sack {at}..{}", at + 1));
    }
    assert!(script.connection.memory() < 20_000 + 4000, "{}", script.connection.memory());
}

/// A peer whose window is one byte gets its byte at a time, by probes, and no flood.
#[test]
fn a_window_of_one_byte() {
    let mut script = Script::established(config());
    script.inject(". 1:0 ack 1 win 1");
    script.write(1000);
    script.pass(ms(10_000));
    assert!(script.connection.stats().segments_sent < 2 + 5);
}

/// An MSS of nothing would make endless segments without data.
#[test]
fn an_mss_of_nothing() {
    let mut script = Script::connect(config());
    script.expect("S 0:0");
    script.inject("S. 0:0 ack 1 mss 0");
    script.expect(". 1:0 ack 1");
    script.write(200);
    script.expect(". 1:64");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever comes, in whatever state: no panic, bounded memory, an answer or none to each
    /// segment, no deadline that stays due, and never a RST to a RST.
    #[test]
    fn anything_may_come(
        lines in prop::collection::vec(
            ("[SFRP]{0,2}[.]?", -3000_i64..12_000, 0_u32..1400, -2000_i64..12_000, any::<u16>(),
             0_u64..2000, 0..8_u8), 1..60),
        sack in any::<bool>(), timestamps in any::<bool>(), passive in any::<bool>(),
    ) {
        let config = Config { sack, timestamps, nagle: passive, ..config() };
        let mut script = if passive {
            Script::accept(config, "S 0:0 mss 1000 sackok")
        } else {
            Script::connect(config)
        };
        for (flags, seq, length, ack, window, wait, call) in lines {
            let seq = if seq < 0 { seq + 2 } else { seq };
            let before = script.connection.stats().segments_sent;
            let flags = if flags.is_empty() { ".".to_owned() } else { flags };
            script.inject(&format!("{flags} {seq}:{length} ack {ack} win {window} mss 900 sackok \
                                    sack {ack}..{}", ack + 300));
            let sent = script.connection.stats().segments_sent - before;
            prop_assert!(sent <= 40, "{sent} for one");
            script.call(|connection, now| match call {
                0 => drop(connection.write(&[0; 700], now)),
                1 => drop(connection.read(&mut [0; 500])),
                2 => connection.shutdown(now),
                3 if length == 0 => connection.close(now),
                4 if length == 1 => connection.abort(now),
                _ => {}
            });
            script.pass(ms(wait));
            prop_assert!(script.connection.memory() < 40_000);
        }
    }
}

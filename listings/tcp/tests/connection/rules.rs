//! One connection against a script: each rule by itself.

use std::time::Duration;

use crate::script::{Script, config, ms};
use tcp::Connection;
use tcp::connection::{Config, Error, State};

// ---- Opening (RFC 9293 §3.5) ----

#[test]
fn active_open() {
    let mut script = Script::connect(config());
    script.expect("S 0:0  mss 1000");
    assert_eq!(script.state(), State::SynSent);
    script.inject("S. 0:0 ack 1 win 5000 mss 800");
    script.expect(". 1:0 ack 1  win 10000");
    assert_eq!(script.state(), State::Established);
    assert_eq!(script.connection.snapshot().snd_wnd, 5000);
}

#[test]
fn passive_open() {
    let mut script = Script::accept(config(), "S 0:0 win 5000 mss 800");
    assert_eq!(script.state(), State::SynReceived);
    script.expect("S. 0:0 ack 1  mss 1000");
    script.inject(". 1:0 ack 1");
    assert_eq!(script.state(), State::Established);
    script.quiet();
}

/// §3.5, figure 7. Each SYN-ACK finds its receiver in SYN-RECEIVED, where its number is an old one:
/// so both are answered, and the answers open the connection.
#[test]
fn simultaneous_open() {
    let mut script = Script::connect(config());
    script.expect("S 0:0");
    script.inject("S 0:0");
    assert_eq!(script.state(), State::SynReceived);
    script.expect("S. 0:0 ack 1");
    script.inject("S. 0:0 ack 1");
    script.expect(". 1:0 ack 1");
    script.inject(". 1:0 ack 1");
    assert_eq!(script.state(), State::Established);
}

/// §3.8.3, RFC 6298 §5.5: 1, 2, 4 … seconds.
#[test]
fn a_syn_is_tried_again_and_again() {
    let mut script = Script::connect(Config { user_timeout: ms(180_000), ..config() });
    for at in [0, 1000, 3000, 7000, 15_000, 31_000, 63_000, 123_000] {
        script.pass(ms(at).saturating_sub(script.now));
        script.expect_at(at, "S 0:0");
        script.quiet();
    }
    script.pass(ms(180_000).saturating_sub(script.now));
    script.quiet();
    assert_eq!(script.connection.error(), Some(Error::TimedOut));
}

/// §3.10.7.3: whoever acknowledges another SYN gets a RST that it can believe, and ours goes on.
#[test]
fn an_acknowledgment_of_another_syn_is_reset() {
    let mut script = Script::connect(config());
    script.expect("S 0:0");
    script.inject("S. 0:0 ack 77");
    script.expect("R 77:0");
    assert_eq!(script.state(), State::SynSent);
    script.inject("R. 0:0 ack 77");
    script.inject("R 0:0");
    script.quiet();
    assert_eq!(script.state(), State::SynSent);
    script.inject("R. 0:0 ack 1");
    assert_eq!(script.connection.error(), Some(Error::Refused));
}

/// §3.10.7.4, step 5, SYN-RECEIVED.
#[test]
fn an_acknowledgment_of_nothing_does_not_open() {
    let mut script = Script::accept(config(), "S 0:0");
    script.expect("S. 0:0 ack 1");
    script.inject(". 1:0 ack 2");
    script.expect("R 2:0");
    assert_eq!(script.state(), State::SynReceived);
    // Neither a RST that guesses, but one with the right number: no news for the user.
    script.inject("R 500:0");
    assert_eq!(script.state(), State::SynReceived);
    script.inject("R 1:0");
    assert_eq!((script.state(), script.connection.error()), (State::Closed, None));
}

#[test]
fn a_syn_that_comes_again_is_answered_again() {
    let mut script = Script::accept(config(), "S 0:0");
    script.expect("S. 0:0 ack 1");
    script.pass(ms(300));
    script.inject("S 0:0");
    script.expect_at(300, "S. 0:0 ack 1");
    script.quiet();
}

/// §3.7.1: without the option, 536 bytes; and never more than the peer's, ours and the path's.
#[test]
fn the_smallest_mss_counts() {
    for (syn, size) in [("S. 0:0 ack 1", 536), ("S. 0:0 ack 1 mss 300", 300)] {
        let mut script = Script::connect(config());
        script.expect("S 0:0");
        script.inject(syn);
        script.expect(". 1:0");
        script.write(2000);
        script.expect(&format!(". 1:{size}"));
    }
    let mut script = Script::established(config());
    script.call(|connection, now| connection.path_mtu(540, now));
    script.write(2000);
    script.expect(". 1:500");
}

/// RFC 7323 §2.2: only if both say so; the SYN's own window is as it stands.
#[test]
fn windows_are_scaled_if_both_sides_want_it() {
    let large = Config { receive_buffer: 1 << 20, ..config() };
    let mut script = Script::connect(large);
    script.expect("S 0:0  wscale 5  win 65535");
    script.inject("S. 0:0 ack 1 win 1000 mss 1000 wscale 3");
    script.expect(". 1:0 ack 1  win 32768");
    assert_eq!(script.connection.snapshot().snd_wnd, 1000);
    script.inject(". 1:0 ack 1 win 1001");
    assert_eq!(script.connection.snapshot().snd_wnd, 8008);

    let mut script = Script::connect(large);
    script.expect("S 0:0  wscale 5");
    script.inject("S. 0:0 ack 1 win 1000 mss 1000");
    script.expect(". 1:0 ack 1  win 65535");
    script.inject(". 1:0 ack 1 win 1001");
    assert_eq!(script.connection.snapshot().snd_wnd, 1001);
}

// ---- Closing (RFC 9293 §3.6) ----

#[test]
fn we_close_first() {
    let mut script = Script::established(config());
    script.write(10);
    script.expect("P. 1:10 ack 1");
    script.call(Connection::shutdown);
    script.expect("F. 11:0 ack 1");
    assert_eq!(script.state(), State::FinWait1);
    assert_eq!(script.connection.write(b"more", ms(0)), Err(Error::Closed));
    script.inject(". 1:0 ack 12");
    assert_eq!(script.state(), State::FinWait2);
    // Half-closed: the peer may go on for as long as it likes.
    script.pass(Duration::from_secs(100_000));
    script.inject("P. 1:20 ack 12");
    script.expect(". 12:0 ack 21");
    assert_eq!(script.read(100, 1), 20);
    script.inject("F. 21:0 ack 12");
    script.expect(". 12:0 ack 22");
    assert_eq!(script.state(), State::TimeWait);
    assert_eq!(script.read(100, 21), 0);
    script.pass(ms(59_999));
    assert_eq!(script.state(), State::TimeWait);
    script.pass(ms(1));
    assert_eq!((script.state(), script.connection.error()), (State::Closed, None));
}

#[test]
fn the_peer_closes_first() {
    let mut script = Script::established(config());
    script.inject("FP. 1:5 ack 1");
    script.expect(". 1:0 ack 7");
    assert_eq!(script.state(), State::CloseWait);
    assert_eq!(script.read(100, 1), 5);
    assert_eq!(script.connection.read(&mut [0; 9]), Ok(0));
    script.write(3);
    script.expect("P. 1:3 ack 7");
    script.call(Connection::shutdown);
    script.expect("F. 4:0 ack 7");
    assert_eq!(script.state(), State::LastAck);
    script.inject(". 7:0 ack 4");
    assert_eq!(script.state(), State::LastAck);
    script.inject(". 7:0 ack 5");
    assert_eq!((script.state(), script.connection.error()), (State::Closed, None));
}

/// §3.6, figure 13.
#[test]
fn both_close_at_once() {
    let mut script = Script::established(config());
    script.call(Connection::shutdown);
    script.expect("F. 1:0 ack 1");
    script.inject("F. 1:0 ack 1");
    script.expect(". 2:0 ack 2");
    assert_eq!(script.state(), State::Closing);
    script.inject(". 2:0 ack 2");
    assert_eq!(script.state(), State::TimeWait);
}

/// FIN with the acknowledgment of ours: straight to TIME-WAIT.
#[test]
fn a_fin_that_acknowledges_ours() {
    let mut script = Script::established(config());
    script.call(Connection::shutdown);
    script.expect("F. 1:0 ack 1");
    script.inject("F. 1:0 ack 2");
    script.expect(". 2:0 ack 2");
    assert_eq!(script.state(), State::TimeWait);
}

/// §3.10.7.4, step 8: the last acknowledgment was lost; the wait begins again.
#[test]
fn a_fin_in_time_wait_is_acknowledged_and_the_wait_begins_again() {
    let mut script = Script::established(config());
    script.call(Connection::shutdown);
    script.inject("F. 1:0 ack 2");
    script.pass(ms(40_000));
    script.expect("F. 1:0");
    script.expect(". 2:0 ack 2");
    script.inject("F. 1:0 ack 2");
    script.expect_at(40_000, ". 2:0 ack 2");
    script.pass(ms(59_999));
    assert_eq!(script.state(), State::TimeWait);
    script.pass(ms(1));
    assert_eq!(script.state(), State::Closed);
}

/// What TIME-WAIT is for: an old segment finds nobody new to disturb.
#[test]
fn time_wait_kills_an_old_duplicate() {
    let mut script = Script::established(config());
    script.inject("P. 1:100 ack 1");
    script.expect(". 1:0 ack 101");
    script.read(100, 1);
    script.call(Connection::shutdown);
    script.expect("F. 1:0");
    script.inject("F. 101:0 ack 2");
    script.expect(". 2:0 ack 102");
    script.inject("P. 1:100 ack 1");
    script.expect(". 2:0 ack 102");
    assert_eq!(script.state(), State::TimeWait);
}

/// RFC 6298 §5: a FIN is tried again as data is.
#[test]
fn a_lost_fin_goes_again() {
    let mut script = Script::established(config());
    script.write(10);
    script.call(Connection::shutdown);
    script.expect("P. 1:10");
    script.expect("F. 11:0");
    script.inject(". 1:0 ack 11");
    script.pass(ms(1000));
    script.expect_at(1000, "F. 11:0");
    script.inject(". 1:0 ack 12");
    assert_eq!(script.state(), State::FinWait2);
}

/// §3.6.1, RFC 2525 §2.17: data that nobody will read is answered with RST.
#[test]
fn close_with_unread_data_resets() {
    let mut script = Script::established(config());
    script.inject("P. 1:5 ack 1");
    script.expect(". 1:0 ack 6");
    script.call(Connection::close);
    script.expect("R. 1:0 ack 6");
    assert_eq!(script.state(), State::Closed);

    let mut script = Script::established(config());
    script.call(Connection::close);
    script.expect("F. 1:0");
    script.inject("P. 1:5 ack 2");
    script.expect("R. 2:0");
    assert_eq!(script.state(), State::Closed);
}

#[test]
fn abort_resets() {
    let mut script = Script::established(config());
    script.write(5);
    script.expect("P. 1:5");
    script.call(Connection::abort);
    script.expect("R. 6:0 ack 1");
    script.quiet();
    assert_eq!(script.connection.deadline(), None);
    assert_eq!(script.connection.read(&mut [0; 9]), Err(Error::Closed));
}

// ---- Receiving ----

/// RFC 5681 §4.2: what is out of order, and what fills a hole, is acknowledged at once.
#[test]
fn holes_are_reported_at_once() {
    let mut script = Script::established(Config { delayed_ack: ms(40), ..config() });
    script.inject(". 1001:1000 ack 1");
    script.expect_at(0, ". 1:0 ack 1");
    script.inject(". 2001:1000 ack 1");
    script.expect_at(0, ". 1:0 ack 1");
    script.inject(". 1:1000 ack 1");
    script.expect_at(0, ". 1:0 ack 3001");
    assert_eq!(script.read(5000, 1), 3000);
}

/// RFC 2018 §4: the block with the newest segment first.
#[test]
fn sack_reports_what_has_arrived() {
    let mut script = Script::established_with_sack(config());
    script.inject(". 2001:1000 ack 1");
    script.expect(". 1:0 ack 1  sack 2001..3001");
    script.inject(". 4001:1000 ack 1");
    script.expect(". 1:0 ack 1  sack 4001..5001  sack 2001..3001");
    script.inject(". 1:2000 ack 1");
    script.expect(". 1:0 ack 3001  sack 4001..5001");
}

/// RFC 9293 §3.8.6.3: the second segment, or 40 ms.
#[test]
fn acknowledgments_wait_for_company() {
    let mut script = Script::established(Config { delayed_ack: ms(40), ..config() });
    script.inject(". 1:1000 ack 1");
    script.quiet();
    script.pass(ms(100));
    script.expect_at(40, ". 1:0 ack 1001");
    script.inject(". 1001:1000 ack 1");
    script.inject(". 2001:1000 ack 1");
    script.expect_at(100, ". 1:0 ack 3001");
    script.quiet();
}

/// §3.10.7.4: what is old is cut off, what is too much as well.
#[test]
fn segments_are_cut_to_the_window() {
    let mut script = Script::established(config());
    script.inject(". 1:1000 ack 1");
    script.expect(". 1:0 ack 1001");
    script.inject(". 501:1000 ack 1");
    script.expect(". 1:0 ack 1501");
    assert_eq!(script.read(5000, 1), 1500);
    script.inject("F. 10501:2000 ack 1");
    script.expect(". 1:0 ack 1501");
    assert_eq!(script.state(), State::Established);
}

/// A FIN that overtook its data waits for it.
#[test]
fn a_fin_before_its_data_waits() {
    let mut script = Script::established(config());
    script.inject("F. 1001:500 ack 1");
    script.expect(". 1:0 ack 1");
    assert_eq!(script.state(), State::Established);
    script.inject(". 1:1000 ack 1");
    script.expect(". 1:0 ack 1502");
    assert_eq!(script.state(), State::CloseWait);
}

/// §3.8.6.2.2: the window opens by whole segments or half of the buffer, not byte by byte.
#[test]
fn the_window_does_not_open_byte_by_byte() {
    let mut script = Script::established(config());
    for at in 0..10 {
        script.inject(&format!(". {}:1000 ack 1", 1 + at * 1000));
        script.expect(&format!(". 1:0 ack {}  win {}", 1001 + at * 1000, 9000 - at * 1000));
    }
    assert_eq!(script.read(999, 1), 999);
    script.quiet();
    // Nor does a probe find it open.
    script.inject(". 10001:1 ack 1");
    script.expect(". 1:0 ack 10001  win 0");
    assert_eq!(script.read(1, 1000), 1);
    script.expect(". 1:0 ack 10001  win 1000");
}

/// §3.8.6.2.2, "shrinking the window": the right edge never goes back.
#[test]
fn the_edge_of_the_window_never_goes_back() {
    let mut script = Script::connect(Config { receive_buffer: 100_000, ..config() });
    script.expect("S 0:0  wscale 1  win 65535");
    script.inject("S. 0:0 ack 1 win 10000 mss 1000 wscale 0");
    script.expect(". 1:0 ack 1  win 50000");
    // 99,999 bytes are left, which cannot be said in units of 2.
    script.inject(". 1:1 ack 1");
    script.expect(". 1:0 ack 2  win 49999");
    // The last byte is one that the first window had room for.
    script.inject(". 100000:1 ack 1");
    script.expect(". 1:0 ack 2");
    assert_eq!(script.connection.stats().out_of_order, 1);
}

/// RFC 7323 §5.3: what is older than what was acknowledged is not taken, though its number fits.
#[test]
fn an_old_timestamp_is_not_taken() {
    let mut script = Script::connect(Config { timestamps: true, ..config() });
    script.expect("S 0:0  echo 0");
    script.inject("S. 0:0 ack 1 mss 1000 ts 4294967290");
    script.expect(". 1:0 ack 1  echo 4294967290");
    script.inject("P. 1:10 ack 1 ts 4294967289");
    script.expect(". 1:0 ack 1  echo 4294967290");
    // It has wrapped around: this is newer.
    script.inject("P. 1:10 ack 1 ts 5");
    script.expect(". 1:0 ack 11  echo 5");
    // Without one it is dropped (§3.2), a RST excepted.
    script.inject("P. 11:10 ack 1");
    script.quiet();
    script.inject("R 11:0");
    assert_eq!(script.state(), State::Closed);
}

/// RFC 7323 §4.3: the echo is that of the segment which the acknowledgment is about, so that a
/// delayed one is measured with its delay, and a hole does not look like a fast round trip.
#[test]
fn the_echo_is_of_the_oldest_segment() {
    let delayed_ack = ms(40);
    let mut script = Script::connect(Config { timestamps: true, delayed_ack, ..config() });
    script.expect("S 0:0");
    script.inject("S. 0:0 ack 1 mss 1000 ts 10");
    script.expect(". 1:0 ack 1  echo 10");
    script.inject("P. 1:10 ack 1 ts 11");
    script.inject("P. 11:10 ack 1 ts 12");
    script.expect(". 1:0 ack 21  echo 11");
    script.inject("P. 31:10 ack 1 ts 14");
    script.expect(". 1:0 ack 21  echo 11");
    script.inject("P. 21:10 ack 1 ts 13");
    script.expect(". 1:0 ack 41  echo 13");
}

/// RFC 7323 §3.2, RFC 9293 §3.7.1: the option takes 12 bytes of each segment.
#[test]
fn timestamps_make_segments_smaller() {
    let mut script = Script::connect(Config { timestamps: true, ..config() });
    script.expect("S 0:0");
    script.inject("S. 0:0 ack 1 mss 1000 ts 10");
    script.expect(". 1:0 ack 1");
    script.write(2000);
    script.expect(". 1:988");
}

// ---- Sending ----

/// §3.7.4: with bytes on the way, a small piece waits.
#[test]
fn nagle_lets_small_pieces_wait() {
    let mut script = Script::established(Config { nagle: true, ..config() });
    script.write(10);
    script.expect("P. 1:10");
    script.write(10);
    script.write(10);
    script.quiet();
    script.inject(". 1:0 ack 11");
    script.expect("P. 11:20");
    script.write(1000);
    script.expect("P. 31:1000");
    script.write(5);
    script.quiet();
    // A FIN does not wait.
    script.call(Connection::shutdown);
    script.expect("FP. 1031:5");
}

/// §3.8.6.1: a closed window is asked about again and again, for as long as it is confirmed.
#[test]
fn a_closed_window_is_probed() {
    let mut script = Script::established(config());
    script.inject(". 1:0 ack 1 win 0");
    script.write(2500);
    script.quiet();
    let mut wait = 1000;
    for _ in 0..12 {
        script.pass(ms(wait));
        script.expect(". 1:1");
        script.quiet();
        script.inject(". 1:0 ack 1 win 0");
        wait = (wait * 2).min(60_000);
    }
    assert!(script.now > ms(300_000), "longer than the user timeout");
    let stats = script.connection.stats();
    assert_eq!((stats.timeouts, stats.fast_retransmits), (0, 0));
    script.inject(". 1:0 ack 1 win 10000");
    script.expect(". 1:1000");
    script.expect(". 1001:1000");
    script.expect("P. 2001:500");
}

/// The byte of a probe may be taken.
#[test]
fn a_probe_whose_byte_is_taken() {
    let mut script = Script::established(config());
    script.inject(". 1:0 ack 1 win 0");
    script.write(2000);
    script.pass(ms(1000));
    script.expect(". 1:1");
    script.inject(". 1:0 ack 2 win 0");
    script.pass(ms(3000));
    script.expect(". 2:1");
    script.inject(". 1:0 ack 3 win 5000");
    script.expect(". 3:1000");
    script.expect("P. 1003:998");
}

/// Nobody confirms that the window is closed: that is a failure (§3.8.3).
#[test]
fn a_closed_window_without_a_peer_times_out() {
    let mut script = Script::established(config());
    script.inject(". 1:0 ack 1 win 0");
    script.write(10);
    script.pass(ms(300_000));
    assert_eq!(script.connection.error(), Some(Error::TimedOut));
}

/// §3.8.6.2.1: a small piece of a window is not worth a segment, until it has waited for a while.
#[test]
fn a_silly_window_is_not_filled() {
    let mut script = Script::established(config());
    script.inject(". 1:0 ack 1 win 100");
    script.write(2000);
    script.quiet();
    script.pass(ms(999));
    script.quiet();
    script.pass(ms(1));
    script.expect(". 1:100");
    script.inject(". 1:0 ack 101 win 5000");
    script.expect(". 101:1000");
    script.expect("P. 1101:900");
}

/// RFC 6298 §5.4–5.6.
#[test]
fn data_goes_again_after_a_timeout_one_segment_first() {
    let mut script = Script::established(config());
    script.write(3000);
    for seq in [1, 1001] {
        script.expect(&format!(". {seq}:1000"));
    }
    script.expect("P. 2001:1000");
    script.pass(ms(1000));
    script.expect_at(1000, ". 1:1000");
    script.quiet();
    script.pass(ms(2000));
    script.expect_at(3000, ". 1:1000");
    script.quiet();
    script.inject(". 1:0 ack 1001");
    script.expect_at(3000, ". 1001:1000");
    script.expect_at(3000, "P. 2001:1000");
    script.inject(". 1:0 ack 3001");
    script.quiet();
    assert_eq!(script.connection.stats().timeouts, 2);
}

/// §3.8.3: after R2 it is over.
#[test]
fn data_is_not_tried_for_ever() {
    let mut script = Script::established(config());
    script.write(10);
    script.pass(ms(299_999));
    assert_eq!(script.state(), State::Established);
    script.pass(ms(1));
    assert_eq!(script.connection.error(), Some(Error::TimedOut));
    assert_eq!(script.connection.write(b"x", script.now), Err(Error::TimedOut));
}

/// RFC 5681 §3.2: three duplicates are enough.
#[test]
fn three_duplicates_resend() {
    let mut script = Script::established(config());
    script.write(5000);
    drain(&mut script, 5);
    script.inject(". 1:0 ack 1");
    script.inject(". 1:0 ack 1");
    script.quiet();
    script.inject(". 1:0 ack 1");
    script.expect_at(0, ". 1:1000");
    script.quiet();
    script.inject(". 1:0 ack 5001");
    script.quiet();
    assert_eq!(script.connection.stats().fast_retransmits, 1);
    assert_eq!(script.connection.stats().timeouts, 0);
}

/// RFC 6582 §3.2: a partial acknowledgment shows the next hole.
#[test]
fn a_partial_acknowledgment_resends_the_next_hole() {
    let mut script = Script::established(config());
    script.write(6000);
    drain(&mut script, 6);
    for _ in 0..3 {
        script.inject(". 1:0 ack 1");
    }
    script.expect(". 1:1000");
    script.inject(". 1:0 ack 2001");
    script.expect(". 2001:1000");
    script.quiet();
    script.inject(". 1:0 ack 6001");
    assert_eq!(script.connection.stats().timeouts, 0);
}

/// RFC 2018 §5, RFC 6675: all holes go again in one round trip, and nothing that has arrived.
#[test]
fn with_sack_only_the_holes_go_again() {
    let mut script = Script::established_with_sack(config());
    script.write(8000);
    drain(&mut script, 8);
    // The first and the third are lost.
    script.inject(". 1:0 ack 1 sack 1001..2001");
    script.inject(". 1:0 ack 1 sack 3001..4001 sack 1001..2001");
    script.inject(". 1:0 ack 1 sack 3001..5001 sack 1001..2001");
    script.expect(". 1:1000");
    script.inject(". 1:0 ack 1 sack 3001..6001 sack 1001..2001");
    script.inject(". 1:0 ack 1 sack 3001..7001 sack 1001..2001");
    script.inject(". 1:0 ack 1 sack 3001..8001 sack 1001..2001");
    script.expect(". 2001:1000");
    script.quiet();
    script.inject(". 1:0 ack 8001");
    script.quiet();
    assert_eq!(script.connection.stats().retransmits, 2);
}

/// Neither after a first timeout, though RFC 2018 §5.1 ignores the blocks then (see RFC 6675 §5.1).
#[test]
fn a_timeout_skips_what_the_peer_holds() {
    let mut script = Script::established_with_sack(config());
    script.write(4000);
    drain(&mut script, 4);
    script.inject(". 1:0 ack 1 sack 1001..2001");
    script.pass(ms(1000));
    script.expect(". 1:1000");
    script.inject(". 1:0 ack 2001");
    script.expect(". 2001:1000");
    script.expect("P. 3001:1000");
    script.quiet();
}

/// RFC 2018 §8: a peer may drop what it has reported. The second timeout believes nothing.
#[test]
fn a_peer_that_takes_its_reports_back_gets_all() {
    let mut script = Script::established_with_sack(config());
    script.write(3000);
    drain(&mut script, 3);
    script.inject(". 1:0 ack 1 sack 1001..3001");
    script.pass(ms(3000));
    script.expect(". 1:1000");
    script.expect(". 1:1000");
    script.inject(". 1:0 ack 1001");
    script.expect(". 1001:1000");
    script.expect("P. 2001:1000");
}

/// SND.WL1 and SND.WL2 (§3.10.7.4, step 5): a window from an old segment does not count.
#[test]
fn an_old_window_is_not_taken() {
    let mut script = Script::established(config());
    script.inject("P. 1:10 ack 1 win 7000");
    script.expect(". 1:0 ack 11");
    script.inject(". 11:0 ack 1 win 8000");
    script.inject(". 1:0 ack 1 win 3");
    assert_eq!(script.connection.snapshot().snd_wnd, 8000);
}

/// §3.8.4.
#[test]
fn keep_alives_ask_after_silence() {
    let keep_alive = Some(ms(60_000));
    let mut script = Script::established(Config { keep_alive, ..config() });
    script.pass(ms(60_000));
    script.expect_at(60_000, ". 0:0 ack 1");
    script.inject(". 1:0 ack 1");
    script.pass(ms(60_000));
    script.expect_at(120_000, ". 0:0 ack 1");
    script.pass(ms(479_999));
    assert_eq!(script.state(), State::Established);
    assert_eq!(script.connection.stats().keep_alives, 9);
    script.pass(ms(60_001));
    assert_eq!(script.connection.error(), Some(Error::TimedOut));
}

/// The peer's keep-alive is an old segment, and those are answered.
#[test]
fn a_keep_alive_is_answered() {
    let mut script = Script::established(config());
    script.inject(". 0:0 ack 1");
    script.expect(". 1:0 ack 1");
    script.inject(". 0:1 ack 1");
    script.expect(". 1:0 ack 1");
}

/// RFC 1191 §6.4: what was too large goes again at once, in smaller pieces.
#[test]
fn a_smaller_path_resends_at_once() {
    let mut script = Script::established(config());
    script.write(1000);
    script.expect("P. 1:1000");
    let cwnd = script.connection.snapshot().cwnd;
    script.call(|connection, now| connection.path_mtu(640, now));
    script.expect_at(0, ". 1:600");
    script.expect_at(0, "P. 601:400");
    assert_eq!(script.connection.snapshot().cwnd, cwnd);
}

/// RFC 5927 §5.2: an error does not end what works, but it is what a timeout then tells.
#[test]
fn icmp_errors_are_soft_once_there_is_a_connection() {
    use link_and_ip::stack::ErrorKind;
    let mut script = Script::established(config());
    script.write(10);
    script.call(|connection, now| connection.unreachable(ErrorKind::PortUnreachable, now));
    assert_eq!(script.state(), State::Established);
    script.pass(ms(300_000));
    assert_eq!(script.connection.error(), Some(Error::Unreachable));

    let mut script = Script::connect(config());
    script.call(|connection, now| connection.unreachable(ErrorKind::HostUnreachable, now));
    assert_eq!(script.state(), State::SynSent);
    script.call(|connection, now| connection.unreachable(ErrorKind::PortUnreachable, now));
    assert_eq!(script.connection.error(), Some(Error::Unreachable));
}

/// Forgets that many segments which were sent.
fn drain(script: &mut Script, count: usize) {
    for _ in 0..count {
        script.expect("");
    }
    script.quiet();
}

/// A connection whose windows and buffer are larger than the congestion window.
fn wide() -> Script {
    let mut script = Script::connect(Config { send_buffer: 100_000, ..config() });
    script.expect("S 0:0");
    script.inject("S. 0:0 ack 1 win 60000 mss 1000");
    script.expect(". 1:0");
    script
}

/// RFC 5681 §3.1: no more than the congestion window, however large the peer's is.
#[test]
fn the_congestion_window_limits() {
    let mut script = wide();
    script.write(50_000);
    drain(&mut script, 10);
    // Each acknowledgment of a segment lets two go.
    script.inject(". 1:0 ack 1001 win 60000");
    drain(&mut script, 2);
}

/// RFC 7661 §4.3: a window that was full has been tried, though acknowledgments for all of it come
/// before anything can follow.
#[test]
fn acknowledgments_that_come_together_open_the_window_too() {
    let mut script = wide();
    script.write(50_000);
    drain(&mut script, 10);
    for ack in 1..=10 {
        script.arrive(&format!(". 1:0 ack {} win 60000", 1 + ack * 1000));
    }
    assert_eq!(script.connection.snapshot().cwnd, 20_000);
    drain(&mut script, 20);
}

/// RFC 6582 §3.2: but what ends fast recovery counts what is on the way in truth.
#[test]
fn the_end_of_fast_recovery_makes_no_burst() {
    let mut script = wide();
    script.write(10_000);
    drain(&mut script, 10);
    for _ in 0..3 {
        script.arrive(". 1:0 ack 1 win 60000");
    }
    script.expect(". 1:1000");
    script.arrive(". 1:0 ack 2001 win 60000");
    script.arrive(". 1:0 ack 10001 win 60000");
    assert_eq!(script.connection.snapshot().cwnd, 2000);
}

/// RFC 5681 §4.1: after a pause nobody knows what the network takes.
#[test]
fn a_pause_ends_a_large_window() {
    let mut script = wide();
    script.write(20_000);
    for ack in 1..=20 {
        script.inject(&format!(". 1:0 ack {} win 60000", 1 + ack * 1000));
    }
    assert!(script.connection.snapshot().cwnd > 12_000);
    drain(&mut script, 20);
    script.pass(ms(10_000));
    script.write(50_000);
    drain(&mut script, 10);
}

/// A SYN that had to go again makes a careful start (RFC 5681 §3.1).
#[test]
fn a_lost_syn_makes_a_careful_start() {
    let mut script = Script::connect(config());
    script.pass(ms(1000));
    script.inject("S. 0:0 ack 1 win 10000 mss 1000");
    drain(&mut script, 3);
    script.write(5000);
    drain(&mut script, 1);
}

/// Silence while there was nothing to say is no silence of the peer.
#[test]
fn a_closed_window_after_a_long_pause() {
    let mut script = Script::established(config());
    script.inject(". 1:0 ack 1 win 0");
    script.pass(ms(1_000_000));
    script.write(10);
    script.pass(ms(1000));
    script.expect_at(1_001_000, ". 1:1");
    script.pass(ms(298_999));
    assert_eq!(script.state(), State::Established);
    script.pass(ms(1));
    assert_eq!(script.connection.error(), Some(Error::TimedOut));
}

/// RFC 5681 §2: a duplicate has no data, and the same window.
#[test]
fn neither_data_nor_another_window_is_a_duplicate() {
    let mut script = Script::established(config());
    script.write(5000);
    drain(&mut script, 5);
    for at in 0..4 {
        script.inject(&format!("P. {}:10 ack 1", 1 + 10 * at));
        script.expect(&format!(". 5001:0 ack {}", 11 + 10 * at));
    }
    for window in [9000, 8000, 7000, 6000] {
        script.inject(&format!(". 41:0 ack 1 win {window}"));
    }
    script.quiet();
    assert_eq!(script.connection.stats().duplicate_acks, 0);
}

/// Nobody waits for the FIN of a peer that has forgotten us, once the program is gone.
#[test]
fn fin_wait_2_ends_if_nobody_reads() {
    let mut script = Script::established(config());
    script.call(Connection::close);
    script.expect("F. 1:0");
    script.inject(". 1:0 ack 2");
    assert_eq!(script.state(), State::FinWait2);
    script.pass(ms(60_000));
    assert_eq!((script.state(), script.connection.error()), (State::Closed, None));
}

/// What a connection costs that does nothing.
#[test]
fn an_idle_connection_is_small() {
    let script = Script::established(Config::default());
    assert!(script.connection.memory() < 1024, "{} bytes", script.connection.memory());
}

/// RFC 5681 §4.2: a peer counts duplicates, so segments that come together out of order are
/// answered one by one.
#[test]
fn each_segment_out_of_order_is_answered() {
    let mut script = Script::established(Config { delayed_ack: ms(40), ..config() });
    for seq in [1001, 2001, 3001] {
        script.arrive(&format!(". {seq}:1000 ack 1"));
    }
    for _ in 0..3 {
        script.expect_at(0, ". 1:0 ack 1");
    }
    script.quiet();
}

/// RFC 5681 §2: the answer to what comes in order with them is no duplicate, so it is one more.
#[test]
fn what_comes_in_order_before_a_hole_is_answered_besides() {
    for delayed_ack in [Duration::ZERO, ms(40)] {
        let mut script = Script::established(Config { delayed_ack, ..config() });
        for seq in [1, 2001, 3001, 4001] {
            script.arrive(&format!(". {seq}:1000 ack 1"));
        }
        for _ in 0..4 {
            script.expect_at(0, ". 1:0 ack 1001");
        }
        script.quiet();
    }
}

/// RFC 5681 §4.2: so is what fills a part of a hole.
#[test]
fn a_hole_that_gets_smaller_is_reported_at_once() {
    let mut script = Script::established(Config { delayed_ack: ms(40), ..config() });
    script.inject(". 2001:1000 ack 1");
    script.expect_at(0, ". 1:0 ack 1");
    script.inject(". 1:1000 ack 1");
    script.expect_at(0, ". 1:0 ack 1001");
}

/// RFC 6298 §5.3: progress sets the timer anew, with what has been measured.
#[test]
fn progress_sets_the_timer_anew() {
    let mut script = Script::established(config());
    script.write(2000);
    drain(&mut script, 2);
    script.pass(ms(900));
    script.inject(". 1:0 ack 1001");
    let rto = script.connection.snapshot().rto;
    script.pass(rto.saturating_sub(ms(1)));
    script.quiet();
    script.pass(ms(1));
    script.expect("P. 1001:1000");
}

/// RFC 6582 §3.2, with blocks: too little has arrived behind the second hole for it to count as
/// lost, but the partial acknowledgment says so.
#[test]
fn with_sack_a_partial_acknowledgment_resends_too() {
    let mut script = Script::established_with_sack(config());
    script.write(6000);
    drain(&mut script, 6);
    for end in [2001, 3001, 4001] {
        script.inject(&format!(". 1:0 ack 1 sack 1001..{end}"));
    }
    script.expect(". 1:1000");
    script.inject(". 1:0 ack 1 sack 5001..6001 sack 1001..4001");
    script.quiet();
    script.inject(". 1:0 ack 4001 sack 5001..6001");
    script.expect(". 4001:1000");
    assert_eq!(script.connection.stats().timeouts, 0);
}

/// A FIN behind the window is cut off with the bytes before it.
#[test]
fn a_fin_behind_the_window_is_cut_off() {
    let mut script = Script::established(config());
    script.inject("F. 1001:12000 ack 1");
    script.inject(". 1:1000 ack 1");
    assert_eq!(script.state(), State::Established);
    assert_eq!(script.connection.snapshot().receive_queue, 10_000);
}

/// Karn's algorithm (RFC 6298 §3): what was sent twice measures nothing.
#[test]
fn what_was_sent_twice_measures_nothing() {
    let mut script = Script::established(config());
    let before = script.connection.snapshot().srtt;
    script.write(10);
    script.pass(ms(1500));
    script.inject(". 1:0 ack 11");
    assert_eq!(script.connection.snapshot().srtt, before);
    assert_eq!(script.connection.stats().timeouts, 1);
}

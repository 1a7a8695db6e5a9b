//! The parts of a connection, each against something too simple to be wrong.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use proptest::prelude::*;
use tcp::Seq;
use tcp::assembler::{Assembler, LIMIT};
use tcp::buffer::{Receive, Send};
use tcp::rto::Estimator;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Cases enough to meet each branch, few enough for a debug build.
fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

mod seq {
    use super::*;

    #[test]
    fn the_numbers_wrap() {
        let last = Seq(u32::MAX);
        assert_eq!(last + 1, Seq(0));
        assert_eq!(Seq(0) - 1, last);
        assert!(last.is_before(Seq(0)) && Seq(0).is_after(last));
        assert_eq!(Seq(5).since(last - 4), 10);
        assert!(Seq(3).is_within(last, 5) && !Seq(4).is_within(last, 5));
        assert!(!Seq(3).is_within(Seq(3), 0), "nothing is in an empty window");
    }

    /// Rock, paper, scissors: why there is no `Ord`.
    #[test]
    fn there_is_no_order_among_all() {
        let thirds = [Seq(0), Seq(0x5555_5555), Seq(0xaaaa_aaaa)];
        assert!(thirds[0].is_before(thirds[1]));
        assert!(thirds[1].is_before(thirds[2]));
        assert!(thirds[2].is_before(thirds[0]));
    }

    proptest! {
        #![proptest_config(cases(256))]

        #[test]
        fn arithmetic_is_that_of_distances(start: u32, a in 0..1_u32 << 30, b in 0..1_u32 << 30) {
            let start = Seq(start);
            prop_assert_eq!((start + a).is_before(start + b), a < b);
            prop_assert_eq!((start + a).is_after(start + b), a > b);
            prop_assert_eq!((start + a).since(start), a);
            prop_assert_eq!((start + a) - a, start);
            prop_assert_eq!((start + a).is_within(start, b), a < b);
            prop_assert_eq!((start + a).earlier(start + b), start + a.min(b));
            prop_assert_eq!((start + a).later(start + b), start + a.max(b));
        }
    }
}

mod assembler {
    use super::*;

    /// All blocks, as RFC 2018 §4 wants them: the newest first.
    #[test]
    fn the_newest_range_is_reported_first() {
        let mut assembler = Assembler::default();
        for start in [100, 300, 500, 200] {
            assert!(assembler.insert(Seq(start), Seq(start + 50)));
        }
        let block = |start, end| Some((Seq(start), Seq(end)));
        let blocks = [block(200, 250), block(500, 550), block(300, 350), block(100, 150)];
        assert_eq!(assembler.blocks(), blocks);
        // 300 to 350 grows at both ends, and swallows its neighbor.
        assert!(assembler.insert(Seq(250), Seq(301)));
        let blocks = [block(200, 350), block(500, 550), block(100, 150), None];
        assert_eq!(assembler.blocks(), blocks);
    }

    #[test]
    fn a_peer_that_sends_every_second_byte_gets_no_more_memory() {
        let mut assembler = Assembler::default();
        let taken = (0..1000).filter(|hole| assembler.insert(Seq(hole * 2 + 1), Seq(hole * 2 + 2)));
        assert_eq!((taken.count(), assembler.len()), (LIMIT, LIMIT));
        assert!(assembler.memory() <= 2 * LIMIT * 8, "{}", assembler.memory());
        assert!(assembler.insert(Seq(2), Seq(3)), "closing a hole is always possible");
        assert_eq!(assembler.len(), LIMIT - 1);
        // What comes in order needs none of it.
        assert_eq!(assembler.advance(Seq(1)), Seq(4));
    }

    proptest! {
        #![proptest_config(cases(200))]

        /// A set of bytes cannot be wrong about ranges.
        #[test]
        fn ranges_are_what_a_set_of_bytes_says(
            base: u32,
            pieces in prop::collection::vec((0..60_u32, 0..12_u32), 1..40),
        ) {
            let (mut assembler, mut set, mut next) = (Assembler::default(), BTreeSet::new(), 0);
            for (start, length) in pieces {
                let (start, end) = (start.max(next), (start + length).max(next));
                if start == next {
                    next = assembler.advance(Seq(base) + end).since(Seq(base));
                    set.extend(start..end);
                    let mut expected = end;
                    while set.contains(&expected) {
                        expected += 1;
                    }
                    prop_assert_eq!(next, expected);
                } else {
                    prop_assert!(assembler.insert(Seq(base) + start, Seq(base) + end));
                    set.extend(start..end);
                }
                set.retain(|at| *at >= next);
                for at in next..80 {
                    prop_assert_eq!(assembler.contains(Seq(base) + at), set.contains(&at));
                }
                let ends = set.iter().filter(|at| !set.contains(&(**at + 1))).count();
                prop_assert_eq!(assembler.len(), ends, "as few ranges as there can be");
            }
        }
    }
}

mod buffers {
    use super::*;

    #[test]
    fn nothing_costs_nothing() {
        let mut send = Send::new(1 << 16, Seq(1));
        assert_eq!(send.memory(), 0);
        send.push(b"GET / HTTP/1.1\r\n\r\n");
        assert_eq!(send.memory(), 2048);
        send.release();
        assert_eq!(send.memory(), 2048, "somebody may still need it");
        send.acknowledge(send.end());
        send.release();
        assert_eq!(send.memory(), 0);

        let mut receive = Receive::new(1 << 16, Seq(1));
        assert_eq!(receive.memory(), 0);
        receive.store(Seq(60_000), b"far ahead");
        assert_eq!(receive.memory(), 1 << 16);
    }

    #[test]
    fn what_is_outside_of_the_window_is_left_out() {
        let mut receive = Receive::new(8, Seq(10));
        receive.store(Seq(6), b"oldnew");
        receive.store(Seq(16), b"lastbeyond");
        receive.store(Seq(18), b"beyond");
        receive.store(Seq(0), b"old");
        receive.store(Seq(10 + (1 << 31)), b"half the circle away");
        receive.extend(Seq(12));
        assert_eq!(receive.readable().concat(), b"ew");
        assert_eq!((receive.len(), receive.free(), receive.end()), (2, 6, Seq(12)));
        receive.extend(Seq(1000));
        assert_eq!(receive.len(), 8, "never more than there is memory for");
    }

    #[test]
    fn what_came_too_early_keeps_its_place_when_all_else_is_read() {
        let mut receive = Receive::new(4096, Seq(10));
        receive.store(Seq(10), b"he");
        receive.store(Seq(14), b"o");
        receive.extend(Seq(12));
        assert_eq!(receive.read(&mut [0; 8]), 2);
        assert!(receive.is_empty());
        receive.store(Seq(12), b"ll");
        receive.extend(Seq(15));
        assert_eq!(receive.readable().concat(), b"llo");
        // Nothing waits now, so the ring may begin anew.
        assert_eq!(receive.read(&mut [0; 8]), 3);
        receive.store(Seq(15), b" world");
        receive.extend(Seq(21));
        assert_eq!(receive.readable().concat(), b" world");
    }

    #[test]
    fn numbers_that_are_not_there_give_nothing() {
        let mut send = Send::new(100, Seq(10));
        send.push(b"hello");
        for at in [Seq(9), Seq(16), Seq(10 + (1 << 31)), Seq(u32::MAX)] {
            assert_eq!(send.slices(at, 10).concat(), b"");
        }
        assert_eq!(send.slices(Seq(13), 1).concat(), b"l");
        // A FIN behind the last byte is acknowledged too.
        send.acknowledge(Seq(16));
        assert_eq!((send.start(), send.len()), (Seq(15), 0));
        send.acknowledge(Seq(3));
        assert_eq!(send.start(), Seq(15), "what was acknowledged stays so");
    }

    proptest! {
        #![proptest_config(cases(128))]

        /// Sizes around the ring's, so that it wraps and grows in the middle.
        #[test]
        fn a_send_buffer_is_a_queue(
            first: u32,
            capacity in 0..6000_usize,
            steps in prop::collection::vec((0..2500_usize, 0..2500_usize), 1..30),
        ) {
            let (mut send, mut queue) = (Send::new(capacity, Seq(first)), VecDeque::new());
            let (mut start, mut written) = (Seq(first), 0_usize);
            for (push, acknowledge) in steps {
                let bytes: Vec<u8> = (written..written + push).map(|at| (at % 251) as u8).collect();
                let taken = send.push(&bytes);
                prop_assert_eq!(taken, push.min(capacity - queue.len()));
                queue.extend(&bytes[..taken]);
                written += taken;
                let count = acknowledge.min(queue.len());
                queue.drain(..count);
                start = start + count as u32;
                send.acknowledge(start);
                prop_assert_eq!((send.start(), send.len()), (start, queue.len()));
                prop_assert_eq!(send.free(), capacity - queue.len());
                prop_assert!(send.memory() <= capacity);
                let at = queue.len() / 3;
                let part: Vec<u8> = queue.iter().skip(at).take(1460).copied().collect();
                prop_assert_eq!(send.slices(start + at as u32, 1460).concat(), part);
            }
        }

        /// Each byte is a function of its number, so any mistake shows.
        #[test]
        fn a_receive_buffer_gives_each_byte_at_its_number(
            first: u32,
            capacity in 1..6000_usize,
            steps in prop::collection::vec((0..5000_u32, 0..1500_u32, 0..3000_usize), 1..30),
        ) {
            let byte = |at: Seq| (at.since(Seq(first)) % 251) as u8;
            let mut receive = Receive::new(capacity, Seq(first));
            let (mut assembler, mut read) = (Assembler::default(), Seq(first));
            for (ahead, length, take) in steps {
                let start = receive.end() + if ahead % 3 == 0 { 0 } else { ahead };
                let edge = receive.end() + receive.free() as u32;
                let end = (start + length).earlier(edge).later(start.earlier(edge));
                let bytes: Vec<u8> = (0..length).map(|at| byte(start + at)).collect();
                if start == receive.end() {
                    receive.store(start, &bytes);
                    receive.extend(assembler.advance(end));
                } else if start.is_before(edge) && assembler.insert(start, end) {
                    receive.store(start, &bytes);
                }
                let mut got = vec![0; take];
                let count = receive.read(&mut got);
                for got in &got[..count] {
                    prop_assert_eq!(*got, byte(read));
                    read = read + 1;
                }
                prop_assert!(receive.memory() <= capacity);
                prop_assert_eq!(receive.len() + receive.free(), capacity);
                prop_assert_eq!(receive.end(), read + receive.len() as u32);
            }
        }
    }
}

mod rto {
    use super::*;

    /// RFC 6298 §2.2, §2.3, by hand.
    #[test]
    fn the_equations() {
        let mut estimator = Estimator::new(ms(1000), ms(10), ms(60_000));
        estimator.sample(ms(80));
        assert_eq!((estimator.smoothed(), estimator.variation()), (Some(ms(80)), Some(ms(40))));
        assert_eq!(estimator.rto(), ms(240));
        estimator.sample(ms(160));
        // 3/4 of 40 and 1/4 of 80; 7/8 of 80 and 1/8 of 160.
        assert_eq!((estimator.variation(), estimator.smoothed()), (Some(ms(50)), Some(ms(90))));
        assert_eq!(estimator.rto(), ms(290));
    }

    /// §2.1, §2.4, §2.5, §5.5: 1, 2, 4 … 60 s.
    #[test]
    fn back_off_doubles_up_to_the_maximum_and_ends_with_a_sample() {
        let mut estimator = Estimator::new(ms(1000), ms(1000), ms(60_000));
        let waits: Vec<u64> = (0..9)
            .map(|_| {
                let wait = estimator.rto().as_secs();
                estimator.back_off();
                wait
            })
            .collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        (0..1000).for_each(|_| estimator.back_off());
        assert_eq!(estimator.rto(), ms(60_000));
        estimator.sample(ms(3));
        assert_eq!((estimator.rto(), estimator.back_offs()), (ms(1000), 0));
    }

    /// §5.7.
    #[test]
    fn a_lost_syn_makes_the_first_data_wait_three_seconds() {
        let mut estimator = Estimator::new(ms(1000), ms(200), ms(60_000));
        estimator.back_off();
        estimator.established();
        assert_eq!(estimator.rto(), ms(3000));
        let mut estimator = Estimator::new(ms(1000), ms(200), ms(60_000));
        estimator.established();
        assert_eq!(estimator.rto(), ms(1000), "not if none was lost");
        estimator.back_off();
        estimator.sample(ms(100));
        estimator.established();
        assert_eq!(estimator.rto(), ms(300), "nor if a timestamp measured it");
    }

    proptest! {
        #![proptest_config(cases(200))]

        #[test]
        fn it_stays_within_its_bounds(samples in prop::collection::vec(0..u64::MAX, 1..50)) {
            let (min, max) = (ms(200), ms(60_000));
            let mut estimator = Estimator::new(ms(1000), min, max);
            for nanos in samples {
                match nanos % 3 {
                    0 => estimator.back_off(),
                    _ => estimator.sample(Duration::from_nanos(nanos)),
                }
                prop_assert!((min..=max).contains(&estimator.rto()));
            }
        }

        /// Nothing but the truth, often enough, is believed.
        #[test]
        fn a_steady_path_is_learned(before in 0..5000_u64, rtt in 1..5000_u64) {
            let mut estimator = Estimator::new(ms(1000), ms(1), ms(60_000));
            estimator.sample(ms(before));
            (0..200).for_each(|_| estimator.sample(ms(rtt)));
            let smoothed = estimator.smoothed().unwrap_or_default();
            prop_assert!(smoothed.abs_diff(ms(rtt)) < Duration::from_micros(10));
            prop_assert!(estimator.rto() < ms(rtt + 2), "no more than the granularity above it");
            let least = ms(rtt + 1).saturating_sub(Duration::from_micros(10));
            prop_assert!(estimator.rto() > least, "and no less");
        }
    }
}

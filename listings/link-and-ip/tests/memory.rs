//! The link in memory: what it does to frames, that it does the same each time, and the network
//! that is made of such links.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use first_bytes::pcap;
use link_and_ip::link::Node;
use link_and_ip::link::memory::{Conditions, Fate, Memory, Tap, Verdict};
use link_and_ip::link::network::{Network, Stalled};
use link_and_ip::stack::InterfaceId;

const fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// Everything that arrives at `port`, with the time.
fn drain(link: &mut Memory, port: usize) -> Vec<(Duration, Vec<u8>)> {
    let mut all = Vec::new();
    while let Some(now) = link.next_arrival() {
        for other in 0..8 {
            while let Some(frame) = link.receive(other, now) {
                if other == port {
                    all.push((now, frame));
                }
            }
        }
    }
    all
}

fn numbered(count: u16) -> impl Iterator<Item = Vec<u8>> {
    (0..count).map(|number| number.to_be_bytes().to_vec())
}

#[test]
fn a_perfect_link_keeps_frames_and_their_order() {
    let mut link = Memory::hub(2, Conditions::default(), 1);
    for frame in numbered(1000) {
        link.send(0, frame, ms(3));
    }
    assert_eq!(link.receive(0, ms(3)), None, "nobody hears itself");
    let frames: Vec<_> = drain(&mut link, 1);
    assert!(frames.iter().all(|(at, _)| *at == ms(3)));
    assert!(frames.into_iter().map(|(_, frame)| frame).eq(numbered(1000)));
    assert_eq!(link.fate(), Fate { delivered: 1000, ..Fate::default() });
}

const BAD: Conditions = Conditions {
    loss: 0.1,
    duplicate: 0.05,
    corrupt: 0.02,
    reorder: 0.2,
    delay: ms(10),
    held_back: ms(30),
    bandwidth: None,
    queue: None,
};

#[test]
fn a_seed_decides_everything() {
    let run = |seed| {
        let mut link = Memory::hub(2, BAD, seed);
        for (at, frame) in (0..).zip(numbered(500)) {
            link.send(0, frame, ms(at));
        }
        drain(&mut link, 1)
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8));
}

#[test]
fn the_numbers_are_about_what_was_asked_for() {
    let mut link = Memory::hub(2, BAD, 1);
    for (at, frame) in (0..).zip(numbered(20_000)) {
        link.send(0, frame, ms(at));
    }
    let frames = drain(&mut link, 1);
    let Fate { delivered, lost, duplicated, corrupted, held_back, queue_full } = link.fate();
    let about = |count: u64, expected: u64| count.abs_diff(expected) < expected / 10;
    assert!(about(lost, 2000), "{lost} lost");
    assert!(about(duplicated, 900), "{duplicated} twice");
    assert!(about(corrupted, 360), "{corrupted} damaged");
    assert!(about(held_back, 3780), "{held_back} held back");
    assert_eq!((delivered, queue_full), (20_000 - lost + duplicated, 0));
    assert_eq!(delivered, frames.len() as u64);
    assert!(!frames.is_sorted_by_key(|(_, frame)| frame.clone()), "some overtake others");
    assert!(frames.is_sorted_by_key(|(at, _)| *at));
}

#[test]
fn a_frame_that_is_held_back_is_overtaken_and_the_others_are_not_late() {
    let conditions = Conditions { reorder: 0.2, delay: ms(10), held_back: ms(30), ..BAD };
    let conditions = Conditions { loss: 0.0, duplicate: 0.0, corrupt: 0.0, ..conditions };
    let mut link = Memory::hub(2, conditions, 1);
    for (at, frame) in (0..).zip(numbered(1000)) {
        link.send(0, frame, ms(at));
    }
    let mut punctual = 0;
    let mut order = Vec::new();
    for (at, frame) in drain(&mut link, 1) {
        let sent = u64::from(u16::from_be_bytes([frame[0], frame[1]]));
        assert!((ms(sent + 10)..=ms(sent + 40)).contains(&at), "frame {sent} at {at:?}");
        punctual += u64::from(at == ms(sent + 10));
        order.push(sent);
    }
    assert_eq!((order.len(), punctual), (1000, 1000 - link.fate().held_back));
    assert!(!order.is_sorted());
}

#[test]
fn a_damaged_frame_differs_in_one_bit() {
    let mut link = Memory::hub(2, Conditions { corrupt: 1.0, ..Conditions::default() }, 1);
    for _ in 0..100 {
        link.send(0, vec![0; 60], ms(0));
    }
    link.send(0, Vec::new(), ms(0));
    let bits = |frame: &[u8]| frame.iter().map(|byte| byte.count_ones()).sum::<u32>();
    let frames = drain(&mut link, 1);
    assert_eq!(frames.iter().filter(|(_, frame)| bits(frame) == 1).count(), 100);
    assert_eq!(frames.len(), 101, "and one without a bit is let alone");
}

#[test]
fn a_slow_port_sends_one_frame_after_the_other() {
    let conditions = Conditions {
        bandwidth: Some(8_000_000), // a byte each microsecond
        queue: Some(ms(3)),
        delay: ms(5),
        ..Conditions::default()
    };
    let mut link = Memory::hub(2, conditions, 1);
    for _ in 0..10 {
        link.send(0, vec![0; 1000], ms(0));
    }
    link.send(1, vec![0; 1000], ms(0));
    let times: Vec<_> = drain(&mut link, 1).into_iter().map(|(at, _)| at).collect();
    assert_eq!(times, [6, 7, 8, 9].map(ms), "each direction has a wire of its own");
    assert_eq!(link.fate().queue_full, 6);
}

fn frame(destination: u8, source: u8) -> Vec<u8> {
    [[2, 0, 0, 0, 0, destination], [2, 0, 0, 0, 0, source]].concat()
}

#[test]
fn a_hub_tells_everyone_and_a_switch_only_whom_it_concerns() {
    let heard = |mut link: Memory| {
        link.send(0, frame(2, 1), ms(0));
        link.send(1, frame(1, 2), ms(1));
        link.send(0, frame(2, 1), ms(2));
        link.send(2, vec![0; 5], ms(3)); // too short to name anyone
        link.send(9, frame(1, 2), ms(4)); // from a port that does not exist
        let count = |port| {
            let mut copy = 0;
            while link.receive(port, ms(9)).is_some() {
                copy += 1;
            }
            copy
        };
        (0..4).map(count).collect::<Vec<_>>()
    };
    assert_eq!(heard(Memory::hub(4, Conditions::default(), 1)), [2, 3, 3, 4]);
    assert_eq!(heard(Memory::switch(4, Conditions::default(), 1)), [2, 3, 1, 2]);
}

#[test]
fn a_switch_does_not_learn_for_ever() {
    let mut link = Memory::switch(2, Conditions::default(), 1);
    for number in 0..100_000u32 {
        let mut frame = vec![0xff; 12];
        frame[8..12].copy_from_slice(&number.to_be_bytes());
        link.send(0, frame, ms(0));
        link.receive(1, ms(0));
    }
    assert!(format!("{link:?}").len() < 1000);
    link.send(1, frame(0x55, 1), ms(0));
    assert!(link.receive(0, ms(0)).is_some(), "full, it is a hub for the others");
}

#[test]
fn a_filter_loses_exactly_what_it_names() {
    let mut link = Memory::hub(2, Conditions::default(), 1);
    let mut count = 0;
    link.filter(move |port, frame| {
        assert_eq!((port, frame.len()), (0, 2));
        count += 1;
        if count == 3 { Verdict::Lose } else { Verdict::Pass }
    });
    for frame in numbered(5) {
        link.send(0, frame, ms(0));
    }
    let arrived: Vec<_> = drain(&mut link, 1).into_iter().map(|(_, frame)| frame[1]).collect();
    assert_eq!(arrived, [0, 1, 3, 4]);
}

/// A file that the test can read afterwards.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_recording_is_what_was_sent_or_what_arrived() {
    let frames = |tap| {
        let file = Shared::default();
        let conditions = Conditions { loss: 0.5, delay: ms(2), ..Conditions::default() };
        let mut link = Memory::hub(2, conditions, 1);
        link.record(tap, file.clone()).unwrap();
        for frame in numbered(100) {
            link.send(0, frame, ms(1));
        }
        let arrived = drain(&mut link, 1).len();
        link.finish_recording().unwrap();
        let bytes = file.0.lock().unwrap().clone();
        let records: Vec<_> = pcap::Reader::new(&bytes).unwrap().map(Result::unwrap).collect();
        assert!(records.iter().all(|record| record.frame.len() == 2));
        (records[0].time, records.len(), arrived)
    };
    let (time, sent, arrived) = frames(Tap::Sent);
    assert_eq!((time, sent), (ms(1), 100));
    assert!(arrived < 100);
    assert_eq!(frames(Tap::Delivered), (ms(3), arrived, arrived));
}

#[test]
fn a_full_disk_is_told_of_in_the_end() {
    struct Full(usize);
    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut link = Memory::hub(2, Conditions::default(), 1);
    link.record(Tap::Sent, Full(100)).unwrap();
    for frame in numbered(20) {
        link.send(0, frame, ms(1));
    }
    assert_eq!(link.finish_recording().unwrap_err().kind(), io::ErrorKind::StorageFull);
    assert_eq!(drain(&mut link, 1).len(), 20, "the link goes on");
}

/// Sends a frame each second, and sends back what it gets with one less in its first byte.
#[derive(Debug, Default)]
struct Ticker {
    next: Option<Duration>,
    out: Vec<Vec<u8>>,
    heard: Vec<(Duration, Vec<u8>)>,
}

impl Node for Ticker {
    fn receive(&mut self, _: InterfaceId, frame: &[u8], now: Duration) {
        self.heard.push((now, frame.to_vec()));
        if let Some(less) = frame[0].checked_sub(1) {
            self.out.push(vec![less]);
        }
    }

    fn next_frame(&mut self) -> Option<(InterfaceId, Vec<u8>)> {
        Some((0, self.out.pop()?))
    }

    fn deadline(&self) -> Option<Duration> {
        self.next
    }

    fn handle_timeout(&mut self, now: Duration) {
        self.next = Some(now + ms(1000));
        self.out.push(vec![1]);
    }
}

fn tickers(conditions: Conditions) -> Network<Ticker> {
    let first = Ticker { next: Some(ms(0)), ..Ticker::default() };
    Network::pair([first, Ticker::default()], Memory::hub(2, conditions, 1))
}

#[test]
fn time_goes_from_event_to_event() {
    let mut network = tickers(Conditions { delay: ms(10), ..Conditions::default() });
    network.run(ms(2500)).unwrap();
    assert_eq!(network.now(), ms(2500));
    let times = |node: &Ticker| node.heard.iter().map(|(at, _)| *at).collect::<Vec<_>>();
    assert_eq!(times(&network.nodes[1]), [10, 1010, 2010].map(ms));
    assert_eq!(times(&network.nodes[0]), [20, 1020, 2020].map(ms));

    let five = |network: &mut Network<Ticker>| network.nodes[0].heard.len() == 5;
    assert_eq!(network.run_until(ms(9_000_000), five), Ok(true));
    assert_eq!(network.now(), ms(4020));
    assert_eq!(network.run_until(ms(4500), |_| false), Ok(false));
}

#[test]
fn nothing_to_do_ends_a_run() {
    let mut network = tickers(Conditions::default());
    network.nodes[0].next = None;
    network.run(Duration::MAX).unwrap();
    assert_eq!(network.now(), ms(0));
}

#[test]
fn time_that_stands_still_is_an_error() {
    #[derive(Debug)]
    struct Eager;
    impl Node for Eager {
        fn receive(&mut self, _: InterfaceId, _: &[u8], _: Duration) {}
        fn next_frame(&mut self) -> Option<(InterfaceId, Vec<u8>)> {
            None
        }
        fn deadline(&self) -> Option<Duration> {
            Some(ms(7))
        }
        fn handle_timeout(&mut self, _: Duration) {}
    }
    let mut network = Network::pair([Eager, Eager], Memory::hub(2, Conditions::default(), 1));
    assert_eq!(network.run(ms(100)), Err(Stalled { now: ms(7) }));
}

#[test]
fn a_router_stands_on_two_links() {
    let mut network = Network::default();
    let links = [1, 2].map(|seed| network.add_link(Memory::hub(2, Conditions::default(), seed)));
    let nodes = [0, 1, 2].map(|_| network.add_node(Ticker::default()));
    network.connect(nodes[0], 0, links[0], 0);
    network.connect(nodes[1], 0, links[0], 1);
    network.connect(nodes[1], 1, links[1], 0);
    network.connect(nodes[2], 0, links[1], 1);
    network.nodes[0].out.push(vec![0]);
    network.nodes[2].out.push(vec![0]);
    network.run(ms(1)).unwrap();
    assert_eq!(network.nodes.iter().map(|node| node.heard.len()).collect::<Vec<_>>(), [0, 2, 0]);
}

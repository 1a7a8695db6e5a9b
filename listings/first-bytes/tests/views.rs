//! What is shown and written, for bytes that nobody would think of.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use first_bytes::capture::Capture;
use first_bytes::event::{Connection, Direction, Event, Guard, Observer, Sink};
use first_bytes::frame::{ACK, CLIENT_MAC, PSH, SERVER_MAC, Segment, checksum};
use first_bytes::hexdump::dump;
use first_bytes::layers::{dissect, render};
use first_bytes::pcap::{self, MAX_FRAME, ReadError, Reader};
use first_bytes::print;
use first_bytes::turns::{LONGEST, Turns};
use proptest::collection::vec;
use proptest::prelude::*;

fn connection(number: u64) -> Connection {
    Connection {
        number,
        client: SocketAddr::from(([192, 0, 2, 1], 51000)),
        server: SocketAddr::from(([198, 51, 100, 2], 80)),
        accepted: UNIX_EPOCH + Duration::from_secs(1_000_000_000),
    }
}

/// Reads a hex view back: the offset of its first line, and the bytes.
fn parse(text: &str) -> (Option<u64>, Vec<u8>) {
    let (mut first, mut bytes) = (None, Vec::new());
    for line in text.lines() {
        let (offset, rest) = line.split_once("  ").unwrap();
        let offset = u64::from_str_radix(offset, 16).unwrap();
        let first = *first.get_or_insert(offset);
        assert_eq!(offset, first + bytes.len() as u64);
        let hex = rest.split_once('|').unwrap().0;
        bytes.extend(hex.split_whitespace().map(|pair| u8::from_str_radix(pair, 16).unwrap()));
    }
    (first, bytes)
}

proptest! {
    #[test]
    fn a_hex_view_holds_all_bytes_in_80_columns(
        offset in 0..1u64 << 40,
        bytes in vec(any::<u8>(), 1..200),
    ) {
        let mut text = String::new();
        dump(&mut text, offset, &bytes);
        prop_assert_eq!(parse(&text), (Some(offset), bytes));
        for line in text.lines() {
            prop_assert!(line.is_ascii() && line.len() <= 80, "{}", line);
        }
    }

    #[test]
    fn the_pcap_reader_never_panics(bytes in vec(any::<u8>(), 0..400), valid in any::<bool>()) {
        let mut file = if valid { pcap::file_header().to_vec() } else { Vec::new() };
        file.extend(bytes);
        if let Ok(reader) = Reader::new(&file) {
            // Each record takes 16 bytes or is an error, which is the last one.
            prop_assert!(reader.count() <= file.len() / 16 + 1);
        }
    }

    #[test]
    fn what_is_written_is_read(
        frames in vec((any::<u32>(), 0..1_000_000u32, vec(any::<u8>(), 0..99)), 0..9),
    ) {
        let mut file = pcap::file_header().to_vec();
        for (seconds, micros, frame) in &frames {
            let time = Duration::new((*seconds).into(), micros * 1000);
            file.extend(pcap::record_header(time, frame.len()));
            file.extend(frame);
        }
        let read: Result<Vec<_>, _> = Reader::new(&file).unwrap().collect();
        let read: Vec<_> = read.unwrap().iter().map(|record| {
            (record.time.as_secs() as u32, record.time.subsec_micros(), record.frame.to_vec())
        }).collect();
        prop_assert_eq!(read, frames);
    }

    #[test]
    fn every_checksum_is_right(
        source in any::<SocketAddr>(),
        destination in any::<SocketAddr>(),
        numbers in any::<[u32; 2]>(),
        options in prop_oneof![Just(vec![]), Just(vec![2, 4, 5, 0xb4, 1, 3, 3, 7])],
        data in vec(any::<u8>(), 0..1460),
    ) {
        let frame = Segment {
            source, destination, macs: [CLIENT_MAC, SERVER_MAC], sequence: numbers[0],
            acknowledgment: numbers[1], flags: PSH | ACK, options: &options, data: &data,
        }.to_frame();
        let fields = dissect(&frame);
        let says = |text: &str| fields.iter().any(|field| field.meaning.contains(text));
        prop_assert!(says("right") && !says("wrong"));
        prop_assert!(fields.iter().all(|field| field.meaning != "padding"));
        let port = format!("source port {}", source.port());
        prop_assert!(says(&port));
        // One damaged bit behind the Ethernet header shows.
        let mut damaged = frame.clone();
        *damaged.last_mut().unwrap() ^= 0x10;
        prop_assert!(dissect(&damaged).iter().any(|field| field.meaning.contains("wrong")));
    }

    #[test]
    fn dissecting_loses_no_byte_and_never_panics(
        garbage in vec(any::<u8>(), 0..120),
        keep in 0..80usize,
        v6 in any::<bool>(),
    ) {
        let ends: [SocketAddr; 2] = if v6 {
            ["[::1]:1", "[2001:db8:1234:5678:9abc:def0:1234:5678]:2"].map(|a| a.parse().unwrap())
        } else {
            ["127.0.0.1:1", "255.255.255.255:65535"].map(|a| a.parse().unwrap())
        };
        let mut frame = Segment {
            source: ends[0], destination: ends[1], macs: [CLIENT_MAC, SERVER_MAC], sequence: 1,
            acknowledgment: 1, flags: ACK, options: &[], data: b"data",
        }.to_frame();
        // A valid beginning, so that the garbage reaches every layer.
        frame.truncate(keep);
        frame.extend(garbage);
        let fields = dissect(&frame);
        let joined: Vec<u8> = fields.iter().flat_map(|field| field.bytes.iter().copied()).collect();
        prop_assert_eq!(&joined, &frame);
        for line in render(&fields).lines() {
            prop_assert!(line.is_ascii() && line.len() <= 80, "{}", line);
        }
    }

    #[test]
    fn turns_do_not_depend_on_the_reads(cuts in vec(1..40_000usize, 0..30)) {
        let request: Vec<u8> = (0..LONGEST + 5000).map(|n| n as u8).collect();
        let told = |cuts: &[usize]| {
            let list = List::default();
            let turns = Turns::new(&list);
            let mut offset = 0;
            for cut in cuts.iter().chain([&request.len()]) {
                let end = request.len().min(offset + cut);
                let (direction, bytes) = (Direction::ToServer, &request[offset..end]);
                tell(&turns, Event::Bytes { direction, offset: offset as u64, bytes });
                offset = end;
            }
            tell(&turns, Event::Bytes { direction: Direction::ToClient, offset: 0, bytes: b"ok" });
            tell(&turns, Event::Closed { to_server: offset as u64, to_client: 2 });
            list.lines()
        };
        let whole = told(&[]);
        prop_assert_eq!(&told(&cuts), &whole);
        let lengths: Vec<_> = whole.iter().map(|line| line.split(' ').next().unwrap()).collect();
        prop_assert_eq!(lengths, ["65536", "5000", "2", "Closed"]);
    }
}

/// Notes lengths and offsets.
#[derive(Default)]
struct List(Mutex<Vec<String>>);

impl List {
    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl Observer for List {
    fn observe(&self, _: &Connection, _: Duration, event: Event<'_>) {
        let line = match event {
            Event::Bytes { direction, offset, bytes } => {
                format!("{} bytes at {offset} {direction}", bytes.len())
            }
            Event::EndOfStream { direction } => format!("end {direction}"),
            other => format!("{other:?}"),
        };
        self.0.lock().unwrap().push(line);
    }
}

fn tell(observer: &dyn Observer, event: Event<'_>) {
    observer.observe(&connection(1), Duration::ZERO, event);
}

#[test]
fn ends_without_a_byte_between_have_one_order() {
    use Direction::{ToClient, ToServer};
    for order in [[ToServer, ToClient], [ToClient, ToServer]] {
        let list = List::default();
        let turns = Turns::new(&list);
        for direction in order {
            tell(&turns, Event::EndOfStream { direction });
        }
        tell(&turns, Event::CutOff);
        assert_eq!(list.lines(), ["end client → server", "end server → client", "CutOff"]);
    }
    // With a byte between, the order is a fact.
    let list = List::default();
    let turns = Turns::new(&list);
    tell(&turns, Event::EndOfStream { direction: ToClient });
    tell(&turns, Event::Bytes { direction: ToServer, offset: 0, bytes: b"x" });
    tell(&turns, Event::EndOfStream { direction: ToServer });
    tell(&turns, Event::CutOff);
    assert_eq!(
        list.lines(),
        ["end server → client", "1 bytes at 0 client → server", "end client → server", "CutOff"]
    );
}

#[test]
fn the_printed_lines() {
    let text = |event| print::render(&connection(7), Duration::from_micros(1_000_312), event);
    let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
    let direction = Direction::ToServer;
    assert_eq!(text(Event::Opened), "#7 opened by 192.0.2.1:51000\n");
    assert_eq!(
        text(Event::Bytes { direction, offset: 18, bytes: b"Hi\n" }),
        "#7 client → server  3 bytes at 18  (1.000312 s)\n\
         00000012  48 69 0a                                          |Hi.|\n"
    );
    assert!(
        text(Event::Bytes { direction: Direction::ToClient, offset: 0, bytes: b"x" })
            .starts_with("#7 server → client  1 byte at 0  (1.000312 s)\n")
    );
    assert_eq!(text(Event::EndOfStream { direction }), "#7 client → server  end of stream\n");
    assert_eq!(
        text(Event::Unreachable { error: &refused }),
        "#7 cannot reach 198.51.100.2:80: connection refused\n\
         #7 is the server running, and on that port?\n"
    );
    assert_eq!(
        text(Event::Closed { to_server: 82, to_client: 1 }),
        "#7 closed: 82 bytes →, 1 byte ←, 1.000312 s\n"
    );
}

/// A disk that is full after some bytes.
#[derive(Clone)]
struct Disk {
    written: Arc<Mutex<Vec<u8>>>,
    room: usize,
}

impl Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut written = self.written.lock().unwrap();
        let count = bytes.len().min(self.room - written.len());
        if count == 0 && !bytes.is_empty() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        written.extend(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_said_once_and_what_was_written_is_good() {
    let bytes = [7; 3000];
    for room in 24..4000 {
        let disk = Disk { written: Arc::default(), room };
        let alarms = Mutex::new(Vec::new());
        let guard = Guard::new(Capture::new(disk.clone()).unwrap(), |error: &io::Error| {
            alarms.lock().unwrap().push(error.kind());
        });
        tell(&guard, Event::Opened);
        for offset in [0, 3000, 6000] {
            tell(&guard, Event::Bytes { direction: Direction::ToServer, offset, bytes: &bytes });
        }
        assert_eq!(guard.failure(), Some(io::ErrorKind::StorageFull));
        assert_eq!(*alarms.lock().unwrap(), [io::ErrorKind::StorageFull]);
        // All frames but the torn last one can be read.
        let file = disk.written.lock().unwrap().clone();
        assert_eq!(file.len(), room);
        let frames: Vec<_> = Reader::new(&file).unwrap().collect();
        for frame in frames.iter().rev().skip(1) {
            assert!(frame.is_ok());
        }
    }
}

#[test]
fn a_capture_without_room_for_its_header_does_not_begin() {
    let disk = Disk { written: Arc::default(), room: 10 };
    assert_eq!(Capture::new(disk).err().unwrap().kind(), io::ErrorKind::StorageFull);
}

/// The numbers of the TCP headers of a capture: sequence, acknowledgment, flags, bytes of data.
fn numbers(file: &[u8]) -> Vec<(u32, u32, u8, usize)> {
    let word = |at: &[u8]| u32::from_be_bytes(at[..4].try_into().unwrap());
    let frames = Reader::new(file).unwrap().map(|record| record.unwrap().frame);
    frames
        .map(|frame| {
            let tcp = &frame[34..];
            let header = usize::from(tcp[12] >> 4) * 4;
            (word(&tcp[4..]), word(&tcp[8..]), tcp[13], tcp.len() - header)
        })
        .collect()
}

#[test]
fn a_captured_conversation_has_the_numbers_of_a_real_one() {
    let capture = Capture::new(Vec::new()).unwrap();
    let put = |event| capture.put(&connection(1), Duration::ZERO, event).unwrap();
    put(Event::Opened);
    put(Event::Bytes { direction: Direction::ToServer, offset: 0, bytes: &[b'x'; 2000] });
    put(Event::EndOfStream { direction: Direction::ToServer });
    put(Event::Bytes { direction: Direction::ToClient, offset: 0, bytes: b"answer" });
    put(Event::EndOfStream { direction: Direction::ToClient });
    put(Event::Closed { to_server: 2000, to_client: 6 });
    assert_eq!(
        numbers(&capture.into_inner()),
        [
            (0, 0, 0x02, 0),
            (0, 1, 0x12, 0),
            (1, 1, 0x10, 0),
            (1, 1, 0x18, 1460),
            (1461, 1, 0x18, 540),
            (1, 2001, 0x10, 0),
            (2001, 1, 0x11, 0),
            (1, 2002, 0x10, 0),
            (1, 2002, 0x18, 6),
            (2002, 7, 0x10, 0),
            (7, 2002, 0x11, 0),
            (2002, 8, 0x10, 0),
        ]
    );
}

#[test]
fn a_refusal_and_a_reset_are_captured_as_rst() {
    let error = io::Error::from(io::ErrorKind::ConnectionRefused);
    let capture = Capture::new(Vec::new()).unwrap();
    capture.put(&connection(1), Duration::ZERO, Event::Unreachable { error: &error }).unwrap();
    assert_eq!(numbers(&capture.into_inner()), [(0, 0, 0x02, 0), (0, 1, 0x14, 0)]);

    let capture = Capture::new(Vec::new()).unwrap();
    let put = |event| capture.put(&connection(1), Duration::ZERO, event).unwrap();
    put(Event::Opened);
    put(Event::Bytes { direction: Direction::ToServer, offset: 0, bytes: b"abc" });
    put(Event::Reset { by: first_bytes::event::Side::Server, error: &error });
    assert_eq!(numbers(&capture.into_inner()).last(), Some(&(1, 4, 0x14, 0)));
}

#[test]
fn time_does_not_run_backwards_in_a_capture() {
    let capture = Capture::new(Vec::new()).unwrap();
    for (number, at) in [(1, 5), (2, 3), (3, 7)] {
        capture.put(&connection(number), Duration::from_secs(at), Event::Opened).unwrap();
    }
    let file = capture.into_inner();
    let times: Vec<_> = Reader::new(&file).unwrap().map(|r| r.unwrap().time.as_secs()).collect();
    assert_eq!(times, [[1_000_000_005; 3], [1_000_000_005; 3], [1_000_000_007; 3]].concat());
}

#[test]
fn both_byte_orders_and_both_resolutions_are_read() {
    let frame = b"frame";
    for (magic, fraction) in [(0xa1b2_c3d4u32, 5_000), (0xa1b2_3c4d, 5_000_000u32)] {
        let words = [magic, 0x0002_0004, 0, 0, 65535, 1, 9, fraction, 5, 5];
        for bytes_of in [u32::to_be_bytes, u32::to_le_bytes] {
            let mut file: Vec<u8> = words.into_iter().flat_map(bytes_of).collect();
            file.extend(frame);
            let record = Reader::new(&file).unwrap().next().unwrap().unwrap();
            assert_eq!((record.time, record.frame), (Duration::new(9, 5_000_000), &frame[..]));
        }
    }
}

#[test]
fn damaged_files_are_named() {
    let file = |length: u32| {
        let mut file = pcap::file_header().to_vec();
        file.extend(pcap::record_header(Duration::ZERO, length as usize));
        file
    };
    let first = |file: &[u8]| Reader::new(file).unwrap().next().unwrap().unwrap_err();
    assert_eq!(Reader::new(b"short").unwrap_err(), ReadError::NoHeader);
    assert_eq!(Reader::new(&[0; 24]).unwrap_err(), ReadError::NotPcap);
    assert_eq!(first(&file(1)), ReadError::CutShort);
    assert_eq!(first(&file(0)[..30]), ReadError::CutShort);
    assert_eq!(first(&file(u32::MAX)), ReadError::TooLong(u32::MAX as usize));
    assert_eq!(first(&file(MAX_FRAME as u32 + 1)), ReadError::TooLong(MAX_FRAME + 1));
    let mut other = pcap::file_header();
    other[20] = 101;
    assert_eq!(Reader::new(&other).unwrap_err(), ReadError::NotEthernet(101));
}

#[test]
fn a_checksum_over_its_own_packet_is_zero() {
    // The IPv4 header of a packet of 60 bytes from 127.0.0.1 to itself.
    let header = [
        0x45, 0x00, 0x00, 0x3c, 0x1c, 0x46, 0x40, 0x00, 0x40, 0x06, 0x20, 0x74, 0x7f, 0x00, 0x00,
        0x01, 0x7f, 0x00, 0x00, 0x01,
    ];
    assert_eq!(checksum(&[&header]), 0);
}

//! Messages come out of a stream as they were put in, wherever it is cut, and a peer that lies
//! about a length gets no memory.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use sockets::framing::{FramingError, Lengths, Lines, with_length};
use testkit::{Finished, Process, example, free_port, require, within};

const LIMIT: Duration = Duration::from_secs(60);

/// What a decoder gave: the messages, and the rest or the error that ended it.
type Given = (Vec<Vec<u8>>, Result<Vec<u8>, FramingError>);

fn lines<'a>(limit: usize, pieces: impl IntoIterator<Item = &'a [u8]>) -> Given {
    let (mut decoder, mut given) = (Lines::new(limit), Vec::new());
    for piece in pieces {
        decoder.push(piece);
        loop {
            match decoder.next_line() {
                Ok(Some(line)) => given.push(line),
                Ok(None) => break,
                Err(error) => return (given, Err(error)),
            }
        }
    }
    (given, Ok(decoder.rest().to_vec()))
}

fn messages<'a>(limit: usize, pieces: impl IntoIterator<Item = &'a [u8]>) -> Given {
    let (mut decoder, mut given) = (Lengths::new(limit), Vec::new());
    for piece in pieces {
        decoder.push(piece);
        loop {
            match decoder.next_message() {
                Ok(Some(message)) => given.push(message),
                Ok(None) => break,
                Err(error) => return (given, Err(error)),
            }
        }
    }
    (given, Ok(decoder.rest().to_vec()))
}

/// The stream in pieces of the lengths, again and again; none is empty.
fn cut<'a>(mut stream: &'a [u8], lengths: &[usize]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    for length in lengths.iter().cycle() {
        if stream.is_empty() {
            break;
        }
        let (piece, rest) = stream.split_at(stream.len().min(*length));
        pieces.push(piece);
        stream = rest;
    }
    pieces
}

proptest! {
    #[test]
    fn lines_do_not_depend_on_the_cuts(
        stream in vec(prop_oneof![Just(b'\n'), Just(b'\r'), any::<u8>()], 0..200),
        limit in 0_usize..20,
        lengths in vec(1_usize..9, 1..20),
    ) {
        let whole = lines(limit, [&stream[..]]);
        prop_assert_eq!(lines(limit, cut(&stream, &lengths)), whole);
    }

    #[test]
    fn lengths_do_not_depend_on_the_cuts(
        stream in vec(prop_oneof![4 => Just(0), 1 => Just(1), 1 => 0_u8..30], 0..200),
        limit in 0_usize..20,
        lengths in vec(1_usize..9, 1..20),
    ) {
        let whole = messages(limit, [&stream[..]]);
        prop_assert_eq!(messages(limit, cut(&stream, &lengths)), whole);
    }

    #[test]
    fn what_was_written_is_read(
        sent in vec(vec(any::<u8>(), 0..50), 0..10),
        lengths in vec(1_usize..9, 1..20),
    ) {
        let stream: Vec<u8> =
            sent.iter().flat_map(|message| with_length(message, 50).expect("it fits")).collect();
        prop_assert_eq!(messages(50, cut(&stream, &lengths)), (sent, Ok(Vec::new())));
    }
}

// ANCHOR: cut
#[test]
fn a_cut_at_any_byte_changes_nothing() {
    let stream = b"\0\0\0\x02hi\0\0\0\0\0\0\0\x03bye";
    for cut in 0..=stream.len() {
        let (mut lengths, mut messages) = (Lengths::new(100), Vec::new());
        for piece in [&stream[..cut], &stream[cut..]] {
            lengths.push(piece);
            while let Some(message) = lengths.next_message().expect("no message is too long") {
                messages.push(message);
            }
        }
        assert_eq!(messages, [&b"hi"[..], b"", b"bye"], "cut at {cut}");
    }
}
// ANCHOR_END: cut

#[test]
fn a_line_ends_with_or_without_a_carriage_return() {
    let (given, rest) = lines(9, [&b"one\ntwo\r\n\r\nth\rree\r\r\nre"[..]]);
    assert_eq!(given, [&b"one"[..], b"two", b"", b"th\rree\r"]);
    assert_eq!(rest, Ok(b"re".to_vec()));
}

#[test]
fn the_longest_line_and_one_byte_more() {
    for end in ["\n", "\r\n"] {
        let good = format!("12345{end}");
        assert_eq!(lines(5, good.as_bytes().chunks(1)).0, [b"12345"]);
        let bad = format!("1\n123456{end}");
        let expected = (vec![b"1".to_vec()], Err(FramingError::TooLong(5)));
        assert_eq!(lines(5, bad.as_bytes().chunks(1)), expected);
        assert_eq!(lines(5, [bad.as_bytes()]), expected);
    }
    // No end is needed to see that it is too long, and no end mends it.
    let mut decoder = Lines::new(5);
    decoder.push(b"123456");
    assert_eq!(decoder.next_line(), Err(FramingError::TooLong(5)));
    decoder.push(b"\nok\n");
    assert_eq!(decoder.next_line(), Err(FramingError::TooLong(5)));
    assert_eq!(decoder.rest(), b"123456", "what comes after it is not kept");
}

#[test]
fn a_length_over_the_limit_is_refused_before_its_message() {
    let mut decoder = Lengths::new(1000);
    decoder.push(b"\xff\xff\xff");
    assert_eq!(decoder.next_message(), Ok(None));
    decoder.push(b"\xff");
    assert_eq!(decoder.next_message(), Err(FramingError::TooLong(1000)));
    decoder.push(&[0; 100]);
    assert_eq!(decoder.next_message(), Err(FramingError::TooLong(1000)));
    assert_eq!(decoder.rest().len(), 4, "what comes after the lie is not kept");
    assert_eq!(with_length(&[0; 1001], 1000), Err(FramingError::TooLong(1000)));

    let longest = with_length(&[7; 1000], 1000).expect("it is not too long");
    assert_eq!(messages(1000, [&longest[..]]), (vec![vec![7; 1000]], Ok(Vec::new())));
}

#[test]
fn a_push_of_short_lines_costs_what_it_is_long() {
    // Moving the rest after each line would move a terabyte.
    within(LIMIT, "a million lines", || {
        let mut decoder = Lines::new(10);
        decoder.push(&b"\n".repeat(1_000_000));
        let mut count = 0;
        while decoder.next_line().expect("short lines").is_some() {
            count += 1;
        }
        assert_eq!(count, 1_000_000);

        // Neither do many reads that each leave half a line behind.
        let mut decoder = Lines::new(10);
        for _ in 0..200_000 {
            decoder.push(b"b\na");
            while decoder.next_line().expect("short lines").is_some() {}
        }
        assert_eq!(decoder.rest(), b"a");
    });
}

#[test]
fn a_long_line_in_short_reads_is_searched_once() {
    within(LIMIT, "a megabyte, byte by byte", || {
        let mut decoder = Lines::new(1_000_000);
        for _ in 0..500_000 {
            decoder.push(b"x");
            assert_eq!(decoder.next_line(), Ok(None));
        }
        decoder.push(b"\n");
        assert_eq!(decoder.next_line().expect("it fits").expect("a line").len(), 500_000);
    });
}

fn run(name: &str, arguments: &[&str]) -> Finished {
    let mut command = Command::new(example(name));
    let process = Process::start(command.args(arguments)).expect("it starts");
    process.finish(LIMIT).expect("it ends")
}

#[test]
fn a_naive_receiver_depends_on_the_time() {
    assert_eq!(
        run("sticky", &[]).text(),
        "the receiver is idle:        [\"one\", \"two\", \"three\"]\n\
         the receiver is busy:        [\"onetwothree\"]\n\
         the same, with TCP_NODELAY:  [\"onetwothree\"]\n\
         one message of 10000 bytes:  [4096, 4096, 1808]\n"
    );
}

fn frames(naive: &[&str]) -> (Process, TcpStream) {
    let address = format!("127.0.0.1:{}", free_port());
    let mut command = Command::new(example("frames"));
    let server = Process::start(command.args(naive).arg(&address)).expect("it starts");
    server.wait_for_text("listening", LIMIT).expect("it listens");
    let client = TcpStream::connect(address).expect("it is there");
    client.set_read_timeout(Some(LIMIT)).expect("a time limit");
    (server, client)
}

#[test]
fn a_client_that_cuts_and_joins_is_understood() {
    let (server, mut client) = frames(&[]);
    client.set_nodelay(true).expect("an option");
    for byte in b"\0\0\0\x05hello\0\0\0\0\0\0\0\x03bye\0\0" {
        client.write_all(&[*byte]).expect("it takes it");
    }
    client.shutdown(Shutdown::Write).expect("an open connection");
    server.wait_for_text("refused: the stream ends 2 bytes into a message", LIMIT).expect("it");
    assert_eq!(
        server.text_so_far(),
        "listening\n  5  \"hello\"\n  0  \"\"\n  3  \"bye\"\n\
         refused: the stream ends 2 bytes into a message\n"
    );
}

#[test]
fn four_bytes_kill_the_server_that_trusts_them_and_not_the_other() {
    let (server, mut client) = frames(&[]);
    client.write_all(b"\xff\xff\xff\xff").expect("it takes them");
    server.wait_for_text("refused: a message is longer than 65536 bytes", LIMIT).expect("it");
    assert_eq!(client.read(&mut [0; 1]).expect("an end"), 0);
    assert!(server.exited().is_none(), "it serves the next one");

    let (server, mut client) = frames(&["naive"]);
    client.write_all(b"\xff\xff\xff\xff").expect("it takes them");
    let finished = server.finish(LIMIT).expect("it dies");
    assert!(!finished.status.success());
    assert!(finished.text().contains("memory allocation of 4294967295 bytes failed"));
}

#[test]
#[ignore = "needs python3: ci/setup.sh"]
fn python_frames_with_struct() {
    let python = require("python3");
    let (server, client) = frames(&[]);
    let port = client.peer_addr().expect("a peer").port().to_string();
    drop(client);
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo/frames.py");
    let mut command = Command::new(python);
    let peer = Process::start(command.arg(demo).arg(port)).expect("it starts");
    assert!(peer.finish(LIMIT).expect("it ends").status.success());
    server.wait_for_text(" 40  \"x", LIMIT).expect("three messages");
    let text = server.text_so_far();
    assert!(text.starts_with("listening\n  5  \"hello\"\n  0  \"\"\n 40  \"xxx"), "{text}");
}

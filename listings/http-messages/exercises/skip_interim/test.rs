//! `cargo test -p http-messages --test skip_interim`

#[cfg_attr(feature = "solutions", path = "solution.rs")]
#[cfg_attr(not(feature = "solutions"), path = "exercise.rs")]
mod exercise;

use std::io::{self, ErrorKind, Read};

use exercise::{MAX_INTERIM, final_status};

fn head(status: u16) -> String {
    format!("HTTP/1.1 {status} Some reason\r\nLink: </style.css>; rel=preload\r\n\r\n")
}

/// The result for heads with these statuses in a row, and what is left after them.
fn read(statuses: &[u16]) -> (io::Result<u16>, String) {
    let mut bytes: String = statuses.iter().map(|status| head(*status)).collect();
    bytes += "content";
    let mut stream = bytes.as_bytes();
    let status = final_status(&mut stream);
    let mut rest = String::new();
    stream.read_to_string(&mut rest).unwrap();
    (status, rest)
}

/// Asserts that `expected` is found and that the content comes next.
fn finds(statuses: &[u16], expected: u16) {
    let (status, rest) = read(statuses);
    assert_eq!(status.unwrap(), expected, "of {statuses:?}");
    assert_eq!(rest, "content", "after {statuses:?}");
}

#[test]
fn a_response_without_interim_ones() {
    for status in [200, 204, 304, 404, 500, 599] {
        finds(&[status], status);
    }
}

#[test]
fn one_interim_response() {
    finds(&[100, 200], 200);
    finds(&[103, 404], 404);
}

#[test]
fn several_interim_responses() {
    finds(&[100, 103, 103, 102, 201], 201);
}

#[test]
fn an_interim_response_that_nobody_knows() {
    finds(&[104, 200], 200);
    finds(&[199, 150, 503], 503);
}

#[test]
fn after_101_another_protocol_is_spoken() {
    let mut stream = &b"HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x05hello"[..];
    assert_eq!(final_status(&mut stream).unwrap(), 101);
    assert_eq!(stream, b"\x81\x05hello");
    finds(&[103, 101], 101);
}

#[test]
fn as_many_as_allowed_and_one_more() {
    let mut statuses = vec![103; MAX_INTERIM];
    statuses.push(200);
    finds(&statuses, 200);
    statuses.insert(0, 103);
    assert!(read(&statuses).0.is_err(), "one too many was accepted");
}

#[test]
fn a_stream_that_never_gets_to_the_point_is_given_up() {
    let one = head(103);
    let mut endless = io::BufReader::new(Endless { head: one.as_bytes(), left: 10_000 });
    assert!(final_status(&mut endless).is_err());
}

#[test]
fn the_end_of_the_stream_after_an_interim_response_is_an_error() {
    let bytes = head(100);
    let error = final_status(&mut bytes.as_bytes()).expect_err("100 is not the answer");
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
}

/// The same head over and over.
struct Endless<'a> {
    head: &'a [u8],
    left: usize,
}

impl Read for Endless<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.left = self.left.checked_sub(1).expect("to be given up long before this");
        let count = self.head.len().min(buffer.len());
        buffer[..count].copy_from_slice(&self.head[..count]);
        Ok(count)
    }
}

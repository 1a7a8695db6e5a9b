//! The three tempting parsers fail, each at the response that it did not think of. hget passes all.

mod common;

// Its `main` is not called here.
#[allow(dead_code)]
#[path = "../examples/torn_parser.rs"]
mod torn_parser;

use std::io::{self, Read, Write};
use std::net::SocketAddr;

use common::{answer, hget, read_head, serve};
use torn_parser::{Mistake, Response, one_read, only_length, rest_of_buffer};

const HELLO: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
const CHUNKED: &[u8] =
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";

/// Hands out the pieces one by one, as a connection does.
struct Pieces<'a>(Vec<&'a [u8]>);

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(piece) = self.0.first_mut() else { return Ok(0) };
        let count = piece.read(buffer)?;
        if piece.is_empty() {
            self.0.remove(0);
        }
        Ok(count)
    }
}

/// What a parser makes of the bytes, cut at `at`.
fn cut(parser: Mistake, bytes: &[u8], at: usize) -> io::Result<Response> {
    let (first, second) = bytes.split_at(at);
    parser(&mut Pieces(vec![first, second]))
}

/// What hget makes of a server's answer.
fn real(address: SocketAddr) -> Vec<u8> {
    let ran = hget(&[&format!("http://{address}/")]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    ran.out
}

#[test]
fn all_of_them_work_with_what_they_thought_of() {
    for parser in [one_read, rest_of_buffer, only_length] {
        let response = parser(&mut &HELLO[..]).unwrap();
        assert_eq!(response.status_line, "HTTP/1.1 200 OK");
        assert_eq!(response.content, "hello");
    }
}

#[test]
fn one_read_fails_at_every_cut_and_mostly_without_an_error() {
    let end = HELLO.len() - 5;
    for at in 1..HELLO.len() {
        match cut(one_read, HELLO, at) {
            Err(error) => assert!(error.to_string().contains("no end of the head") && at < end),
            Ok(response) => assert_eq!(response.content.as_bytes(), &HELLO[end..at]),
        }
    }
}

#[test]
fn rest_of_buffer_loses_what_comes_later_and_says_nothing() {
    let end = HELLO.len() - 5;
    for at in 1..HELLO.len() {
        let response = cut(rest_of_buffer, HELLO, at).unwrap();
        // A cut within the head does no harm: the second piece brings the content along.
        let expected = if at < end { "hello" } else { &"hello"[..at - end] };
        assert_eq!(response.content, expected, "cut at {at}");
    }
}

#[test]
fn only_length_takes_chunks_for_nothing_at_all() {
    assert_eq!(only_length(&mut &CHUNKED[..]).unwrap().content, "");
    // A field name in lower case is the same name (RFC 9110 §5.1).
    let lower = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";
    assert_eq!(only_length(&mut &lower[..]).unwrap().content, "");
}

#[test]
fn only_length_allocates_what_the_peer_says() {
    let lie = b"HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775808\r\n\r\nhello";
    // One byte more than a Vec can have: this panics. A little less would ask for memory.
    assert!(std::panic::catch_unwind(|| only_length(&mut &lie[..])).is_err());
    let ran = hget(&[&format!("http://{}/", answer(*lie))]);
    assert_eq!((ran.code, ran.text()), (Some(8), "hello"), "{ran:?}");
}

#[test]
fn hget_puts_the_pieces_together() {
    for bytes in [HELLO, CHUNKED] {
        let address = serve(move |stream| {
            read_head(stream)?;
            bytes.iter().try_for_each(|byte| stream.write_all(&[*byte]))
        });
        assert_eq!(real(address), b"hello");
    }
}

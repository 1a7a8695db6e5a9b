//! `cargo test -p sockets --test length_prefix`

#[cfg_attr(feature = "solutions", path = "solution.rs")]
#[cfg_attr(not(feature = "solutions"), path = "exercise.rs")]
mod exercise;

use std::io::{self, ErrorKind, Read};

use exercise::read_message;

const LIMIT: usize = 1000;

/// Gives its pieces one in a read.
struct Pieces<'a> {
    rest: Vec<&'a [u8]>,
    /// A signal interrupts every other read.
    signals: bool,
    interrupted: bool,
}

impl<'a> Pieces<'a> {
    fn new(pieces: &[&'a [u8]]) -> Self {
        let pieces = pieces.iter().rev().filter(|piece| !piece.is_empty()).copied().collect();
        Self { rest: pieces, signals: false, interrupted: false }
    }
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.interrupted = self.signals && !self.interrupted;
        if self.interrupted {
            return Err(ErrorKind::Interrupted.into());
        }
        let Some(piece) = self.rest.last_mut() else { return Ok(0) };
        let count = piece.read(buffer)?;
        if piece.is_empty() {
            self.rest.pop();
        }
        Ok(count)
    }
}

const TWO: &[u8] = b"\0\0\0\x05hello\0\0\0\0";

fn all(mut stream: Pieces<'_>) -> Vec<Vec<u8>> {
    std::iter::from_fn(|| read_message(&mut stream, LIMIT).expect("good messages")).collect()
}

#[test]
fn in_one_piece() {
    assert_eq!(all(Pieces::new(&[TWO])), [b"hello".to_vec(), Vec::new()]);
}

#[test]
fn cut_anywhere() {
    for cut in 0..TWO.len() {
        let (first, second) = TWO.split_at(cut);
        let messages = all(Pieces::new(&[first, second]));
        assert_eq!(messages, [b"hello".to_vec(), Vec::new()], "cut at {cut}");
    }
    let bytes: Vec<_> = TWO.chunks(1).collect();
    assert_eq!(all(Pieces::new(&bytes)).len(), 2);
}

#[test]
fn a_signal_loses_nothing() {
    let bytes: Vec<_> = TWO.chunks(1).collect();
    assert_eq!(all(Pieces { signals: true, ..Pieces::new(&bytes) }).len(), 2);
}

#[test]
fn an_end_within_a_message_is_an_error() {
    for length in 1..9 {
        let error = read_message(&mut Pieces::new(&[&TWO[..length]]), LIMIT)
            .expect_err("half a message is not a message");
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof, "{length} bytes");
    }
}

#[test]
fn the_longest_message_and_one_byte_more() {
    let mut message = 1000_u32.to_be_bytes().to_vec();
    message.resize(4 + 1001, b'x');
    let read = read_message(&mut Pieces::new(&[&message]), LIMIT).expect("it is not too long");
    assert_eq!(read.expect("a message").len(), LIMIT);
    message[..4].copy_from_slice(&1001_u32.to_be_bytes());
    let error = read_message(&mut Pieces::new(&[&message]), LIMIT).expect_err("it is too long");
    assert_eq!(error.kind(), ErrorKind::InvalidData);
}

#[test]
fn a_length_is_refused_before_the_message_comes() {
    // With nothing behind it: who waits for the message, or makes room for it, is too late.
    let error = read_message(&mut Pieces::new(&[b"\x10\0\0\0"]), LIMIT).expect_err("256 MiB");
    assert_eq!(error.kind(), ErrorKind::InvalidData, "four bytes claim 256 MiB");
}

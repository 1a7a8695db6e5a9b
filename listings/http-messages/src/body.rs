//! Takes the content out of a body as its bytes arrive (RFC 9112 §6.3, §7.1).

use bytes::{Bytes, BytesMut};

use crate::chunked::Chunked;
use crate::fields::Fields;
use crate::framing::Length;
use crate::limits::Limits;
use crate::refusal::Refusal;

/// What a step of [`BodyDecoder::decode`] gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Some content, never empty.
    Data(Bytes),
    /// The body has ended. The trailer fields of chunked content; else none.
    End(Fields),
    /// More bytes are needed.
    Wait,
}

/// Takes the content out of one body. How the pieces are cut depends on what has arrived; their
/// bytes, the end and a refusal do not.
///
/// ```
/// use bytes::BytesMut;
/// use http_messages::{BodyDecoder, Length, Limits, Piece};
///
/// let mut decoder = BodyDecoder::new(Length::Chunked, &Limits::default());
/// let mut buffer = BytesMut::from("4\r\nRust\r\n0\r\nA: b\r\n\r\nGET /next");
/// assert_eq!(decoder.decode(&mut buffer)?, Piece::Data("Rust".into()));
/// let Piece::End(trailers) = decoder.decode(&mut buffer)? else { panic!() };
/// assert_eq!(trailers.get("a"), Some(&b"b"[..]));
/// assert_eq!(buffer, "GET /next");
/// # Ok::<(), http_messages::Refusal>(())
/// ```
#[derive(Debug)]
pub struct BodyDecoder {
    decoder: Decoder,
    limits: Limits,
}

impl BodyDecoder {
    pub fn new(length: Length, limits: &Limits) -> Self {
        Self { decoder: Decoder::new(length, limits), limits: limits.clone().clamped() }
    }

    /// Takes the next piece of content out of `buffer`. Bytes behind the body stay in it.
    ///
    /// After a refusal there is nothing to go on with.
    pub fn decode(&mut self, buffer: &mut BytesMut) -> Result<Piece, Refusal> {
        self.decoder.decode(buffer, &self.limits)
    }

    /// Says that no more bytes will come, after everything in the buffer has been decoded. It is an
    /// error unless the body may end here: a message that was cut off must not pass for a whole one
    /// (RFC 9112 §8).
    pub fn end_of_input(&mut self) -> Result<(), Refusal> {
        self.decoder.end_of_input()
    }
}

/// A [`BodyDecoder`] that borrows its limits: a connection has them anyway, and copying them for each
/// message would cost more than a small body does.
#[derive(Debug)]
pub(crate) struct Decoder {
    state: State,
    /// How much content may still come.
    allowance: u64,
}

#[derive(Debug)]
enum State {
    /// So many bytes are left.
    Known(u64),
    Chunked(Chunked),
    UntilClose,
    Ended,
}

impl Decoder {
    pub(crate) fn new(length: Length, limits: &Limits) -> Self {
        let state = match length {
            Length::Empty => State::Known(0),
            Length::Known(length) => State::Known(length),
            Length::Chunked => State::Chunked(Chunked::new()),
            Length::UntilClose => State::UntilClose,
        };
        Self { state, allowance: limits.content }
    }

    pub(crate) fn decode(
        &mut self,
        buffer: &mut BytesMut,
        limits: &Limits,
    ) -> Result<Piece, Refusal> {
        match &mut self.state {
            State::Known(left) if *left > self.allowance => {
                Err(Refusal::ContentTooLarge(limits.content))
            }
            State::Known(0) => {
                self.state = State::Ended;
                Ok(Piece::End(Fields::new()))
            }
            State::Known(left) => {
                let data = take(buffer, *left);
                *left -= data.len() as u64;
                self.allowance -= data.len() as u64;
                Ok(piece(data))
            }
            State::Chunked(chunked) => {
                let piece = chunked.decode(buffer, &mut self.allowance, limits)?;
                if let Piece::End(_) = piece {
                    self.state = State::Ended;
                }
                Ok(piece)
            }
            State::UntilClose => {
                if self.allowance == 0 && !buffer.is_empty() {
                    return Err(Refusal::ContentTooLarge(limits.content));
                }
                let data = take(buffer, self.allowance);
                self.allowance -= data.len() as u64;
                Ok(piece(data))
            }
            State::Ended => Ok(Piece::End(Fields::new())),
        }
    }

    pub(crate) fn end_of_input(&mut self) -> Result<(), Refusal> {
        match self.state {
            State::UntilClose | State::Known(0) => {
                self.state = State::Ended;
                Ok(())
            }
            State::Ended => Ok(()),
            State::Known(_) | State::Chunked(_) => Err(Refusal::IncompleteContent),
        }
    }
}

/// At most `most` bytes from the front of `buffer`, without copying them.
pub(crate) fn take(buffer: &mut BytesMut, most: u64) -> Bytes {
    let length = usize::try_from(most).map_or(buffer.len(), |most| most.min(buffer.len()));
    buffer.split_to(length).freeze()
}

fn piece(data: Bytes) -> Piece {
    if data.is_empty() { Piece::Wait } else { Piece::Data(data) }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Verdict = Result<(Vec<u8>, Option<Fields>, Vec<u8>), (Vec<u8>, Refusal)>;

    /// Content, trailers and rest of `text`, which must be the same for every way to cut it.
    fn body(length: Length, text: &[u8], limits: &Limits) -> Verdict {
        let run = |cut: usize| {
            let mut decoder = BodyDecoder::new(length, limits);
            let mut buffer = BytesMut::new();
            let mut content = Vec::new();
            let mut pieces = text.chunks(cut);
            loop {
                match decoder.decode(&mut buffer) {
                    Ok(Piece::Data(data)) => content.extend_from_slice(&data),
                    Ok(Piece::End(trailers)) => {
                        buffer.extend_from_slice(&pieces.collect::<Vec<_>>().concat());
                        return Ok((content, Some(trailers), buffer.to_vec()));
                    }
                    Ok(Piece::Wait) => match pieces.next() {
                        Some(piece) => buffer.extend_from_slice(piece),
                        None => return Ok((content, None, buffer.to_vec())),
                    },
                    Err(refusal) => return Err((content, refusal)),
                }
            }
        };
        let whole = run(text.len().max(1));
        for cut in 1..8 {
            // What is left of an unfinished body in the buffer may differ.
            match (&run(cut), &whole) {
                (Ok((content, None, _)), Ok((expected, None, _))) => assert_eq!(content, expected),
                (other, whole) => assert_eq!(other, whole, "{}", text.escape_ascii()),
            }
        }
        whole
    }

    fn chunked(text: &str) -> Result<String, Refusal> {
        let result = body(Length::Chunked, text.as_bytes(), &Limits::default());
        result
            .map(|(content, ..)| String::from_utf8(content).unwrap())
            .map_err(|(_, refusal)| refusal)
    }

    #[test]
    fn a_known_length_leaves_the_rest() {
        let limits = Limits::default();
        let (content, end, rest) = body(Length::Known(3), b"abcdef", &limits).unwrap();
        assert_eq!((&content[..], end.is_some(), &rest[..]), (&b"abc"[..], true, &b"def"[..]));
        let (content, end, _) = body(Length::Known(9), b"abc", &limits).unwrap();
        assert_eq!((&content[..], end), (&b"abc"[..], None));
        let (content, end, rest) = body(Length::Empty, b"abc", &limits).unwrap();
        assert_eq!((content.len(), end.is_some(), rest.len()), (0, true, 3));
    }

    #[test]
    fn chunks_with_extensions_and_trailers() {
        for (text, content) in [
            ("0\r\n\r\n", ""),
            ("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "abcde"),
            ("00A\r\n0123456789\r\n000\r\n\r\n", "0123456789"),
            ("a;x\r\n0123456789\r\n0\r\n\r\n", "0123456789"),
            ("1;a=b;c=\"d;\\\" e\"\r\nz\r\n0;f\r\n\r\n", "z"),
            ("1 ; a = b\t;c\r\nz\r\n0\r\nT: u\r\n\r\n", "z"),
        ] {
            assert_eq!(chunked(text).as_deref(), Ok(content), "{text:?}");
        }
        let text = b"1\r\nz\r\n0\r\nT: u\r\nV:\r\n\r\nrest";
        let (_, trailers, rest) = body(Length::Chunked, text, &Limits::default()).unwrap();
        assert_eq!(trailers.unwrap().iter().count(), 2);
        assert_eq!(rest, b"rest");
    }

    #[test]
    fn chunks_that_are_refused() {
        for (text, refusal) in [
            ("\r\n", Refusal::NoChunkSize),
            (";a\r\n", Refusal::NoChunkSize),
            ("+5\r\n", Refusal::ChunkSizeByte(b'+')),
            ("-5\r\n", Refusal::ChunkSizeByte(b'-')),
            (" 5\r\n", Refusal::ChunkSizeByte(b' ')),
            ("0x5\r\n", Refusal::ChunkSizeByte(b'x')),
            ("5_0\r\n", Refusal::ChunkSizeByte(b'_')),
            ("5 \r\nabcde\r\n", Refusal::ChunkExtensionByte(b'\r')),
            ("5 5\r\n", Refusal::ChunkExtensionByte(b'5')),
            ("5\nabcde\r\n", Refusal::BareLf),
            ("5\rabcde\r\n", Refusal::BareCr),
            ("5;\r\n", Refusal::ChunkExtensionByte(b'\r')),
            ("5;a=\r\n", Refusal::ChunkExtensionByte(b'\r')),
            ("5;a b\r\n", Refusal::ChunkExtensionByte(b'b')),
            ("5;a\nbcde\r\n", Refusal::BareLf),
            ("5;a=\"\r\n\"\r\n", Refusal::ChunkExtensionByte(b'\r')),
            ("5;a=\"b\n\"\r\n", Refusal::ChunkExtensionByte(b'\n')),
            ("5;a=\"b\\\n\"\r\n", Refusal::ChunkExtensionByte(b'\n')),
            ("5;a=\"b\"c\r\n", Refusal::ChunkExtensionByte(b'c')),
            ("5;a\0\r\n", Refusal::ChunkExtensionByte(0)),
            ("3\r\nabcd\r\n", Refusal::ChunkDataEnd),
            ("3\r\nabc\n0\r\n", Refusal::ChunkDataEnd),
            ("3\r\nabc\r0\r\n", Refusal::ChunkDataEnd),
            ("00000000000000001\r\n", Refusal::ChunkSizeOverflow),
            ("fffffffffffffffff\r\n", Refusal::ChunkSizeOverflow),
            ("1\r\na\r\nffffffffffffffff\r\n", Refusal::ContentTooLarge(u64::MAX)),
            ("0\r\n\n", Refusal::BareLf),
            ("0\r\nA: b\n\r\n", Refusal::BareLf),
            ("0\r\n A: b\r\n\r\n", Refusal::Fold),
            ("0\r\nA: b\r\n c\r\n\r\n", Refusal::Fold),
            ("0\r\nA : b\r\n\r\n", Refusal::SpaceBeforeColon),
            ("0\r\nGET / HTTP/1.1\r\n\r\n", Refusal::NoColon),
            ("0\r\nContent-Length: 5\r\n\r\n", Refusal::ForbiddenTrailer),
            ("0\r\ntransfer-encoding: chunked\r\n\r\n", Refusal::ForbiddenTrailer),
            ("0\r\nHost: b\r\n\r\n", Refusal::ForbiddenTrailer),
        ] {
            assert_eq!(chunked(text), Err(refusal), "{text:?}");
        }
    }

    #[test]
    fn limits_hold_at_their_byte() {
        let limits = Limits {
            content: 5,
            chunk_line: 4,
            chunk_extensions: 6,
            trailers: 9,
            ..Limits::default()
        };
        let refused = |length, text: &[u8]| {
            body(length, text, &limits).map_err(|(seen, refusal)| (seen.len(), refusal))
        };
        assert!(refused(Length::Known(5), b"abcde").is_ok());
        let too_large = Refusal::ContentTooLarge(5);
        assert_eq!(refused(Length::Known(6), b""), Err((0, too_large)));
        assert!(refused(Length::UntilClose, b"abcde").is_ok());
        assert_eq!(refused(Length::UntilClose, b"abcdef"), Err((5, too_large)));
        assert!(refused(Length::Chunked, b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n").is_ok());
        assert_eq!(refused(Length::Chunked, b"3\r\nabc\r\n3\r\n"), Err((3, too_large)));
        assert!(refused(Length::Chunked, b"1;ab\r\na\r\n1;ab\r\na\r\n0\r\n\r\n").is_ok());
        let line = refused(Length::Chunked, b"1;abc");
        assert_eq!(line, Err((0, Refusal::ChunkLineTooLong(4))));
        let all = refused(Length::Chunked, b"1;ab\r\na\r\n1;ab\r\na\r\n1;");
        assert_eq!(all, Err((2, Refusal::ChunkExtensions(6))));
        assert!(refused(Length::Chunked, b"0\r\nA: bcd\r\n\r\n").is_err());
        assert!(refused(Length::Chunked, b"0\r\nA: bc\r\n\r\n").is_ok());
        assert!(refused(Length::Chunked, b"0\r\nA:b\r\n\r\n").is_ok());
    }

    #[test]
    fn an_end_in_the_middle_is_no_end() {
        let limits = Limits::default();
        for (length, text, end) in [
            (Length::Known(2), "a", Err(Refusal::IncompleteContent)),
            (Length::Known(2), "ab", Ok(())),
            (Length::Empty, "", Ok(())),
            (Length::UntilClose, "a", Ok(())),
            (Length::Chunked, "", Err(Refusal::IncompleteContent)),
            (Length::Chunked, "1\r\na\r\n", Err(Refusal::IncompleteContent)),
            (Length::Chunked, "0\r\n", Err(Refusal::IncompleteContent)),
            (Length::Chunked, "0\r\n\r\n", Ok(())),
        ] {
            let mut decoder = BodyDecoder::new(length, &limits);
            let mut buffer = BytesMut::from(text);
            while matches!(decoder.decode(&mut buffer), Ok(Piece::Data(_))) {}
            assert_eq!(decoder.end_of_input(), end, "{length:?} {text:?}");
        }
    }
}

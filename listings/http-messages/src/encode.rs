//! Writes heads and bodies.
//!
//! Nothing here can split a message. Names and values come out of [`Fields`], methods and targets
//! out of their types, and none of these lets CR, LF or another control character in. Framing fields
//! are written here alone.

use bytes::{BufMut, BytesMut};

use crate::chunked::FORBIDDEN_TRAILERS;
use crate::fields::Fields;
use crate::refusal::SendError;

/// Turns content into the bytes of a body.
#[derive(Debug)]
pub(crate) enum BodyEncoder {
    /// The head says what the content would be, and none is sent: HEAD and 304.
    Discard,
    /// So many bytes are left.
    Known(u64),
    Chunked,
    /// Until the connection closes.
    UntilClose,
}

impl BodyEncoder {
    /// Nothing is written for no bytes: a chunk of size zero would end the body.
    pub(crate) fn send(&mut self, data: &[u8], out: &mut BytesMut) -> Result<(), SendError> {
        match self {
            Self::Discard => {}
            Self::Known(left) => {
                let rest = left.checked_sub(data.len() as u64).ok_or(SendError::TooMuchContent)?;
                *left = rest;
                out.extend_from_slice(data);
            }
            Self::Chunked if data.is_empty() => {}
            Self::Chunked => {
                write_hexadecimal(data.len(), out);
                out.extend_from_slice(b"\r\n");
                out.extend_from_slice(data);
                out.extend_from_slice(b"\r\n");
            }
            Self::UntilClose => out.extend_from_slice(data),
        }
        Ok(())
    }

    /// Ends the body. Where there is no place for trailer fields they are left out, as RFC 9110
    /// §6.5.1 permits; with a known length the caller could have known.
    pub(crate) fn finish(
        &mut self,
        trailers: Option<&Fields>,
        out: &mut BytesMut,
    ) -> Result<(), SendError> {
        let trailers = trailers.filter(|trailers| !trailers.is_empty());
        if let Some(trailers) = trailers {
            check_trailers(trailers)?;
        }
        match (&self, trailers) {
            (Self::Known(0), None) | (Self::Discard | Self::UntilClose, _) => Ok(()),
            (Self::Known(0), Some(_)) => Err(SendError::NoTrailers),
            (Self::Known(left), _) => Err(SendError::MissingContent(*left)),
            (Self::Chunked, trailers) => {
                out.extend_from_slice(b"0\r\n");
                if let Some(trailers) = trailers {
                    write_fields(trailers, out);
                }
                out.extend_from_slice(b"\r\n");
                Ok(())
            }
        }
    }
}

/// More fields that a trailer must not have: a recipient needs them before the content
/// (RFC 9110 §6.5.1). Received, they do no harm, because trailers are kept apart from the head.
const EARLY_FIELDS: [&str; 12] = [
    "Authorization",
    "Cache-Control",
    "Content-Encoding",
    "Content-Range",
    "Content-Type",
    "Cookie",
    "Expect",
    "Location",
    "Range",
    "Set-Cookie",
    "TE",
    "Trailer",
];

fn check_trailers(trailers: &Fields) -> Result<(), SendError> {
    let mut forbidden = FORBIDDEN_TRAILERS.iter().chain(&EARLY_FIELDS);
    match forbidden.find(|name| trailers.contains(name)) {
        Some(name) => Err(SendError::ForbiddenTrailer(name)),
        None => Ok(()),
    }
}

pub(crate) fn write_fields(fields: &Fields, out: &mut BytesMut) {
    if let Some(lines) = fields.lines() {
        out.extend_from_slice(lines);
        return;
    }
    for (name, value) in fields.bytes() {
        out.reserve(name.len() + value.len() + 4);
        out.put_slice(name);
        out.put_slice(b": ");
        out.put_slice(value);
        out.put_slice(b"\r\n");
    }
}

pub(crate) fn write_content_length(length: u64, out: &mut BytesMut) {
    out.extend_from_slice(b"Content-Length: ");
    write_decimal(length, out);
    out.extend_from_slice(b"\r\n");
}

fn write_decimal(mut number: u64, out: &mut BytesMut) {
    let mut digits = [0; 20];
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[start..]);
}

fn write_hexadecimal(mut number: usize, out: &mut BytesMut) {
    let mut digits = [0; 16];
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b"0123456789abcdef"[number % 16];
        number /= 16;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[start..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for number in [0u64, 7, 10, 1_234_567_890, u64::MAX] {
            let mut out = BytesMut::new();
            write_decimal(number, &mut out);
            assert_eq!(out, number.to_string().as_bytes());
            let mut out = BytesMut::new();
            write_hexadecimal(number as usize, &mut out);
            assert_eq!(out, format!("{number:x}").as_bytes());
        }
    }

    #[test]
    fn no_bytes_do_not_end_a_chunked_body() {
        let mut out = BytesMut::new();
        let mut encoder = BodyEncoder::Chunked;
        encoder.send(b"", &mut out).unwrap();
        encoder.send(&[b'x'; 16], &mut out).unwrap();
        encoder.send(b"", &mut out).unwrap();
        encoder.finish(None, &mut out).unwrap();
        assert_eq!(out, "10\r\nxxxxxxxxxxxxxxxx\r\n0\r\n\r\n");
    }

    #[test]
    fn the_length_is_kept() {
        let mut out = BytesMut::new();
        let mut encoder = BodyEncoder::Known(3);
        assert_eq!(encoder.send(b"abcd", &mut out), Err(SendError::TooMuchContent));
        assert!(out.is_empty());
        encoder.send(b"ab", &mut out).unwrap();
        assert_eq!(encoder.finish(None, &mut out), Err(SendError::MissingContent(1)));
        encoder.send(b"c", &mut out).unwrap();
        assert_eq!(encoder.finish(None, &mut out), Ok(()));
        assert_eq!(out, "abc");
    }

    #[test]
    fn trailers_are_not_for_what_belongs_in_the_head() {
        let mut trailers = Fields::new();
        trailers.append("Digest", "x").unwrap();
        let mut out = BytesMut::new();
        BodyEncoder::Chunked.finish(Some(&trailers), &mut out).unwrap();
        assert_eq!(out, "0\r\nDigest: x\r\n\r\n");
        assert_eq!(
            BodyEncoder::Known(0).finish(Some(&trailers), &mut out),
            Err(SendError::NoTrailers)
        );
        trailers.append("content-length", "5").unwrap();
        let refused = BodyEncoder::Chunked.finish(Some(&trailers), &mut out);
        assert_eq!(refused, Err(SendError::ForbiddenTrailer("Content-Length")));
    }
}

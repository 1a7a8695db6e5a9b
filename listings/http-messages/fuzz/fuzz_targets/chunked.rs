//! The chunked coding against a second decoder, which is slow and plain: it wants all bytes at once
//! and follows the grammar of RFC 9112 §7.1 word by word.
#![no_main]

use bytes::BytesMut;
use http_messages::{BodyDecoder, Length, Limits, Piece};
use http_messages_fuzz::{Setting, write_seeds};
use libfuzzer_sys::fuzz_target;

fuzz_target!(
    init: write_seeds("chunked", |case| {
        let bytes = case.bytes();
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
        let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
        head.contains("chunked").then(|| [&[77], &bytes[end..]].concat())
    }),
    |input: &[u8]| {
        let Some((cut, bytes)) = input.split_first() else { return };
        let Some((setting, _)) = Setting::take(&[0, *cut]) else { return };
        let whole = decode(&[bytes]);
        for pieces in setting.cuts(bytes) {
            assert_eq!(decode(&pieces), whole);
        }
        let plain = body(bytes).map(|(content, rest)| (content, rest.to_vec()));
        let complete = match whole {
            Verdict::Complete(content, rest) => Some((content, rest)),
            Verdict::Refused(_) | Verdict::Incomplete(_) => None,
        };
        assert_eq!(complete, plain);
    }
);

#[derive(Debug, PartialEq)]
enum Verdict {
    /// The content, and what follows the body.
    Complete(Vec<u8>, Vec<u8>),
    Incomplete(Vec<u8>),
    Refused(String),
}

fn decode(pieces: &[&[u8]]) -> Verdict {
    let mut decoder = BodyDecoder::new(Length::Chunked, &Limits::default());
    let mut buffer = BytesMut::new();
    let mut content = Vec::new();
    let mut pieces = pieces.iter();
    loop {
        match decoder.decode(&mut buffer) {
            Ok(Piece::Data(data)) => content.extend_from_slice(&data),
            Ok(Piece::Wait) => match pieces.next() {
                Some(piece) => buffer.extend_from_slice(piece),
                None => return Verdict::Incomplete(content),
            },
            Ok(Piece::End(_)) => {
                pieces.for_each(|piece| buffer.extend_from_slice(piece));
                return Verdict::Complete(content, buffer.to_vec());
            }
            Err(refusal) => return Verdict::Refused(format!("{refusal:?} after {content:?}")),
        }
    }
}

// The plain decoder. Each function takes a part from the front and gives the rest.

fn body(mut bytes: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut content = Vec::new();
    loop {
        let (line, rest) = line(bytes)?;
        let size = size_line(line)?;
        bytes = rest;
        if size == 0 {
            return Some((content, trailers(bytes)?));
        }
        let (data, rest) = bytes.split_at_checked(usize::try_from(size).ok()?)?;
        content.extend_from_slice(data);
        bytes = rest.strip_prefix(b"\r\n")?;
    }
}

fn line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.windows(2).position(|two| two == b"\r\n")?;
    Some((&bytes[..end], &bytes[end + 2..]))
}

fn size_line(line: &[u8]) -> Option<u64> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    let (size, mut rest) = line.split_at(digits);
    let size = (1..=16).contains(&digits).then(|| str::from_utf8(size).ok())??;
    while !rest.is_empty() {
        rest = spaces(spaces(rest).strip_prefix(b";")?);
        rest = token(rest)?;
        if let Some(value) = spaces(rest).strip_prefix(b"=") {
            let value = spaces(value);
            rest = match value.strip_prefix(b"\"") {
                Some(inside) => quoted(inside)?,
                None => token(value)?,
            };
        }
    }
    u64::from_str_radix(size, 16).ok()
}

fn spaces(bytes: &[u8]) -> &[u8] {
    let count = bytes.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    &bytes[count..]
}

fn token(bytes: &[u8]) -> Option<&[u8]> {
    let is_tchar = |byte: &&u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    let count = bytes.iter().take_while(is_tchar).count();
    (count > 0).then(|| &bytes[count..])
}

fn quoted(bytes: &[u8]) -> Option<&[u8]> {
    match bytes {
        [b'"', rest @ ..] => Some(rest),
        [b'\\', byte, rest @ ..] if is_text(*byte) => quoted(rest),
        [b'\\', ..] => None,
        [byte, rest @ ..] if is_text(*byte) => quoted(rest),
        _ => None,
    }
}

fn is_text(byte: u8) -> bool {
    byte == b'\t' || (byte >= b' ' && byte != 0x7f)
}

fn trailers(mut bytes: &[u8]) -> Option<&[u8]> {
    for _ in 0..=Limits::default().fields {
        let (line, rest) = line(bytes)?;
        bytes = rest;
        if line.is_empty() {
            return Some(bytes);
        }
        let value = token(line)?.strip_prefix(b":")?;
        let name = line[..line.len() - value.len() - 1].to_ascii_lowercase();
        let forbidden =
            [&b"transfer-encoding"[..], b"content-length", b"host", b"connection", b"upgrade"];
        if forbidden.contains(&&name[..]) || !value.iter().all(|byte| is_text(*byte)) {
            return None;
        }
    }
    None
}

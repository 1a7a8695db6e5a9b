//! Turns the bytes of a head into a head. `httparse` finds the parts; what it lets pass and the RFC
//! does not is found here.

use std::mem::MaybeUninit;

use bytes::{Buf, Bytes, BytesMut};
use httparse::{Header, ParserConfig};

use crate::fields::{Fields, Span};
use crate::framing::Framing;
use crate::head::{RequestHead, ResponseHead};
use crate::limits::{Limits, MAX_EMPTY_LINES, MAX_FIELDS};
use crate::lines::{Lines, Section};
use crate::method::Method;
use crate::refusal::Refusal;
use crate::status::Status;
use crate::target::{self, Target};
use crate::version::Version;

/// A head, or why there is none: not yet, or not a valid one. [`Lines`] finds out which of the two.
type Parsed<H> = Result<(H, Framing), httparse::Error>;

/// Reads heads from the front of a buffer.
#[derive(Debug)]
pub(crate) struct HeadReader {
    lines: Lines,
    /// Empty lines before the request line.
    empty_lines: usize,
}

impl HeadReader {
    pub(crate) fn new(section: Section) -> Self {
        Self { lines: Lines::new(section), empty_lines: 0 }
    }

    /// Whether nothing of a head has arrived, but for empty lines.
    pub(crate) fn is_fresh(&self) -> bool {
        self.lines.is_fresh()
    }

    /// Takes a request head out of `buffer`; `None` if it is not complete.
    pub(crate) fn read_request(
        &mut self,
        buffer: &mut BytesMut,
        limits: &Limits,
    ) -> Result<Option<(RequestHead, Framing)>, Refusal> {
        if !self.skip_empty_lines(buffer)? {
            return Ok(None);
        }
        let found = self.read(buffer, limits, parse_request)?;
        self.empty_lines *= usize::from(found.is_none());
        Ok(found)
    }

    /// Takes a response head out of `buffer`; `None` if it is not complete.
    pub(crate) fn read_response(
        &mut self,
        buffer: &mut BytesMut,
        limits: &Limits,
    ) -> Result<Option<(ResponseHead, Framing)>, Refusal> {
        self.read(buffer, limits, parse_response)
    }

    // ANCHOR: read
    fn read<H>(
        &mut self,
        buffer: &mut BytesMut,
        limits: &Limits,
        parse: impl Fn(&mut BytesMut, &Limits) -> Parsed<H>,
    ) -> Result<Option<(H, Framing)>, Refusal> {
        if buffer.is_empty() {
            return Ok(None);
        }
        // Nearly every head arrives whole and without fault.
        if self.lines.is_fresh()
            && let Ok(found) = parse(buffer, limits)
        {
            return Ok(Some(found));
        }
        // The others are looked at line by line, and are parsed when the empty line is there.
        if self.lines.advance(buffer, limits)?.is_none() {
            return Ok(None);
        }
        self.lines.reset();
        parse(buffer, limits).map(Some).map_err(Refusal::Malformed)
    }
    // ANCHOR_END: read

    /// Removes empty lines before a request line; false if there is nothing behind them.
    fn skip_empty_lines(&mut self, buffer: &mut BytesMut) -> Result<bool, Refusal> {
        while self.lines.is_fresh() {
            match &buffer[..] {
                [] | [b'\r'] => return Ok(false),
                [b'\r', b'\n', ..] => buffer.advance(2),
                [b'\r', ..] => return Err(Refusal::BareCr),
                [b'\n', ..] => return Err(Refusal::BareLf),
                _ => return Ok(true),
            }
            self.empty_lines += 1;
            if self.empty_lines > MAX_EMPTY_LINES {
                return Err(Refusal::EmptyLines(MAX_EMPTY_LINES));
            }
        }
        Ok(true)
    }
}

/// Takes a request head out of `buffer` if it begins with one.
fn parse_request(buffer: &mut BytesMut, limits: &Limits) -> Parsed<RequestHead> {
    let mut headers = [const { MaybeUninit::uninit() }; MAX_FIELDS];
    let mut request = httparse::Request::new(&mut []);
    let httparse::Status::Complete(length) =
        request.parse_with_uninit_headers(buffer, &mut headers)?
    else {
        return Err(httparse::Error::NewLine);
    };
    let (name, text) = (request.method.unwrap_or_default(), request.path.unwrap_or_default());
    if name.len() > limits.method || text.len() > limits.target {
        return Err(httparse::Error::Token);
    }
    let version = version(request.version);
    let method = Method::parse(name).ok_or(httparse::Error::Token)?;
    let shape = target::shape(&method, text.as_bytes()).map_err(|_| httparse::Error::Token)?;
    let start = name.len() + 1;
    let end = start + text.len();
    let line_end = end + " HTTP/1.1\r\n".len();
    let (spans, framing) = take_fields(buffer, line_end, length, request.headers, limits)?;

    let block = buffer.split_to(length).freeze();
    let target = Target::from_parts(block.slice(start..end), shape);
    Ok((RequestHead { method, target, version, fields: Fields::received(block, spans) }, framing))
}

/// Takes a response head out of `buffer` if it begins with one.
fn parse_response(buffer: &mut BytesMut, limits: &Limits) -> Parsed<ResponseHead> {
    let mut headers = [const { MaybeUninit::uninit() }; MAX_FIELDS];
    let mut response = httparse::Response::new(&mut []);
    let httparse::Status::Complete(length) = ParserConfig::default()
        .parse_response_with_uninit_headers(&mut response, buffer, &mut headers)?
    else {
        return Err(httparse::Error::NewLine);
    };
    if !buffer.starts_with(b"HTTP/") {
        return Err(httparse::Error::NewLine); // It has skipped empty lines.
    }
    let version = version(response.version);
    let status = response.code.and_then(Status::new).ok_or(httparse::Error::Status)?;
    // httparse has no reason to give if there are bytes from 0x80 in it, so it is cut out here.
    let line_end = match response.headers.first() {
        Some(header) => header.name.as_ptr().addr() - buffer.as_ptr().addr(),
        None => length - "\r\n".len(),
    };
    let end = line_end - "\r\n".len();
    let start = "HTTP/1.1 200 ".len().min(end);
    let (spans, framing) = take_fields(buffer, line_end, length, response.headers, limits)?;

    let block = buffer.split_to(length).freeze();
    let reason = block.slice(start..end);
    Ok((ResponseHead { version, status, reason, fields: Fields::received(block, spans) }, framing))
}

fn version(minor: Option<u8>) -> Version {
    if minor == Some(0) { Version::Http10 } else { Version::Http11 }
}

// ANCHOR: take_fields
/// Keeps where each field is, reads the ones that frame the message, and checks what `httparse` does
/// not: that the start line begins at the first byte, and that every line ends with CRLF. It takes LF
/// alone as well, but never a CR without LF, so the byte before each LF decides.
///
/// `line_end` is where the first field line has to begin.
fn take_fields(
    bytes: &[u8],
    line_end: usize,
    length: usize,
    headers: &[Header<'_>],
    limits: &Limits,
) -> Parsed<Vec<Span>> {
    if length > limits.head || headers.len() > limits.fields {
        return Err(httparse::Error::TooManyHeaders);
    }
    let offset = |part: &[u8]| part.as_ptr().addr() - bytes.as_ptr().addr();
    let mut framing = Framing::default();
    let mut spans = Vec::with_capacity(headers.len());
    let mut strict = true;
    for header in headers {
        let name = offset(header.name.as_bytes());
        strict &= bytes[name - 2] == b'\r';
        spans.push(Span::new(name, header.name.len(), offset(header.value), header.value.len()));
        framing.note(header.name.as_bytes(), header.value);
    }
    let end = length - "\r\n".len();
    let first = spans.first().map_or(end, |span| span.name_offset());
    strict &= first == line_end && bytes[end] == b'\r' && bytes[end - 2] == b'\r';
    if strict { Ok((spans, framing)) } else { Err(httparse::Error::NewLine) }
}
// ANCHOR_END: take_fields

/// The fields of a trailer section that [`Lines`] has found valid.
pub(crate) fn parse_trailers(block: Bytes) -> Result<Fields, Refusal> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_FIELDS];
    let parsed = httparse::parse_headers(&block, &mut headers).map_err(Refusal::Malformed)?;
    let httparse::Status::Complete((_, headers)) = parsed else {
        return Err(Refusal::Malformed(httparse::Error::NewLine));
    };
    let offset = |part: &[u8]| part.as_ptr().addr() - block.as_ptr().addr();
    let span = |header: &Header<'_>| {
        let name = header.name.as_bytes();
        Span::new(offset(name), name.len(), offset(header.value), header.value.len())
    };
    let spans = headers.iter().map(span).collect();
    Ok(Fields::received(block, spans))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Verdict = Result<Option<RequestHead>, Refusal>;

    /// What comes out of `text` whole, which must be what comes out byte by byte.
    fn request(text: &[u8]) -> Verdict {
        let limits = Limits::default();
        let read = |cut: usize| -> Verdict {
            let mut reader = HeadReader::new(Section::Request);
            let mut buffer = BytesMut::new();
            for piece in text.chunks(cut) {
                buffer.extend_from_slice(piece);
                if let Some((head, _)) = reader.read_request(&mut buffer, &limits)? {
                    return Ok(Some(head));
                }
            }
            Ok(None)
        };
        let whole = read(text.len().max(1));
        for cut in [1, 2, 3, 7] {
            assert_eq!(read(cut), whole, "{} in pieces of {cut}", text.escape_ascii());
        }
        whole
    }

    fn response(text: &[u8]) -> Result<Option<ResponseHead>, Refusal> {
        let mut reader = HeadReader::new(Section::Response);
        let read = reader.read_response(&mut BytesMut::from(text), &Limits::default());
        read.map(|found| found.map(|(head, _)| head))
    }

    #[test]
    fn a_request_is_views_of_its_block() {
        let head = request(b"POST /a?b HTTP/1.0\r\nHost:a\r\nX: \t c d \t\r\nY:\r\n\r\nrest");
        let head = head.unwrap().unwrap();
        assert_eq!(head.method, Method::Post);
        assert_eq!((head.target.path(), head.target.query()), ("/a", Some("b")));
        assert_eq!(head.version, Version::Http10);
        let fields: Vec<_> = head.fields.iter().collect();
        assert_eq!(fields, [("Host", &b"a"[..]), ("X", b"c d"), ("Y", b"")]);
    }

    // ANCHOR: what_httparse_lets_pass
    #[test]
    fn what_httparse_lets_pass() {
        for (text, refusal) in [
            (&b"GET / HTTP/1.1\nHost: a\n\n"[..], Refusal::BareLf),
            (b"GET / HTTP/1.1\r\nHost: a\n\r\n", Refusal::BareLf),
            (b"GET / HTTP/1.1\r\nHost: a\r\n\n", Refusal::BareLf),
            (b"GET / HTTP/1.1\r\nHost: a\nA: b\r\n\r\n", Refusal::BareLf),
            (b"GET / HTTP/1.1\r\nHost:\n\r\n", Refusal::BareLf),
            (b"\nGET / HTTP/1.1\r\n\r\n", Refusal::BareLf),
            (b"GET /#a HTTP/1.1\r\n\r\n", Refusal::Fragment),
            (b"GET /\xc3\xa9 HTTP/1.1\r\n\r\n", Refusal::TargetByte(0xc3)),
            (b"GET * HTTP/1.1\r\n\r\n", Refusal::Asterisk),
        ] {
            let mut headers = [httparse::EMPTY_HEADER; 4];
            let passed = httparse::Request::new(&mut headers).parse(text);
            assert!(passed.is_ok_and(|parsed| parsed.is_complete()), "{}", text.escape_ascii());
            assert_eq!(request(text), Err(refusal), "{}", text.escape_ascii());
        }
    }
    // ANCHOR_END: what_httparse_lets_pass

    #[test]
    fn a_limit_holds_for_a_head_that_arrives_whole() {
        let head = b"GET /abc HTTP/1.1\r\nHost: a\r\nB: c\r\n\r\n";
        let exact =
            Limits { method: 3, target: 4, head: head.len(), fields: 2, ..Limits::default() };
        let read = |limits: &Limits| {
            let mut reader = HeadReader::new(Section::Request);
            reader.read_request(&mut BytesMut::from(&head[..]), limits).err()
        };
        assert_eq!(read(&exact), None);
        for (limits, refusal) in [
            (Limits { method: 2, ..exact.clone() }, Refusal::MethodTooLong(2)),
            (Limits { target: 3, ..exact.clone() }, Refusal::TargetTooLong(3)),
            (Limits { fields: 1, ..exact.clone() }, Refusal::TooManyFields(1)),
            (Limits { head: head.len() - 1, ..exact }, Refusal::HeadTooLarge(head.len() - 1)),
        ] {
            assert_eq!(read(&limits), Some(refusal));
        }
    }

    #[test]
    fn a_few_empty_lines_may_come_first() {
        let head = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        for (count, valid) in [(0, true), (1, true), (4, true), (5, false)] {
            let text = [&b"\r\n".repeat(count)[..], head].concat();
            assert_eq!(request(&text).is_ok(), valid, "{count}");
        }
        assert_eq!(request(b"\rGET"), Err(Refusal::BareCr));
        assert_eq!(request(b"\r\n\r"), Ok(None));
    }

    #[test]
    fn a_reason_may_be_anything_or_missing() {
        for (line, reason) in [
            (&b"HTTP/1.1 200 OK"[..], &b"OK"[..]),
            (b"HTTP/1.1 200", b""),
            (b"HTTP/1.1 200 ", b""),
            (b"HTTP/1.1 200 \xe4 b", b"\xe4 b"),
        ] {
            for fields in [&b""[..], b"A: b\r\n"] {
                let text = [line, b"\r\n", fields, b"\r\n"].concat();
                let head = response(&text).unwrap().unwrap();
                assert_eq!(head.reason, reason, "{}", text.escape_ascii());
                assert_eq!(head.fields.len(), usize::from(!fields.is_empty()));
            }
        }
        assert_eq!(response(b"HTTP/1.1 200 OK\n\r\n"), Err(Refusal::BareLf));
        assert_eq!(response(b"HTTP/1.1 200\n\r\n"), Err(Refusal::BareLf));
        assert_eq!(response(b"\r\nHTTP/1.1 200 OK\r\n\r\n"), Err(Refusal::NotHttp));
    }
}

//! Looks at a section of a message line by line, while it arrives.
//!
//! `httparse` answers one question: does this block of bytes hold a head? Two others remain. Which
//! rule does a block break that is none? And is a block that has not ended yet broken already? Both
//! have the same answer: check each line when its LF is there.

use crate::chars::{is_ows, is_tchar, is_value_byte};
use crate::limits::{Limits, MAX_FIELDS};
use crate::method::Method;
use crate::refusal::Refusal;
use crate::target;
use crate::version::Version;

/// What kind of section the lines make up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Request,
    Response,
    Trailers,
}

/// How far a section has been looked at. Each byte is looked at once, however few arrive at a time.
#[derive(Clone, Debug)]
pub(crate) struct Lines {
    section: Section,
    /// Where the current line begins. Everything before it is valid.
    start: usize,
    /// Up to where no LF has been found in the current line.
    scanned: usize,
    /// Complete lines.
    count: usize,
    part: Part,
}

/// Where in the request line the next byte lies; a position at which a limit can be passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Method,
    /// The target, from this offset on.
    Target(usize),
    Rest,
}

impl Lines {
    pub(crate) fn new(section: Section) -> Self {
        Self { section, start: 0, scanned: 0, count: 0, part: Part::Method }
    }

    /// Nothing has been looked at yet.
    pub(crate) fn is_fresh(&self) -> bool {
        self.scanned == 0
    }

    pub(crate) fn reset(&mut self) {
        *self = Self::new(self.section);
    }

    /// Looks at what is new in `buffer`, which begins with the section. Gives the section's length,
    /// with its empty line, once that is there.
    pub(crate) fn advance(
        &mut self,
        buffer: &[u8],
        limits: &Limits,
    ) -> Result<Option<usize>, Refusal> {
        loop {
            let new = &buffer[self.scanned..];
            let line_feed = new.iter().position(|&byte| byte == b'\n');
            let seen = self.scanned + line_feed.map_or(new.len(), |index| index + 1);
            self.check_limits(&buffer[..seen], limits)?;
            self.scanned = seen;
            if line_feed.is_none() {
                return Ok(None);
            }
            let line = strip_crlf(&buffer[self.start..seen])?;
            let is_start = self.count == 0 && self.section != Section::Trailers;
            if line.is_empty() && !is_start {
                return Ok(Some(seen));
            }
            self.check_line(line, limits)?;
            self.start = seen;
            self.count += 1;
        }
    }

    /// Finds the first new byte that passes a limit, before its line is complete.
    fn check_limits(&mut self, seen: &[u8], limits: &Limits) -> Result<(), Refusal> {
        let (largest, too_large) = match self.section {
            Section::Trailers => (limits.trailers, Refusal::TrailersTooLarge(limits.trailers)),
            _ => (limits.head, Refusal::HeadTooLarge(limits.head)),
        };
        // A trailer section that holds nothing is no trailer section.
        let is_end = self.section == Section::Trailers && matches!(seen, b"\r\n" | b"\r");
        let excess = (seen.len() > largest && !is_end).then_some((largest, too_large));
        let early = if self.count == 0 { self.check_start(seen, limits) } else { None };
        match (early, excess) {
            (Some((position, refusal)), Some((other, _))) if position <= other => Err(refusal),
            (_, Some((_, refusal))) | (Some((_, refusal)), None) => Err(refusal),
            (None, None) => Ok(()),
        }
    }

    /// The first new byte of the start line that cannot be part of one, with its position.
    fn check_start(&mut self, seen: &[u8], limits: &Limits) -> Option<(usize, Refusal)> {
        for (position, &byte) in seen.iter().enumerate().skip(self.scanned) {
            let refusal = match self.section {
                Section::Request => self.check_request_byte(position, byte, limits),
                Section::Response => {
                    let expected = b"HTTP/".get(position);
                    expected.filter(|expected| **expected != byte).map(|_| Refusal::NotHttp)
                }
                Section::Trailers => return None,
            };
            if let Some(refusal) = refusal {
                return Some((position, refusal));
            }
        }
        None
    }

    fn check_request_byte(
        &mut self,
        position: usize,
        byte: u8,
        limits: &Limits,
    ) -> Option<Refusal> {
        match (self.part, byte) {
            (Part::Rest, _) => None,
            (_, b'\r' | b'\n') | (Part::Target(_), b' ') => {
                self.part = Part::Rest;
                None
            }
            (Part::Method, b' ') if position > 0 => {
                self.part = Part::Target(position + 1);
                None
            }
            (Part::Method, byte) if !is_tchar(byte) => Some(Refusal::MethodByte(byte)),
            (Part::Method, _) => {
                (position >= limits.method).then_some(Refusal::MethodTooLong(limits.method))
            }
            (Part::Target(start), _) => {
                (position - start >= limits.target).then_some(Refusal::TargetTooLong(limits.target))
            }
        }
    }

    /// Checks a complete line.
    fn check_line(&self, line: &[u8], limits: &Limits) -> Result<(), Refusal> {
        let fields_before = match self.section {
            Section::Trailers => self.count,
            _ if self.count > 0 => self.count - 1,
            Section::Request => return check_request_line(line),
            Section::Response => return check_status_line(line),
        };
        let most = limits.fields.min(MAX_FIELDS);
        if fields_before >= most {
            return Err(Refusal::TooManyFields(most));
        }
        let is_first = self.section != Section::Trailers && self.count == 1;
        match check_field_line(line) {
            Err(Refusal::Fold) if is_first => Err(Refusal::SpaceBeforeFields),
            result => result,
        }
    }
}

/// The line without its end, if that is CRLF, and if there is no other CR in it.
pub(crate) fn strip_crlf(line: &[u8]) -> Result<&[u8], Refusal> {
    let line = line.strip_suffix(b"\r\n").ok_or(Refusal::BareLf)?;
    if line.contains(&b'\r') { Err(Refusal::BareCr) } else { Ok(line) }
}

/// `METHOD SP TARGET SP VERSION` (RFC 9112 §3), with single spaces.
fn check_request_line(line: &[u8]) -> Result<(), Refusal> {
    let mut parts = line.splitn(3, |&byte| byte == b' ');
    let mut next = || parts.next().unwrap_or_default();
    let (method, target, version) = (next(), next(), next());
    if method.is_empty() || target.is_empty() {
        return Err(Refusal::RequestLine);
    }
    if version.is_empty() {
        return Err(Refusal::NoVersion);
    }
    if version.contains(&b' ') {
        return Err(Refusal::RequestLine);
    }
    parse_version(version)?;
    let method = str::from_utf8(method).ok().and_then(Method::parse).ok_or(Refusal::RequestLine)?;
    target::shape(&method, target).map(|_| ())
}

/// `VERSION SP 3DIGIT [SP REASON]` (RFC 9112 §4). The RFC wants the second space even before an
/// empty reason; many servers leave it out.
fn check_status_line(line: &[u8]) -> Result<(), Refusal> {
    let space = line.iter().position(|&byte| byte == b' ').ok_or(Refusal::StatusLine)?;
    parse_version(&line[..space])?;
    let (code, rest) = line[space + 1..].split_at_checked(3).ok_or(Refusal::StatusLine)?;
    if !code.iter().all(u8::is_ascii_digit) || !matches!(rest, [] | [b' ', ..]) {
        return Err(Refusal::StatusLine);
    }
    rest.iter().find(|byte| !is_value_byte(**byte)).map_or(Ok(()), |&b| Err(Refusal::ReasonByte(b)))
}

/// `HTTP/DIGIT.DIGIT` (RFC 9112 §2.3).
fn parse_version(version: &[u8]) -> Result<Version, Refusal> {
    match version {
        b"HTTP/1.1" => Ok(Version::Http11),
        b"HTTP/1.0" => Ok(Version::Http10),
        [b'H', b'T', b'T', b'P', b'/', b'0'..=b'9', b'.', b'0'..=b'9'] => {
            Err(Refusal::UnsupportedVersion)
        }
        _ => Err(Refusal::Version),
    }
}

/// `NAME ":" VALUE` (RFC 9112 §5).
fn check_field_line(line: &[u8]) -> Result<(), Refusal> {
    if line.first().is_some_and(|&byte| is_ows(byte)) {
        return Err(Refusal::Fold);
    }
    let colon = line.iter().position(|&byte| byte == b':').ok_or(Refusal::NoColon)?;
    let (name, value) = (&line[..colon], &line[colon + 1..]);
    match name.last() {
        None => return Err(Refusal::EmptyName),
        Some(&byte) if is_ows(byte) => return Err(Refusal::SpaceBeforeColon),
        Some(_) => {}
    }
    if let Some(&byte) = name.iter().find(|byte| !is_tchar(**byte)) {
        return Err(Refusal::NameByte(byte));
    }
    value
        .iter()
        .find(|byte| !is_value_byte(**byte))
        .map_or(Ok(()), |&byte| Err(Refusal::ValueByte(byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The verdict on `text` when it comes at once, which must be the one when it comes byte by byte.
    fn verdict(section: Section, text: &[u8], limits: &Limits) -> Result<Option<usize>, Refusal> {
        let whole = Lines::new(section).advance(text, limits);
        let mut lines = Lines::new(section);
        let mut last = Ok(None);
        for end in 0..=text.len() {
            last = lines.advance(&text[..end], limits);
            if !matches!(last, Ok(None)) {
                break;
            }
        }
        assert_eq!(last, whole, "{}", text.escape_ascii());
        whole
    }

    #[test]
    fn a_request_line_that_is_none() {
        for (line, refusal) in [
            ("GET /\r\n", Refusal::NoVersion),
            ("GET / \r\n", Refusal::NoVersion),
            ("GET\r\n", Refusal::RequestLine),
            ("GET  / HTTP/1.1\r\n", Refusal::RequestLine),
            ("GET /  HTTP/1.1\r\n", Refusal::RequestLine),
            ("GET / HTTP/1.1 \r\n", Refusal::RequestLine),
            ("GET /a b HTTP/1.1\r\n", Refusal::RequestLine),
            (" GET / HTTP/1.1\r\n", Refusal::MethodByte(b' ')),
            ("G\tT / HTTP/1.1\r\n", Refusal::MethodByte(b'\t')),
            ("\u{16}\u{3}\u{1}", Refusal::MethodByte(0x16)),
            ("GET\t/\tHTTP/1.1\r\n", Refusal::MethodByte(b'\t')),
            ("GET / HTTP/2.0\r\n", Refusal::UnsupportedVersion),
            ("PRI * HTTP/2.0\r\n", Refusal::UnsupportedVersion),
            ("GET / HTTP/1.2\r\n", Refusal::UnsupportedVersion),
            ("GET / HTTP/0.9\r\n", Refusal::UnsupportedVersion),
            ("GET / HTTP/1.10\r\n", Refusal::Version),
            ("GET / http/1.1\r\n", Refusal::Version),
            ("GET / HTTP/1\r\n", Refusal::Version),
            ("GET / HTTP/1.1\n", Refusal::BareLf),
            ("GET / HTTP/1.1\rX\r\n", Refusal::BareCr),
            ("GET / HTTP/1.1\r\r\n", Refusal::BareCr),
            ("\n", Refusal::BareLf),
        ] {
            let found = verdict(Section::Request, line.as_bytes(), &Limits::default());
            assert_eq!(found, Err(refusal), "{line:?}");
        }
    }

    #[test]
    fn a_status_line_that_is_none() {
        for (line, refusal) in [
            ("\r\nHTTP/1.1 200 OK\r\n", Refusal::NotHttp),
            ("SSH-2.0", Refusal::NotHttp),
            ("<", Refusal::NotHttp),
            ("HTTP/2 200\r\n", Refusal::Version),
            ("HTTP/2.0 200 OK\r\n", Refusal::UnsupportedVersion),
            ("HTTP/1.1\r\n", Refusal::StatusLine),
            ("HTTP/1.1 20 OK\r\n", Refusal::StatusLine),
            ("HTTP/1.1 2000 OK\r\n", Refusal::StatusLine),
            ("HTTP/1.1 200OK\r\n", Refusal::StatusLine),
            ("HTTP/1.1  200 OK\r\n", Refusal::StatusLine),
            ("HTTP/1.1 +20 OK\r\n", Refusal::StatusLine),
            ("HTTP/1.1 200\tOK\r\n", Refusal::StatusLine),
            ("HTTP/1.1 200 O\0K\r\n", Refusal::ReasonByte(0)),
        ] {
            let found = verdict(Section::Response, line.as_bytes(), &Limits::default());
            assert_eq!(found, Err(refusal), "{line:?}");
        }
    }

    #[test]
    fn a_field_line_that_is_none() {
        for (line, refusal) in [
            (" A: b\r\n", Refusal::SpaceBeforeFields),
            ("A: b\r\n c\r\n", Refusal::Fold),
            ("A: b\r\n\tc: d\r\n", Refusal::Fold),
            ("A b\r\n", Refusal::NoColon),
            (": b\r\n", Refusal::EmptyName),
            ("A : b\r\n", Refusal::SpaceBeforeColon),
            ("A\t: b\r\n", Refusal::SpaceBeforeColon),
            ("A B: c\r\n", Refusal::NameByte(b' ')),
            ("A(: c\r\n", Refusal::NameByte(b'(')),
            ("\u{e4}: c\r\n", Refusal::NameByte(0xc3)),
            ("A: \0\r\n", Refusal::ValueByte(0)),
            ("A: \u{7f}\r\n", Refusal::ValueByte(0x7f)),
            ("A: b\rc\r\n", Refusal::BareCr),
            ("A: b\n", Refusal::BareLf),
        ] {
            let head = format!("GET / HTTP/1.1\r\n{line}");
            let found = verdict(Section::Request, head.as_bytes(), &Limits::default());
            assert_eq!(found, Err(refusal), "{line:?}");
        }
    }

    #[test]
    fn a_section_ends_with_its_empty_line() {
        let limits = Limits::default();
        for (section, text) in [
            (Section::Request, "GET / HTTP/1.1\r\nA: b\r\n\r\n"),
            (Section::Response, "HTTP/1.1 200\r\n\r\n"),
            (Section::Response, "HTTP/1.0 999 \u{e4}\r\nA:\r\n\r\n"),
            (Section::Trailers, "\r\n"),
            (Section::Trailers, "A: b\r\n\r\n"),
        ] {
            assert_eq!(verdict(section, text.as_bytes(), &limits), Ok(Some(text.len())), "{text}");
        }
    }

    #[test]
    fn the_first_byte_too_many_is_refused() {
        let limits = Limits { target: 4, method: 4, head: 40, fields: 2, ..Limits::default() };
        for (text, refusal) in [
            ("ABCDE", Some(Refusal::MethodTooLong(4))),
            ("ABCD", None),
            ("GET /1234", Some(Refusal::TargetTooLong(4))),
            ("GET /123", None),
            ("GET /123 HTTP/1.1\r\nA: 56789012345678901\r", None),
            ("GET /123 HTTP/1.1\r\nA: 567890123456789012\r", Some(Refusal::HeadTooLarge(40))),
            ("GET / HTTP/1.1\r\nA:\r\nB:\r\nC:\r", None),
            ("GET / HTTP/1.1\r\nA:\r\nB:\r\nC:\r\n", Some(Refusal::TooManyFields(2))),
        ] {
            let found = verdict(Section::Request, text.as_bytes(), &limits);
            assert_eq!(found.err(), refusal, "{text:?}");
        }
        // Of two limits, the one that is passed first.
        let limits = Limits { target: 4, head: 6, ..Limits::default() };
        let found = verdict(Section::Request, b"GET /12345678", &limits);
        assert_eq!(found, Err(Refusal::HeadTooLarge(6)));
    }

    #[test]
    fn each_byte_is_looked_at_once() {
        // One line of 60 KB, a byte at a time. Looking at everything again for each byte would be
        // 1.8 billion steps, half a minute in a debug build.
        let mut head = b"GET / HTTP/1.1\r\nA: ".to_vec();
        head.resize(60_000, b'a');
        head.extend_from_slice(b"\r\n");
        let limits = Limits { fields: 128, ..Limits::default() };
        let start = std::time::Instant::now();
        let mut lines = Lines::new(Section::Request);
        for end in 0..=head.len() {
            lines.advance(&head[..end], &limits).unwrap();
        }
        assert!(start.elapsed().as_millis() < 1_000, "{:?}", start.elapsed());
    }
}

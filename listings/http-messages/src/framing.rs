//! Where a message ends, and whether another one follows (RFC 9112 §6.3, §9.3).

use crate::authority;
use crate::chars::trim_ows;
use crate::fields::{Fields, members};
use crate::head::{RequestHead, ResponseHead};
use crate::method::Method;
use crate::refusal::{Refusal, SendError};
use crate::status::{Class, Status};
use crate::version::Version;

/// How the length of a body is known (RFC 9112 §6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// There is no body, whatever the fields say.
    Empty,
    /// `Content-Length`.
    Known(u64),
    /// `Transfer-Encoding: chunked`.
    Chunked,
    /// Everything until the connection ends; responses only.
    UntilClose,
}

/// The length of a request's body (RFC 9112 §6.3).
///
/// Stricter than the RFC in two places where it leaves the choice. `Content-Length` beside
/// `Transfer-Encoding` is refused instead of ignored, because only an attack or a broken program
/// sends both. And several values of `Content-Length` are refused even if they are equal, because
/// the next recipient may read one of them only.
pub fn request_length(head: &RequestHead) -> Result<Length, Refusal> {
    Framing::of(&head.fields).request_length(head.version)
}

/// The length of a response's body, which depends on the method of its request (RFC 9112 §6.3). The
/// same two choices are made as in [`request_length`].
pub fn response_length(method: &Method, head: &ResponseHead) -> Result<Length, Refusal> {
    Framing::of(&head.fields).response_length(method, head.version, head.status)
}

/// What the fields of a head say about the message and the connection, gathered in one pass.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Framing {
    content_length: u64,
    /// Everything else is yes or no: a set of the [`notes`].
    notes: u32,
}

/// What can be noted about a head.
mod notes {
    pub(super) const HOST: u32 = 1;
    pub(super) const SEVERAL_HOSTS: u32 = 1 << 1;
    pub(super) const INVALID_HOST: u32 = 1 << 2;
    pub(super) const LENGTH: u32 = 1 << 3;
    pub(super) const SEVERAL_LENGTHS: u32 = 1 << 4;
    pub(super) const INVALID_LENGTH: u32 = 1 << 5;
    pub(super) const LENGTH_OVERFLOW: u32 = 1 << 6;
    pub(super) const CODING: u32 = 1 << 7;
    pub(super) const CHUNKED: u32 = 1 << 8;
    pub(super) const CHUNKED_TWICE: u32 = 1 << 9;
    pub(super) const CHUNKED_LAST: u32 = 1 << 10;
    pub(super) const CHUNKED_PARAMETER: u32 = 1 << 11;
    pub(super) const UNKNOWN_CODING: u32 = 1 << 12;
    pub(super) const CLOSE: u32 = 1 << 13;
    pub(super) const KEEP_ALIVE: u32 = 1 << 14;
    pub(super) const UPGRADE_OPTION: u32 = 1 << 15;
    pub(super) const UPGRADE: u32 = 1 << 16;
    pub(super) const EXPECTS_CONTINUE: u32 = 1 << 17;
    pub(super) const EXPECTS_ELSE: u32 = 1 << 18;
}

impl Framing {
    pub(crate) fn of(fields: &Fields) -> Self {
        let mut framing = Self::default();
        for (name, value) in fields.bytes() {
            framing.note(name, value);
        }
        framing
    }

    /// Of fields that are to be sent. The codec writes the framing fields itself: with two sources of
    /// `Content-Length` they would one day disagree.
    pub(crate) fn to_send(fields: &Fields) -> Result<Self, SendError> {
        let framing = Self::of(fields);
        if framing.has(notes::LENGTH) {
            return Err(SendError::FramingField("Content-Length"));
        }
        if framing.has(notes::CODING) {
            return Err(SendError::FramingField("Transfer-Encoding"));
        }
        Ok(framing)
    }

    fn set(&mut self, note: u32) {
        self.notes |= note;
    }

    fn has(self, note: u32) -> bool {
        self.notes & note != 0
    }

    // ANCHOR: note
    /// Takes in one field. The length of the name rules out nearly all of them.
    #[inline]
    pub(crate) fn note(&mut self, name: &[u8], value: &[u8]) {
        let is = |other: &str| name.eq_ignore_ascii_case(other.as_bytes());
        match name.len() {
            4 if is("Host") => self.host(value),
            6 if is("Expect") => self.expect(value),
            7 if is("Upgrade") => self.set(notes::UPGRADE),
            10 if is("Connection") => self.connection(value),
            14 if is("Content-Length") => self.length(value),
            17 if is("Transfer-Encoding") => self.transfer_encoding(value),
            _ => {}
        }
    }
    // ANCHOR_END: note

    /// An empty value is valid: it says that the target URI has no authority (RFC 9110 §7.2).
    fn host(&mut self, value: &[u8]) {
        if self.has(notes::HOST) {
            self.set(notes::SEVERAL_HOSTS);
        }
        self.set(notes::HOST);
        if !value.is_empty() && authority::split(value).is_none() {
            self.set(notes::INVALID_HOST);
        }
    }

    fn expect(&mut self, value: &[u8]) {
        for member in members(value) {
            let known = member.eq_ignore_ascii_case(b"100-continue");
            self.set(if known { notes::EXPECTS_CONTINUE } else { notes::EXPECTS_ELSE });
        }
    }

    fn connection(&mut self, value: &[u8]) {
        for option in members(value) {
            match option.len() {
                5 if option.eq_ignore_ascii_case(b"close") => self.set(notes::CLOSE),
                7 if option.eq_ignore_ascii_case(b"upgrade") => self.set(notes::UPGRADE_OPTION),
                10 if option.eq_ignore_ascii_case(b"keep-alive") => self.set(notes::KEEP_ALIVE),
                _ => {}
            }
        }
    }

    fn length(&mut self, value: &[u8]) {
        if self.has(notes::LENGTH) {
            self.set(notes::SEVERAL_LENGTHS);
        }
        self.set(notes::LENGTH);
        match number(value) {
            Ok(length) => self.content_length = length,
            Err(note) => self.set(note),
        }
    }

    fn transfer_encoding(&mut self, value: &[u8]) {
        self.set(notes::CODING);
        for member in members(value) {
            let name = member.split(|&byte| byte == b';').next().unwrap_or_default();
            if !trim_ows(name).eq_ignore_ascii_case(b"chunked") {
                self.set(notes::UNKNOWN_CODING);
                self.notes &= !notes::CHUNKED_LAST;
                continue;
            }
            if self.has(notes::CHUNKED) {
                self.set(notes::CHUNKED_TWICE);
            }
            self.set(notes::CHUNKED | notes::CHUNKED_LAST);
            if name.len() < member.len() {
                self.set(notes::CHUNKED_PARAMETER);
            }
        }
    }

    /// The rules that concern requests only; the length is asked for apart from them.
    pub(crate) fn check_request(self, version: Version) -> Result<(), Refusal> {
        self.check_host(version)?;
        if self.has(notes::EXPECTS_ELSE) { Err(Refusal::Expectation) } else { Ok(()) }
    }

    /// One valid `Host`, which only HTTP/1.0 may leave out (RFC 9112 §3.2).
    pub(crate) fn check_host(self, version: Version) -> Result<(), Refusal> {
        if !self.has(notes::HOST) && version == Version::Http11 {
            return Err(Refusal::MissingHost);
        }
        self.refuse_if(notes::SEVERAL_HOSTS, Refusal::SeveralHosts)?;
        self.refuse_if(notes::INVALID_HOST, Refusal::InvalidHost)
    }

    fn refuse_if(self, note: u32, refusal: Refusal) -> Result<(), Refusal> {
        if self.has(note) { Err(refusal) } else { Ok(()) }
    }

    // RFC 9112 §6.3, whose items are numbered 1 to 8; 1 and 2 are about responses.
    pub(crate) fn request_length(self, version: Version) -> Result<Length, Refusal> {
        self.stated_length(version).map(|stated| stated.unwrap_or(Length::Empty)) // Item 7.
    }

    // ANCHOR: response_length
    pub(crate) fn response_length(
        self,
        method: &Method,
        version: Version,
        status: Status,
    ) -> Result<Length, Refusal> {
        if has_no_body(method, status) {
            return Ok(Length::Empty); // Items 1 and 2.
        }
        self.stated_length(version).map(|stated| stated.unwrap_or(Length::UntilClose)) // Item 8.
    }
    // ANCHOR_END: response_length

    fn stated_length(self, version: Version) -> Result<Option<Length>, Refusal> {
        match (self.has(notes::CODING), self.has(notes::LENGTH)) {
            (false, false) => Ok(None),
            (true, true) => Err(Refusal::LengthAndCoding), // Item 3.
            (true, false) => {
                // Item 4. Chunked alone, once and last is what can be taken apart here.
                if version == Version::Http10 {
                    return Err(Refusal::CodingInHttp10);
                }
                if !self.has(notes::CHUNKED_LAST) {
                    return Err(Refusal::ChunkedNotLast);
                }
                self.refuse_if(notes::CHUNKED_TWICE, Refusal::ChunkedTwice)?;
                self.refuse_if(notes::UNKNOWN_CODING, Refusal::UnknownCoding)?;
                self.refuse_if(notes::CHUNKED_PARAMETER, Refusal::ChunkedParameter)?;
                Ok(Some(Length::Chunked))
            }
            (false, true) => {
                // Items 5 and 6.
                self.refuse_if(notes::SEVERAL_LENGTHS, Refusal::SeveralLengths)?;
                self.refuse_if(notes::INVALID_LENGTH, Refusal::InvalidLength)?;
                self.refuse_if(notes::LENGTH_OVERFLOW, Refusal::LengthOverflow)?;
                Ok(Some(Length::Known(self.content_length)))
            }
        }
    }

    /// Whether the sender lets the connection live on after this message (RFC 9112 §9.3).
    pub(crate) fn persists(self, version: Version) -> bool {
        !self.has(notes::CLOSE) && (version == Version::Http11 || self.has(notes::KEEP_ALIVE))
    }

    pub(crate) fn has_close(self) -> bool {
        self.has(notes::CLOSE)
    }

    pub(crate) fn has_keep_alive(self) -> bool {
        self.has(notes::KEEP_ALIVE)
    }

    pub(crate) fn has_upgrade_option(self) -> bool {
        self.has(notes::UPGRADE_OPTION)
    }

    pub(crate) fn expects_continue(self) -> bool {
        self.has(notes::EXPECTS_CONTINUE)
    }

    /// Whether a request asks to switch protocols (RFC 9110 §7.8).
    pub(crate) fn asks_for_upgrade(self) -> bool {
        self.has(notes::UPGRADE) && self.has(notes::UPGRADE_OPTION)
    }
}

/// Responses that end with their head (RFC 9110 §6.4.1).
pub(crate) fn has_no_body(method: &Method, status: Status) -> bool {
    *method == Method::Head
        || status.is_interim()
        || status == Status::NO_CONTENT
        || status == Status::NOT_MODIFIED
        || is_tunnel(method, status)
}

/// Whether the connection becomes a tunnel after this head (RFC 9110 §9.3.6).
pub(crate) fn is_tunnel(method: &Method, status: Status) -> bool {
    *method == Method::Connect && status.class() == Class::Successful
}

/// `1*DIGIT` (RFC 9110 §8.6). No sign, no space, no list. What is none gives a note.
fn number(value: &[u8]) -> Result<u64, u32> {
    let mut number = Some(0u64);
    for byte in value {
        match byte {
            b'0'..=b'9' => {
                let digit = u64::from(byte - b'0');
                number = number.and_then(|number| number.checked_mul(10)?.checked_add(digit));
            }
            b',' => return Err(notes::SEVERAL_LENGTHS),
            _ => return Err(notes::INVALID_LENGTH),
        }
    }
    if value.is_empty() { Err(notes::INVALID_LENGTH) } else { number.ok_or(notes::LENGTH_OVERFLOW) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framing(lines: &[(&str, &str)]) -> Framing {
        let mut fields = Fields::new();
        for (name, value) in lines {
            fields.append(name, value).unwrap();
        }
        Framing::of(&fields)
    }

    const CODING: &str = "Transfer-Encoding";
    const LENGTH: &str = "Content-Length";

    #[test]
    fn content_length_is_digits() {
        for (value, expected) in [
            ("0", Ok(0)),
            ("007", Ok(7)),
            ("18446744073709551615", Ok(u64::MAX)),
            ("18446744073709551616", Err(Refusal::LengthOverflow)),
            ("", Err(Refusal::InvalidLength)),
            ("+5", Err(Refusal::InvalidLength)),
            ("-5", Err(Refusal::InvalidLength)),
            ("0x5", Err(Refusal::InvalidLength)),
            ("5 5", Err(Refusal::InvalidLength)),
            ("5,5", Err(Refusal::SeveralLengths)),
            ("5;q", Err(Refusal::InvalidLength)),
            ("٥", Err(Refusal::InvalidLength)),
        ] {
            let length = framing(&[(LENGTH, value)]).request_length(Version::Http11);
            assert_eq!(length, expected.map(Length::Known), "{value}");
        }
        let twice = framing(&[(LENGTH, "5"), ("content-length", "5")]);
        assert_eq!(twice.request_length(Version::Http11), Err(Refusal::SeveralLengths));
    }

    #[test]
    fn chunked_alone_once_and_last() {
        for (values, expected) in [
            (&["chunked"][..], Ok(Length::Chunked)),
            (&["Chunked"], Ok(Length::Chunked)),
            (&[", chunked ,"], Ok(Length::Chunked)),
            (&[""], Err(Refusal::ChunkedNotLast)),
            (&["identity"], Err(Refusal::ChunkedNotLast)),
            (&["gzip"], Err(Refusal::ChunkedNotLast)),
            (&["xchunked"], Err(Refusal::ChunkedNotLast)),
            (&["\"chunked\""], Err(Refusal::ChunkedNotLast)),
            (&["chunked, gzip"], Err(Refusal::ChunkedNotLast)),
            (&["chunked", "identity"], Err(Refusal::ChunkedNotLast)),
            (&["gzip, chunked"], Err(Refusal::UnknownCoding)),
            (&["gzip", "chunked"], Err(Refusal::UnknownCoding)),
            (&["chunked, chunked"], Err(Refusal::ChunkedTwice)),
            (&["chunked", "chunked"], Err(Refusal::ChunkedTwice)),
            (&["chunked;a=b"], Err(Refusal::ChunkedParameter)),
        ] {
            let lines: Vec<_> = values.iter().map(|value| (CODING, *value)).collect();
            assert_eq!(framing(&lines).request_length(Version::Http11), expected, "{values:?}");
        }
    }

    #[test]
    fn both_are_refused_and_so_is_a_coding_in_1_0() {
        let both = framing(&[(LENGTH, "5"), (CODING, "chunked")]);
        assert_eq!(both.request_length(Version::Http11), Err(Refusal::LengthAndCoding));
        let coding = framing(&[(CODING, "chunked")]);
        assert_eq!(coding.request_length(Version::Http10), Err(Refusal::CodingInHttp10));
    }

    #[test]
    fn some_responses_have_no_body_whatever_they_say() {
        let both = framing(&[(LENGTH, "5"), (CODING, "chunked")]);
        for (method, code) in [
            (Method::Head, 200),
            (Method::Get, 100),
            (Method::Get, 204),
            (Method::Get, 304),
            (Method::Connect, 200),
        ] {
            let status = Status::new(code).unwrap();
            let length = both.response_length(&method, Version::Http11, status);
            assert_eq!(length, Ok(Length::Empty), "{method} {code}");
        }
        let refused = both.response_length(&Method::Connect, Version::Http11, Status::NOT_FOUND);
        assert_eq!(refused, Err(Refusal::LengthAndCoding));
        let nothing = Framing::default();
        let length = nothing.response_length(&Method::Get, Version::Http11, Status::OK);
        assert_eq!(length, Ok(Length::UntilClose));
        assert_eq!(nothing.request_length(Version::Http11), Ok(Length::Empty));
    }

    #[test]
    fn a_connection_lives_on_by_version_and_option() {
        for (value, version, expected) in [
            ("", Version::Http11, true),
            ("", Version::Http10, false),
            ("Keep-Alive", Version::Http10, true),
            ("keep-alive, close", Version::Http10, false),
            ("foo, CLOSE", Version::Http11, false),
            ("\"close\"", Version::Http11, true),
        ] {
            assert_eq!(framing(&[("Connection", value)]).persists(version), expected, "{value}");
        }
    }

    #[test]
    fn host_is_one_and_valid() {
        let check = |lines: &[_]| framing(lines).check_request(Version::Http11);
        assert_eq!(check(&[("Host", "a:80")]), Ok(()));
        assert_eq!(check(&[("Host", "")]), Ok(()));
        assert_eq!(check(&[]), Err(Refusal::MissingHost));
        assert_eq!(framing(&[]).check_request(Version::Http10), Ok(()));
        assert_eq!(check(&[("Host", "a"), ("host", "a")]), Err(Refusal::SeveralHosts));
        for bad in ["a b", "a,b c", "http://a/", "a/b", "u@a", "a:b", "ä"] {
            assert_eq!(check(&[("Host", bad)]), Err(Refusal::InvalidHost), "{bad}");
        }
        assert_eq!(check(&[("Host", "a"), ("Expect", "100-Continue")]), Ok(()));
        assert_eq!(check(&[("Host", "a"), ("Expect", "200-ok")]), Err(Refusal::Expectation));
    }
}

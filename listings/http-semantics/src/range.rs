//! Range requests ([RFC 9110] §14): which bytes a `Range` field asks for, and how several of them
//! travel in one response.
//!
//! Positions are offsets of bytes, both ends included, in the representation *as it is sent*: of a
//! gzip-coded one, they count gzip's bytes (§14.1.2).
//!
//! A `Range` field that is invalid, in another unit, or asks for too much is ignored and the whole
//! is sent, as §14.2 allows; nobody who asks for less can be harmed by getting all.
//!
//! [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110#section-14

use std::fmt;

/// A `Range` with more members is ignored.
///
/// In 2011 requests with `Range: bytes=0-,5-0,5-1,5-2,…` and hundreds more members made Apache
/// prepare them all in memory, and a few were enough to bring it down (CVE-2011-3192). Video players
/// and PDF viewers ask for a handful.
pub const MAX_RANGES: usize = 32;

/// Ranges with no more than this many bytes between them are sent as one: about what the fields
/// between two parts would cost ([RFC 9110] §15.3.7.2).
///
/// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110#section-15.3.7.2
pub const GAP: u64 = 80;

/// One member of a `Range` field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spec {
    /// `5-9`, or `5-` to the end.
    From { first: u64, last: Option<u64> },
    /// `-5`: the last five bytes.
    Suffix(u64),
}

/// Bytes `first` to `last`, both included, so it is never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByteRange {
    pub first: u64,
    pub last: u64,
}

/// What to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// 200 and all of it.
    Whole,
    /// 206 and these, in this order; at least one.
    Parts(Vec<ByteRange>),
    /// 416 with `Content-Range: bytes */LENGTH`: the field is valid, and there is no such byte.
    Unsatisfiable,
}

// ANCHOR: parse
/// Reads a `Range` field; `None` if it is to be ignored.
///
/// A position too large for 64 bits counts as the largest: it lies behind the end of anything that
/// exists (§14.1.2).
pub fn parse(value: &str) -> Option<Vec<Spec>> {
    let (unit, set) = value.split_once('=')?;
    if !unit.eq_ignore_ascii_case("bytes") {
        return None;
    }
    let members = set.split(',').map(|member| member.trim_matches([' ', '\t']));
    let specs: Option<Vec<_>> =
        members.filter(|member| !member.is_empty()).take(MAX_RANGES + 1).map(spec).collect();
    specs.filter(|specs| (1..=MAX_RANGES).contains(&specs.len()))
}

fn spec(member: &str) -> Option<Spec> {
    let (first, last) = member.split_once('-')?;
    match (first, last) {
        ("", length) => Some(Spec::Suffix(number(length)?)),
        (first, "") => Some(Spec::From { first: number(first)?, last: None }),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then_some(Spec::From { first, last: Some(last) })
        }
    }
}
// ANCHOR_END: parse

fn number(digits: &str) -> Option<u64> {
    let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| digits.parse().unwrap_or(u64::MAX))
}

// ANCHOR: select
/// What a `Range` field with this value selects of a representation of `length` bytes.
pub fn select(value: &str, length: u64) -> Selection {
    let Some(specs) = parse(value) else { return Selection::Whole };
    if length == 0 && specs.iter().any(|spec| matches!(spec, Spec::Suffix(1..))) {
        // "The last byte" of nothing is satisfiable, and no Content-Range can say so.
        return Selection::Whole;
    }
    let parts: Vec<_> = specs.iter().filter_map(|spec| spec.within(length)).collect();
    if parts.is_empty() {
        return Selection::Unsatisfiable;
    }
    Selection::Parts(coalesce(&parts))
}

impl Spec {
    /// The bytes that it selects of `length`; `None` if there are none.
    fn within(self, length: u64) -> Option<ByteRange> {
        let end = length.checked_sub(1)?;
        match self {
            Self::From { first, .. } if first > end => None,
            Self::From { first, last } => {
                Some(ByteRange { first, last: last.unwrap_or(end).min(end) })
            }
            Self::Suffix(0) => None,
            Self::Suffix(count) => {
                Some(ByteRange { first: length.saturating_sub(count), last: end })
            }
        }
    }
}

/// Joins ranges that overlap or nearly touch, so that no byte is sent twice. The rest stays in the
/// client's order; a joined one stands where the first of its ranges stood.
fn coalesce(parts: &[ByteRange]) -> Vec<ByteRange> {
    let mut sorted: Vec<_> = parts.iter().copied().enumerate().collect();
    sorted.sort_by_key(|(_, range)| *range);
    let mut joined: Vec<(usize, ByteRange)> = Vec::new();
    for (place, range) in sorted {
        match joined.last_mut() {
            Some((first_place, before)) if range.first <= before.last.saturating_add(GAP + 1) => {
                before.last = before.last.max(range.last);
                *first_place = place.min(*first_place);
            }
            _ => joined.push((place, range)),
        }
    }
    joined.sort_by_key(|(place, _)| *place);
    joined.into_iter().map(|(_, range)| range).collect()
}
// ANCHOR_END: select

impl ByteRange {
    /// How many bytes; never 0.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(self) -> u64 {
        self.last - self.first + 1
    }

    /// The value of `Content-Range` for this part of `length` bytes ([RFC 9110] §14.4).
    ///
    /// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110#section-14.4
    pub fn content_range(self, length: u64) -> String {
        format!("bytes {self}/{length}")
    }
}

impl fmt::Display for ByteRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}

/// The value of `Content-Range` in a 416 ([RFC 9110] §15.5.17).
///
/// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110#section-15.5.17
pub fn unsatisfied_range(length: u64) -> String {
    format!("bytes */{length}")
}

/// Writes a `multipart/byteranges` content ([RFC 9110] §14.6), as pieces: what stands around the
/// parts, and which bytes go between.
///
/// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110#section-14.6
#[derive(Clone, Debug)]
pub struct Multipart {
    boundary: String,
    pieces: Vec<Piece>,
}

/// A piece of a multipart content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// These bytes as they are.
    Text(String),
    /// These bytes of the representation.
    Range(ByteRange),
}

impl Multipart {
    /// `length` and `content_type` are the representation's. No line of the representation may
    /// begin with `--` and `boundary`, or a recipient would cut it there.
    pub fn new(boundary: &str, content_type: &str, ranges: &[ByteRange], length: u64) -> Self {
        let mut pieces = Vec::new();
        let mut before = "";
        for range in ranges {
            let content_range = range.content_range(length);
            pieces.push(Piece::Text(format!(
                "{before}--{boundary}\r\nContent-Type: {content_type}\r\n\
                 Content-Range: {content_range}\r\n\r\n"
            )));
            pieces.push(Piece::Range(*range));
            // The line end belongs to the boundary, not to the part.
            before = "\r\n";
        }
        pieces.push(Piece::Text(format!("{before}--{boundary}--\r\n")));
        Self { boundary: boundary.to_string(), pieces }
    }

    /// The value of the response's `Content-Type`.
    pub fn content_type(&self) -> String {
        format!("multipart/byteranges; boundary={}", self.boundary)
    }

    /// How many bytes all pieces have.
    pub fn len(&self) -> u64 {
        self.pieces.iter().map(Piece::len).sum()
    }

    pub fn into_pieces(self) -> Vec<Piece> {
        self.pieces
    }
}

impl Multipart {
    /// Never: the last boundary is always there.
    pub fn is_empty(&self) -> bool {
        false
    }
}

impl Piece {
    /// How many bytes it has.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> u64 {
        match self {
            Self::Text(text) => text.len() as u64,
            Self::Range(range) => range.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(value: &str, length: u64) -> String {
        match select(value, length) {
            Selection::Whole => "whole".into(),
            Selection::Unsatisfiable => "unsatisfiable".into(),
            Selection::Parts(parts) => {
                parts.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
            }
        }
    }

    #[test]
    fn what_is_selected_of_ten_thousand_bytes() {
        for (value, expected) in [
            // The examples of §14.1.2.
            ("bytes=0-499", "0-499"),
            ("bytes=500-999", "500-999"),
            ("bytes=-500", "9500-9999"),
            ("bytes=9500-", "9500-9999"),
            ("bytes=0-0,-1", "0-0 9999-9999"),
            ("bytes= 0-999, 4500-5499, -1000", "0-999 4500-5499 9000-9999"),
            ("bytes=500-600,601-999", "500-999"),
            ("bytes=500-700,601-999", "500-999"),
            // Past the end.
            ("bytes=9999-", "9999-9999"),
            ("bytes=9999-99999", "9999-9999"),
            ("bytes=10000-", "unsatisfiable"),
            ("bytes=10000-,0-0", "0-0"),
            ("bytes=-20000", "0-9999"),
            ("bytes=-0", "unsatisfiable"),
            ("bytes=0-", "0-9999"),
            ("bytes=0-99999999999999999999999999", "0-9999"),
            ("bytes=99999999999999999999999999-", "unsatisfiable"),
            ("bytes=-99999999999999999999999999", "0-9999"),
            // In the client's order, and joined where they meet.
            ("bytes=5000-5099,0-99", "5000-5099 0-99"),
            ("bytes=5000-5099,0-99,5050-5199", "5000-5199 0-99"),
            ("bytes=5050-5199,0-99,5000-5099", "5000-5199 0-99"),
            ("bytes=0-99,180-199", "0-199"),
            ("bytes=0-99,181-199", "0-99 181-199"),
            ("bytes=0-,0-,0-", "0-9999"),
            ("BYTES=0-0", "0-0"),
            ("bytes=0-0,,", "0-0"),
            // Ignored.
            ("bytes=1-0", "whole"),
            ("bytes=0-0,1-0", "whole"),
            ("bytes=", "whole"),
            ("bytes=,", "whole"),
            ("bytes=-", "whole"),
            ("bytes=a-b", "whole"),
            ("bytes=0-5x", "whole"),
            ("bytes=+0-5", "whole"),
            ("bytes=0 - 5", "whole"),
            ("bytes=--5", "whole"),
            ("bytes=1", "whole"),
            ("bytes 0-5", "whole"),
            ("bytes =0-5", "whole"),
            ("lines=0-5", "whole"),
            ("", "whole"),
        ] {
            assert_eq!(shown(value, 10_000), expected, "{value}");
        }
    }

    #[test]
    fn of_nothing() {
        assert_eq!(shown("bytes=0-", 0), "unsatisfiable");
        assert_eq!(shown("bytes=-0", 0), "unsatisfiable");
        assert_eq!(shown("bytes=-1", 0), "whole");
        assert_eq!(shown("bytes=0-,-1", 0), "whole");
    }

    #[test]
    fn the_apache_killer_gets_one_copy() {
        let killer = (0..1300).map(|last| format!(",5-{last}")).collect::<String>();
        assert_eq!(shown(&format!("bytes=0-{killer}"), 10_000), "whole");
        let distant: Vec<_> = (0..=MAX_RANGES).map(|n| format!("{0}-{0}", n * 200)).collect();
        assert_eq!(shown(&format!("bytes={}", distant.join(",")), 10_000), "whole");
        let allowed = shown(&format!("bytes={}", distant[1..].join(",")), 10_000);
        assert_eq!(allowed.split(' ').count(), MAX_RANGES);
    }

    #[test]
    fn parts_and_what_stands_around_them() {
        let ranges = [ByteRange { first: 0, last: 1 }, ByteRange { first: 8, last: 9 }];
        let multipart = Multipart::new("cut", "text/plain", &ranges, 10);
        assert_eq!(multipart.content_type(), "multipart/byteranges; boundary=cut");
        let length = multipart.len();
        let text: String = multipart
            .into_pieces()
            .into_iter()
            .map(|piece| match piece {
                Piece::Text(text) => text,
                Piece::Range(range) => {
                    "0123456789"[range.first as usize..=range.last as usize].to_string()
                }
            })
            .collect();
        let expected = "--cut\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-1/10\r\n\r\n\
                        01\r\n--cut\r\nContent-Type: text/plain\r\nContent-Range: bytes 8-9/10\r\n\
                        \r\n89\r\n--cut--\r\n";
        assert_eq!(text, expected);
        assert_eq!(length, expected.len() as u64);
    }
}

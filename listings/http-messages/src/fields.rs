//! Header and trailer fields (RFC 9110 §5, §6.3, §6.5).

use std::fmt;

use bytes::Bytes;
use thiserror::Error;

use crate::chars::{Shown, is_tchar, is_value_byte, trim_ows};

/// Fields in the order in which they came, duplicates included.
///
/// Names are compared without regard to case and kept as they were written. Fields that were
/// received are views into the block of bytes in which they arrived, so no name and no value has
/// been copied; changing them copies the block once.
///
/// What is in here can be written to a connection as it is: no name holds anything but token
/// characters, and no value holds CR, LF, NUL or another control character (RFC 9110 §5.5).
///
/// ```
/// use http_messages::Fields;
///
/// let mut fields = Fields::new();
/// fields.append("Accept", "text/html, */*;q=0.1")?;
/// fields.append("accept", "image/webp")?;
/// assert_eq!(fields.get("ACCEPT"), Some(&b"text/html, */*;q=0.1"[..]));
/// assert_eq!(fields.list("Accept").count(), 3);
/// assert!(fields.append("X", "1\r\nSet-Cookie: stolen").is_err());
/// # Ok::<(), http_messages::InvalidField>(())
/// ```
#[derive(Clone, Default)]
pub struct Fields {
    block: Block,
    spans: Vec<Span>,
}

/// Bytes of removed fields that are not worth the work of moving the others.
const MAX_WASTE: usize = 1024;

/// Where the bytes of all fields are.
#[derive(Clone)]
enum Block {
    /// Part of what was received, shared with the buffer.
    Received(Bytes),
    /// Put together by a caller, as lines that can be written as they are; removed ones too.
    Built(Vec<u8>),
}

impl Default for Block {
    fn default() -> Self {
        Self::Built(Vec::new())
    }
}

/// Where one field is in the block. 32 bits are enough: a block is never larger than 4 GiB.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    name: u32,
    name_length: u32,
    value: u32,
    value_length: u32,
}

impl Span {
    pub(crate) fn new(name: usize, name_length: usize, value: usize, value_length: usize) -> Self {
        Self {
            name: name as u32,
            name_length: name_length as u32,
            value: value as u32,
            value_length: value_length as u32,
        }
    }

    /// Where the name begins.
    pub(crate) fn name_offset(self) -> usize {
        self.name as usize
    }

    fn name(self, block: &[u8]) -> &[u8] {
        &block[self.name as usize..][..self.name_length as usize]
    }

    fn value(self, block: &[u8]) -> &[u8] {
        &block[self.value as usize..][..self.value_length as usize]
    }
}

/// Why a field cannot be sent (RFC 9110 §5.1, §5.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidField {
    #[error("a field needs a name")]
    EmptyName,
    #[error("a field name must not hold {}", Shown(*.0))]
    NameByte(u8),
    #[error("a field value must not hold {}", Shown(*.0))]
    ValueByte(u8),
    #[error("fields must not be larger than 4 GiB together")]
    TooLarge,
}

impl Fields {
    /// No fields; allocates nothing.
    pub const fn new() -> Self {
        Self { block: Block::Built(Vec::new()), spans: Vec::new() }
    }

    /// Fields that the parser has found in `block`, and has found valid.
    pub(crate) fn received(block: Bytes, spans: Vec<Span>) -> Self {
        Self { block: Block::Received(block), spans }
    }

    /// Adds a field after the others. Whitespace around the value is not part of it and is left out.
    pub fn append(
        &mut self,
        name: impl AsRef<[u8]>,
        value: impl AsRef<[u8]>,
    ) -> Result<(), InvalidField> {
        let (name, value) = (name.as_ref(), trim_ows(value.as_ref()));
        if name.is_empty() {
            return Err(InvalidField::EmptyName);
        }
        if let Some(&byte) = name.iter().find(|byte| !is_tchar(**byte)) {
            return Err(InvalidField::NameByte(byte));
        }
        if let Some(&byte) = value.iter().find(|byte| !is_value_byte(**byte)) {
            return Err(InvalidField::ValueByte(byte));
        }
        let lines = self.built();
        if u32::try_from(lines.len() + name.len() + value.len() + BESIDES).is_err() {
            return Err(InvalidField::TooLarge);
        }
        let span = push_line(lines, name, value);
        self.spans.push(span);
        Ok(())
    }

    /// The block as lines that can grow.
    fn built(&mut self) -> &mut Vec<u8> {
        if let Block::Received(bytes) = &self.block {
            let mut lines = Vec::with_capacity(bytes.len());
            for span in &mut self.spans {
                *span = push_line(&mut lines, span.name(bytes), span.value(bytes));
            }
            self.block = Block::Built(lines);
        }
        match &mut self.block {
            Block::Built(lines) => lines,
            Block::Received(_) => unreachable!("it has just been made Built"),
        }
    }

    /// All fields as they go on the wire, if they lie there as such: built, and none removed.
    pub(crate) fn lines(&self) -> Option<&[u8]> {
        let Block::Built(lines) = &self.block else { return None };
        let length = |span: &Span| (span.name_length + span.value_length) as usize + BESIDES;
        (self.spans.iter().map(length).sum::<usize>() == lines.len()).then_some(lines)
    }

    /// Replaces all fields of this name by one, at the end.
    pub fn set(
        &mut self,
        name: impl AsRef<[u8]>,
        value: impl AsRef<[u8]>,
    ) -> Result<(), InvalidField> {
        self.append(&name, value)?;
        let last = self.spans.len() - 1;
        let (block, name) = (self.block.as_slice(), name.as_ref());
        let mut index = 0;
        self.spans.retain(|span| {
            index += 1;
            index > last || !span.name(block).eq_ignore_ascii_case(name)
        });
        self.tidy();
        Ok(())
    }

    /// Gives back the bytes of removed fields when they are the larger part of a built block.
    fn tidy(&mut self) {
        let Block::Built(lines) = &self.block else { return };
        let length = |span: &Span| (span.name_length + span.value_length) as usize + BESIDES;
        let used: usize = self.spans.iter().map(length).sum();
        if lines.len() <= MAX_WASTE + 2 * used {
            return;
        }
        let mut kept = Vec::with_capacity(used);
        for span in &mut self.spans {
            *span = push_line(&mut kept, span.name(lines), span.value(lines));
        }
        self.block = Block::Built(kept);
    }

    /// Removes all fields of this name; true if there was one.
    pub fn remove(&mut self, name: &str) -> bool {
        let before = self.spans.len();
        let block = self.block.as_slice();
        self.spans.retain(|span| !span.name(block).eq_ignore_ascii_case(name.as_bytes()));
        self.tidy();
        self.spans.len() < before
    }

    /// The value of the first field of this name.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.get_all(name).next()
    }

    /// The value of the first field of this name, if it is UTF-8. A value may hold any byte from
    /// 0x80 (RFC 9110 §5.5), so this can be `None` where [`get`](Self::get) is not.
    pub fn get_str(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(|value| str::from_utf8(value).ok())
    }

    /// The values of all fields of this name, in order.
    pub fn get_all<'a, 'n>(
        &'a self,
        name: &'n str,
    ) -> impl Iterator<Item = &'a [u8]> + Clone + use<'a, 'n> {
        let block = self.block.as_slice();
        self.spans
            .iter()
            .filter(move |span| {
                span.name_length as usize == name.len()
                    && span.name(block).eq_ignore_ascii_case(name.as_bytes())
            })
            .map(move |span| span.value(block))
    }

    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The members of a field that is a comma-separated list, over all its lines, without the
    /// whitespace around them; empty members are left out (RFC 9110 §5.6.1). A comma inside a quoted
    /// string does not separate.
    pub fn list<'a, 'n>(
        &'a self,
        name: &'n str,
    ) -> impl Iterator<Item = &'a [u8]> + Clone + use<'a, 'n> {
        self.get_all(name).flat_map(members)
    }

    /// Whether a list field has this member, without regard to case: `has_token("Connection",
    /// "close")`.
    pub fn has_token(&self, name: &str, token: &str) -> bool {
        self.list(name).any(|member| member.eq_ignore_ascii_case(token.as_bytes()))
    }

    /// Names and values in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> + Clone {
        let block = self.block.as_slice();
        self.spans.iter().map(move |span| {
            // A name is made of ASCII, so the default is never taken.
            (str::from_utf8(span.name(block)).unwrap_or_default(), span.value(block))
        })
    }

    /// Names and values as they go on the wire.
    pub(crate) fn bytes(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let block = self.block.as_slice();
        self.spans.iter().map(move |span| (span.name(block), span.value(block)))
    }

    /// How many field lines.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }
}

impl Block {
    fn as_slice(&self) -> &[u8] {
        match self {
            Self::Received(bytes) => bytes,
            Self::Built(bytes) => bytes,
        }
    }
}

/// Bytes of a line beside its name and value: `: ` and CRLF.
const BESIDES: usize = 4;

fn push_line(lines: &mut Vec<u8>, name: &[u8], value: &[u8]) -> Span {
    let start = lines.len();
    lines.extend_from_slice(name);
    lines.extend_from_slice(b": ");
    lines.extend_from_slice(value);
    lines.extend_from_slice(b"\r\n");
    Span::new(start, name.len(), start + name.len() + 2, value.len())
}

/// The members of one list value.
pub(crate) fn members(value: &[u8]) -> impl Iterator<Item = &[u8]> + Clone {
    // Most values have no quoted string in them.
    let has_quotes = value.contains(&b'"');
    let mut quoted = false;
    let mut escaped = false;
    value
        .split(move |&byte| {
            let separates = byte == b',' && !quoted;
            if !has_quotes {
                return separates;
            }
            if escaped {
                escaped = false;
            } else if byte == b'\\' {
                escaped = quoted;
            } else if byte == b'"' {
                quoted = !quoted;
            }
            separates
        })
        .map(trim_ows)
        .filter(|member| !member.is_empty())
}

impl PartialEq for Fields {
    /// The same fields in the same order. Names are compared without regard to case.
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len()
            && self.bytes().zip(other.bytes()).all(|((name, value), (other_name, other_value))| {
                name.eq_ignore_ascii_case(other_name) && value == other_value
            })
    }
}

impl Eq for Fields {}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(self.iter().map(|(name, value)| (name, String::from_utf8_lossy(value))))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(lines: &[(&str, &str)]) -> Fields {
        let mut fields = Fields::new();
        for (name, value) in lines {
            fields.append(name, value).unwrap();
        }
        fields
    }

    #[test]
    fn a_field_that_is_replaced_for_ever_takes_no_more_room() {
        let mut fields = Fields::new();
        fields.append("First", "1").unwrap();
        for count in 0..10_000 {
            fields.set("Age", count.to_string()).unwrap();
        }
        assert_eq!(fields.iter().count(), 2);
        assert_eq!((fields.get_str("First"), fields.get_str("Age")), (Some("1"), Some("9999")));
        assert!(fields.block.as_slice().len() < 2 * MAX_WASTE);
    }

    #[test]
    fn order_case_and_duplicates_are_kept() {
        let fields = fields(&[("Via", "1.1 a"), ("X-One", "1"), ("via", "1.1 b")]);
        let names: Vec<_> = fields.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["Via", "X-One", "via"]);
        assert_eq!(fields.get_all("VIA").collect::<Vec<_>>(), [b"1.1 a", b"1.1 b"]);
        assert_eq!(fields.get("x-two"), None);
    }

    #[test]
    fn set_replaces_all_and_remove_removes_all() {
        let mut fields = fields(&[("A", "1"), ("B", "2"), ("a", "3")]);
        fields.set("A", "4").unwrap();
        assert_eq!(format!("{fields:?}"), r#"{"B": "2", "A": "4"}"#);
        assert!(fields.remove("b"));
        assert!(!fields.remove("b"));
        assert_eq!(fields.len(), 1);
    }

    #[test]
    fn a_list_is_all_lines_and_skips_what_is_empty() {
        let fields = fields(&[("A", "b ,, c"), ("A", ""), ("A", " \"d,\\\"e\" , f;g=\"h,i\"")]);
        let list: Vec<_> = fields.list("a").map(String::from_utf8_lossy).collect();
        assert_eq!(list, ["b", "c", "\"d,\\\"e\"", "f;g=\"h,i\""]);
        assert!(fields.has_token("A", "C"));
        assert!(!fields.has_token("A", "d"));
    }

    #[test]
    fn nothing_that_splits_a_message_gets_in() {
        let mut fields = Fields::new();
        for name in ["", "a b", "a:", "a\r\nb", "ä", "\0"] {
            assert!(fields.append(name, "x").is_err(), "{name:?}");
        }
        for value in ["a\r\nb", "a\nb", "a\rb", "a\0b", "\x7f", "\x1b"] {
            assert!(fields.append("X", value).is_err(), "{value:?}");
            assert!(fields.set("X", value).is_err(), "{value:?}");
        }
        fields.append("X", "ä\tb").unwrap();
        assert_eq!(fields.len(), 1);
    }

    #[test]
    fn received_fields_can_be_changed() {
        let block = Bytes::from_static(b"A: 1\r\nB: 2\r\n\r\n");
        let spans = vec![Span::new(0, 1, 3, 1), Span::new(6, 1, 9, 1)];
        let mut fields = Fields::received(block, spans);
        fields.append("C", "3").unwrap();
        fields.remove("A");
        assert_eq!(format!("{fields:?}"), r#"{"B": "2", "C": "3"}"#);
    }
}

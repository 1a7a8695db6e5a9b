//! Entity tags ([RFC 9110] §8.8.3): opaque names for one state of one representation.
//!
//! A *strong* tag promises the same bytes, a *weak* one (`W/"…"`) only the same meaning. Two
//! comparisons follow from that (§8.8.3.2), and mixing them up loses updates or corrupts downloads:
//! `If-Match` and `If-Range` need the strong one, `If-None-Match` the weak one.
//!
//! [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3

use std::fmt;

/// One entity tag.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EntityTag {
    weak: bool,
    /// What stands between the quotes. Bytes, because a tag may hold any byte from 0x80 (obs-text).
    opaque: Vec<u8>,
}

impl EntityTag {
    /// A strong tag; `None` if `opaque` holds a quote, a space or a control character.
    pub fn strong(opaque: impl Into<Vec<u8>>) -> Option<Self> {
        let opaque = opaque.into();
        opaque.iter().all(|&byte| is_etagc(byte)).then_some(Self { weak: false, opaque })
    }

    /// A weak tag; `None` as for [`strong`](Self::strong).
    pub fn weak(opaque: impl Into<Vec<u8>>) -> Option<Self> {
        Self::strong(opaque).map(|tag| Self { weak: true, ..tag })
    }

    /// Reads one tag and nothing else, as in `ETag` and `If-Range`.
    pub fn parse(value: &[u8]) -> Option<Self> {
        let (tag, rest) = Self::split_first(value)?;
        rest.is_empty().then_some(tag)
    }

    /// Reads the tag that `value` begins with and returns it with the rest.
    ///
    /// A tag looks like a quoted string and is none: it has no escapes, so the quote after a
    /// backslash ends it all the same.
    fn split_first(value: &[u8]) -> Option<(Self, &[u8])> {
        let (weak, value) = match value.strip_prefix(b"W/") {
            Some(rest) => (true, rest),
            None => (false, value),
        };
        let inside = value.strip_prefix(b"\"")?;
        let end = inside.iter().position(|&byte| !is_etagc(byte))?;
        let rest = inside[end..].strip_prefix(b"\"")?;
        Some((Self { weak, opaque: inside[..end].to_vec() }, rest))
    }

    pub fn is_weak(&self) -> bool {
        self.weak
    }

    /// What stands between the quotes.
    pub fn opaque(&self) -> &[u8] {
        &self.opaque
    }

    // ANCHOR: comparison
    /// Strong comparison ([RFC 9110] §8.8.3.2): both strong, and the same. A weak tag does not
    /// even match itself.
    ///
    /// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3.2
    pub fn strong_eq(&self, other: &Self) -> bool {
        !self.weak && !other.weak && self.opaque == other.opaque
    }

    /// Weak comparison ([RFC 9110] §8.8.3.2): the same but for `W/`.
    ///
    /// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3.2
    pub fn weak_eq(&self, other: &Self) -> bool {
        self.opaque == other.opaque
    }
    // ANCHOR_END: comparison

    /// As it stands in a field.
    pub fn to_bytes(&self) -> Vec<u8> {
        let prefix: &[u8] = if self.weak { b"W/\"" } else { b"\"" };
        [prefix, &self.opaque, b"\""].concat()
    }
}

impl fmt::Display for EntityTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.to_bytes()))
    }
}

impl fmt::Debug for EntityTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Whether a tag may hold this byte: anything visible but the quote, and obs-text. A comma is one.
fn is_etagc(byte: u8) -> bool {
    matches!(byte, b'!' | b'#'..=b'~' | 0x80..)
}

/// The value of `If-Match` or `If-None-Match` ([RFC 9110] §13.1.1, §13.1.2).
///
/// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110#section-13.1.1
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagList {
    /// `*`: any current representation.
    Any,
    Tags(Vec<EntityTag>),
    /// Not what the grammar allows, such as `*, "a"` or a tag without quotes, together with the
    /// tags that stand in front of the fault.
    Malformed(Vec<EntityTag>),
}

impl TagList {
    /// Reads the values of all lines of the field. Empty members are allowed (§5.6.1.2).
    ///
    /// ```
    /// use http_semantics::etag::{EntityTag, TagList};
    ///
    /// let tags = TagList::parse([&br#""a,b", W/"c""#[..]]);
    /// let expected = [EntityTag::strong("a,b"), EntityTag::weak("c")];
    /// assert_eq!(tags, TagList::Tags(expected.into_iter().flatten().collect()));
    /// ```
    pub fn parse<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let values: Vec<_> = values.into_iter().collect();
        if let [value] = values[..]
            && value.trim_ascii() == b"*"
        {
            return Self::Any;
        }
        let mut tags = Vec::new();
        if values.into_iter().all(|value| collect(value, &mut tags).is_some()) {
            Self::Tags(tags)
        } else {
            Self::Malformed(tags)
        }
    }

    /// The tags that could be read.
    pub fn tags(&self) -> &[EntityTag] {
        match self {
            Self::Any => &[],
            Self::Tags(tags) | Self::Malformed(tags) => tags,
        }
    }

    pub fn is_malformed(&self) -> bool {
        matches!(self, Self::Malformed(_))
    }
}

/// Adds the members of one line to `tags`; `None` at the first that is no tag.
fn collect(value: &[u8], tags: &mut Vec<EntityTag>) -> Option<()> {
    let mut rest = trim_start(value);
    while !rest.is_empty() {
        if rest[0] != b',' {
            let (tag, after) = EntityTag::split_first(rest)?;
            tags.push(tag);
            rest = trim_start(after);
        }
        match rest.split_first() {
            Some((b',', after)) => rest = trim_start(after),
            Some(_) => return None,
            None => {}
        }
    }
    Some(())
}

fn trim_start(mut value: &[u8]) -> &[u8] {
    while let Some((b' ' | b'\t', rest)) = value.split_first() {
        value = rest;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(value: &str) -> EntityTag {
        EntityTag::parse(value.as_bytes()).unwrap_or_else(|| panic!("{value}"))
    }

    #[test]
    fn the_table_in_rfc_9110() {
        // §8.8.3.2
        for (one, other, strong, weak) in [
            (r#"W/"1""#, r#"W/"1""#, false, true),
            (r#"W/"1""#, r#"W/"2""#, false, false),
            (r#"W/"1""#, r#""1""#, false, true),
            (r#""1""#, r#""1""#, true, true),
        ] {
            assert_eq!(tag(one).strong_eq(&tag(other)), strong, "{one} {other}");
            assert_eq!(tag(one).weak_eq(&tag(other)), weak, "{one} {other}");
            assert_eq!(tag(other).strong_eq(&tag(one)), strong, "{other} {one}");
            assert_eq!(tag(other).weak_eq(&tag(one)), weak, "{other} {one}");
        }
    }

    #[test]
    fn what_is_a_tag() {
        for value in [r#""xyzzy""#, r#"W/"xyzzy""#, r#""""#, r#""a,b""#, r#""a\""#, "\"ä\""] {
            assert_eq!(tag(value).to_bytes(), value.as_bytes());
        }
        for value in [
            "",
            "xyzzy",
            "\"",
            "\"a",
            "w/\"a\"",
            "W/a",
            "W /\"a\"",
            "\"a b\"",
            "\"a\tb\"",
            "\"a\"b\"",
            "\"a\" ",
            "*",
            "\"a\x7f\"",
        ] {
            assert_eq!(EntityTag::parse(value.as_bytes()), None, "{value:?}");
        }
        assert_eq!(EntityTag::strong("a\"b"), None);
        assert_eq!(EntityTag::weak("a b"), None);
    }

    #[test]
    fn lists() {
        let list = |value: &str| TagList::parse([value.as_bytes()]);
        assert_eq!(list(" * "), TagList::Any);
        let tags = |value: &str| match list(value) {
            TagList::Tags(tags) => tags.iter().map(ToString::to_string).collect::<Vec<_>>(),
            other => panic!("{value}: {other:?}"),
        };
        assert_eq!(tags(r#""a""#), [r#""a""#]);
        // Split at its commas, this would be three pieces of nonsense.
        assert_eq!(tags(r#""a,b" , W/"c,",,"""#), [r#""a,b""#, r#"W/"c,""#, r#""""#]);
        assert_eq!(tags(r#""a\", "b""#), [r#""a\""#, r#""b""#]);
        assert_eq!(tags(""), Vec::<String>::new());
        assert_eq!(tags(" , ,"), Vec::<String>::new());
        for (value, read) in
            [("abc", 0), (r#"*, "a""#, 0), (r#""a", *"#, 1), (r#""a" "b""#, 1), (r#""a", b"#, 1)]
        {
            let list = list(value);
            assert!(list.is_malformed(), "{value}");
            assert_eq!(list.tags().len(), read, "{value}");
        }
        let lines = [&br#""a""#[..], br#"W/"b""#];
        assert_eq!(TagList::parse(lines).tags().len(), 2);
        assert!(TagList::parse([&b"*"[..], b"*"]).is_malformed());
    }
}

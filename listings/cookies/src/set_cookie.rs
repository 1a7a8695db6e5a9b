//! `Set-Cookie` as user agents read it, which is far wider than what servers may send
//! (RFC 10025 §5.6).

use std::time::{Duration, SystemTime};

use crate::date;
use crate::refusal::Refusal;

/// The longest name and value together, in octets (RFC 10025 §5.6).
pub const MAX_PAIR: usize = 4096;
/// The longest value of an attribute; a longer one is ignored (RFC 10025 §5.6).
pub const MAX_ATTRIBUTE: usize = 1024;

/// What a `Set-Cookie` field says, before anybody asks whether its sender may say it.
///
/// Octets stay octets: nothing here is decoded, and a name need not be text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetCookie<'a> {
    /// Empty if the field has no `=`: then all of it is the value.
    pub name: &'a [u8],
    pub value: &'a [u8],
    /// The last `Expires` that is a date.
    pub expires: Option<SystemTime>,
    /// The last `Max-Age` that is a number, in seconds. It beats `Expires` wherever it stands.
    pub max_age: Option<MaxAge>,
    /// The last `Domain`, in lower case and without a dot in front. Empty is as good as none.
    pub domain: Option<Vec<u8>>,
    /// The last `Path`. Whether there was one at all matters to `__Host-`.
    pub path: Option<Path<'a>>,
    pub secure: bool,
    pub http_only: bool,
    pub same_site: SameSite,
    /// What the field says in vain. Nothing but an explanation needs it.
    pub ignored: Vec<Ignored<'a>>,
}

/// `Max-Age`, which has no upper limit in text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaxAge {
    /// Zero or less: the cookie is gone at once.
    Past,
    For(Duration),
}

/// What a `Path` attribute says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path<'a> {
    /// It does not begin with `/`, so the folder of the request's path is taken.
    Default,
    At(&'a [u8]),
}

/// The same-site-flag of a cookie (RFC 10025 §5.6.7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SameSite {
    Strict,
    Lax,
    None,
    /// No `SameSite`, or one that says something else. It is enforced like `Lax`, except in the
    /// first two minutes by user agents that choose to (RFC 10025 §5.6.7.2).
    #[default]
    Default,
}

/// An attribute without effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ignored<'a> {
    pub name: &'a [u8],
    pub why: &'static str,
}

// ANCHOR: parse
impl<'a> SetCookie<'a> {
    /// Reads a field's value (RFC 10025 §5.6).
    ///
    /// Nearly everything is a cookie: `a`, `=a`, `a=b=c; ; ;Path`. Attributes that make no sense
    /// are ignored, and of two with one name the last counts.
    ///
    /// # Errors
    ///
    /// [`Refusal::ControlCharacter`] and [`Refusal::TooLong`].
    pub fn parse(field: &'a [u8]) -> Result<Self, Refusal> {
        if field.iter().any(|byte| is_control(*byte)) {
            return Err(Refusal::ControlCharacter);
        }
        let mut parts = field.split(|byte| *byte == b';');
        let pair = parts.next().unwrap_or_default();
        let (name, value) = split_at_equals(pair).unwrap_or((b"", trim(pair)));
        if name.len() + value.len() > MAX_PAIR {
            return Err(Refusal::TooLong);
        }
        let mut cookie = Self::new(name, value);
        for attribute in parts {
            let (name, value) = split_at_equals(attribute).unwrap_or((trim(attribute), b""));
            if let Err(why) = cookie.attribute(name, value) {
                cookie.ignored.push(Ignored { name, why });
            }
        }
        Ok(cookie)
    }
}
// ANCHOR_END: parse

impl<'a> SetCookie<'a> {
    fn new(name: &'a [u8], value: &'a [u8]) -> Self {
        Self {
            name,
            value,
            expires: None,
            max_age: None,
            domain: None,
            path: None,
            secure: false,
            http_only: false,
            same_site: SameSite::Default,
            ignored: Vec::new(),
        }
    }

    /// Takes one attribute (RFC 10025 §5.6.1–§5.6.7), or says why it is ignored.
    fn attribute(&mut self, name: &'a [u8], value: &'a [u8]) -> Result<(), &'static str> {
        if value.len() > MAX_ATTRIBUTE {
            return Err("longer than 1024 octets");
        }
        match name.to_ascii_lowercase().as_slice() {
            b"expires" => self.expires = Some(date::parse(value).ok_or("not a date")?),
            b"max-age" => self.max_age = Some(max_age(value).ok_or("not a whole number")?),
            b"domain" => {
                let domain = value.strip_prefix(b".").unwrap_or(value);
                self.domain = Some(domain.to_ascii_lowercase());
            }
            b"path" if value.starts_with(b"/") => self.path = Some(Path::At(value)),
            b"path" => self.path = Some(Path::Default),
            b"secure" => self.secure = true,
            b"httponly" => self.http_only = true,
            b"samesite" => self.same_site = same_site(value),
            b"partitioned" => return Err("not in RFC 10025 (CHIPS, browsers only)"),
            b"" => return Err("empty"),
            _ => return Err("unknown"),
        }
        Ok(())
    }
}

impl SameSite {
    /// As it is written in an attribute.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "Strict",
            Self::Lax => "Lax",
            Self::None => "None",
            Self::Default => "Default",
        }
    }
}

/// A control character other than the tab, which is white space here.
pub(crate) fn is_control(byte: u8) -> bool {
    byte.is_ascii_control() && byte != b'\t'
}

fn split_at_equals(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let equals = text.iter().position(|byte| *byte == b'=')?;
    Some((trim(&text[..equals]), trim(&text[equals + 1..])))
}

/// Without spaces and tabs around it.
fn trim(text: &[u8]) -> &[u8] {
    let is_text = |byte: &u8| !matches!(byte, b' ' | b'\t');
    let start = text.iter().position(is_text).unwrap_or(text.len());
    let end = text.iter().rposition(is_text).map_or(start, |last| last + 1);
    &text[start..end]
}

/// `[-]1*DIGIT` of any length (RFC 10025 §5.6.2).
fn max_age(value: &[u8]) -> Option<MaxAge> {
    let digits = value.strip_prefix(b"-").unwrap_or(value);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let seconds = digits.iter().fold(0u64, |number, digit| {
        number.saturating_mul(10).saturating_add(u64::from(digit - b'0'))
    });
    if digits.len() < value.len() || seconds == 0 {
        return Some(MaxAge::Past);
    }
    Some(MaxAge::For(Duration::from_secs(seconds)))
}

fn same_site(value: &[u8]) -> SameSite {
    [SameSite::Strict, SameSite::Lax, SameSite::None]
        .into_iter()
        .find(|known| value.eq_ignore_ascii_case(known.as_str().as_bytes()))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(field: &str) -> SetCookie<'_> {
        SetCookie::parse(field.as_bytes()).unwrap()
    }

    #[test]
    fn names_and_values() {
        for (field, name, value) in [
            ("a=b", "a", "b"),
            ("a = b ; Path=/", "a", "b"),
            ("\ta=b\t", "a", "b"),
            ("a=b=c", "a", "b=c"),
            ("a=\"b c\"", "a", "\"b c\""),
            ("a=", "a", ""),
            ("a", "", "a"),
            ("=a", "", "a"),
            ("==a", "", "=a"),
            ("", "", ""),
            (";Secure", "", ""),
            ("a=1,b=2", "a", "1,b=2"),
        ] {
            let cookie = parse(field);
            assert_eq!((cookie.name, cookie.value), (name.as_bytes(), value.as_bytes()), "{field}");
        }
    }

    #[test]
    fn controls_and_sizes() {
        for byte in (0..=8).chain(0x0a..=0x1f).chain([0x7f]) {
            let field = [b"a=b; x=", &[byte][..]].concat();
            assert_eq!(SetCookie::parse(&field), Err(Refusal::ControlCharacter), "{byte}");
        }
        assert!(SetCookie::parse(b"a=b\tc").is_ok());
        assert!(SetCookie::parse(b"a=\xe4\xb8\xad").is_ok());
        let longest = format!("n={}", "v".repeat(MAX_PAIR - 1));
        assert!(SetCookie::parse(longest.as_bytes()).is_ok());
        assert_eq!(SetCookie::parse((longest + "v").as_bytes()), Err(Refusal::TooLong));
    }

    #[test]
    fn the_last_attribute_counts() {
        let cookie = parse("a=b; Path=/x; DOMAIN=.Example.TEST; path=/y; domain=other.test");
        assert_eq!(cookie.path, Some(Path::At(b"/y")));
        assert_eq!(cookie.domain.as_deref(), Some(&b"other.test"[..]));
        assert_eq!(parse("a=b; Path=/x; Path").path, Some(Path::Default));
        assert_eq!(parse("a=b; SameSite=Strict; SameSite=x").same_site, SameSite::Default);
        assert!(parse("a=b; Secure=no").secure);
        assert!(parse("a=b; httponly").http_only);
    }

    #[test]
    fn what_cannot_be_read_leaves_the_earlier_one() {
        let long = format!("a=b; Path=/x; Path=/{}", "y".repeat(MAX_ATTRIBUTE));
        let cookie = parse(&long);
        assert_eq!(cookie.path, Some(Path::At(b"/x")));
        assert_eq!(cookie.ignored, [Ignored { name: b"Path", why: "longer than 1024 octets" }]);
        let cookie = parse("a=b; Max-Age=1; Max-Age=x; Expires=1 Jan 2030 0:0:0; Expires=soon");
        assert_eq!(cookie.max_age, Some(MaxAge::For(Duration::from_secs(1))));
        assert!(cookie.expires.is_some());
        assert_eq!(cookie.ignored.len(), 2);
    }

    #[test]
    fn max_ages() {
        for (text, expected) in [
            ("0", Some(MaxAge::Past)),
            ("-1", Some(MaxAge::Past)),
            ("-0", Some(MaxAge::Past)),
            ("007", Some(MaxAge::For(Duration::from_secs(7)))),
            ("99999999999999999999", Some(MaxAge::For(Duration::from_secs(u64::MAX)))),
            ("", None),
            ("-", None),
            ("+1", None),
            ("1.5", None),
            ("1 2", None),
            ("\"1\"", None),
        ] {
            assert_eq!(max_age(text.as_bytes()), expected, "{text}");
        }
    }
}

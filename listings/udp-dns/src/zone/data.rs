//! The words behind a record's type: its data, as text (RFC 1035 §5.1, RFC 3597 §5).

use super::tokens::Token;
use super::{Fault, master};
use crate::message::{Data, Kind, Soa};
use crate::name::{Name, ends_in_dot};

/// The words of an entry, taken one by one.
pub(super) struct Fields<'a> {
    rest: &'a [Token<'a>],
}

impl<'a> Fields<'a> {
    pub(super) fn new(tokens: &'a [Token<'a>]) -> Self {
        Self { rest: tokens }
    }

    /// The next word, if it is not quoted, to look at.
    pub(super) fn peek(&self) -> Option<&'a str> {
        self.rest.first().filter(|token| !token.quoted).map(|token| token.text)
    }

    fn token(&mut self, what: &'static str) -> Result<Token<'a>, Fault> {
        let (first, rest) = self.rest.split_first().ok_or(Fault::Missing(what))?;
        self.rest = rest;
        Ok(*first)
    }

    pub(super) fn word(&mut self, what: &'static str) -> Result<&'a str, Fault> {
        self.token(what).map(|token| token.text)
    }

    fn parsed<T: std::str::FromStr>(&mut self, what: &'static str) -> Result<T, Fault> {
        let word = self.word(what)?;
        let bad = || Fault::Bad(word.to_owned(), what);
        // Rust takes "+10" for a number, and other readers of the file do not.
        if word.starts_with('+') { Err(bad()) } else { word.parse().map_err(|_| bad()) }
    }

    /// Nothing may be left.
    pub(super) fn end(&self) -> Result<(), Fault> {
        self.rest.first().map_or(Ok(()), |token| Err(Fault::TooMuch(token.text.to_owned())))
    }

    pub(super) fn ttl(&mut self) -> Result<u32, Fault> {
        let word = self.word("a TTL")?;
        master::ttl(word).ok_or_else(|| Fault::Ttl(word.to_owned()))
    }

    pub(super) fn kind(&mut self) -> Result<Kind, Fault> {
        let word = self.word("a type")?;
        let kind: Kind = word.parse().map_err(|_| Fault::Type(word.to_owned()))?;
        // RFC 6895 §3.1: 0 is reserved, 128 to 255 and OPT are for questions and messages.
        if matches!(kind.0, 0 | 41 | 128..=255) {
            return Err(Fault::NotData(word.to_owned()));
        }
        Ok(kind)
    }

    /// A name: `@` is the origin, and what has no dot at its end is below the origin.
    pub(super) fn name(&mut self, what: &'static str, origin: &Name) -> Result<Name, Fault> {
        let token = self.token(what)?;
        if token.text == "@" && !token.quoted {
            return Ok(origin.clone());
        }
        let bad = |why| Fault::Name(token.text.to_owned(), why);
        let name: Name = token.text.parse().map_err(bad)?;
        if ends_in_dot(token.text) {
            return Ok(name);
        }
        Name::from_labels(name.labels().chain(origin.labels())).map_err(bad)
    }

    pub(super) fn data(&mut self, kind: Kind, origin: &Name) -> Result<Data, Fault> {
        if self.peek() == Some("\\#") {
            return self.generic(kind);
        }
        Ok(match kind {
            Kind::A => Data::A(self.parsed("IPv4 address")?),
            Kind::AAAA => Data::Aaaa(self.parsed("IPv6 address")?),
            Kind::NS => Data::Ns(self.name("a name server", origin)?),
            Kind::CNAME => Data::Cname(self.name("a target", origin)?),
            Kind::PTR => Data::Ptr(self.name("a name", origin)?),
            Kind::MX => Data::Mx {
                preference: self.parsed("preference")?,
                exchange: self.name("a mail server", origin)?,
            },
            Kind::TXT => Data::Txt(self.strings()?),
            Kind::SOA => Data::Soa(self.soa(origin)?),
            Kind::SRV => Data::Srv {
                priority: self.parsed("priority")?,
                weight: self.parsed("weight")?,
                port: self.parsed("port")?,
                target: self.name("a target", origin)?,
            },
            _ => return Err(Fault::Type(kind.to_string())),
        })
    }

    fn soa(&mut self, origin: &Name) -> Result<Soa, Fault> {
        Ok(Soa {
            primary: self.name("the primary server", origin)?,
            mailbox: self.name("a mailbox", origin)?,
            serial: self.parsed("serial number")?,
            refresh: self.ttl()?,
            retry: self.ttl()?,
            expire: self.ttl()?,
            minimum: self.ttl()?,
        })
    }

    fn strings(&mut self) -> Result<Vec<Vec<u8>>, Fault> {
        let mut strings = Vec::new();
        let mut length = 0;
        while strings.is_empty() || !self.rest.is_empty() {
            let string = unescape(self.token("a string")?.text)?;
            if string.len() > 255 {
                return Err(Fault::LongString);
            }
            length += 1 + string.len();
            if length > usize::from(u16::MAX) {
                return Err(Fault::LongRecord);
            }
            strings.push(string);
        }
        Ok(strings)
    }

    /// `\# 3 010203`: data of any type, as bytes (RFC 3597 §5).
    fn generic(&mut self, kind: Kind) -> Result<Data, Fault> {
        self.word("\\#")?;
        let said: u16 = self.parsed("number of bytes")?;
        let said = usize::from(said);
        let mut digits = String::new();
        while !self.rest.is_empty() {
            digits.push_str(self.word("data")?);
        }
        let bad = || Fault::Bad(digits.chars().take(40).collect(), "number of pairs of hex digits");
        let digit = |c: char| c.to_digit(16).map(|digit| digit as u8).ok_or_else(bad);
        let digits = digits.chars().map(digit).collect::<Result<Vec<u8>, _>>()?;
        let (pairs, []) = digits.as_chunks::<2>() else { return Err(bad()) };
        let bytes: Vec<u8> = pairs.iter().map(|[high, low]| high << 4 | low).collect();
        if bytes.len() != said {
            return Err(Fault::Length { said, got: bytes.len() });
        }
        known(kind, bytes)
    }
}

/// The types whose bytes have a meaning for us get it, so that one record has one form. Names would
/// have to be read from bytes: whoever writes the file can write them as text.
fn known(kind: Kind, bytes: Vec<u8>) -> Result<Data, Fault> {
    let length = |said| Fault::Length { said, got: bytes.len() };
    match kind {
        Kind::A => {
            bytes[..].try_into().map(|v4: [u8; 4]| Data::A(v4.into())).map_err(|_| length(4))
        }
        Kind::AAAA => {
            bytes[..].try_into().map(|v6: [u8; 16]| Data::Aaaa(v6.into())).map_err(|_| length(16))
        }
        Kind(1..=16 | 33) => {
            Err(Fault::Bad(format!("\\# for type {}", kind.0), "data that we read"))
        }
        _ => Ok(Data::Unknown { kind, bytes }),
    }
}

/// `\"`, `\\` and `\065` in a string.
fn unescape(text: &str) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::with_capacity(text.len().min(256));
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        let (&first, after) = rest.split_first().ok_or(Fault::Escape)?;
        if !first.is_ascii_digit() {
            bytes.push(first);
            rest = after;
            continue;
        }
        let (digits, after) = rest.split_at_checked(3).ok_or(Fault::Escape)?;
        let number =
            std::str::from_utf8(digits).ok().filter(|d| d.bytes().all(|d| d.is_ascii_digit()));
        bytes.push(number.and_then(|number| number.parse().ok()).ok_or(Fault::Escape)?);
        rest = after;
    }
    Ok(bytes)
}

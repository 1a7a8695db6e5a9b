//! A message byte by byte: which bytes, which section's, what they mean.
//!
//! Reading stops at the first fault, as [`Message::parse`](super::Message::parse) does; what comes
//! before it is shown, and the fault stands beside the bytes that are left.

use first_bytes::layers::{Row, table};
use link_and_ip::field::{Field, Table};

use super::read::{Item, Reader, read_header};
use super::tables::{self, HEADER, OPT, OPTION, QUESTION, RECORD};
use super::{Class, Data, Kind, MAX_MESSAGE, Malformed, Opcode, Rcode};

/// Some bytes of a message that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// Where they begin in the message.
    pub offset: usize,
    pub bytes: &'a [u8],
    /// The section that they are in.
    pub owner: &'static str,
    /// What they say. Empty for data without a format, which is shown as text.
    pub meanings: Vec<String>,
}

/// Takes a message apart. The parts' bytes, put together, are the message again.
pub fn dissect(message: &[u8]) -> Vec<Part<'_>> {
    let mut cursor = Cursor { message, at: 0, owner: "header", parts: Vec::new() };
    if let Err(fault) = cursor.message() {
        // A fault at the message's very end has no bytes to stand beside.
        let (offset, meanings) = (cursor.at, vec![fault.to_string()]);
        cursor.parts.push(Part { offset, bytes: &message[offset..], owner: "fault", meanings });
    }
    cursor.parts
}

/// The parts as a table, at most 80 columns wide, with offsets and bytes in hex.
pub fn render(parts: &[Part<'_>]) -> String {
    table(12, parts, |part| Row {
        offset: part.offset,
        bytes: part.bytes,
        owner: part.owner,
        meanings: &part.meanings,
    })
}

struct Cursor<'a> {
    message: &'a [u8],
    at: usize,
    owner: &'static str,
    parts: Vec<Part<'a>>,
}

impl Cursor<'_> {
    fn message(&mut self) -> Result<(), Malformed> {
        if self.message.len() > MAX_MESSAGE {
            return Err(Malformed::TooLong);
        }
        let header = self.reader().take()?;
        let (_, _, _, counts) = read_header(&header);
        self.fields(&HEADER, |name, value| match name {
            "ID" => format!("ID {value}"),
            "QR" => format!("QR {value}: {}", if value == 1 { "response" } else { "query" }),
            "opcode" => format!("opcode {value}: {}", Opcode(value as u8)),
            "rcode" => format!("rcode {value}: {}", Rcode(value as u16)),
            _ => format!("{name} {value}"),
        });
        let owners = ["question", "answer", "authority", "additional"];
        for (owner, count) in owners.into_iter().zip(counts) {
            self.owner = owner;
            for _ in 0..count {
                if owner == "question" { self.question() } else { self.record() }?;
            }
        }
        let end = self.at;
        if end < self.message.len() { Err(Malformed::Trailing(end)) } else { Ok(()) }
    }

    fn reader(&self) -> Reader<'_> {
        let mut reader = Reader::new(self.message);
        reader.at = self.at;
        reader
    }

    /// The next `length` bytes, which are there.
    fn push(&mut self, length: usize, meanings: Vec<String>) {
        let bytes = &self.message[self.at..][..length];
        if length > 0 {
            self.parts.push(Part { offset: self.at, bytes, owner: self.owner, meanings });
        }
        self.at += length;
    }

    /// The fields of a table, those that share a byte in one part.
    fn fields(&mut self, table: &Table, meaning: impl Fn(&str, u64) -> String) {
        let fixed = &self.message[self.at..][..table.length()];
        let (mut meanings, mut from) = (Vec::<String>::new(), 0);
        for field in table.fields {
            let text = meaning(field.name, field.read(fixed).unwrap_or_default());
            match meanings.last_mut() {
                // The column's width: a break within "AA 1" would read badly.
                Some(line) if line.len() + 2 + text.len() <= 34 => {
                    *line += ", ";
                    *line += &text;
                }
                _ => meanings.push(text),
            }
            if field.end() % 8 == 0 {
                self.push(field.end() / 8 - from, std::mem::take(&mut meanings));
                from = field.end() / 8;
            }
        }
    }

    // ANCHOR: dissect_name
    /// Label by label, up to the pointer or the root's zero.
    fn name(&mut self) -> Result<(), Malformed> {
        let whole = self.reader().name();
        loop {
            let left = self.message.get(self.at..).unwrap_or_default();
            match (left, &whole) {
                (&[length @ 1..=63, ref rest @ ..], _) if rest.len() >= usize::from(length) => {
                    let label = rest[..usize::from(length)].escape_ascii();
                    self.push(1 + usize::from(length), vec![format!("label {label}")]);
                }
                (&[0, ..], Ok(_)) => {
                    self.push(1, vec!["end of the name".to_owned()]);
                    return Ok(());
                }
                (&[high @ 0xc0..=0xff, low, ..], Ok(name)) => {
                    let target = u16::from_be_bytes([high & 0x3f, low]);
                    let meaning = format!("pointer to {target:04x}, so {name}");
                    self.push(2, vec![meaning]);
                    return Ok(());
                }
                _ => return whole.map(drop),
            }
        }
    }
    // ANCHOR_END: dissect_name

    fn question(&mut self) -> Result<(), Malformed> {
        self.name()?;
        self.reader().take::<{ QUESTION.length() }>()?;
        self.fields(&QUESTION, usual);
        Ok(())
    }

    fn record(&mut self) -> Result<(), Malformed> {
        let mut reader = self.reader();
        let item = reader.item();
        let end = reader.at;
        self.name()?;
        let fixed = self.reader().take::<{ RECORD.length() }>()?;
        let kind = Kind(tables::TYPE.u16(&fixed));
        if kind == Kind::OPT {
            self.fields(&OPT, usual);
        } else {
            self.fields(&RECORD, usual);
        }
        match item? {
            Item::Opt(..) if self.owner != "additional" => Err(Malformed::Opt(self.at)),
            Item::Opt(..) => {
                self.options(end);
                Ok(())
            }
            Item::Record(record) => self.data(&record.data, end),
        }
    }

    /// Data that has been read once already, up to `end`. What it was read as counts, not the type:
    /// in another class, the same type is bytes without a format.
    fn data(&mut self, data: &Data, end: usize) -> Result<(), Malformed> {
        let numbers: &[&str] = match data {
            Data::Ns(_) | Data::Cname(_) | Data::Ptr(_) | Data::Soa(_) => &[],
            Data::Mx { .. } => &["preference"],
            Data::Srv { .. } => &["priority", "weight", "port"],
            Data::Txt(strings) => {
                for string in strings {
                    self.push(1, vec![format!("a string of {} bytes", string.len())]);
                    self.push(string.len(), Vec::new());
                }
                return Ok(());
            }
            Data::A(_) | Data::Aaaa(_) => {
                self.push(end - self.at, vec![data.to_string()]);
                return Ok(());
            }
            Data::Unknown { .. } => {
                self.push(end - self.at, Vec::new());
                return Ok(());
            }
        };
        for name in numbers {
            self.number(2, name);
        }
        self.name()?;
        if matches!(data, Data::Soa(_)) {
            self.name()?;
            for name in ["serial", "refresh", "retry", "expire", "minimum"] {
                self.number(4, name);
            }
        }
        Ok(())
    }

    fn number(&mut self, length: usize, name: &str) {
        let field = Field::first("", length * 8);
        let value = field.read(&self.message[self.at..]).unwrap_or_default();
        self.push(length, vec![format!("{name} {value}")]);
    }

    fn options(&mut self, end: usize) {
        while self.at < end {
            let length = tables::OPTION_LENGTH.read(&self.message[self.at..]).unwrap_or_default();
            self.fields(&OPTION, usual);
            self.push(length as usize, Vec::new());
        }
    }
}

/// What a field says outside the header.
fn usual(name: &str, value: u64) -> String {
    match name {
        "TYPE" | "QTYPE" => format!("{name} {}", Kind(value as u16)),
        "CLASS" | "QCLASS" => format!("{name} {}", Class(value as u16)),
        "OPTION-CODE" if value == 10 => format!("{name} 10: COOKIE"),
        _ => format!("{name} {value}"),
    }
}

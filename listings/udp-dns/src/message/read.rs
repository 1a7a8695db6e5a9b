//! Bytes to values.
//!
//! What limits the work: a count in the header is a claim, so nothing is allocated by it, and a
//! record that is claimed and not there ends the reading. A pointer has to point before the part of
//! the name that it ends, so there is no loop; and a name has [`MAX_POINTERS`] of them at most, so a
//! long chain of pointers, which is no loop, cannot be walked again by each of thousands of records.

use super::tables::{self, RECORD};
use super::{Class, Data, Edns, Flags, Kind, MAX_MESSAGE, Malformed, Message, Opcode, Question};
use super::{HEADER_LENGTH, Rcode, Record, Soa};
use crate::name::{Builder, Name};

/// Pointers in a name at most. A name has 127 labels at most, and a pointer that is of use comes
/// after a label or at a name's start.
pub const MAX_POINTERS: usize = 127;

/// The four counts of a header.
pub(super) type Counts = [u16; 4];

/// Where we are in a message.
pub(super) struct Reader<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
    /// Labels and pointers looked at, for a test that bounds them.
    pub(super) steps: usize,
}

impl Message {
    /// Reads a whole message.
    ///
    /// Its time is linear in the message's length: see `MAX_POINTERS`. Names that pointers lead to
    /// are copied, so the value may take about forty times the message's bytes.
    ///
    /// # Errors
    ///
    /// The first fault that is met, with its place. [`Message::peek`] reads the header alone, for a
    /// server that answers FORMERR.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        if bytes.len() > MAX_MESSAGE {
            return Err(Malformed::TooLong);
        }
        Reader::new(bytes).message()
    }

    /// ID, flags and the four low bits of the rcode; `None` if there is not even a header.
    pub fn peek(bytes: &[u8]) -> Option<(u16, Flags, Rcode)> {
        let (header, _) = bytes.split_first_chunk()?;
        let (id, flags, rcode, _) = read_header(header);
        Some((id, flags, rcode))
    }
}

// ANCHOR: header
/// RFC 1035 §4.1.1. Every value is possible, so nothing here can fail.
pub(super) fn read_header(header: &[u8; HEADER_LENGTH]) -> (u16, Flags, Rcode, Counts) {
    use tables::{AA, AD, ANCOUNT, ARCOUNT, CD, ID, NSCOUNT, OPCODE, QDCOUNT, QR, RA, RCODE, RD};
    let flags = Flags {
        response: QR.is_set(header),
        opcode: Opcode(OPCODE.u8(header)),
        authoritative: AA.is_set(header),
        truncated: tables::TC.is_set(header),
        recursion_desired: RD.is_set(header),
        recursion_available: RA.is_set(header),
        reserved: tables::Z.is_set(header),
        authentic_data: AD.is_set(header),
        checking_disabled: CD.is_set(header),
    };
    let counts = [QDCOUNT, ANCOUNT, NSCOUNT, ARCOUNT].map(|field| field.u16(header));
    (ID.u16(header), flags, Rcode(RCODE.u16(header)), counts)
}
// ANCHOR_END: header

/// A record, or the OPT record, which looks like one and is something else.
pub(super) enum Item {
    Record(Record),
    /// With the upper eight bits of the rcode.
    Opt(Edns, u8),
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, steps: 0 }
    }

    // ANCHOR: message
    fn message(&mut self) -> Result<Message, Malformed> {
        let (id, flags, rcode, counts) = read_header(&self.take()?);
        let mut message = Message { id, flags, rcode, ..Message::default() };
        let [questions, answers, authorities, additionals] = counts;
        for _ in 0..questions {
            message.questions.push(self.question()?);
        }
        for _ in 0..answers {
            message.answers.push(self.record()?);
        }
        for _ in 0..authorities {
            message.authorities.push(self.record()?);
        }
        for _ in 0..additionals {
            let start = self.at;
            match self.item()? {
                Item::Record(record) => message.additionals.push(record),
                Item::Opt(..) if message.edns.is_some() => return Err(Malformed::Opt(start)),
                Item::Opt(edns, upper) => {
                    message.rcode.0 |= u16::from(upper) << 4;
                    message.edns = Some(edns);
                }
            }
        }
        if self.at < self.bytes.len() { Err(Malformed::Trailing(self.at)) } else { Ok(message) }
    }
    // ANCHOR_END: message

    pub(super) fn take<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let left = self.bytes.get(self.at..).unwrap_or_default();
        let bytes = left.first_chunk().ok_or(Malformed::Short(self.at + N - 1))?;
        self.at += N;
        Ok(*bytes)
    }

    fn u16(&mut self) -> Result<u16, Malformed> {
        self.take().map(u16::from_be_bytes)
    }

    fn u32(&mut self) -> Result<u32, Malformed> {
        self.take().map(u32::from_be_bytes)
    }

    pub(super) fn slice(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        let end = self.at + length;
        let bytes = self.bytes.get(self.at..end).ok_or(Malformed::Short(end.saturating_sub(1)))?;
        self.at = end;
        Ok(bytes)
    }

    // ANCHOR: name
    /// A name that may end in a pointer (RFC 1035 §4.1.4).
    pub(super) fn name(&mut self) -> Result<Name, Malformed> {
        let start = self.at;
        let mut name = Builder::default();
        // Where this part of the name began: a pointer has to lead to a place before it.
        let mut part = start;
        // Where reading goes on after the name: after the first pointer.
        let mut end = None;
        let mut pointers = 0;
        loop {
            self.steps += 1;
            let at = self.at;
            let [length] = self.take()?;
            match length >> 6 {
                0b00 if length == 0 => break,
                0b00 => {
                    let label = self.slice(usize::from(length))?;
                    name.push(label).map_err(|_| Malformed::LongName(start))?;
                }
                0b11 => {
                    let [low] = self.take()?;
                    end.get_or_insert(self.at);
                    let target = usize::from(u16::from_be_bytes([length & 0x3f, low]));
                    pointers += 1;
                    if target >= part {
                        return Err(Malformed::Pointer(at));
                    }
                    if pointers > MAX_POINTERS {
                        return Err(Malformed::TooManyPointers(at));
                    }
                    part = target;
                    self.at = target;
                }
                _ => return Err(Malformed::Label(at)),
            }
        }
        self.at = end.unwrap_or(self.at);
        Ok(name.finish())
    }
    // ANCHOR_END: name

    pub(super) fn question(&mut self) -> Result<Question, Malformed> {
        let name = self.name()?;
        Ok(Question { name, kind: Kind(self.u16()?), class: Class(self.u16()?) })
    }

    /// A record that must not be OPT.
    fn record(&mut self) -> Result<Record, Malformed> {
        let start = self.at;
        match self.item()? {
            Item::Record(record) => Ok(record),
            Item::Opt(..) => Err(Malformed::Opt(start)),
        }
    }

    // ANCHOR: item
    /// RFC 1035 §4.1.3, and RFC 6891 §6.1.2 for OPT.
    pub(super) fn item(&mut self) -> Result<Item, Malformed> {
        let start = self.at;
        let name = self.name()?;
        let fixed = self.take::<{ RECORD.length() }>()?;
        let kind = Kind(tables::TYPE.u16(&fixed));
        let length = usize::from(tables::RDLENGTH.u16(&fixed));
        let data_start = self.at;
        self.slice(length)?;
        // The data ends where RDLENGTH says; a name in it may still point to what came before.
        let mut data = Reader { bytes: &self.bytes[..self.at], at: data_start, steps: self.steps };
        let item = if kind == Kind::OPT {
            if !name.is_root() {
                return Err(Malformed::Opt(start));
            }
            let upper = tables::EXTENDED_RCODE.u8(&fixed);
            data.edns(&fixed).map(|edns| Item::Opt(edns, upper))
        } else {
            let class = Class(tables::CLASS.u16(&fixed));
            // RFC 2181 §8: a TTL has 31 bits, and one that seems to have 32 is zero.
            let ttl = Some(tables::TTL.u32(&fixed)).filter(|ttl| ttl >> 31 == 0).unwrap_or(0);
            data.data(kind, class).map(|data| Item::Record(Record { name, class, ttl, data }))
        };
        self.steps = data.steps;
        match item {
            Err(Malformed::Short(_)) => Err(Malformed::Data(data_start)),
            Ok(_) if data.at < self.at => Err(Malformed::Data(data_start)),
            item => item,
        }
    }
    // ANCHOR_END: item

    /// What the record says, up to the end of `self.bytes`. `A`, `AAAA` and `SRV` are formats of the
    /// class IN only.
    fn data(&mut self, kind: Kind, class: Class) -> Result<Data, Malformed> {
        Ok(match kind {
            Kind::A if class == Class::IN => Data::A(self.take::<4>()?.into()),
            Kind::AAAA if class == Class::IN => Data::Aaaa(self.take::<16>()?.into()),
            Kind::NS => Data::Ns(self.name()?),
            Kind::CNAME => Data::Cname(self.name()?),
            Kind::PTR => Data::Ptr(self.name()?),
            Kind::MX => Data::Mx { preference: self.u16()?, exchange: self.name()? },
            Kind::TXT => Data::Txt(self.strings()?),
            Kind::SOA => Data::Soa(Soa {
                primary: self.name()?,
                mailbox: self.name()?,
                serial: self.u32()?,
                refresh: self.u32()?,
                retry: self.u32()?,
                expire: self.u32()?,
                minimum: self.u32()?,
            }),
            Kind::SRV if class == Class::IN => Data::Srv {
                priority: self.u16()?,
                weight: self.u16()?,
                port: self.u16()?,
                // RFC 2782 wants it uncompressed; RFC 3597 §4 wants the reader to expect otherwise.
                target: self.name()?,
            },
            _ => Data::Unknown { kind, bytes: self.unknown(kind, class)? },
        })
    }

    /// The bytes as they came, but for the names in a few old types that a writer may compress: a
    /// pointer would lead astray in the next message (RFC 3597 §4).
    fn unknown(&mut self, kind: Kind, class: Class) -> Result<Vec<u8>, Malformed> {
        let (fixed, strings, names) = match kind.0 {
            _ if class != Class::IN => (0, 0, 0),
            3 | 4 | 7..=9 | 30 => (0, 0, 1), // MD, MF, MB, MG, MR, NXT
            14 | 17 => (0, 0, 2),            // MINFO, RP
            18 | 21 => (2, 0, 1),            // AFSDB, RT
            24 => (18, 0, 1),                // SIG
            26 => (2, 0, 2),                 // PX
            35 => (4, 3, 1),                 // NAPTR
            _ => (0, 0, 0),
        };
        let start = self.at;
        let mut bytes = self.slice(fixed)?.to_vec();
        for _ in 0..strings {
            let [length] = self.take()?;
            bytes.push(length);
            bytes.extend_from_slice(self.slice(usize::from(length))?);
        }
        for _ in 0..names {
            bytes.extend_from_slice(self.name()?.wire());
        }
        bytes.extend_from_slice(self.slice(self.bytes.len() - self.at)?);
        // Names written out may have made it more than a record's data can be.
        if bytes.len() > MAX_MESSAGE { Err(Malformed::Data(start)) } else { Ok(bytes) }
    }

    /// One string at least, each with a byte for its length (RFC 1035 §3.3.14).
    fn strings(&mut self) -> Result<Vec<Vec<u8>>, Malformed> {
        let mut strings = Vec::new();
        while strings.is_empty() || self.at < self.bytes.len() {
            let [length] = self.take()?;
            strings.push(self.slice(usize::from(length))?.to_vec());
        }
        Ok(strings)
    }

    /// RFC 6891 §6.1.2. The bits called Z are for the future: a reader ignores them (§6.1.4).
    fn edns(&mut self, fixed: &[u8; RECORD.length()]) -> Result<Edns, Malformed> {
        let mut options = Vec::new();
        while self.at < self.bytes.len() {
            let code = self.u16()?;
            let length = self.u16()?;
            options.push((code, self.slice(usize::from(length))?.to_vec()));
        }
        Ok(Edns {
            udp_size: tables::UDP_SIZE.u16(fixed),
            version: tables::VERSION.u8(fixed),
            dnssec_ok: tables::DO.is_set(fixed),
            options,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_MESSAGE, MAX_POINTERS, Reader};

    /// The longest message, full of records `kind` in which every name is the costliest: `first` is
    /// the name of a question, `name` every name after it.
    fn hostile(first: &[u8], name: &[u8], kind: u8, data: &[u8]) -> Vec<u8> {
        let mut bytes = [&[0; 12], first, &[0, 1, 0, 1]].concat();
        bytes[5] = 1;
        let fixed = [0, kind, 0, 1, 0, 0, 0, 0, 0, data.len() as u8];
        let record = [name, &fixed, data].concat();
        let count = (MAX_MESSAGE - bytes.len()) / record.len();
        bytes.extend(record.repeat(count));
        bytes[6..8].copy_from_slice(&(count as u16).to_be_bytes());
        bytes
    }

    fn steps(bytes: &[u8]) -> (usize, bool) {
        let mut reader = Reader::new(bytes);
        let is_ok = reader.message().is_ok();
        (reader.steps, is_ok)
    }

    #[test]
    fn every_name_of_127_labels_through_a_pointer() {
        let first = [&[1, b'a'].repeat(127)[..], &[0]].concat();
        let bytes = hostile(&first, &[0xc0, 12], 2, &[0xc0, 12]);
        let (steps, is_ok) = steps(&bytes);
        assert!(is_ok);
        // Two names in each 14 bytes, of 127 labels, a pointer and the end.
        assert!(steps <= bytes.len() / 14 * 2 * 129 + 128, "{steps}");
    }

    #[test]
    fn every_name_through_the_longest_chain_of_pointers() {
        // Each pointer leads to the one before: the data of an unknown type, 8,000 of them.
        let mut bytes = vec![0; 12];
        bytes[7] = 1;
        let fixed = |kind: u16, length: u16| {
            let [kind, length] = [kind.to_be_bytes(), length.to_be_bytes()];
            [&[0], &kind[..], &[0, 1, 0, 0, 0, 0], &length].concat()
        };
        bytes.extend(fixed(65280, 16_000));
        // The record's own name, the root, ends the chain.
        let mut before = 12_u16;
        for _ in 0..8000 {
            let at = bytes.len() as u16;
            bytes.extend((0xc000 | before).to_be_bytes());
            before = at;
        }
        let end = (0xc000 | before).to_be_bytes();
        let record = [&end, &fixed(65280, 0)[1..]].concat();
        let count = (MAX_MESSAGE - bytes.len()) / record.len();
        bytes.extend(record.repeat(count));
        bytes[6..8].copy_from_slice(&(count as u16 + 1).to_be_bytes());
        let (steps, is_ok) = steps(&bytes);
        // The first name is refused. Without a limit 4,000 records would walk 8,000 pointers each.
        assert!(!is_ok);
        assert!(steps <= MAX_POINTERS + 2, "{steps}");
    }
}

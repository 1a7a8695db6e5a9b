//! Values to bytes: compression (RFC 1035 §4.1.4), and what is left out if there is no room
//! (RFC 2181 §9).

use std::collections::HashMap;

use super::tables::{self, OPT, RECORD};
use super::{Data, Edns, HEADER_LENGTH, Kind, MAX_MESSAGE, Message, Record, TooLong};
use crate::name::Name;

/// A pointer has 14 bits for the offset, so it cannot lead behind this.
const REACH: usize = 0x4000;

impl Message {
    /// The bytes, names compressed, at most `limit` and never more than [`MAX_MESSAGE`].
    ///
    /// Records that do not fit are left out, whole `RRset`s at a time and from the end on, and TC is
    /// set. Only additional records go without a word (RFC 2181 §9), unless they are the glue of a
    /// referral (RFC 9471 §3.1). The questions and the OPT record always stay (RFC 6891 §7). An
    /// `RRset` is what stands side by side in a section.
    ///
    /// Case survives: a name is compressed only if the bytes agree, not only the name. So
    /// `Message::parse` of the result gives the same message.
    ///
    /// # Errors
    ///
    /// If a value has no form on the wire, or the limit is too small for what has to stay.
    pub fn encode(&self, limit: usize) -> Result<Vec<u8>, TooLong> {
        let limit = limit.min(MAX_MESSAGE);
        let opt = self.edns.as_ref().map(|edns| opt(edns, self.rcode.0)).transpose()?;
        let opt = opt.unwrap_or_default();
        let mut writer = Writer::default();
        for question in &self.questions {
            writer.name(&question.name, true);
            writer.u16(question.kind.0);
            writer.u16(question.class.0);
        }
        let room = limit.checked_sub(opt.len()).filter(|room| writer.out.len() <= *room);
        let room = room.ok_or(TooLong::Message)?;
        let mut truncated = false;
        let mut counts = [self.questions.len(), 0, 0, 0];
        for (index, section) in [&self.answers, &self.authorities].into_iter().enumerate() {
            if !truncated {
                counts[1 + index] = writer.section(section, room)?;
                truncated = counts[1 + index] < section.len();
            }
        }
        if !truncated {
            counts[3] = writer.section(&self.additionals, room)?;
            truncated = self.additionals[counts[3]..].iter().any(|record| self.is_glue(record));
        }
        writer.out.extend_from_slice(&opt);
        counts[3] += usize::from(self.edns.is_some());
        self.header(&mut writer.out, truncated, counts)?;
        Ok(writer.out)
    }

    /// Whether a referral is of no use without this address: it is that of a name server whose name
    /// lies in the zone that it serves, so there is no other place to ask for it (RFC 9471 §2.1).
    fn is_glue(&self, record: &Record) -> bool {
        let is_its_server = |ns: &Record| match &ns.data {
            Data::Ns(server) => *server == record.name && server.is_within(&ns.name),
            _ => false,
        };
        self.answers.is_empty() && self.authorities.iter().any(is_its_server)
    }

    fn header(&self, out: &mut [u8], truncated: bool, counts: [usize; 4]) -> Result<(), TooLong> {
        let flags = &self.flags;
        if flags.opcode.0 > 15 || self.rcode.0 > 15 && self.edns.is_none() {
            return Err(TooLong::Code);
        }
        let mut header = [0; HEADER_LENGTH];
        let bits = [
            (tables::ID, u64::from(self.id)),
            (tables::QR, flags.response.into()),
            (tables::OPCODE, flags.opcode.0.into()),
            (tables::AA, flags.authoritative.into()),
            (tables::TC, (flags.truncated || truncated).into()),
            (tables::RD, flags.recursion_desired.into()),
            (tables::RA, flags.recursion_available.into()),
            (tables::Z, flags.reserved.into()),
            (tables::AD, flags.authentic_data.into()),
            (tables::CD, flags.checking_disabled.into()),
            (tables::RCODE, u64::from(self.rcode.0)),
        ];
        for (field, value) in bits {
            field.set(&mut header, value);
        }
        let fields = [tables::QDCOUNT, tables::ANCOUNT, tables::NSCOUNT, tables::ARCOUNT];
        for (field, count) in fields.into_iter().zip(counts) {
            field.set(&mut header, u16::try_from(count).map_err(|_| TooLong::Count)?.into());
        }
        out[..HEADER_LENGTH].copy_from_slice(&header);
        Ok(())
    }
}

/// The OPT record (RFC 6891 §6.1.2), whose TTL carries the rcode's upper bits.
fn opt(edns: &Edns, rcode: u16) -> Result<Vec<u8>, TooLong> {
    let mut options = Vec::new();
    for (code, bytes) in &edns.options {
        let length = u16::try_from(bytes.len()).map_err(|_| TooLong::Record)?;
        options.extend_from_slice(&code.to_be_bytes());
        options.extend_from_slice(&length.to_be_bytes());
        options.extend_from_slice(bytes);
    }
    let length = u16::try_from(options.len()).map_err(|_| TooLong::Record)?;
    let upper = u8::try_from(rcode >> 4).map_err(|_| TooLong::Code)?;
    let mut fixed = [0; OPT.length()];
    tables::TYPE.set(&mut fixed, Kind::OPT.0.into());
    tables::UDP_SIZE.set(&mut fixed, edns.udp_size.into());
    tables::EXTENDED_RCODE.set(&mut fixed, upper.into());
    tables::VERSION.set(&mut fixed, edns.version.into());
    tables::DO.set(&mut fixed, edns.dnssec_ok.into());
    tables::OPT_LENGTH.set(&mut fixed, length.into());
    // The zero is the root's name.
    Ok([&[0], &fixed[..], &options].concat())
}

/// A message that grows.
struct Writer {
    out: Vec<u8>,
    /// The names that are in `out`, as a tree: a label and the offset of what follows it (0 for the
    /// root, which no pointer is for) lead to the offset at which both are written. So a name of 127
    /// labels costs 127 small look-ups, where a map of whole names would hash 8 KiB.
    names: HashMap<Vec<u8>, usize>,
}

impl Default for Writer {
    fn default() -> Self {
        Self { out: vec![0; HEADER_LENGTH], names: HashMap::new() }
    }
}

impl Writer {
    fn u16(&mut self, value: u16) {
        self.out.extend_from_slice(&value.to_be_bytes());
    }

    fn u32(&mut self, value: u32) {
        self.out.extend_from_slice(&value.to_be_bytes());
    }

    // ANCHOR: write_name
    /// A name: the labels that nobody wrote before, then a pointer to the rest, or the root's zero.
    fn name(&mut self, name: &Name, compress: bool) {
        if !compress {
            self.out.extend_from_slice(name.wire());
            return;
        }
        let labels: Vec<&[u8]> = name.labels().collect();
        // From the right, as long as the same labels have been written one after the other.
        let (mut known, mut rest) = (labels.len(), 0);
        while let Some(next) = known.checked_sub(1) {
            let Some(&at) = self.names.get(&key(labels[next], rest)) else { break };
            (known, rest) = (next, at);
        }
        let mut at = self.out.len();
        for label in &labels[..known] {
            self.out.push(label.len() as u8);
            self.out.extend_from_slice(label);
        }
        if rest == 0 {
            self.out.push(0);
        } else {
            self.u16(0xc000 | rest as u16);
        }
        // Now they are known, from the right again: each knows what follows it.
        at += labels[..known].iter().map(|label| 1 + label.len()).sum::<usize>();
        for label in labels[..known].iter().rev() {
            at -= 1 + label.len();
            if at >= REACH {
                // No pointer can lead here, and what precedes it is found through it.
                return;
            }
            self.names.insert(key(label, rest), at);
            rest = at;
        }
    }
    // ANCHOR_END: write_name

    // ANCHOR: section
    /// The records that fit into `room`, in whole `RRset`s, and how many these are.
    fn section(&mut self, records: &[Record], room: usize) -> Result<usize, TooLong> {
        let mut written = 0;
        for set in records.chunk_by(Record::same_set) {
            let start = self.out.len();
            for record in set {
                self.record(record)?;
                if self.out.len() > room {
                    // No name is written after this, so what `names` says of these bytes is no harm.
                    self.out.truncate(start);
                    return Ok(written);
                }
            }
            written += set.len();
        }
        Ok(written)
    }
    // ANCHOR_END: section

    fn record(&mut self, record: &Record) -> Result<(), TooLong> {
        self.name(&record.name, true);
        let mut fixed = [0; RECORD.length()];
        tables::TYPE.set(&mut fixed, record.data.kind().0.into());
        tables::CLASS.set(&mut fixed, record.class.0.into());
        let ttl = Some(record.ttl).filter(|ttl| ttl >> 31 == 0).unwrap_or(0);
        tables::TTL.set(&mut fixed, ttl.into());
        let start = self.out.len();
        self.out.extend_from_slice(&fixed);
        self.data(&record.data)?;
        let length = self.out.len() - start - fixed.len();
        // Known only now, because compression decides about it.
        let length = u16::try_from(length).map_err(|_| TooLong::Record)?;
        tables::RDLENGTH.set(&mut fixed, length.into());
        self.out[start..start + fixed.len()].copy_from_slice(&fixed);
        Ok(())
    }

    // ANCHOR: data
    /// Names are compressed in the types of RFC 1035 only (RFC 3597 §4): a program that does not
    /// know a type copies its data elsewhere, where a pointer would lead astray.
    fn data(&mut self, data: &Data) -> Result<(), TooLong> {
        match data {
            Data::A(address) => self.out.extend_from_slice(&address.octets()),
            Data::Aaaa(address) => self.out.extend_from_slice(&address.octets()),
            Data::Ns(name) | Data::Cname(name) | Data::Ptr(name) => self.name(name, true),
            Data::Mx { preference, exchange } => {
                self.u16(*preference);
                self.name(exchange, true);
            }
            Data::Txt(strings) if strings.is_empty() => self.out.push(0),
            Data::Txt(strings) => {
                for string in strings {
                    self.out.push(u8::try_from(string.len()).map_err(|_| TooLong::String)?);
                    self.out.extend_from_slice(string);
                }
            }
            Data::Soa(soa) => {
                self.name(&soa.primary, true);
                self.name(&soa.mailbox, true);
                for number in [soa.serial, soa.refresh, soa.retry, soa.expire, soa.minimum] {
                    self.u32(number);
                }
            }
            Data::Srv { priority, weight, port, target } => {
                for number in [priority, weight, port] {
                    self.u16(*number);
                }
                self.name(target, false);
            }
            Data::Unknown { bytes, .. } => self.out.extend_from_slice(bytes),
        }
        Ok(())
    }
    // ANCHOR_END: data
}

/// A label, and what follows it.
fn key(label: &[u8], rest: usize) -> Vec<u8> {
    [&rest.to_be_bytes()[..], label].concat()
}

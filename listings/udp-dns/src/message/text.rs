//! Values as text: records as master files have them (RFC 1035 §5.1), messages as `dig` does.

use std::fmt::{self, Display, Write};
use std::str::FromStr;

use super::{Class, Data, Edns, Flags, Kind, Message, Opcode, Question, Rcode, Record};

/// A word that is no type, or no class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("neither a known name nor {0} and a number up to 65535")]
pub struct UnknownWord(&'static str);

/// Names of types. Those without a format of ours are here too, so that they can be asked for.
const KINDS: &[(u16, &str)] = &[
    (1, "A"),
    (2, "NS"),
    (5, "CNAME"),
    (6, "SOA"),
    (12, "PTR"),
    (13, "HINFO"),
    (15, "MX"),
    (16, "TXT"),
    (28, "AAAA"),
    (29, "LOC"),
    (33, "SRV"),
    (35, "NAPTR"),
    (39, "DNAME"),
    (41, "OPT"),
    (43, "DS"),
    (44, "SSHFP"),
    (46, "RRSIG"),
    (47, "NSEC"),
    (48, "DNSKEY"),
    (50, "NSEC3"),
    (51, "NSEC3PARAM"),
    (52, "TLSA"),
    (64, "SVCB"),
    (65, "HTTPS"),
    (250, "TSIG"),
    (251, "IXFR"),
    (252, "AXFR"),
    (255, "ANY"),
    (257, "CAA"),
];

const CLASSES: &[(u16, &str)] = &[(1, "IN"), (3, "CH"), (4, "HS"), (254, "NONE"), (255, "ANY")];

const RCODES: &[(u16, &str)] = &[
    (0, "NOERROR"),
    (1, "FORMERR"),
    (2, "SERVFAIL"),
    (3, "NXDOMAIN"),
    (4, "NOTIMP"),
    (5, "REFUSED"),
    (6, "YXDOMAIN"),
    (7, "YXRRSET"),
    (8, "NXRRSET"),
    (9, "NOTAUTH"),
    (10, "NOTZONE"),
    (16, "BADVERS"),
    (23, "BADCOOKIE"),
];

const OPCODES: &[(u16, &str)] =
    &[(0, "QUERY"), (1, "IQUERY"), (2, "STATUS"), (4, "NOTIFY"), (5, "UPDATE")];

fn word(names: &[(u16, &'static str)], number: u16) -> Option<&'static str> {
    names.iter().find(|(known, _)| *known == number).map(|(_, name)| *name)
}

fn write_word(
    f: &mut fmt::Formatter<'_>,
    names: &[(u16, &'static str)],
    prefix: &str,
    number: u16,
) -> fmt::Result {
    match word(names, number) {
        Some(name) => f.write_str(name),
        None => write!(f, "{prefix}{number}"),
    }
}

/// A known name, or `prefix` and a number (RFC 3597 §5); case does not matter.
fn number(text: &str, names: &[(u16, &str)], prefix: &'static str) -> Result<u16, UnknownWord> {
    if let Some((number, _)) = names.iter().find(|(_, name)| name.eq_ignore_ascii_case(text)) {
        return Ok(*number);
    }
    let parts = text.split_at_checked(prefix.len());
    let digits = parts.filter(|(start, _)| start.eq_ignore_ascii_case(prefix)).map(|(_, end)| end);
    let digits = digits.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()));
    digits.and_then(|digits| digits.parse().ok()).ok_or(UnknownWord(prefix))
}

impl Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_word(f, KINDS, "TYPE", self.0)
    }
}

impl FromStr for Kind {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        number(text, KINDS, "TYPE").map(Self)
    }
}

impl Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_word(f, CLASSES, "CLASS", self.0)
    }
}

impl FromStr for Class {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        number(text, CLASSES, "CLASS").map(Self)
    }
}

impl Display for Rcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_word(f, RCODES, "RCODE", self.0)
    }
}

impl Display for Opcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_word(f, OPCODES, "OPCODE", self.0.into())
    }
}

impl Display for Flags {
    /// The names of those that are set, separated by spaces.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [
            (self.response, "qr"),
            (self.authoritative, "aa"),
            (self.truncated, "tc"),
            (self.recursion_desired, "rd"),
            (self.recursion_available, "ra"),
            (self.authentic_data, "ad"),
            (self.checking_disabled, "cd"),
        ];
        let set: Vec<_> = names.iter().filter(|(set, _)| *set).map(|(_, name)| *name).collect();
        f.write_str(&set.join(" "))?;
        if self.reserved { f.write_str("; MBZ: 0x4") } else { Ok(()) }
    }
}

impl Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\t{}\t{}", self.name, self.class, self.kind)
    }
}

impl Display for Record {
    /// A line of a master file: name, TTL, class, type, data, separated by tabs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.data.kind();
        write!(f, "{}\t{}\t{}\t{kind}\t{}", self.name, self.ttl, self.class, self.data)
    }
}

impl Display for Data {
    /// As in a master file; what has no format of ours as `\# 3 010203` (RFC 3597 §5).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::A(address) => address.fmt(f),
            Self::Aaaa(address) => address.fmt(f),
            Self::Ns(name) | Self::Cname(name) | Self::Ptr(name) => name.fmt(f),
            Self::Mx { preference, exchange } => write!(f, "{preference} {exchange}"),
            Self::Txt(strings) => {
                for (index, string) in strings.iter().enumerate() {
                    f.write_str(if index > 0 { " " } else { "" })?;
                    quoted(f, string)?;
                }
                Ok(())
            }
            Self::Soa(soa) => write!(
                f,
                "{} {} {} {} {} {} {}",
                soa.primary,
                soa.mailbox,
                soa.serial,
                soa.refresh,
                soa.retry,
                soa.expire,
                soa.minimum
            ),
            Self::Srv { priority, weight, port, target } => {
                write!(f, "{priority} {weight} {port} {target}")
            }
            Self::Unknown { bytes, .. } => {
                write!(f, "\\# {}", bytes.len())?;
                f.write_str(if bytes.is_empty() { "" } else { " " })?;
                hex(f, bytes)
            }
        }
    }
}

fn hex(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

/// In quotes, so that blanks need no escape.
fn quoted(f: &mut fmt::Formatter<'_>, string: &[u8]) -> fmt::Result {
    f.write_char('"')?;
    for &byte in string {
        match byte {
            b'"' | b'\\' => write!(f, "\\{}", char::from(byte))?,
            b' '..=b'~' => f.write_char(char::from(byte))?,
            _ => write!(f, "\\{byte:03}")?,
        }
    }
    f.write_char('"')
}

impl Display for Edns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = if self.dnssec_ok { " do" } else { "" };
        write!(f, "; EDNS: version: {}, flags:{flags}; udp: {}", self.version, self.udp_size)?;
        for (code, bytes) in &self.options {
            match code {
                3 => f.write_str("\n; NSID: ")?,
                10 => f.write_str("\n; COOKIE: ")?,
                _ => write!(f, "\n; OPT={code}: ")?,
            }
            hex(f, bytes)?;
        }
        Ok(())
    }
}

impl Display for Message {
    /// The way of `dig`, without the lines about the exchange, and with one tab between columns.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, flags, rcode, .. } = self;
        writeln!(f, ";; ->>HEADER<<- opcode: {}, status: {rcode}, id: {id}", flags.opcode)?;
        let (questions, answers) = (self.questions.len(), self.answers.len());
        let additionals = self.additionals.len() + usize::from(self.edns.is_some());
        writeln!(
            f,
            ";; flags: {flags}; QUERY: {questions}, ANSWER: {answers}, AUTHORITY: {}, ADDITIONAL: \
             {additionals}",
            self.authorities.len()
        )?;
        if let Some(edns) = &self.edns {
            writeln!(f, "\n;; OPT PSEUDOSECTION:\n{edns}")?;
        }
        if !self.questions.is_empty() {
            // dig has no blank line between the OPT record and the question.
            writeln!(f, "{};; QUESTION SECTION:", if self.edns.is_some() { "" } else { "\n" })?;
            self.questions.iter().try_for_each(|question| writeln!(f, ";{question}"))?;
        }
        let sections = [
            ("ANSWER", &self.answers),
            ("AUTHORITY", &self.authorities),
            ("ADDITIONAL", &self.additionals),
        ];
        for (name, records) in sections.into_iter().filter(|(_, records)| !records.is_empty()) {
            writeln!(f, "\n;; {name} SECTION:")?;
            records.iter().try_for_each(|record| writeln!(f, "{record}"))?;
        }
        Ok(())
    }
}

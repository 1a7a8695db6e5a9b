//! One frame, field by field: which bytes, whose they are, what they mean.
//!
//! It knows Ethernet, IPv4, IPv6 and TCP. Whatever else it meets, and whatever is cut short, it
//! shows as `data`.

use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::frame::{
    ACK, ETHERTYPE_IPV4, ETHERTYPE_IPV6, FIN, PROTOCOL_TCP, PSH, RST, SYN, checksum,
};
use crate::hexdump::printable;

/// Bytes on a line of a table.
const PER_LINE: usize = 8;
/// Columns of a table.
const WIDTH: usize = 80;

/// Some bytes of a frame that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    /// Where they begin in the frame.
    pub offset: usize,
    pub bytes: &'a [u8],
    /// The protocol that defines them.
    pub owner: &'static str,
    /// What they say. Empty for data, which is shown as text.
    pub meaning: String,
}

/// Takes `frame` apart. The fields' bytes, put together, are the frame again.
pub fn dissect(frame: &[u8]) -> Vec<Field<'_>> {
    let mut cursor = Cursor { frame, at: 0, end: frame.len(), fields: Vec::new() };
    // `None` is a header that is cut short; what is left of it is data.
    let _ = ethernet(&mut cursor);
    cursor.rest();
    cursor.fields
}

/// Where we are in a frame.
struct Cursor<'a> {
    frame: &'a [u8],
    at: usize,
    /// Where the packet ends by its own account; a short frame is padded to 60 bytes behind it.
    end: usize,
    fields: Vec<Field<'a>>,
}

impl Cursor<'_> {
    /// The next `N` bytes as one field, or `None` if there are not that many.
    fn take<const N: usize>(
        &mut self,
        owner: &'static str,
        meaning: impl FnOnce([u8; N]) -> String,
    ) -> Option<[u8; N]> {
        let bytes = self.frame.get(self.at..self.end)?.first_chunk::<N>()?;
        self.push(N, owner, meaning(*bytes));
        Some(*bytes)
    }

    /// The next `length` bytes, or as many as there are.
    fn push(&mut self, length: usize, owner: &'static str, meaning: String) {
        let end = (self.at + length).min(self.end);
        let bytes = &self.frame[self.at..end];
        if !bytes.is_empty() {
            self.fields.push(Field { offset: self.at, bytes, owner, meaning });
        }
        self.at = end;
    }

    /// All that nobody has claimed.
    fn rest(&mut self) {
        let left = &self.frame[self.at..self.end];
        self.push(left.len(), if looks_like_http(left) { "http" } else { "data" }, String::new());
        self.end = self.frame.len();
        self.push(self.end - self.at, "ethernet", "padding".to_owned());
    }
}

fn ethernet(cursor: &mut Cursor<'_>) -> Option<()> {
    cursor.take("ethernet", |mac: [u8; 6]| format!("destination {}", colons(&mac)))?;
    cursor.take("ethernet", |mac: [u8; 6]| format!("source {}", colons(&mac)))?;
    let kind = cursor.take("ethernet", |kind| match u16::from_be_bytes(kind) {
        ETHERTYPE_IPV4 => "type IPv4".to_owned(),
        ETHERTYPE_IPV6 => "type IPv6".to_owned(),
        other => format!("type {other:#06x}"),
    })?;
    match u16::from_be_bytes(kind) {
        ETHERTYPE_IPV4 => ipv4(cursor),
        ETHERTYPE_IPV6 => ipv6(cursor),
        _ => None,
    }
}

/// RFC 791 §3.1.
fn ipv4(cursor: &mut Cursor<'_>) -> Option<()> {
    let start = cursor.at;
    let first = cursor.take("ipv4", |[byte]: [u8; 1]| {
        format!("version {}, header of {} bytes", byte >> 4, usize::from(byte & 15) * 4)
    })?;
    let length = usize::from(first[0] & 15) * 4;
    cursor.take("ipv4", |[byte]: [u8; 1]| format!("differentiated services {byte}"))?;
    let total = cursor.take("ipv4", |n| format!("packet of {} bytes", u16::from_be_bytes(n)))?;
    cursor.end = cursor.end.min(start + usize::from(u16::from_be_bytes(total))).max(cursor.at);
    cursor.take("ipv4", |id| format!("identification {}", u16::from_be_bytes(id)))?;
    let split = cursor.take("ipv4", |bytes| {
        let bits = u16::from_be_bytes(bytes);
        let flag = if bits & 0x4000 != 0 { "do not fragment, " } else { "" };
        format!("{flag}fragment offset {}", u64::from(bits & 0x1fff) * 8)
    })?;
    cursor.take("ipv4", |[byte]: [u8; 1]| format!("time to live {byte} hops"))?;
    let protocol = cursor.take("ipv4", protocol)?;
    let header = cursor.frame.get(start..start + length).unwrap_or_default();
    let verdict = verdict(checksum(&[header]));
    cursor.take("ipv4", |sum| format!("checksum {:#06x}, {verdict}", u16::from_be_bytes(sum)))?;
    let source = cursor.take("ipv4", |ip: [u8; 4]| format!("source {}", Ipv4Addr::from(ip)))?;
    let target =
        cursor.take("ipv4", |ip: [u8; 4]| format!("destination {}", Ipv4Addr::from(ip)))?;
    cursor.push(length.saturating_sub(20), "ipv4", "options".to_owned());
    let fragment = u16::from_be_bytes(split) & 0x1fff;
    if protocol[0] != PROTOCOL_TCP || fragment > 0 {
        return None;
    }
    tcp(cursor, &[source, target].concat())
}

/// RFC 8200 §3.
fn ipv6(cursor: &mut Cursor<'_>) -> Option<()> {
    cursor.take("ipv6", |word| {
        let bits = u32::from_be_bytes(word);
        format!("version {}, flow label {:#07x}", bits >> 28, bits & 0xf_ffff)
    })?;
    let length = cursor.take("ipv6", |n| format!("payload of {} bytes", u16::from_be_bytes(n)))?;
    let next = cursor.take("ipv6", protocol)?;
    cursor.take("ipv6", |[byte]: [u8; 1]| format!("hop limit {byte}"))?;
    let address = |name, ip: [u8; 16]| format!("{name} {}", IpAddr::V6(Ipv6Addr::from(ip)));
    let source = cursor.take("ipv6", |ip| address("source", ip))?;
    let target = cursor.take("ipv6", |ip| address("destination", ip))?;
    cursor.end = cursor.end.min(cursor.at + usize::from(u16::from_be_bytes(length)));
    if next[0] != PROTOCOL_TCP {
        return None;
    }
    tcp(cursor, &[source, target].concat())
}

/// RFC 9293 §3.1. `addresses` are those of the packet: the checksum covers them too.
fn tcp(cursor: &mut Cursor<'_>, addresses: &[u8]) -> Option<()> {
    let segment = cursor.frame.get(cursor.at..cursor.end)?;
    let length = (segment.len() as u32).to_be_bytes();
    let verdict = verdict(checksum(&[addresses, &length, &[0, PROTOCOL_TCP], segment]));
    cursor.take("tcp", |port| format!("source port {}", u16::from_be_bytes(port)))?;
    cursor.take("tcp", |port| format!("destination port {}", u16::from_be_bytes(port)))?;
    cursor.take("tcp", |n| format!("sequence number {}", u32::from_be_bytes(n)))?;
    cursor.take("tcp", |n| format!("acknowledgment number {}", u32::from_be_bytes(n)))?;
    let words = cursor
        .take("tcp", |[byte]: [u8; 1]| format!("header of {} bytes", usize::from(byte >> 4) * 4))?;
    cursor.take("tcp", |[flags]: [u8; 1]| format!("flags {}", flag_names(flags)))?;
    cursor.take("tcp", |n| format!("window {}", u16::from_be_bytes(n)))?;
    cursor.take("tcp", |sum| format!("checksum {:#06x}, {verdict}", u16::from_be_bytes(sum)))?;
    cursor.take("tcp", |n| format!("urgent pointer {}", u16::from_be_bytes(n)))?;
    let options = (usize::from(words[0] >> 4) * 4).saturating_sub(20);
    tcp_options(cursor, options)
}

/// RFC 9293 §3.2: a kind alone, or a kind, a length that counts itself, and a value.
fn tcp_options(cursor: &mut Cursor<'_>, length: usize) -> Option<()> {
    let end = cursor.at.checked_add(length).filter(|&end| end <= cursor.end)?;
    while let [kind, rest @ ..] = &cursor.frame[cursor.at..end] {
        let (length, meaning) = match (kind, rest) {
            (0, _) => (end - cursor.at, "end of options".to_owned()),
            (1, _) => (1, "no operation".to_owned()),
            (2, [4, high, low, ..]) => {
                (4, format!("maximum segment size {}", u16::from_be_bytes([*high, *low])))
            }
            (3, [3, shift, ..]) => (3, format!("window scale: shift by {shift}")),
            (_, [length, ..]) if (2..=rest.len() + 1).contains(&usize::from(*length)) => {
                (usize::from(*length), format!("option {kind}"))
            }
            _ => (end - cursor.at, "broken options".to_owned()),
        };
        cursor.push(length, "tcp", meaning);
    }
    Some(())
}

fn protocol([number]: [u8; 1]) -> String {
    if number == PROTOCOL_TCP { "carries TCP".to_owned() } else { format!("carries {number}") }
}

fn verdict(sum: u16) -> &'static str {
    if sum == 0 { "right" } else { "wrong" }
}

fn flag_names(flags: u8) -> String {
    let names = [(SYN, "SYN"), (FIN, "FIN"), (RST, "RST"), (PSH, "PSH"), (ACK, "ACK")];
    let set: Vec<_> = names.iter().filter(|(bit, _)| flags & bit != 0).map(|(_, n)| *n).collect();
    if set.is_empty() { "none".to_owned() } else { set.join(" ") }
}

fn colons(mac: &[u8]) -> String {
    let pairs: Vec<_> = mac.iter().map(|byte| format!("{byte:02x}")).collect();
    pairs.join(":")
}

/// Whether the data begins with the start line of a request or of a response (RFC 9112 §2.1).
fn looks_like_http(data: &[u8]) -> bool {
    let line = data.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    line.starts_with(b"HTTP/1.") || line.ends_with(b" HTTP/1.1") || line.ends_with(b" HTTP/1.0")
}

/// The fields as a table, at most 80 columns wide, with offsets and bytes in hex.
pub fn render(fields: &[Field<'_>]) -> String {
    table(10, fields, |field| Row {
        offset: field.offset,
        bytes: field.bytes,
        owner: field.owner,
        meanings: std::slice::from_ref(&field.meaning),
    })
}

/// What [`table`] shows of some bytes.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    pub offset: usize,
    pub bytes: &'a [u8],
    pub owner: &'a str,
    /// What they say, each text on lines of its own. If there is none, they are shown as text.
    pub meanings: &'a [String],
}

/// A table of `items`, at most 80 columns wide, `owner_width` of them for the owner.
pub fn table<T>(owner_width: usize, items: &[T], row: impl Fn(&T) -> Row<'_>) -> String {
    let mut text = format!("offset  {:25}{:owner_width$}meaning\n", "bytes", "owner");
    let width = WIDTH - 8 - 25 - owner_width;
    for item in items {
        let Row { mut offset, bytes, owner, meanings } = row(item);
        let lines: Vec<_> = meanings.iter().flat_map(|meaning| wrap(meaning, width)).collect();
        let is_data = lines.is_empty();
        let mut chunks = bytes.chunks(PER_LINE);
        let mut lines = lines.into_iter();
        loop {
            let (chunk, line) = (chunks.next(), lines.next());
            if chunk.is_none() && line.is_none() {
                break;
            }
            let chunk = chunk.unwrap_or_default();
            let hex: Vec<_> = chunk.iter().map(|byte| format!("{byte:02x}")).collect();
            let at = if chunk.is_empty() { String::new() } else { format!("{offset:04x}") };
            let meaning = match line {
                Some(words) => words,
                None if is_data => chunk.iter().copied().map(printable).collect(),
                None => String::new(),
            };
            let line = format!("{at:8}{:25}{owner:owner_width$}{meaning}", hex.join(" "));
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{}", line.trim_end());
            offset += chunk.len();
        }
    }
    text
}

/// Breaks ASCII text into lines of at most `width`, at spaces if there are any.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.len() + 1 + word.len() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => {
                lines.extend(
                    word.as_bytes()
                        .chunks(width)
                        .map(|part| part.iter().copied().map(char::from).collect::<String>()),
                );
            }
        }
    }
    lines
}

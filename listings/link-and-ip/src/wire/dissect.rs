//! One frame, field by field: which bytes, whose they are, what they mean.
//!
//! It walks the same tables that the views read through. It refuses nothing: whatever it does not
//! know, and whatever is cut short, it shows as data.

mod tcp;

use std::net::{Ipv4Addr, Ipv6Addr};

use addresses::Mac;
use first_bytes::layers::{Row, table};

use super::checksum::{Sum, checksum};
use super::ethernet::EtherType;
use super::ipv4::{Ecn, dscp_name};
use super::{Protocol, arp, ethernet, icmpv4, icmpv6, ipv4, ipv6, ndp, udp};
use crate::field::{Field, Table};

/// Some bytes of a frame that belong together, and the fields in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// Where they begin in the frame.
    pub offset: usize,
    pub bytes: &'a [u8],
    /// The protocol that defines them. A `>` stands before it in a packet that an error quotes.
    pub owner: String,
    /// Name and value of each field. Empty for data, which is shown as text.
    pub fields: Vec<String>,
}

/// Takes `frame` apart. The parts' bytes, put together, are the frame again.
pub fn dissect(frame: &[u8]) -> Vec<Part<'_>> {
    let mut cursor = Cursor { frame, at: 0, end: frame.len(), quoted: "", parts: Vec::new() };
    // `None` is a header that is cut short; what is left of it is data.
    let _ = ethernet(&mut cursor);
    cursor.rest("data");
    (cursor.end, cursor.quoted) = (frame.len(), "");
    cursor.push(frame.len() - cursor.at, "ethernet", vec!["padding".to_owned()]);
    cursor.parts
}

/// Where we are in a frame.
struct Cursor<'a> {
    frame: &'a [u8],
    at: usize,
    /// Where the packet ends by its own account; the rest is padding.
    end: usize,
    /// What stands before an owner.
    quoted: &'static str,
    parts: Vec<Part<'a>>,
}

impl<'a> Cursor<'a> {
    /// The bytes that are left.
    fn left(&self) -> &'a [u8] {
        &self.frame[self.at..self.end]
    }

    /// The next `length` bytes, or as many as there are.
    fn push(&mut self, length: usize, owner: &str, fields: Vec<String>) {
        let end = self.at.saturating_add(length).min(self.end);
        let bytes = &self.frame[self.at..end];
        if !bytes.is_empty() {
            let owner = format!("{}{owner}", self.quoted);
            self.parts.push(Part { offset: self.at, bytes, owner, fields });
        }
        self.at = end;
    }

    fn rest(&mut self, owner: &str) {
        self.push(self.end - self.at, owner, Vec::new());
    }

    /// All fields of a table, those that share a byte in one part; `meaning` knows what to say about
    /// some. Gives the header's bytes.
    fn header(
        &mut self,
        table: &Table,
        owner: &str,
        meaning: impl Fn(&str, u64) -> Option<String>,
    ) -> Option<&'a [u8]> {
        let header = self.left().get(..table.length())?;
        let mut fields = Vec::new();
        let mut from = 0;
        for field in table.fields {
            let special = field.read(header).and_then(|value| meaning(field.name, value));
            let value = special.unwrap_or_else(|| usual(*field, header));
            fields.push(format!("{} {value}", field.name));
            if field.end() % 8 == 0 {
                self.push(field.end() / 8 - from, owner, std::mem::take(&mut fields));
                from = field.end() / 8;
            }
        }
        Some(header)
    }
}

/// What a field says if nobody knows better: addresses by their length, numbers otherwise.
fn usual(field: Field, header: &[u8]) -> String {
    let bytes = &header[field.byte()..field.end().div_ceil(8)];
    match (field.bits, field.read(header)) {
        (48, _) => bytes.try_into().map(|mac| Mac(mac).to_string()).unwrap_or_default(),
        (128, _) => {
            <[u8; 16]>::try_from(bytes).map(|ip| Ipv6Addr::from(ip).to_string()).unwrap_or_default()
        }
        (32, Some(value)) if field.name.contains("address") || field.name.contains("IP") => {
            Ipv4Addr::from(value as u32).to_string()
        }
        (_, value) => value.unwrap_or_default().to_string(),
    }
}

fn number(header: &[u8], table: &Table, name: &str) -> usize {
    let field = table.fields.iter().find(|field| field.name == name);
    field.and_then(|field| field.read(header)).unwrap_or_default() as usize
}

fn verdict(value: u64, sum: u16) -> String {
    format!("{value:#06x}, {}", if sum == 0 { "right" } else { "wrong" })
}

fn ethernet(cursor: &mut Cursor<'_>) -> Option<()> {
    let header = cursor.header(&ethernet::HEADER, "ethernet", |name, value| {
        (name == "type").then(|| match value {
            0..1536 => format!("{value}: a length (802.3)"),
            _ => format!("{value:#06x}: {}", EtherType(value as u16)),
        })
    })?;
    match EtherType(number(header, &ethernet::HEADER, "type") as u16) {
        EtherType::ARP => arp(cursor),
        EtherType::IPV4 => ipv4(cursor),
        EtherType::IPV6 => ipv6(cursor),
        _ => None,
    }
}

/// RFC 826.
fn arp(cursor: &mut Cursor<'_>) -> Option<()> {
    cursor.header(&arp::HEADER, "arp", |name, value| match (name, value) {
        ("hardware type", 1) => Some("1: Ethernet".to_owned()),
        ("protocol type", _) => Some(format!("{value:#06x}: {}", EtherType(value as u16))),
        ("operation", 1) => Some("1: request".to_owned()),
        ("operation", 2) => Some("2: reply".to_owned()),
        _ => None,
    })?;
    // Nothing follows.
    cursor.end = cursor.at;
    Some(())
}

/// RFC 791 §3.1.
fn ipv4(cursor: &mut Cursor<'_>) -> Option<()> {
    let start = cursor.at;
    let all = cursor.left();
    let length = usize::from(all.first()? & 15) * 4;
    let sum = checksum(all.get(..length).unwrap_or_default());
    let header = cursor.header(&ipv4::HEADER, "ipv4", |name, value| match name {
        "IHL" => Some(format!("{value}: {} bytes", value * 4)),
        "DSCP" => Some(format!("{value}: {}", dscp_name(value as u8))),
        "ECN" => Some(format!("{value}: {}", Ecn::from_bits(value as u8))),
        "fragment offset" => Some(format!("{value}: byte {}", value * 8)),
        "protocol" => Some(format!("{value}: {}", Protocol(value as u8))),
        "header checksum" => Some(verdict(value, sum)),
        _ => None,
    })?;
    let field = |name| number(header, &ipv4::HEADER, name);
    cursor.end = cursor.end.min(start + field("total length")).max(cursor.at);
    for option in cursor.left().get(..length.saturating_sub(20)).unwrap_or_default().chunks(4) {
        cursor.push(option.len(), "ipv4", vec!["options".to_owned()]);
    }
    let (_, ends) = header.split_last_chunk::<8>()?;
    let [source, destination] = [&ends[..4], &ends[4..]]
        .map(|ip| ip.try_into().map_or(Ipv4Addr::UNSPECIFIED, <Ipv4Addr as From<[u8; 4]>>::from));
    let payload = cursor.left();
    match Protocol(field("protocol") as u8) {
        _ if field("fragment offset") > 0 => None,
        Protocol::ICMP => icmpv4(cursor, field("MF") == 1),
        Protocol::UDP => {
            let sum = Sum::pseudo_v4(source, destination, Protocol::UDP, payload.len());
            udp(cursor, sum.with(payload).finish())
        }
        Protocol::TCP => {
            let sum = Sum::pseudo_v4(source, destination, Protocol::TCP, payload.len());
            tcp::tcp(cursor, sum.with(payload).finish())
        }
        _ => None,
    }
}

/// RFC 792.
fn icmpv4(cursor: &mut Cursor<'_>, fragment: bool) -> Option<()> {
    let message = cursor.left();
    let kind = *message.first()?;
    let sum = checksum(message);
    let partial = fragment || !cursor.quoted.is_empty();
    let (table, name) = match kind {
        0 => (&icmpv4::ECHO, "echo reply"),
        8 => (&icmpv4::ECHO, "echo request"),
        3 => (&icmpv4::ERROR, "destination unreachable"),
        11 => (&icmpv4::ERROR, "time exceeded"),
        12 => (&icmpv4::PROBLEM, "parameter problem"),
        _ => (&icmpv4::ERROR, "unknown"),
    };
    cursor.header(table, "icmp", |field, value| match field {
        "type" => Some(format!("{value}: {name}")),
        "checksum" if partial => Some(format!("{value:#06x}")),
        "checksum" => Some(verdict(value, sum)),
        _ => None,
    })?;
    if matches!(kind, 3 | 11 | 12) && cursor.quoted.is_empty() {
        cursor.quoted = ">";
        ipv4(cursor)?;
    }
    Some(())
}

/// RFC 8200 §3.
fn ipv6(cursor: &mut Cursor<'_>) -> Option<()> {
    let header = cursor.header(&ipv6::HEADER, "ipv6", |name, value| match name {
        "flow label" => Some(format!("{value:#07x}")),
        "next header" => Some(format!("{value}: {}", Protocol(value as u8))),
        _ => None,
    })?;
    let length = number(header, &ipv6::HEADER, "payload length");
    cursor.end = cursor.end.min(cursor.at + length);
    let (_, addresses) = header.split_at_checked(8)?;
    let source = Ipv6Addr::from(*addresses.first_chunk::<16>()?);
    let destination = Ipv6Addr::from(*addresses.last_chunk::<16>()?);
    let mut next = Protocol(number(header, &ipv6::HEADER, "next header") as u8);
    let mut fragment = false;
    while let Some(after) = extension(cursor, next, &mut fragment) {
        next = after;
    }
    let payload = cursor.left();
    let sum = Sum::pseudo_v6(source, destination, next, payload.len()).with(payload).finish();
    match next {
        _ if fragment => None,
        Protocol::ICMPV6 => icmpv6(cursor, sum),
        Protocol::UDP => udp(cursor, sum),
        Protocol::TCP => tcp::tcp(cursor, sum),
        _ => None,
    }
}

/// An extension header, if `kind` is one's, and the kind of what follows it. Each takes 8 bytes at
/// least, so there is an end.
fn extension(cursor: &mut Cursor<'_>, kind: Protocol, fragment: &mut bool) -> Option<Protocol> {
    let table = match kind {
        Protocol::HOP_BY_HOP | Protocol::DESTINATION_OPTIONS => &ipv6::EXTENSION,
        Protocol::ROUTING => &ipv6::ROUTING,
        Protocol::FRAGMENT => &ipv6::FRAGMENT,
        _ => return None,
    };
    let start = cursor.at;
    let header = cursor.header(table, "ipv6", |name, value| match name {
        "next header" => Some(format!("{value}: {}", Protocol(value as u8))),
        "length" => Some(format!("{value}: {} bytes", value * 8 + 8)),
        "fragment offset" => Some(format!("{value}: byte {}", value * 8)),
        _ => None,
    })?;
    if kind == Protocol::FRAGMENT {
        *fragment |= number(header, table, "fragment offset") > 0 || number(header, table, "M") > 0;
    } else {
        let length = number(header, table, "length") * 8 + 8;
        cursor.push((start + length).saturating_sub(cursor.at), "ipv6", vec!["options".to_owned()]);
    }
    Some(Protocol(number(header, table, "next header") as u8))
}

/// RFC 4443, and RFC 4861 for the types from 133 on.
fn icmpv6(cursor: &mut Cursor<'_>, sum: u16) -> Option<()> {
    let kind = *cursor.left().first()?;
    let quoted = !cursor.quoted.is_empty();
    let (table, owner, name) = match kind {
        1 => (&icmpv6::ERROR, "icmpv6", "destination unreachable"),
        2 => (&icmpv6::ERROR, "icmpv6", "packet too big"),
        3 => (&icmpv6::ERROR, "icmpv6", "time exceeded"),
        4 => (&icmpv6::ERROR, "icmpv6", "parameter problem"),
        128 => (&icmpv6::ECHO, "icmpv6", "echo request"),
        129 => (&icmpv6::ECHO, "icmpv6", "echo reply"),
        133 => (&ndp::ROUTER_SOLICITATION, "ndp", "router solicitation"),
        134 => (&ndp::ROUTER_ADVERTISEMENT, "ndp", "router advertisement"),
        135 => (&ndp::SOLICITATION, "ndp", "neighbor solicitation"),
        136 => (&ndp::ADVERTISEMENT, "ndp", "neighbor advertisement"),
        _ => (&icmpv6::ERROR, "icmpv6", "unknown"),
    };
    cursor.header(table, owner, |field, value| match field {
        "type" => Some(format!("{value}: {name}")),
        "checksum" if quoted => Some(format!("{value:#06x}")),
        "checksum" => Some(verdict(value, sum)),
        _ => None,
    })?;
    match kind {
        1..=4 if !quoted => {
            cursor.quoted = ">";
            ipv6(cursor)
        }
        133..=136 => options(cursor),
        _ => Some(()),
    }
}

/// RFC 4861 §4.6.
fn options(cursor: &mut Cursor<'_>) -> Option<()> {
    while let [kind, units, ..] = *cursor.left() {
        let length = usize::from(units) * 8;
        if matches!((kind, units), (1 | 2, 1)) {
            cursor.header(&ndp::OPTION, "ndp", |name, value| match (name, value) {
                ("type", 1) => Some("1: source link-layer address".to_owned()),
                ("type", 2) => Some("2: target link-layer address".to_owned()),
                ("length", _) => Some(format!("{value}: {} bytes", value * 8)),
                _ => None,
            })?;
        } else if length == 0 || length > cursor.left().len() {
            return None;
        } else {
            cursor.push(length, "ndp", vec![format!("option {kind}")]);
        }
    }
    Some(())
}

/// RFC 768.
fn udp(cursor: &mut Cursor<'_>, sum: u16) -> Option<()> {
    let quoted = !cursor.quoted.is_empty();
    cursor.header(&udp::HEADER, "udp", |name, value| match (name, value) {
        ("checksum", 0) => Some("0: none".to_owned()),
        ("checksum", _) if quoted => Some(format!("{value:#06x}")),
        ("checksum", _) => Some(verdict(value, sum)),
        _ => None,
    })?;
    Some(())
}

/// The parts as a table, at most 80 columns wide, with offsets and bytes in hex.
pub fn render(parts: &[Part<'_>]) -> String {
    table(11, parts, |part| Row {
        offset: part.offset,
        bytes: part.bytes,
        owner: &part.owner,
        meanings: &part.fields,
    })
}

//! UDP's header: ports, a length and a checksum, and nothing that a stream would need.

use std::net::IpAddr;

use super::Protocol;
use super::checksum::Sum;
use crate::field::{Field, Table};

const SOURCE: Field = Field::first("source port", 16);
const DESTINATION: Field = SOURCE.then("destination port", 16);
const LENGTH: Field = DESTINATION.then("length", 16);
const CHECKSUM: Field = LENGTH.then("checksum", 16);

/// RFC 768.
pub const HEADER: Table =
    Table::new("udp", "RFC 768", &[SOURCE, DESTINATION, LENGTH, CHECKSUM]).followed_by("data");

/// Bytes of the header.
pub const HEADER_LENGTH: usize = HEADER.length();

/// Bytes of data that one datagram holds over IPv4: 65,535 without both headers. Over IPv6, whose
/// header is not counted in its length, 20 more fit.
pub const MAX_DATA_V4: usize = 65_535 - 20 - HEADER_LENGTH;

/// Why bytes are no UDP datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadDatagram {
    #[error("udp: fewer than 8 bytes")]
    Short,
    #[error("udp: the length is smaller than the header, or larger than the packet holds")]
    Length,
    #[error("udp: wrong checksum")]
    Checksum,
    /// RFC 8200 §8.1: IPv6 has no checksum of its own that would notice a wrong address.
    #[error("udp: no checksum, which IPv6 does not allow")]
    NoChecksum,
    #[error("udp: source and destination are of different versions of IP")]
    MixedVersions,
    #[error("udp: to port 0, which nobody has")]
    PortZero,
}

/// A view of a datagram whose length and checksum are right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Datagram<'a> {
    /// 0 if the sender wants no answer (RFC 768).
    pub source_port: u16,
    pub destination_port: u16,
    /// Whether there was a checksum at all: over IPv4 a sender may do without.
    pub checked: bool,
    pub data: &'a [u8],
}

impl<'a> Datagram<'a> {
    // ANCHOR: udp_parse
    /// Looks at what an IP packet from `source` to `destination` carries.
    ///
    /// Bytes behind the datagram's own length are no part of it: neither of the data nor of the
    /// checksum (RFC 768 leaves them open, and the options of RFC 9868 live there).
    pub fn parse(
        payload: &'a [u8],
        source: IpAddr,
        destination: IpAddr,
    ) -> Result<Self, BadDatagram> {
        let header: &[u8; HEADER_LENGTH] = payload.first_chunk().ok_or(BadDatagram::Short)?;
        let length = usize::from(LENGTH.u16(header));
        // A length below 8 has no data to show: `get` would give an empty or no range.
        let datagram = payload.get(..length).ok_or(BadDatagram::Length)?;
        let data = datagram.get(HEADER_LENGTH..).ok_or(BadDatagram::Length)?;
        let checked = CHECKSUM.is_set(header);
        if checked {
            let sum = pseudo(source, destination, length).ok_or(BadDatagram::MixedVersions)?;
            if sum.with(datagram).finish() != 0 {
                return Err(BadDatagram::Checksum);
            }
        } else if destination.is_ipv6() {
            return Err(BadDatagram::NoChecksum);
        }
        let destination_port = DESTINATION.u16(header);
        if destination_port == 0 {
            return Err(BadDatagram::PortZero);
        }
        Ok(Self { source_port: SOURCE.u16(header), destination_port, checked, data })
    }
    // ANCHOR_END: udp_parse
}

/// The ports at the beginning of a datagram, of which an ICMP error may quote no more.
pub fn ports(quoted: &[u8]) -> Option<(u16, u16)> {
    let &[a, b, c, d] = quoted.first_chunk()?;
    Some((u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])))
}

// ANCHOR: udp_write
/// Appends a datagram, checksum included. `None`, and nothing appended, if the length does not fit
/// into its field or the addresses are of different versions.
pub fn write(
    (source, source_port): (IpAddr, u16),
    (destination, destination_port): (IpAddr, u16),
    data: &[u8],
    out: &mut Vec<u8>,
) -> Option<()> {
    let length = u16::try_from(HEADER_LENGTH + data.len()).ok()?;
    let mut header = [0; HEADER_LENGTH];
    SOURCE.set(&mut header, source_port.into());
    DESTINATION.set(&mut header, destination_port.into());
    LENGTH.set(&mut header, length.into());
    let sum = pseudo(source, destination, length.into())?.with(&header).with(data).finish();
    // Zero says "no checksum". Ones' complement has a second zero, and it means the same sum.
    let sum = if sum == 0 { 0xffff } else { sum };
    CHECKSUM.set(&mut header, sum.into());
    out.extend_from_slice(&header);
    out.extend_from_slice(data);
    Some(())
}
// ANCHOR_END: udp_write

/// What is summed up before the datagram; `None` for addresses of different versions.
fn pseudo(source: IpAddr, destination: IpAddr, length: usize) -> Option<Sum> {
    match (source, destination) {
        (IpAddr::V4(from), IpAddr::V4(to)) => Some(Sum::pseudo_v4(from, to, Protocol::UDP, length)),
        (IpAddr::V6(from), IpAddr::V6(to)) => Some(Sum::pseudo_v6(from, to, Protocol::UDP, length)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn a_sum_of_zero_is_written_as_all_ones() {
        let (from, to) = ((ip("192.0.2.1"), 1), (ip("192.0.2.2"), 2));
        // Two bytes of data can bring the sum to any value; one of them is zero.
        let mut written = Vec::new();
        let found = (0..=u16::MAX).any(|word| {
            written.clear();
            write(from, to, &word.to_be_bytes(), &mut written).expect("it fits");
            written[6..8] == [0xff, 0xff]
        });
        assert!(found);
        let read = Datagram::parse(&written, from.0, to.0).expect("a good datagram");
        assert!(read.checked);
    }

    #[test]
    fn no_checksum_is_fine_for_ipv4_only() {
        let bytes = [0, 1, 0, 2, 0, 9, 0, 0, 7];
        let read = Datagram::parse(&bytes, ip("192.0.2.1"), ip("192.0.2.2"));
        let expected = Datagram { source_port: 1, destination_port: 2, checked: false, data: &[7] };
        assert_eq!(read, Ok(expected));
        let read = Datagram::parse(&bytes, ip("2001:db8::1"), ip("2001:db8::2"));
        assert_eq!(read, Err(BadDatagram::NoChecksum));
    }

    #[test]
    fn the_length_field_is_what_counts() {
        let addresses = (ip("2001:db8::1"), ip("2001:db8::2"));
        let mut bytes = Vec::new();
        write((addresses.0, 7), (addresses.1, 8), b"data", &mut bytes).expect("it fits");
        bytes.extend(b"surplus");
        let read = Datagram::parse(&bytes, addresses.0, addresses.1).expect("good");
        assert_eq!(read.data, b"data");
        for length in 0..12 {
            let cut = Datagram::parse(&bytes[..length], addresses.0, addresses.1);
            let why = if length < 8 { BadDatagram::Short } else { BadDatagram::Length };
            assert_eq!(cut, Err(why), "{length} bytes");
        }
        for length in 0..8 {
            bytes[5] = length;
            let bad = Datagram::parse(&bytes, addresses.0, addresses.1);
            assert_eq!(bad, Err(BadDatagram::Length), "a length of {length}");
        }
    }
}

//! A TCP segment with all the headers around it, as it would stand on an Ethernet.
//!
//! [RFC 9293] §3.1 is the TCP header, [RFC 791] §3.1 IPv4, [RFC 8200] §3 IPv6, [RFC 1071] the
//! checksum.
//!
//! [RFC 791]: https://www.rfc-editor.org/rfc/rfc791
//! [RFC 1071]: https://www.rfc-editor.org/rfc/rfc1071
//! [RFC 8200]: https://www.rfc-editor.org/rfc/rfc8200
//! [RFC 9293]: https://www.rfc-editor.org/rfc/rfc9293

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// The most data in one segment: an Ethernet frame's 1500 bytes without the headers of IPv4 and
/// TCP, 20 bytes each.
pub const MAX_SEGMENT: usize = 1460;

/// The MAC addresses of the two hosts. The second lowest bit of the first byte says that nobody
/// assigned them.
pub const CLIENT_MAC: [u8; 6] = [2, 0, 0, 0, 0, 1];
pub const SERVER_MAC: [u8; 6] = [2, 0, 0, 0, 0, 2];

/// The control bits that we use (RFC 9293 §3.1).
pub const FIN: u8 = 0x01;
pub const SYN: u8 = 0x02;
pub const RST: u8 = 0x04;
pub const PSH: u8 = 0x08;
pub const ACK: u8 = 0x10;

/// The Ethernet types of the two versions of IP, and TCP's number in both of their headers.
pub const ETHERTYPE_IPV4: u16 = 0x0800;
pub const ETHERTYPE_IPV6: u16 = 0x86dd;
pub const PROTOCOL_TCP: u8 = 6;

const ETHERNET_HEADER: usize = 14;
const TCP_HEADER: usize = 20;
/// The usual first value; nobody forwards these packets.
const TTL: u8 = 64;

// ANCHOR: segment
/// What one host sends to the other.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    pub source: SocketAddr,
    pub destination: SocketAddr,
    /// The MAC addresses of source and destination.
    pub macs: [[u8; 6]; 2],
    pub sequence: u32,
    pub acknowledgment: u32,
    pub flags: u8,
    /// A multiple of four bytes, at most 40.
    pub options: &'a [u8],
    /// At most [`MAX_SEGMENT`] bytes.
    pub data: &'a [u8],
}

impl Segment<'_> {
    /// The whole frame, all checksums right, without the four bytes that an Ethernet card adds at
    /// the end.
    ///
    /// If only one of the two addresses is IPv6, the other one is written as IPv4-mapped (RFC 4291
    /// §2.5.5.2).
    pub fn to_frame(&self) -> Vec<u8> {
        let ends = (self.source.ip().to_canonical(), self.destination.ip().to_canonical());
        let length = TCP_HEADER + self.options.len() + self.data.len();
        let mut frame = Vec::with_capacity(ETHERNET_HEADER + 40 + length);
        frame.extend(self.macs[1]);
        frame.extend(self.macs[0]);
        let mut pseudo = Vec::with_capacity(40);
        if let (IpAddr::V4(source), IpAddr::V4(destination)) = ends {
            let addresses = [source.octets(), destination.octets()].concat();
            frame.extend(ETHERTYPE_IPV4.to_be_bytes());
            frame.extend(ipv4_header(&addresses, length as u16));
            pseudo.extend(addresses);
        } else {
            let addresses = [mapped(ends.0).octets(), mapped(ends.1).octets()].concat();
            frame.extend(ETHERTYPE_IPV6.to_be_bytes());
            frame.extend(ipv6_header(&addresses, length as u16));
            pseudo.extend(addresses);
        }
        // RFC 9293 §3.1 and RFC 8200 §8.1 lay it out differently; the sum of the 16-bit words is
        // the same.
        pseudo.extend([0, PROTOCOL_TCP]);
        pseudo.extend((length as u16).to_be_bytes());
        frame.extend(self.tcp_header(&pseudo));
        frame.extend(self.options);
        frame.extend(self.data);
        frame
    }

    fn tcp_header(&self, pseudo: &[u8]) -> Vec<u8> {
        let words = (TCP_HEADER + self.options.len()) / 4;
        let mut header = Vec::with_capacity(TCP_HEADER);
        header.extend(self.source.port().to_be_bytes());
        header.extend(self.destination.port().to_be_bytes());
        header.extend(self.sequence.to_be_bytes());
        header.extend(self.acknowledgment.to_be_bytes());
        header.extend([(words as u8) << 4, self.flags]);
        header.extend(u16::MAX.to_be_bytes()); // window
        header.extend([0; 4]); // checksum, and an urgent pointer that nobody uses
        let sum = checksum(&[pseudo, &header, self.options, self.data]);
        header[16..18].copy_from_slice(&sum.to_be_bytes());
        header
    }
}
// ANCHOR_END: segment

fn ipv4_header(addresses: &[u8], data: u16) -> Vec<u8> {
    let mut header = vec![0x45, 0]; // version 4, 5 words long; nothing special asked of the network
    header.extend((20 + data).to_be_bytes());
    // No identification: only a packet that may be split needs one, and the flag forbids that.
    header.extend([0, 0, 0x40, 0]);
    header.extend([TTL, PROTOCOL_TCP, 0, 0]);
    header.extend(addresses);
    let sum = checksum(&[&header]);
    header[10..12].copy_from_slice(&sum.to_be_bytes());
    header
}

fn ipv6_header(addresses: &[u8], data: u16) -> Vec<u8> {
    let mut header = vec![0x60, 0, 0, 0]; // version 6, no traffic class, no flow label
    header.extend(data.to_be_bytes());
    header.extend([PROTOCOL_TCP, TTL]);
    header.extend(addresses);
    header
}

fn mapped(ip: IpAddr) -> Ipv6Addr {
    match ip {
        IpAddr::V4(ip) => ip.to_ipv6_mapped(),
        IpAddr::V6(ip) => ip,
    }
}

// ANCHOR: checksum
/// The Internet checksum over all parts, as if they were one (RFC 1071 §1). Each but the last must
/// have an even number of bytes.
///
/// Over bytes that already contain their right checksum the result is zero.
pub fn checksum(parts: &[&[u8]]) -> u16 {
    let mut sum: u64 = 0;
    for pair in parts.iter().flat_map(|part| part.chunks(2)) {
        let low = pair.get(1).copied().unwrap_or(0);
        sum += u64::from(u16::from_be_bytes([pair[0], low]));
    }
    // Ones' complement: what runs over at the top is added at the bottom.
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}
// ANCHOR_END: checksum

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_of_rfc_1071() {
        // Section 3's example: the sum is ddf2.
        let bytes = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
        assert_eq!(checksum(&[&bytes]), !0xddf2);
        assert_eq!(checksum(&[&bytes[..4], &bytes[4..]]), !0xddf2);
        assert_eq!(checksum(&[&[0x12]]), !0x1200);
    }
}

//! The headers, as views and builders.
//!
//! A view borrows bytes and has looked at them once: [`ipv4::Packet::parse`] and its like give
//! either a view that can be read without a further check, or the one reason why not
//! ([`Malformed`]). A builder is a struct of plain values that appends itself to a buffer. Both read
//! and write through the tables of [`field`](crate::field), so they cannot disagree.
//!
//! | module | what it holds | where that is defined |
//! |---|---|---|
//! | [`ethernet`] | Ethernet II frames | [RFC 894] |
//! | [`arp`] | ARP for IPv4 on Ethernet | [RFC 826] |
//! | [`ipv4`] | packets, options, fragments | [RFC 791] |
//! | [`ipv6`] | packets and their extension headers | [RFC 8200] |
//! | [`icmpv4`] | echo and errors | [RFC 792], [RFC 1812] §4.3 |
//! | [`icmpv6`] | echo and errors | [RFC 4443] |
//! | [`ndp`] | neighbor discovery | [RFC 4861] |
//! | [`udp`], [`tcp`] | their headers as tables, for [`dissect`] | [RFC 768], [RFC 9293] §3.1 |
//! | [`checksum`] | the Internet checksum | [RFC 1071], [RFC 1624] |
//! | [`dissect`] | a frame, field by field | |
//!
//! [RFC 768]: https://www.rfc-editor.org/rfc/rfc768
//! [RFC 791]: https://www.rfc-editor.org/rfc/rfc791
//! [RFC 792]: https://www.rfc-editor.org/rfc/rfc792
//! [RFC 826]: https://www.rfc-editor.org/rfc/rfc826
//! [RFC 894]: https://www.rfc-editor.org/rfc/rfc894
//! [RFC 1071]: https://www.rfc-editor.org/rfc/rfc1071
//! [RFC 1624]: https://www.rfc-editor.org/rfc/rfc1624
//! [RFC 1812]: https://www.rfc-editor.org/rfc/rfc1812
//! [RFC 4443]: https://www.rfc-editor.org/rfc/rfc4443
//! [RFC 4861]: https://www.rfc-editor.org/rfc/rfc4861
//! [RFC 8200]: https://www.rfc-editor.org/rfc/rfc8200
//! [RFC 9293]: https://www.rfc-editor.org/rfc/rfc9293

pub mod arp;
pub mod checksum;
pub mod dissect;
pub mod ethernet;
pub mod icmpv4;
pub mod icmpv6;
pub mod ipv4;
pub mod ipv6;
mod malformed;
pub mod ndp;
mod protocol;
pub mod tcp;
pub mod udp;

pub use malformed::Malformed;
pub use protocol::Protocol;

use crate::field::Table;

/// Every table, for the programs that print them.
pub const TABLES: &[&Table] = &[
    &ethernet::HEADER,
    &arp::HEADER,
    &ipv4::HEADER,
    &ipv6::HEADER,
    &ipv6::EXTENSION,
    &ipv6::FRAGMENT,
    &ipv6::ROUTING,
    &icmpv4::ECHO,
    &icmpv4::ERROR,
    &icmpv4::PROBLEM,
    &icmpv6::ERROR,
    &ndp::SOLICITATION,
    &ndp::ADVERTISEMENT,
    &ndp::OPTION,
    &ndp::ROUTER_SOLICITATION,
    &ndp::ROUTER_ADVERTISEMENT,
    &udp::HEADER,
    &tcp::HEADER,
    &tcp::MSS,
    &tcp::WINDOW_SCALE,
    &tcp::SACK_PERMITTED,
    &tcp::SACK,
    &tcp::TIMESTAMPS,
];

/// The first `N` bytes, and what follows them.
fn split<const N: usize>(bytes: &[u8], short: Malformed) -> Result<(&[u8; N], &[u8]), Malformed> {
    bytes.split_first_chunk().ok_or(short)
}

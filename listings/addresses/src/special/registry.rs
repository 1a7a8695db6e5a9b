//! The registries' rows. The multicast rows are from registries of their own, and stand where their
//! numbers do.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;
use std::sync::LazyLock;

use super::{Columns, Row};
use crate::{Address, Prefix};

/// A row as it is printed below: prefix, columns, where it is defined, name.
type Line = (&'static str, &'static str, &'static str, &'static str);

/// The IPv4 registry, and the blocks of multicast that a reader meets.
pub static IPV4: LazyLock<Vec<Row<Ipv4Addr>>> = LazyLock::new(|| rows(&IPV4_LINES));

/// The IPv6 registry, and multicast.
pub static IPV6: LazyLock<Vec<Row<Ipv6Addr>>> = LazyLock::new(|| rows(&IPV6_LINES));

// Columns: source, destination, forwardable, globally reachable, reserved by protocol.
// T is true, F is false, N is N/A; five dashes stand for a row without columns.

#[rustfmt::skip] // A row of the registry is a line.
const IPV4_LINES: [Line; 31] = [
    ("0.0.0.0/8", "TFFFT", "RFC 791 §3.2", "\"This network\""),
    ("0.0.0.0/32", "TFFFT", "RFC 1122 §3.2.1.3", "\"This host on this network\""),
    ("10.0.0.0/8", "TTTFF", "RFC 1918", "Private-Use"),
    ("100.64.0.0/10", "TTTFF", "RFC 6598", "Shared Address Space"),
    ("127.0.0.0/8", "FFFFT", "RFC 1122 §3.2.1.3", "Loopback"),
    ("169.254.0.0/16", "TTFFT", "RFC 3927", "Link Local"),
    ("172.16.0.0/12", "TTTFF", "RFC 1918", "Private-Use"),
    ("192.0.0.0/24", "FFFFF", "RFC 6890 §2.1", "IETF Protocol Assignments"),
    ("192.0.0.0/29", "TTTFF", "RFC 7335", "IPv4 Service Continuity Prefix"),
    ("192.0.0.8/32", "TFFFF", "RFC 7600", "IPv4 dummy address"),
    ("192.0.0.9/32", "TTTTF", "RFC 7723", "Port Control Protocol Anycast"),
    ("192.0.0.10/32", "TTTTF", "RFC 8155", "Traversal Using Relays around NAT Anycast"),
    ("192.0.0.170/32", "FFFFT", "RFC 8880", "NAT64/DNS64 Discovery"),
    ("192.0.0.171/32", "FFFFT", "RFC 8880", "NAT64/DNS64 Discovery"),
    ("192.0.2.0/24", "FFFFF", "RFC 5737", "Documentation (TEST-NET-1)"),
    ("192.31.196.0/24", "TTTTF", "RFC 7535", "AS112-v4"),
    ("192.52.193.0/24", "TTTTF", "RFC 7450", "AMT"),
    ("192.88.99.0/24", "-----", "RFC 7526", "Deprecated (6to4 Relay Anycast)"),
    ("192.88.99.2/32", "TTTFF", "RFC 6751", "6a44-relay anycast address"),
    ("192.168.0.0/16", "TTTFF", "RFC 1918", "Private-Use"),
    ("192.175.48.0/24", "TTTTF", "RFC 7534", "Direct Delegation AS112 Service"),
    ("198.18.0.0/15", "TTTFF", "RFC 2544", "Benchmarking"),
    ("198.51.100.0/24", "FFFFF", "RFC 5737", "Documentation (TEST-NET-2)"),
    ("203.0.113.0/24", "FFFFF", "RFC 5737", "Documentation (TEST-NET-3)"),
    ("224.0.0.0/4", "-----", "RFC 5771", "Multicast"),
    ("224.0.0.0/24", "-----", "RFC 5771 §4", "Multicast, Local Network Control Block"),
    ("232.0.0.0/8", "-----", "RFC 4607", "Multicast, Source-Specific"),
    ("233.252.0.0/24", "-----", "RFC 6676", "Multicast, Documentation (MCAST-TEST-NET)"),
    ("239.0.0.0/8", "-----", "RFC 2365", "Multicast, Administratively Scoped"),
    ("240.0.0.0/4", "FFFFT", "RFC 1112 §4", "Reserved"),
    ("255.255.255.255/32", "FTFFT", "RFC 919 §7", "Limited Broadcast"),
];

#[rustfmt::skip] // A row of the registry is a line.
const IPV6_LINES: [Line; 26] = [
    ("::1/128", "FFFFT", "RFC 4291", "Loopback Address"),
    ("::/128", "TFFFT", "RFC 4291", "Unspecified Address"),
    ("::ffff:0:0/96", "FFFFT", "RFC 4291", "IPv4-mapped Address"),
    ("64:ff9b::/96", "TTTTF", "RFC 6052", "IPv4-IPv6 Translat."),
    ("64:ff9b:1::/48", "TTTFF", "RFC 8215", "IPv4-IPv6 Translat."),
    ("100::/64", "TTTFF", "RFC 6666", "Discard-Only Address Block"),
    ("100:0:0:1::/64", "TFFFF", "RFC 9780", "Dummy IPv6 Prefix"),
    ("2001::/23", "FFFFF", "RFC 2928", "IETF Protocol Assignments"),
    ("2001::/32", "TTTNF", "RFC 4380", "TEREDO"),
    ("2001:1::1/128", "TTTTF", "RFC 7723", "Port Control Protocol Anycast"),
    ("2001:1::2/128", "TTTTF", "RFC 8155", "Traversal Using Relays around NAT Anycast"),
    ("2001:1::3/128", "TTTTF", "RFC 9665", "DNS-SD Service Registration Protocol Anycast"),
    ("2001:2::/48", "TTTFF", "RFC 5180", "Benchmarking"),
    ("2001:3::/32", "TTTTF", "RFC 7450", "AMT"),
    ("2001:4:112::/48", "TTTTF", "RFC 7535", "AS112-v6"),
    ("2001:10::/28", "-----", "RFC 4843", "Deprecated (previously ORCHID)"),
    ("2001:20::/28", "TTTTF", "RFC 7343", "ORCHIDv2"),
    ("2001:30::/28", "TTTTF", "RFC 9374", "Drone Remote ID Protocol Entity Tags (DETs) Prefix"),
    ("2001:db8::/32", "FFFFF", "RFC 3849", "Documentation"),
    ("2002::/16", "TTTNF", "RFC 3056", "6to4"),
    ("2620:4f:8000::/48", "TTTTF", "RFC 7534", "Direct Delegation AS112 Service"),
    ("3fff::/20", "FFFFF", "RFC 9637", "Documentation"),
    ("5f00::/16", "TTTFF", "RFC 9602", "Segment Routing (SRv6) SIDs"),
    ("fc00::/7", "TTTFF", "RFC 4193", "Unique-Local"),
    ("fe80::/10", "TTFFT", "RFC 4291", "Link-Local Unicast"),
    ("ff00::/8", "-----", "RFC 4291 §2.7", "Multicast"),
];

fn rows<A: Address>(lines: &[Line]) -> Vec<Row<A>> {
    let row = |&(prefix, letters, rfc, name): &Line| {
        let prefix = Prefix::from_str(prefix).expect("a prefix in our own table");
        Row { prefix, name, rfc, columns: columns(letters) }
    };
    lines.iter().map(row).collect()
}

fn columns(letters: &str) -> Option<Columns> {
    let [source, destination, forwardable, global, reserved] = *letters.as_bytes() else {
        return None;
    };
    (letters != "-----").then_some(Columns {
        source: source == b'T',
        destination: destination == b'T',
        forwardable: forwardable == b'T',
        globally_reachable: (global != b'N').then_some(global == b'T'),
        reserved_by_protocol: reserved == b'T',
    })
}

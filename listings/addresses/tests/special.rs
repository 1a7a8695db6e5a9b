//! The registries.

use std::net::IpAddr;

use addresses::special::{Entry, IPV4, IPV6, embedded, is_global, lookup, multicast_scope};

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn no_block_stands_twice() {
    let mut v4: Vec<_> = IPV4.iter().map(|row| row.prefix).collect();
    let mut v6: Vec<_> = IPV6.iter().map(|row| row.prefix).collect();
    v4.sort_unstable();
    v6.sort_unstable();
    v4.dedup();
    v6.dedup();
    assert_eq!((v4.len(), v6.len()), (IPV4.len(), IPV6.len()));
}

#[test]
fn the_columns_of_a_row_make_sense() {
    let columns = IPV4.iter().map(|row| row.columns).chain(IPV6.iter().map(|row| row.columns));
    for columns in columns.flatten() {
        // What is not forwardable is not globally reachable, and what is no destination is neither
        // (RFC 6890 §2.2.1).
        assert!(columns.forwardable || columns.globally_reachable == Some(false), "{columns:?}");
        assert!(columns.destination || !columns.forwardable, "{columns:?}");
    }
}

#[test]
fn the_most_specific_row_counts() {
    let rows = [
        ("192.0.0.9", "192.0.0.9/32"),
        ("192.0.0.1", "192.0.0.0/29"),
        ("192.0.0.200", "192.0.0.0/24"),
        ("0.0.0.0", "0.0.0.0/32"),
        ("0.0.0.1", "0.0.0.0/8"),
        ("255.255.255.255", "255.255.255.255/32"),
        ("224.0.0.251", "224.0.0.0/24"),
        ("2001:db8::1", "2001:db8::/32"),
        ("2001::1", "2001::/32"),
        ("2001:100::1", "2001::/23"),
        ("2001:1::1", "2001:1::1/128"),
        ("ff02::1", "ff00::/8"),
    ];
    for (text, prefix) in rows {
        assert_eq!(lookup(address(text)).map(Entry::prefix).as_deref(), Some(prefix), "{text}");
    }
    for text in ["8.8.8.8", "2001:200::1", "2606:4700::1111"] {
        assert_eq!(lookup(address(text)), None, "{text}");
    }
}

#[test]
fn global_is_where_a_stranger_may_send_us() {
    for text in ["8.8.8.8", "192.0.0.9", "172.32.0.1", "2606:4700::1111", "64:ff9b::8.8.8.8"] {
        assert!(is_global(address(text)), "{text}");
    }
    let inside = [
        "127.0.0.1",
        "0.0.0.0",
        "10.1.2.3",
        "169.254.169.254",
        "172.16.0.1",
        "192.168.0.1",
        "100.64.0.1",
        "192.0.2.1",
        "224.0.0.1",
        "239.1.1.1",
        "255.255.255.255",
        "192.88.99.1",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::127.0.0.1",
        "64:ff9b::169.254.169.254",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2001::1",
        "fe80::1",
        "fd00::1",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
        "2001:db8::1",
        "3fff::1",
        "5f00::1",
        "::7f00:1",
        "4000::1",
    ];
    for text in inside {
        assert!(!is_global(address(text)), "{text}");
    }
}

#[test]
fn scopes_and_embedded_addresses() {
    assert_eq!(multicast_scope("ff02::1".parse().unwrap()), Some("link-local"));
    assert_eq!(multicast_scope("ff3e::1".parse().unwrap()), Some("global"));
    assert_eq!(multicast_scope("ff00::1".parse().unwrap()), None);
    assert_eq!(multicast_scope("fe80::1".parse().unwrap()), None);
    for text in ["::ffff:192.0.2.1", "64:ff9b::192.0.2.1", "2002:c000:201::"] {
        let (_, inside) = embedded(text.parse().unwrap()).unwrap();
        assert_eq!(inside.to_string(), "192.0.2.1", "{text}");
    }
    assert_eq!(embedded("2001:db8::c000:201".parse().unwrap()), None);
}

//! Texts: what is read, what is refused and why, and what std makes of the same.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use addresses::prefix::Interface;
use addresses::text::{Endpoint, MAX_LENGTH, Zone, Zoned, inet_aton, parse, parse_v4, parse_v6};
use addresses::{Mac, Prefix};
use proptest::prelude::*;

/// The message and the blamed part of a refused text.
fn refusal(text: &str) -> (String, &str) {
    let error = parse(text).expect_err(text);
    (error.to_string(), &text[error.span])
}

#[test]
fn all_forms_of_rfc_4291() {
    let same = [
        ("2001:DB8:0:0:8:800:200C:417A", "2001:db8::8:800:200c:417a"),
        ("2001:0db8:0000:0000:0008:0800:200c:417a", "2001:db8::8:800:200c:417a"),
        ("FF01:0:0:0:0:0:0:101", "ff01::101"),
        ("FF01::101", "ff01::101"),
        ("0:0:0:0:0:0:0:1", "::1"),
        ("0:0:0:0:0:0:0:0", "::"),
        ("0:0:0:0:0:0:13.1.68.3", "::d01:4403"),
        ("::13.1.68.3", "::d01:4403"),
        ("::FFFF:129.144.52.38", "::ffff:129.144.52.38"),
        ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
        ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
        ("1::8", "1::8"),
        (
            "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255",
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        ),
    ];
    for (text, canonical) in same {
        assert_eq!(parse_v6(text).unwrap().to_string(), canonical, "{text}");
    }
}

#[test]
fn std_prints_as_rfc_5952_recommends() {
    let rules = [
        ("2001:0db8::0001", "2001:db8::1", "§4.1: no leading zeros"),
        ("2001:db8:0:0:0:0:2:1", "2001:db8::2:1", "§4.2.1: as short as can be"),
        ("2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1", "§4.2.2: never for one group"),
        ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1", "§4.2.3: the longest run"),
        ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1", "§4.2.3: the first of equal runs"),
        ("2001:DB8::ABCD", "2001:db8::abcd", "§4.3: lower case"),
        ("::ffff:c000:201", "::ffff:192.0.2.1", "§5: mapped addresses in mixed notation"),
        // §5 allows mixed notation for other known prefixes too; std uses it for this one alone.
        ("64:ff9b::192.0.2.33", "64:ff9b::c000:221", "§5: NAT64 could be mixed, and is not"),
        ("::192.0.2.1", "::c000:201", "RFC 4291 §2.5.5.1: deprecated, and not mixed"),
    ];
    for (text, canonical, rule) in rules {
        assert_eq!(parse_v6(text).unwrap().to_string(), canonical, "{rule}");
    }
}

#[test]
fn a_refusal_says_what_and_where() {
    let cases = [
        ("", "", "there is no text"),
        ("0177.0.0.1", "0177", "reads it as octal, 127; write 177 or 127"),
        ("010.8.8.8", "010", "octal, 8; write 10 or 8"),
        ("1.2.3.08", "08", "has a leading zero; write 8"),
        ("1.2.0400.4", "0400", "greater than 255"),
        ("127.1", "127.1", "2 octets, and an IPv4 address four octets"),
        ("2130706433", "2130706433", "inet_aton reads 127.0.0.1"),
        ("0x7f.0.0.1", "0x7f", "hexadecimal, which only inet_aton reads"),
        ("1.2.3.256", "256", "octet 4, \"256\", is greater than 255"),
        ("1..3.4", "", "octet 2 is empty"),
        ("1.2.3.4.5", "1.2.3.4.5", "5 octets"),
        ("1.2.3.4 ", " ", "octet 4 has ' ' in it"),
        ("1.2.3.\u{664}", "\u{664}", "no decimal digit"),
        ("1.2.3.+4", "+", "octet 4 has '+'"),
        ("1::2::3", "::", "\"::\" stands twice"),
        ("1:::2", ":::", "three colons"),
        (":1:2:3:4:5:6:7", ":", "at the beginning"),
        ("1:2:3:4:5:6:7:", ":", "at the end"),
        ("2001:db8::12345", "12345", "group 3 has 5 digits"),
        ("2001:db8::g", "g", "group 3 has 'g'"),
        ("1:2:3:4:5:6:7", "", "ends after 7 groups"),
        ("1:2:3:4:5:6:7:8:9", "9", "more than eight"),
        ("1:2:3:4::5:6:7:8", "::", "stands for no group"),
        ("1:2:3:4:5:6:7:1.2.3.4", "1.2.3.4", "room for one group"),
        ("::1.2.3.4:5", "1.2.3.4", "can only be the last part"),
        ("1.2.3.4::", "1.2.3.4", "can only be the last part"),
        ("::1.2.3.256", "256", "in the IPv4 address at the end: octet 4"),
        ("fe80::1%eth0", "%eth0", "a zone (%eth0) is no part of an address"),
    ];
    for (text, blamed, why) in cases {
        let (message, span) = refusal(text);
        assert!(message.contains(why), "{text}: {message}");
        assert_eq!(span, blamed, "{text}");
    }
    let long = "1".repeat(MAX_LENGTH + 1);
    assert_eq!(refusal(&long).0, "the text has 46 bytes, and an address at most 45");
}

#[test]
fn what_the_c_library_reads() {
    let read = [
        ("127.0.0.1", [127, 0, 0, 1]),
        ("127.0.1", [127, 0, 0, 1]),
        ("127.65535", [127, 0, 255, 255]),
        ("4294967295", [255; 4]),
        ("0", [0; 4]),
        ("017700000001", [127, 0, 0, 1]),
        ("0X7F000001", [127, 0, 0, 1]),
        ("127.1\n; rm", [127, 0, 0, 1]),
    ];
    for (text, address) in read {
        assert_eq!(inet_aton(text), Some(address.into()), "{text}");
        assert_eq!(parse_v4(text).is_ok(), text == "127.0.0.1", "{text}");
    }
    for text in [
        "",
        ".",
        "1.",
        "256.1",
        "1.2.3.256",
        "1.2.65536",
        "1.16777216",
        "4294967296",
        "08",
        "0x",
        "1.2.3.4.5",
        "1.2.3.4;",
        " 1.2.3.4",
        "-1",
    ] {
        assert_eq!(inet_aton(text), None, "{text}");
    }
}

#[test]
fn zones_belong_to_addresses_that_need_them() {
    for text in
        ["fe80::1%eth0", "ff02::1%2", "febf::%vlan.7", "ff05::2%x", "fe80::1", "2001:db8::1"]
    {
        assert_eq!(text.parse::<Zoned>().unwrap().to_string(), text);
    }
    assert_eq!("2".parse::<Zone>().unwrap().index(), Some(2));
    assert_eq!("eth0".parse::<Zone>().unwrap().index(), None);
    assert_eq!("4294967296".parse::<Zone>().unwrap().index(), None);
    assert!("fe80::1".parse::<Zoned>().unwrap().needs_zone());
    assert!(!"::1".parse::<Zoned>().unwrap().needs_zone());
    let refused = [
        ("fe80::1%", "", "the zone is empty"),
        ("fe80::1%eth0%1", "%", "'%' in it"),
        ("fe80::1%/64", "/", "'/' in it"),
        ("fe80::1%interface-sixteen", "interface-sixteen", "17 bytes"),
        ("::1%lo", "%lo", "::1 takes no zone"),
        ("2001:db8::1%eth0", "%eth0", "takes no zone"),
        ("fd00::1%eth0", "%eth0", "takes no zone"),
        ("ff0e::1%eth0", "%eth0", "takes no zone"),
        ("169.254.0.1%eth0", "%eth0", "an IPv4 address takes no zone"),
    ];
    for (text, blamed, why) in refused {
        let error = text.parse::<Zoned>().expect_err(text);
        assert!(error.to_string().contains(why), "{text}: {error}");
        assert_eq!(&text[error.span], blamed, "{text}");
    }
}

#[test]
fn a_port_needs_brackets_around_ipv6() {
    for text in ["192.0.2.1:80", "[2001:db8::1]:443", "[fe80::1%eth0]:0", "[::1]:65535"] {
        assert_eq!(text.parse::<Endpoint>().unwrap().to_string(), text);
    }
    let refused = [
        ("2001:db8::1:80", "write [ADDRESS]:PORT"),
        ("[::1]", "there is no port"),
        ("[::1]x:80", "there is no port"),
        ("192.0.2.1", "there is no port"),
        ("[::1", "there is no ]"),
        ("[192.0.2.1]:80", "brackets hold an IPv6 address"),
        ("[::1]:080", "without leading zeros"),
        ("[::1]:65536", "from 0 to 65535"),
        ("[::1]:+80", "from 0 to 65535"),
        ("127.1:80", "2 octets"),
        ("[::12345]:80", "group 1 has 5 digits"),
    ];
    for (text, why) in refused {
        let error = text.parse::<Endpoint>().expect_err(text);
        assert!(error.to_string().contains(why), "{text}: {error}");
        assert!(text.get(error.span).is_some(), "{text}");
    }
}

#[test]
fn mac_addresses() {
    let mac = Mac([0x02, 0, 0x5e, 0xab, 0, 1]);
    for text in ["02:00:5e:ab:00:01", "02-00-5E-AB-00-01"] {
        assert_eq!(text.parse(), Ok(mac));
    }
    for text in [
        "",
        "02:00:5e:ab:00",
        "02:00:5e:ab:00:01:02",
        "2:0:5e:ab:0:1",
        "02:00:5e:ab:00:+1",
        "02:00-5e:ab:00:01",
        "02005eab0001",
    ] {
        assert!(text.parse::<Mac>().is_err(), "{text}");
    }
}

/// Texts that are addresses, nearly addresses, or neither.
fn texts() -> impl Strategy<Value = String> {
    let v4 = any::<u32>().prop_map(|bits| Ipv4Addr::from_bits(bits).to_string());
    let v6 = prop::array::uniform8(prop_oneof![Just(0_u16), any::<u16>()])
        .prop_map(|groups| Ipv6Addr::from(groups).to_string());
    let near = "[0-9a-fA-F]{0,5}(:{1,2}[0-9a-fA-F]{0,5}){0,9}(:[0-9]{1,3}(\\.[0-9]{1,3}){0,4})?";
    let mutated = (prop_oneof![v4, v6], any::<prop::sample::Index>(), "[0-9a-fx:.%]{0,2}")
        .prop_map(|(text, at, new)| {
            let at = at.index(text.len() + 1);
            format!("{}{new}{}", &text[..at], &text[(at + 1).min(text.len())..])
        });
    prop_oneof![mutated, near, "[0-9]{0,4}(\\.[0-9]{0,4}){0,5}", "\\PC{0,50}"]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn std_reads_and_refuses_the_same(text in texts()) {
        prop_assert_eq!(parse(&text).ok(), text.parse::<IpAddr>().ok());
        prop_assert_eq!(parse_v4(&text).ok(), text.parse::<Ipv4Addr>().ok());
        prop_assert_eq!(parse_v6(&text).ok(), text.parse::<Ipv6Addr>().ok());
    }

    #[test]
    fn the_blamed_part_is_a_part_of_the_text(text in texts()) {
        if let Err(error) = parse(&text) {
            prop_assert!(text.get(error.span).is_some());
            prop_assert!(error.reason.to_string().len() < 300);
        }
        if let Err(error) = text.parse::<Zoned>() {
            prop_assert!(text.get(error.span).is_some());
        }
        if let Err(error) = text.parse::<Prefix<Ipv4Addr>>() {
            prop_assert!(text.get(error.span(text.len())).is_some());
        }
        if let Err(error) = text.parse::<Interface<Ipv6Addr>>() {
            prop_assert!(text.get(error.span(text.len())).is_some());
        }
    }

    #[test]
    fn what_we_accept_the_c_library_reads_alike(text in texts()) {
        if let Ok(address) = parse_v4(&text) {
            prop_assert_eq!(inet_aton(&text), Some(address));
        }
    }
}

//! `cargo test -p addresses --test zone_text`

#[cfg_attr(feature = "solutions", path = "solution.rs")]
#[cfg_attr(not(feature = "solutions"), path = "exercise.rs")]
mod exercise;

use exercise::with_zone;

fn reads(text: &str, address: &str, zone: Option<&str>) {
    assert_eq!(with_zone(text), Some((address.parse().unwrap(), zone)), "{text}");
}

#[test]
fn with_and_without() {
    reads("fe80::1%eth0", "fe80::1", Some("eth0"));
    reads("febf::1%2", "febf::1", Some("2"));
    reads("ff02::1%vlan.7", "ff02::1", Some("vlan.7"));
    reads("fe80::1", "fe80::1", None);
    reads("2001:db8::1", "2001:db8::1", None);
}

#[test]
fn no_zone_where_there_is_none() {
    for text in ["fe80::1%", "%eth0", "fe80::1%eth0%", "fe80::1%%eth0", "fe80::1%a%b"] {
        assert_eq!(with_zone(text), None, "{text}");
    }
}

#[test]
fn no_interface_has_such_a_name() {
    for text in [
        "fe80::1%et h0",
        "fe80::1%eth0/64",
        "fe80::1%\u{e9}th0",
        "fe80::1%eth\u{7}",
        "fe80::1%interface-sixteen",
    ] {
        assert_eq!(with_zone(text), None, "{text}");
    }
}

#[test]
fn a_global_address_has_no_zone() {
    for text in
        ["2001:db8::1%eth0", "::1%lo", "::%eth0", "fd00::1%eth0", "ff0e::1%eth0", "ff3e::1%1"]
    {
        assert_eq!(with_zone(text), None, "{text}");
    }
}

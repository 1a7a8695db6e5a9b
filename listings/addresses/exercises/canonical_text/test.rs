//! `cargo test -p addresses --test canonical_text`

#[cfg_attr(feature = "solutions", path = "solution.rs")]
#[cfg_attr(not(feature = "solutions"), path = "exercise.rs")]
mod exercise;

use std::net::Ipv6Addr;

use exercise::canonical;

fn check(texts: &[&str]) {
    for text in texts {
        let address: Ipv6Addr = text.parse().unwrap();
        assert_eq!(canonical(address.segments()), *text);
    }
}

#[test]
fn a_run_of_zeros() {
    check(&["::", "::1", "1::", "2001:db8::1", "fe80::202:b3ff:fe1e:8329"]);
}

#[test]
fn nothing_to_compress() {
    check(&["1:2:3:4:5:6:7:8", "2001:db8:abcd:ffff:1:1:1:1"]);
}

#[test]
fn one_group_of_zeros_is_written_out() {
    check(&["2001:db8:0:1:1:1:1:1", "0:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:0"]);
}

#[test]
fn the_longest_run_and_the_first_of_equal_ones() {
    check(&["2001:0:0:1::1", "2001:db8::1:0:0:1", "1:0:0:4::", "::3:0:0:6:7:8"]);
}

#[test]
fn mapped_addresses_end_in_decimal() {
    check(&["::ffff:192.0.2.1", "::ffff:0.0.0.0", "::fffe:c000:201"]);
}

#[test]
fn every_pattern_of_zeros() {
    for pattern in 0..=u8::MAX {
        let group = |at: u16| if pattern >> at & 1 == 1 { 0xa0 + at } else { 0 };
        let address = Ipv6Addr::from([0, 1, 2, 3, 4, 5, 6, 7].map(group));
        assert_eq!(canonical(address.segments()), address.to_string());
    }
}

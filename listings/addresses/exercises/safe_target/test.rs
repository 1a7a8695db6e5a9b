//! `cargo test -p addresses --test safe_target`

#[cfg_attr(feature = "solutions", path = "solution.rs")]
#[cfg_attr(not(feature = "solutions"), path = "exercise.rs")]
mod exercise;

use exercise::safe_target;

fn refuses(hosts: &[&str]) {
    for host in hosts {
        assert_eq!(safe_target(host), None, "{host}");
    }
}

#[test]
fn public_addresses_pass() {
    for host in ["8.8.8.8", "192.0.0.9", "2606:4700::1111", "64:ff9b::808:808"] {
        assert_eq!(safe_target(host), Some(host.parse().unwrap()), "{host}");
    }
}

#[test]
fn what_is_no_address() {
    refuses(&["0177.0.0.1", "127.1", "2130706433", "localhost", "[::1]", "fe80::1%eth0", ""]);
}

#[test]
fn the_ones_that_everybody_knows() {
    refuses(&["127.0.0.1", "10.0.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "::1"]);
    refuses(&["fd00::1", "fe80::1"]);
}

#[test]
fn the_ones_that_reach_this_host_as_well() {
    refuses(&["0.0.0.0", "::", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:0.0.0.0"]);
}

#[test]
fn the_ones_that_a_translator_sends_on() {
    refuses(&["64:ff9b::127.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b:1::1", "2002:7f00:1::"]);
}

#[test]
fn the_ones_that_are_nobodys() {
    refuses(&[
        "100.64.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "2001:db8::1",
    ]);
    refuses(&["3fff::1", "5f00::1", "ff02::1", "fec0::1", "4000::1"]);
}

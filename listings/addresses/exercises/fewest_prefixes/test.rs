//! `cargo test -p addresses --test fewest_prefixes`

#[cfg_attr(feature = "solutions", path = "solution.rs")]
#[cfg_attr(not(feature = "solutions"), path = "exercise.rs")]
mod exercise;

use exercise::fewest;

/// Checks lists that are written with blanks between prefixes.
fn check(from: &str, to: &str) {
    let prefixes = from.split_whitespace().map(|text| text.parse().unwrap()).collect();
    let result = fewest(prefixes).iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    assert_eq!(result, to, "of {from}");
}

#[test]
fn what_is_covered_goes() {
    check("", "");
    check("192.0.2.0/24", "192.0.2.0/24");
    check("192.0.2.7/32 192.0.2.0/24 192.0.2.0/25 192.0.2.0/24", "192.0.2.0/24");
}

#[test]
fn halves_join() {
    check("192.0.2.128/25 192.0.2.0/25", "192.0.2.0/24");
    check("0.0.0.0/1 128.0.0.0/1", "0.0.0.0/0");
}

#[test]
fn neighbors_that_are_no_halves_of_one_prefix_do_not_join() {
    check("192.0.2.64/26 192.0.2.128/26", "192.0.2.64/26 192.0.2.128/26");
}

#[test]
fn what_has_joined_joins_again() {
    check("192.0.2.0/25 192.0.2.128/26 192.0.2.192/27 192.0.2.224/27", "192.0.2.0/24");
    check("192.0.2.0/26 192.0.2.64/26 192.0.2.128/26 192.0.2.192/26 192.0.3.0/24", "192.0.2.0/23");
}

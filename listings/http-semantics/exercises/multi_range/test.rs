//! `cargo test -p http-semantics --test multi_range`

#[cfg_attr(feature = "solutions", path = "solution.rs")]
#[cfg_attr(not(feature = "solutions"), path = "exercise.rs")]
mod exercise;

use exercise::select;

/// The ranges of ten thousand bytes, as text; "invalid" for none.
fn shown(set: &str) -> String {
    select(set, 10_000).map_or("invalid".into(), |ranges| {
        let all: Vec<_> = ranges.iter().map(|r| format!("{}-{}", r.start(), r.end())).collect();
        all.join(" ")
    })
}

#[test]
fn one_range() {
    assert_eq!(shown("0-499"), "0-499");
    assert_eq!(shown("9500-"), "9500-9999");
}

#[test]
fn the_last_bytes() {
    assert_eq!(shown("-500"), "9500-9999");
    assert_eq!(shown("-20000"), "0-9999");
    assert_eq!(shown("-0"), "");
}

#[test]
fn past_the_end() {
    assert_eq!(shown("9990-20000"), "9990-9999");
    assert_eq!(shown("10000-"), "");
    assert_eq!(shown("10000-10001, 0-0"), "0-0");
    assert_eq!(shown("0-99999999999999999999999"), "0-9999");
    assert_eq!(shown("99999999999999999999999-"), "");
    assert_eq!(select("0-", 0), Some(vec![]));
    assert_eq!(select("-1", 0), Some(vec![]));
}

#[test]
fn what_overlaps_is_one() {
    assert_eq!(shown("0-0, -1"), "0-0 9999-9999");
    assert_eq!(shown("500-600,601-999"), "500-999");
    assert_eq!(shown("500-700,601-999"), "500-999");
    assert_eq!(shown("100-199, 0-149, 120-130"), "0-199");
    assert_eq!(shown("0-, 0-, 0-"), "0-9999");
}

#[test]
fn what_is_invalid() {
    for set in ["", "5", "-", "5-4", "a-b", "0-5x", "+1-2", "--5", "0-0,", "0-0,5-4", "1-2-3"] {
        assert_eq!(shown(set), "invalid", "{set}");
    }
}

#[test]
fn against_counting() {
    let length = 12;
    for first in 0..15 {
        for last in 0..15 {
            for (set, is_in) in [
                (format!("{first}-"), Box::new(move |at| at >= first) as Box<dyn Fn(u64) -> bool>),
                (format!("-{last}"), Box::new(move |at| length - at <= last)),
                (
                    format!("{first}-, -{last}"),
                    Box::new(move |at| at >= first || length - at <= last),
                ),
            ] {
                let sent: Vec<_> = select(&set, length).unwrap().into_iter().flatten().collect();
                let expected: Vec<_> = (0..length).filter(|at| is_in(*at)).collect();
                assert_eq!(sent, expected, "{set}");
            }
        }
    }
}

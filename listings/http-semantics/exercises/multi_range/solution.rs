//! Solution: each member by itself, cut at the end, then all of them sorted and joined.

use std::ops::RangeInclusive;

// ANCHOR: solution
/// The bytes that `set`, the part of a `Range` field behind `bytes=`, selects of `length` bytes
/// (RFC 9110 §14.1.2). What does not exist is left out, and no byte is sent twice: ranges that
/// overlap or touch become one. `None` if `set` is invalid.
pub(crate) fn select(set: &str, length: u64) -> Option<Vec<RangeInclusive<u64>>> {
    let mut ranges = Vec::new();
    for member in set.split(',') {
        let (first, last) = match member.trim().split_once('-')? {
            ("", count) => (length.saturating_sub(number(count)?), u64::MAX),
            (first, "") => (number(first)?, u64::MAX),
            (first, last) => (number(first)?, number(last)?),
        };
        if first > last {
            return None;
        }
        if first < length {
            ranges.push(first..=last.min(length - 1));
        }
    }
    ranges.sort_by_key(|range| *range.start());
    let mut joined: Vec<RangeInclusive<u64>> = Vec::new();
    for range in ranges {
        match joined.last_mut() {
            Some(before) if *range.start() <= before.end() + 1 => {
                *before = *before.start()..=*before.end().max(range.end());
            }
            _ => joined.push(range),
        }
    }
    Some(joined)
}

/// A number too large for 64 bits is behind the end of everything.
fn number(digits: &str) -> Option<u64> {
    let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| digits.parse().unwrap_or(u64::MAX))
}
// ANCHOR_END: solution

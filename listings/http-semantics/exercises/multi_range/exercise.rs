//! Exercise: which bytes does a `Range` field ask for?

use std::ops::RangeInclusive;

// ANCHOR: exercise
/// The bytes that `set`, the part of a `Range` field behind `bytes=`, selects of `length` bytes
/// (RFC 9110 §14.1.2). What does not exist is left out, and no byte is sent twice: ranges that
/// overlap or touch become one. `None` if `set` is invalid.
pub(crate) fn select(set: &str, length: u64) -> Option<Vec<RangeInclusive<u64>>> {
    let mut ranges = Vec::new();
    for member in set.split(',') {
        let (first, last) = member.trim().split_once('-')?;
        let first: u64 = first.parse().unwrap_or(0);
        let last: u64 = last.parse().unwrap_or(length - 1);
        ranges.push(first..=last);
    }
    Some(ranges)
}
// ANCHOR_END: exercise

//! Solution: the longest run of zeros, and the first of equal ones.

// ANCHOR: solution
/// The canonical text of the address with these groups.
pub(crate) fn canonical(groups: [u16; 8]) -> String {
    if let [0, 0, 0, 0, 0, 0xffff, high, low] = groups {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        return format!("::ffff:{a}.{b}.{c}.{d}");
    }
    let join = |groups: &[u16]| {
        groups.iter().map(|group| format!("{group:x}")).collect::<Vec<_>>().join(":")
    };
    match longest_zeros(groups) {
        Some((start, end)) => format!("{}::{}", join(&groups[..start]), join(&groups[end..])),
        None => join(&groups),
    }
}

/// Where the first of the longest runs of zeros begins and ends; one zero is no run (§4.2.2).
fn longest_zeros(groups: [u16; 8]) -> Option<(usize, usize)> {
    let mut longest = None;
    let mut length = 1;
    for start in 0..8 {
        let zeros = groups[start..].iter().take_while(|group| **group == 0).count();
        // Greater, not equal: of equal runs the first one stays (§4.2.3).
        if zeros > length {
            length = zeros;
            longest = Some((start, start + zeros));
        }
    }
    longest
}
// ANCHOR_END: solution

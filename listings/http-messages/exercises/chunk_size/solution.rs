//! Solution: digits are read one by one, so nothing but a digit can be one.

/// The line is not a chunk size that everybody reads in the same way.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadSize;

// ANCHOR: solution
/// The size in the first line of a chunk, which is given without its CR LF (RFC 9112 §7.1):
/// hexadecimal digits, then perhaps extensions, each behind a semicolon. Extensions are ignored.
pub(crate) fn chunk_size(line: &[u8]) -> Result<u64, BadSize> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    let (size, rest) = line.split_at(digits);
    // Blanks may stand before the semicolon, and only there (RFC 9112 §7.1.1).
    let extended = rest.iter().find(|byte| !matches!(byte, b' ' | b'\t')) == Some(&b';');
    if size.is_empty() || !(rest.is_empty() || extended) {
        return Err(BadSize);
    }
    size.iter().try_fold(0_u64, |sum, digit| {
        let digit = char::from(*digit).to_digit(16).ok_or(BadSize)?;
        // A size that overflows would be a small one to whoever computes with fewer bits.
        sum.checked_mul(16).map(|sum| sum + u64::from(digit)).ok_or(BadSize)
    })
}
// ANCHOR_END: solution

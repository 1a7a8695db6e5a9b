//! Solution: one value, of digits only, that fits.

/// The fields do not give one length that everybody agrees on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadLength;

// ANCHOR: solution
/// The length that the values of all Content-Length fields of a message give; `None` without such a
/// field (RFC 9110 §8.6, RFC 9112 §6.3).
///
/// A message with more than one value is refused, even if they are all the same.
pub(crate) fn content_length(values: &[&[u8]]) -> Result<Option<u64>, BadLength> {
    let value = match values {
        [] => return Ok(None),
        [value] => *value,
        // The next one who reads this message may take the other one.
        _ => return Err(BadLength),
    };
    // `parse` takes a plus sign; the grammar does not.
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return Err(BadLength);
    }
    let text = std::str::from_utf8(value).map_err(|_| BadLength)?;
    // A length that is wrong is not the same as a message without one.
    text.parse().map(Some).map_err(|_| BadLength)
}
// ANCHOR_END: solution

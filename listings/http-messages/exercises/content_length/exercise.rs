//! Exercise: one length, or none, or a refusal.

/// The fields do not give one length that everybody agrees on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadLength;

// ANCHOR: exercise
/// The length that the values of all Content-Length fields of a message give; `None` without such a
/// field (RFC 9110 §8.6, RFC 9112 §6.3).
///
/// A message with more than one value is refused, even if they are all the same.
pub(crate) fn content_length(values: &[&[u8]]) -> Result<Option<u64>, BadLength> {
    let Some(value) = values.first() else { return Ok(None) };
    let text = std::str::from_utf8(value).map_err(|_| BadLength)?;
    Ok(text.trim().parse().ok())
}
// ANCHOR_END: exercise

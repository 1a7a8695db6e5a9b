//! Exercise: the size of a chunk, and nothing that looks like one.

/// The line is not a chunk size that everybody reads in the same way.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadSize;

// ANCHOR: exercise
/// The size in the first line of a chunk, which is given without its CR LF (RFC 9112 §7.1):
/// hexadecimal digits, then perhaps extensions, each behind a semicolon. Extensions are ignored.
pub(crate) fn chunk_size(line: &[u8]) -> Result<u64, BadSize> {
    let text = std::str::from_utf8(line).map_err(|_| BadSize)?;
    let size = text.split(';').next().unwrap_or_default().trim();
    u64::from_str_radix(size.trim_start_matches("0x"), 16).map_err(|_| BadSize)
}
// ANCHOR_END: exercise

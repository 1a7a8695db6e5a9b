//! Exercise: find the end of a header section, wherever the bytes are cut.

/// More bytes than this without an end are refused: a peer that never ends its headers must not
/// fill the memory.
pub(crate) const MAX_LENGTH: usize = 8192;

/// The header section is longer than [`MAX_LENGTH`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

// ANCHOR: exercise
/// Looks for the empty line, CR LF CR LF, that ends a header section (RFC 9112 §2.1).
#[derive(Default)]
pub(crate) struct HeaderEnd {}

impl HeaderEnd {
    /// Takes the bytes of one read. Returns how many of *these* bytes belong to the header section,
    /// its end included, or `None` if the end is still to come.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<Option<usize>, TooLong> {
        if bytes.len() > MAX_LENGTH {
            return Err(TooLong);
        }
        Ok(bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4))
    }
}
// ANCHOR_END: exercise

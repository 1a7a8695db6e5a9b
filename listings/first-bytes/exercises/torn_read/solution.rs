//! Solution: what has been seen of the end is remembered from one read to the next.

/// More bytes than this without an end are refused: a peer that never ends its headers must not
/// fill the memory.
pub(crate) const MAX_LENGTH: usize = 8192;

/// The header section is longer than [`MAX_LENGTH`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

// ANCHOR: solution
/// Looks for the empty line, CR LF CR LF, that ends a header section (RFC 9112 §2.1).
#[derive(Default)]
pub(crate) struct HeaderEnd {
    /// How many of the four bytes stand at the end of what has come so far.
    matched: usize,
    /// Bytes that have come so far.
    length: usize,
}

impl HeaderEnd {
    /// Takes the bytes of one read. Returns how many of *these* bytes belong to the header section,
    /// its end included, or `None` if the end is still to come.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<Option<usize>, TooLong> {
        for (index, byte) in bytes.iter().enumerate() {
            if self.length == MAX_LENGTH {
                return Err(TooLong);
            }
            self.length += 1;
            self.matched = match (byte, self.matched) {
                // A CR where a LF should be may itself begin the end: CR CR LF CR LF.
                (b'\r', 2) => 3,
                (b'\r', _) => 1,
                (b'\n', 1) => 2,
                (b'\n', 3) => return Ok(Some(index + 1)),
                _ => 0,
            };
        }
        Ok(None)
    }
}
// ANCHOR_END: solution

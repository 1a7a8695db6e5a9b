//! DNS messages on a stream: each after its length in two bytes (RFC 1035 §4.2.2, RFC 7766 §8).

/// Puts its length in front of a message; `None` if it is longer than 65,535 bytes.
///
/// One piece, so that one write carries both: a length alone in a segment of its own is what
/// RFC 7766 §8 warns of.
pub fn framed(message: &[u8]) -> Option<Vec<u8>> {
    let length = u16::try_from(message.len()).ok()?;
    let mut bytes = Vec::with_capacity(2 + message.len());
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(message);
    Some(bytes)
}

/// Cuts a stream into messages, wherever its reads end.
///
/// It holds what was pushed and not yet taken. Who takes all messages after every push holds less
/// than 65,537 bytes, and a length that is claimed costs nothing before its bytes come.
#[derive(Clone, Debug, Default)]
pub struct Frames {
    buffer: Vec<u8>,
}

impl Frames {
    /// Takes the bytes of one read.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    // ANCHOR: take
    /// The next whole message.
    pub fn take(&mut self) -> Option<Vec<u8>> {
        let (length, rest) = self.buffer.split_first_chunk()?;
        let length = usize::from(u16::from_be_bytes(*length));
        let message = rest.get(..length)?.to_vec();
        self.buffer.drain(..2 + length);
        Some(message)
    }
    // ANCHOR_END: take

    /// Bytes that wait for the rest of their message, the length's two included.
    pub fn waiting(&self) -> usize {
        self.buffer.len()
    }

    /// How many bytes the message that is under way has said it will have, with the length's two.
    pub fn wanted(&self) -> usize {
        let length = self.buffer.first_chunk().copied().map_or(0, u16::from_be_bytes);
        2 + usize::from(length)
    }
}

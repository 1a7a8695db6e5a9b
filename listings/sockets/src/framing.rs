//! Messages out of a byte stream: a delimiter after each, or its length before it.
//!
//! [`Lines`] and [`Lengths`] know no sockets. They take bytes as they come, in any pieces, and give
//! whole messages. Push what one read returned, then ask until the answer is `None`: so what they hold
//! is bounded by one read and one message of the limit, each at most twice, and the work grows with
//! the bytes and not with their square. A stream that has broken its rule stays broken: there is no
//! telling where the next message begins.
//!
//! ```
//! use sockets::framing::Lengths;
//!
//! let mut lengths = Lengths::new(1024);
//! lengths.push(b"\0\0\0\x05he");
//! assert_eq!(lengths.next_message(), Ok(None));
//! lengths.push(b"llo\0");
//! assert_eq!(lengths.next_message(), Ok(Some(b"hello".to_vec())));
//! assert_eq!(lengths.rest(), b"\0");
//! ```

use thiserror::Error;

/// Bytes of a length prefix: a `u32`, big-endian.
pub const PREFIX: usize = 4;

/// Why a stream cannot be cut into messages any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FramingError {
    /// The message is longer than the limit, in bytes, that the reader set.
    #[error("a message is longer than {0} bytes")]
    TooLong(usize),
}

/// Bytes that have come and were not given out yet: `bytes[start..]`.
#[derive(Debug, Default)]
struct Inbox {
    bytes: Vec<u8>,
    /// Given out already. Moving the rest to the front for each message would cost as much as the
    /// rest is long.
    start: usize,
}

// ANCHOR: inbox
impl Inbox {
    fn push(&mut self, bytes: &[u8]) {
        // What is moved is never longer than what was given out since the last time: each byte
        // pays for one other.
        if self.start > self.bytes.len() / 2 {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    fn take(&mut self, count: usize) -> Vec<u8> {
        let end = self.start + count;
        let taken = self.bytes[self.start..end].to_vec();
        self.start = end;
        if self.start == self.bytes.len() {
            // An idle connection holds no memory.
            *self = Self::default();
        }
        taken
    }

    fn rest(&self) -> &[u8] {
        &self.bytes[self.start..]
    }
}
// ANCHOR_END: inbox

/// Cuts a stream into lines that end with `\n`; a `\r` before it belongs to the end.
#[derive(Debug)]
pub struct Lines {
    inbox: Inbox,
    /// How much of the rest is known to hold no `\n`: nothing is searched twice.
    searched: usize,
    /// The longest line, in bytes, without its end.
    limit: usize,
    /// A line was too long: what comes after it is not kept.
    broken: bool,
}

impl Lines {
    /// A decoder for lines of at most `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self { inbox: Inbox::default(), searched: 0, limit, broken: false }
    }

    /// Bytes as they came. After an error they are dropped.
    pub fn push(&mut self, bytes: &[u8]) {
        if !self.broken {
            self.inbox.push(bytes);
        }
    }

    // ANCHOR: next_line
    /// The next whole line, without its end; `None` if it has not come yet.
    ///
    /// # Errors
    ///
    /// [`FramingError::TooLong`], as soon as more than the limit has come without an end, and
    /// forever after.
    pub fn next_line(&mut self) -> Result<Option<Vec<u8>>, FramingError> {
        let rest = self.inbox.rest();
        let end = rest[self.searched..].iter().position(|&byte| byte == b'\n');
        let length = self.searched + end.unwrap_or(rest.len() - self.searched);
        let line = rest[..length].strip_suffix(b"\r").unwrap_or(&rest[..length]);
        if line.len() > self.limit {
            // It stays where it is, so the next call finds it, too.
            self.broken = true;
            return Err(FramingError::TooLong(self.limit));
        }
        if end.is_none() {
            self.searched = length;
            return Ok(None);
        }
        let kept = line.len();
        let mut line = self.inbox.take(length + 1);
        line.truncate(kept);
        self.searched = 0;
        Ok(Some(line))
    }
    // ANCHOR_END: next_line

    /// What came after the last whole line.
    pub fn rest(&self) -> &[u8] {
        self.inbox.rest()
    }
}

/// Cuts a stream into messages that come after their length: four bytes, big-endian, which do not
/// count themselves.
#[derive(Debug)]
pub struct Lengths {
    inbox: Inbox,
    /// The longest message, in bytes, without its prefix.
    limit: usize,
}

impl Lengths {
    /// A decoder for messages of at most `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self { inbox: Inbox::default(), limit }
    }

    /// Bytes as they came. After an error they are dropped.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.length().is_ok() {
            self.inbox.push(bytes);
        }
    }

    // ANCHOR: next_message
    /// The next whole message, without its length; `None` if it has not come yet.
    ///
    /// # Errors
    ///
    /// [`FramingError::TooLong`], as soon as the length has come, and forever after.
    pub fn next_message(&mut self) -> Result<Option<Vec<u8>>, FramingError> {
        let Some(length) = self.length()? else { return Ok(None) };
        if self.inbox.rest().len() - PREFIX < length {
            return Ok(None);
        }
        self.inbox.take(PREFIX);
        Ok(Some(self.inbox.take(length)))
    }

    /// What the next message says of itself. A claim: no memory is taken for it.
    fn length(&self) -> Result<Option<usize>, FramingError> {
        let Some(prefix) = self.inbox.rest().first_chunk::<PREFIX>() else { return Ok(None) };
        match usize::try_from(u32::from_be_bytes(*prefix)) {
            Ok(length) if length <= self.limit => Ok(Some(length)),
            _ => Err(FramingError::TooLong(self.limit)),
        }
    }
    // ANCHOR_END: next_message

    /// What came after the last whole message, with the length of the next.
    pub fn rest(&self) -> &[u8] {
        self.inbox.rest()
    }
}

/// The message with its length before it, in one piece: one `write` is one segment if it fits.
///
/// # Errors
///
/// [`FramingError::TooLong`], if the message has more than `limit` bytes, or than a `u32` can say.
pub fn with_length(message: &[u8], limit: usize) -> Result<Vec<u8>, FramingError> {
    let too_long = FramingError::TooLong(limit.min(u32::MAX as usize));
    if message.len() > limit {
        return Err(too_long);
    }
    let length = u32::try_from(message.len()).map_err(|_| too_long)?;
    Ok([&length.to_be_bytes(), message].concat())
}

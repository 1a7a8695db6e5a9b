//! How much a peer may send before it is refused.

/// Bytes of a request target. RFC 9112 §3 recommends that recipients take request lines of at least
/// 8000 octets.
pub const MAX_TARGET: usize = 8 * 1024;

/// Bytes of a method. The longest registered one, `UPDATEREDIRECTREF`, has 17 (RFC 9110 §16.1).
pub const MAX_METHOD: usize = 32;

/// Bytes of a head, from its first byte to the end of the empty line. Cookies make the largest
/// honest ones, and servers that people meet take 8 to 48 KiB.
pub const MAX_HEAD: usize = 64 * 1024;

/// Field lines in a head or in a trailer section that [`Limits::fields`] may allow at most: the
/// parser keeps its findings on the stack.
pub const MAX_FIELDS: usize = 128;

/// Field lines in a head, unless the caller says otherwise. Browsers send about 20.
pub const DEFAULT_FIELDS: usize = 100;

/// Bytes of a chunk-size line, without its CRLF. Without extensions it has at most 16.
pub const MAX_CHUNK_LINE: usize = 4 * 1024;

/// Bytes of all chunk extensions of one message. They are thrown away, so that a megabyte of them
/// would be work for nothing (RFC 9112 §7.1.1).
pub const MAX_CHUNK_EXTENSIONS: usize = 16 * 1024;

/// Bytes of a trailer section with its empty line.
pub const MAX_TRAILERS: usize = 8 * 1024;

/// Interim responses before a final one. RFC 9110 §15.2 allows any number.
pub const MAX_INTERIM: usize = 16;

/// Empty lines before a request line. RFC 9112 §2.2 wants at least one to be ignored: old clients
/// sent a CRLF too many after the content of a POST.
pub const MAX_EMPTY_LINES: usize = 4;

/// How many bytes [`buffer`](crate::server::Connection::buffer) has room for when it is handed out.
pub const READ_SIZE: usize = 16 * 1024;

// ANCHOR: limits
/// How much a peer may send before it is refused. Each value is the largest that is still accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a request target; a longer one is answered with 414.
    pub target: usize,
    /// Bytes of a method; a longer one is answered with 501, as RFC 9112 §3 wishes.
    pub method: usize,
    /// Bytes of a head, start line and empty line included; a longer one is answered with 431.
    pub head: usize,
    /// Field lines in a head or a trailer section; more are answered with 431. Values above
    /// [`MAX_FIELDS`] count as [`MAX_FIELDS`].
    pub fields: usize,
    /// Bytes of a chunk-size line with its extensions, without CRLF; a longer one is answered with
    /// 400.
    pub chunk_line: usize,
    /// Bytes of all chunk extensions of one message; more are answered with 400.
    pub chunk_extensions: usize,
    /// Bytes of a trailer section; a longer one is answered with 431.
    pub trailers: usize,
    /// Bytes of content after the transfer coding is removed; more are answered with 413. There is
    /// no limit by default, because content is streamed and the codec keeps none of it.
    pub content: u64,
    /// Interim responses before a final one, for a client.
    pub interim: usize,
}
// ANCHOR_END: limits

impl Limits {
    /// With nothing larger than a [`Fields`](crate::Fields) can hold: 4 GiB.
    pub(crate) fn clamped(mut self) -> Self {
        self.head = self.head.min(u32::MAX as usize);
        self.trailers = self.trailers.min(u32::MAX as usize);
        self.fields = self.fields.min(MAX_FIELDS);
        self
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            target: MAX_TARGET,
            method: MAX_METHOD,
            head: MAX_HEAD,
            fields: DEFAULT_FIELDS,
            chunk_line: MAX_CHUNK_LINE,
            chunk_extensions: MAX_CHUNK_EXTENSIONS,
            trailers: MAX_TRAILERS,
            content: u64::MAX,
            interim: MAX_INTERIM,
        }
    }
}

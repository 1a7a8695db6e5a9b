//! The versions of HTTP that this codec speaks.

use std::fmt;

/// The version in a start line (RFC 9112 §2.3).
///
/// RFC 9110 §6.2 asks a recipient to treat an unknown minor version, such as HTTP/1.2, as the
/// highest one that it knows. `httparse` refuses it, none was ever published, and so it is refused
/// here as well, with 505.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// Knows neither chunked nor 1xx, and closes after each message unless asked not to.
    Http10,
    Http11,
}

impl Version {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http10 => "HTTP/1.0",
            Self::Http11 => "HTTP/1.1",
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

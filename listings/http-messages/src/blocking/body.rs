//! Content that is to be sent.

use std::fmt;
use std::io::Read;

use bytes::Bytes;

use crate::message::Content;

/// The content of a message that is to be sent.
#[derive(Default)]
pub enum Body {
    #[default]
    Empty,
    Bytes(Bytes),
    /// Read piece by piece while it is sent, so its size does not matter. No more than `length` is
    /// read, and if the reader has less the message breaks off and the connection is closed. Without
    /// a length the content is chunked.
    Reader {
        length: Option<u64>,
        reader: Box<dyn Read + Send>,
    },
}

impl Body {
    pub fn content(&self) -> Content {
        match self {
            Self::Empty => Content::None,
            Self::Bytes(bytes) => Content::Known(bytes.len() as u64),
            Self::Reader { length, .. } => length.map_or(Content::Streamed, Content::Known),
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            Self::Reader { length, .. } => write!(f, "Reader({length:?})"),
        }
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self::Bytes(text.into())
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes.into())
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        Self::Bytes(Bytes::from_static(text.as_bytes()))
    }
}

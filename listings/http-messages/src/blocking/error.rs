//! What can go wrong over a socket.

use std::io;

use thiserror::Error;

use crate::refusal::{Refusal, SendError};

/// Why an exchange over a socket failed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    #[error("{0}")]
    Refused(#[from] Refusal),
    #[error("{0}")]
    Send(#[from] SendError),
    #[error("cannot read from the connection: {0}")]
    Read(#[source] io::Error),
    #[error("cannot write to the connection: {0}")]
    Write(#[source] io::Error),
    #[error("cannot read the content to send: {0}")]
    Body(#[source] io::Error),
    #[error("cannot accept connections: {0}")]
    Accept(#[source] io::Error),
    #[error("the peer was silent for too long")]
    Timeout,
}

impl Error {
    /// The same error once more, for a second reader of it.
    pub(super) fn again(&self) -> Self {
        match self {
            Self::Refused(refusal) => Self::Refused(*refusal),
            Self::Send(error) => Self::Send(*error),
            Self::Read(error) => Self::Read(error.kind().into()),
            Self::Write(error) => Self::Write(error.kind().into()),
            Self::Body(error) => Self::Body(error.kind().into()),
            Self::Accept(error) => Self::Accept(error.kind().into()),
            Self::Timeout => Self::Timeout,
        }
    }

    /// Whether the peer was too slow, with reading or with writing.
    pub fn is_timeout(&self) -> bool {
        match self {
            Self::Timeout | Self::Refused(Refusal::Timeout) => true,
            Self::Read(error) | Self::Write(error) => is_timeout(error),
            _ => false,
        }
    }
}

/// A socket with a timeout says `WouldBlock` on Unix and `TimedOut` on Windows.
pub(super) fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Read(error)
            | Error::Write(error)
            | Error::Body(error)
            | Error::Accept(error) => error,
            Error::Timeout => io::Error::new(io::ErrorKind::TimedOut, error),
            Error::Refused(refusal) if refusal.is_incomplete() => {
                io::Error::new(io::ErrorKind::UnexpectedEof, refusal)
            }
            Error::Refused(refusal) => io::Error::new(io::ErrorKind::InvalidData, refusal),
            Error::Send(error) => io::Error::new(io::ErrorKind::InvalidInput, error),
        }
    }
}

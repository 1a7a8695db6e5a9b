//! Why hget ends without success, and with which status.

use std::io;
use std::process::ExitCode;
use std::time::Duration;

use http_messages::{Class, Refusal, Status};
use thiserror::Error;

/// Each class of failure has an exit status of its own, so that a script can tell "try again" from
/// "never mind".
#[derive(Debug, Error)]
pub(crate) enum Failure {
    /// A file of this machine: the output cannot be written, the content cannot be read.
    #[error("{0}")]
    Local(String),
    /// The command line asks for what cannot be sent.
    #[error("{0}")]
    Usage(String),
    /// The name has no address, or nobody answers there.
    #[error("{0}")]
    Unreachable(String),
    /// The final status is an error. What came with it is printed all the same.
    #[error("the server answered {} {}", .0.code(), .0.reason())]
    Status(Status),
    /// A peer or a network that is silent.
    #[error("{what} within {} s", limit.as_secs_f64())]
    Timeout { what: &'static str, limit: Duration },
    /// What came back is not HTTP, or is not safe to read as such.
    #[error("the response is refused: {0}")]
    Malformed(Refusal),
    /// The connection ended before the response did.
    #[error("the response is incomplete: {0}")]
    Incomplete(String),
    /// `hget … | head` has seen enough. Nobody is left to tell.
    #[error("the output is closed")]
    NobodyReads,
}

/// The table that `--help` prints.
pub(crate) const EXIT_STATUS: &str = "Exit status:
  0  the response is complete, and its status is below 400
  1  a local file or the output failed
  2  the command line is wrong
  3  the name has no address, or no connection could be made
  4  the response's status is 4xx
  5  the response's status is 5xx, or none that HTTP knows
  6  a time limit passed
  7  the response is malformed, or larger than allowed
  8  the connection ended before the response was complete";

impl Failure {
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::NobodyReads => 0,
            Self::Local(_) => 1,
            Self::Usage(_) => 2,
            Self::Unreachable(_) => 3,
            Self::Status(status) if status.class() == Class::ClientError => 4,
            Self::Status(_) => 5,
            Self::Timeout { .. } => 6,
            Self::Malformed(_) => 7,
            Self::Incomplete(_) => 8,
        })
    }

    /// An error while writing to `place`.
    pub(crate) fn writing(place: &str, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::NobodyReads,
            _ => Self::Local(format!("cannot write {place}: {error}")),
        }
    }
}

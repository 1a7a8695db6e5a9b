//! The errors that keep a relay from starting or from going on.

use std::error;
use std::fmt;
use std::io;

/// Why there is nothing to relay. Each message ends with what to do about it.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The listening address cannot be had.
    Listen { address: String, source: io::Error },
    /// The target is not an address and no name that resolves to one.
    Resolve { target: String, source: io::Error },
    /// The listener keeps failing although no connection is open that could end and free something.
    Accept { source: io::Error },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listen { address, source } => {
                write!(f, "cannot listen on {address}: {source}{}", listen_advice(source.kind()))
            }
            Self::Resolve { target, source } => write!(
                f,
                "cannot find {target}: {source}; write it as HOST:PORT, for example 127.0.0.1:8000"
            ),
            Self::Accept { source } => {
                write!(f, "cannot accept connections: {source}; start again")
            }
        }
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Listen { source, .. }
            | Self::Resolve { source, .. }
            | Self::Accept { source } => Some(source),
        }
    }
}

fn listen_advice(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::AddrInUse => {
            "; stop the program that has the port, or choose another one (0 takes any free one)"
        }
        io::ErrorKind::AddrNotAvailable => {
            "; no interface of this machine has that address, use 127.0.0.1 or 0.0.0.0"
        }
        io::ErrorKind::PermissionDenied => "; ports below 1024 are privileged, choose a higher one",
        _ => "; write it as HOST:PORT, for example 127.0.0.1:8080",
    }
}

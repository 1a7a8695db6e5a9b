//! What an exchange ends with.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use super::matching::Ignored;
use crate::message::{Message, Rcode};

/// How a message travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    Udp,
    Tcp,
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
        })
    }
}

/// The answer of a server, as it is. What it means is for [`super::Outcome`] to say.
#[derive(Clone, Debug)]
pub struct Answer {
    pub message: Message,
    /// The answer's own bytes.
    pub bytes: Vec<u8>,
    /// The bytes of the query that it answers.
    pub query: Vec<u8>,
    pub server: SocketAddr,
    pub transport: Transport,
    /// What happened before: each query but the last.
    pub tried: Vec<Tried>,
    pub ignored: Ignored,
}

/// A query that brought no answer to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    pub server: SocketAddr,
    pub transport: Transport,
    pub problem: Problem,
}

/// Why a query brought no answer to keep.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    #[error("no answer within {}", seconds(*.0))]
    Silence(Duration),
    /// ICMP's "port unreachable", or TCP's reset: nobody listens there.
    #[error("refused: no server listens there")]
    Refused,
    /// The machine's own words.
    #[error("{0}")]
    Io(String),
    #[error("closed the connection after {had} of {wanted} bytes")]
    Closed { had: usize, wanted: usize },
    /// Not a failure: the answer did not fit, and TCP brings it whole.
    #[error("truncated, so TCP was used")]
    Truncated,
    #[error("truncated over TCP too")]
    StillTruncated,
    /// RFC 5452 §9.3.
    #[error("somebody is guessing IDs, so TCP was used")]
    Forgeries,
    /// A server that lowercases names, or a forger who got all but the case right.
    #[error("the case of the letters was changed, so TCP was used")]
    Case,
    #[error("{0} to a query with EDNS, so it was left out")]
    NoEdns(Rcode),
    #[error("answered {0}")]
    Rcode(Rcode),
    #[error("every port that was tried is taken")]
    NoPort,
}

fn seconds(duration: Duration) -> String {
    // The jitter is of no interest to a reader.
    let tenths = (duration.as_millis() + 50) / 100;
    format!("{}.{} s", tenths / 10, tenths % 10)
}

/// No server gave an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failure {
    /// Each query and what came of it, in order.
    pub tried: Vec<Tried>,
    pub ignored: Ignored,
}

impl std::error::Error for Failure {}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no server answered")?;
        let mut separator = ": ";
        for Tried { server, transport, problem } in &self.tried {
            write!(f, "{separator}{server} over {transport}: {problem}")?;
            separator = "; ";
        }
        if self.tried.is_empty() {
            f.write_str(": none was asked, since none is known")?;
        }
        if self.ignored.total() > 0 {
            write!(f, "; {}", self.ignored)?;
        }
        Ok(())
    }
}

//! What comes out of a connection, in the words of the corpus.

use std::fmt;

use super::text::escape;

#[derive(Clone, PartialEq, Eq)]
pub enum Event {
    /// The start line, and the fields if they are stated.
    Head {
        line: String,
        fields: Option<Vec<(String, Vec<u8>)>>,
    },
    /// The client waits for 100 (Continue).
    Continue,
    /// Content; pieces that follow each other are one.
    Data(Vec<u8>),
    Trailer(String, Vec<u8>),
    End(Next),
    /// The message is not complete.
    Wait,
    /// The connection is over.
    Closed,
    Refused {
        status: u16,
        /// The name of the `Refusal`.
        name: String,
    },
}

/// What may happen on the connection after a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    KeepAlive,
    Close,
    Upgrade,
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Head { line, fields } => {
                write!(f, "= head {line}")?;
                for (name, value) in fields.iter().flatten() {
                    write!(f, "\n= field {name}: {}", escape(value))?;
                }
                Ok(())
            }
            Self::Continue => f.write_str("= continue"),
            Self::Data(data) => write!(f, "= data {}", escape(data)),
            Self::Trailer(name, value) => write!(f, "= trailer {name}: {}", escape(value)),
            Self::End(Next::KeepAlive) => f.write_str("= end keep-alive"),
            Self::End(Next::Close) => f.write_str("= end close"),
            Self::End(Next::Upgrade) => f.write_str("= end upgrade"),
            Self::Wait => f.write_str("= wait"),
            Self::Closed => f.write_str("= closed"),
            Self::Refused { status, name } => write!(f, "! {status} {name}"),
        }
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Events as the corpus writes them.
pub fn lines(events: &[Event]) -> String {
    events.iter().map(|event| format!("    {event}\n").replace("\n=", "\n    =")).collect()
}

/// Adds content to the events, as one piece with the content before it.
pub fn push_data(events: &mut Vec<Event>, data: &[u8]) {
    match events.last_mut() {
        Some(Event::Data(before)) => before.extend_from_slice(data),
        _ => events.push(Event::Data(data.to_vec())),
    }
}

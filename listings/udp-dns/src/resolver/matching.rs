//! Is this the answer to what was asked? (RFC 5452 §9.1)

use std::fmt;
use std::net::SocketAddr;

use crate::message::{Malformed, Message, Opcode, Question, Rcode};

/// What an answer must have in common with the query.
#[derive(Clone, Debug)]
pub struct Expected {
    /// Who was asked, port included.
    pub server: SocketAddr,
    /// The port of ours that the question came from.
    pub port: u16,
    pub id: u16,
    pub question: Question,
    /// Whether the letters' case must come back as it was sent (0x20).
    pub case: bool,
}

/// Why something that arrived is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Mismatch {
    /// To the port of an earlier question: too late, or a guess.
    #[error("wrong port")]
    Port,
    #[error("wrong source")]
    Source,
    #[error("malformed")]
    Malformed,
    #[error("wrong ID")]
    Id,
    #[error("a query")]
    Query,
    #[error("wrong opcode")]
    Opcode,
    #[error("wrong question")]
    Question,
    #[error("wrong case")]
    Case,
}

impl Expected {
    // ANCHOR: datagram
    /// Reads a datagram, or says why it is none of ours.
    ///
    /// The cheap checks stand first: a flood of guesses costs us a comparison each, not a
    /// parsed message.
    pub fn datagram(&self, port: u16, from: SocketAddr, bytes: &[u8]) -> Result<Message, Mismatch> {
        if port != self.port {
            return Err(Mismatch::Port);
        }
        if !same_endpoint(self.server, from) {
            return Err(Mismatch::Source);
        }
        self.message(bytes)
    }

    /// Reads a message that came from the right place.
    pub fn message(&self, bytes: &[u8]) -> Result<Message, Mismatch> {
        let id = bytes.first_chunk().copied().map(u16::from_be_bytes);
        match id {
            None => return Err(Mismatch::Malformed),
            Some(id) if id != self.id => return Err(Mismatch::Id),
            Some(_) => {}
        }
        let message = Message::parse(bytes).map_err(|_: Malformed| Mismatch::Malformed)?;
        if !message.flags.response {
            return Err(Mismatch::Query);
        }
        if message.flags.opcode != Opcode::QUERY {
            return Err(Mismatch::Opcode);
        }
        self.question(&message)?;
        Ok(message)
    }
    // ANCHOR_END: datagram

    fn question(&self, message: &Message) -> Result<(), Mismatch> {
        match &message.questions[..] {
            [question] if *question != self.question => Err(Mismatch::Question),
            [question] if self.case && !question.name.same_case(&self.question.name) => {
                Err(Mismatch::Case)
            }
            [_] => Ok(()),
            // Servers that understand nothing of a query send its header back and no more. Such an
            // answer says nothing that could be believed.
            [] if says_nothing(message) => Ok(()),
            _ => Err(Mismatch::Question),
        }
    }
}

fn says_nothing(message: &Message) -> bool {
    let helpless = [Rcode::FORMAT_ERROR, Rcode::NOT_IMPLEMENTED, Rcode::BAD_VERSION];
    helpless.contains(&message.rcode)
        && message.answers.is_empty()
        && message.authorities.is_empty()
}

/// Equal address and port. A flow label is no part of an address; a zone is, if both tell it.
fn same_endpoint(asked: SocketAddr, from: SocketAddr) -> bool {
    let zones = match (asked, from) {
        (SocketAddr::V6(a), SocketAddr::V6(b)) => (a.scope_id(), b.scope_id()),
        _ => (0, 0),
    };
    let same_zone = zones.0 == zones.1 || zones.0 == 0 || zones.1 == 0;
    asked.ip() == from.ip() && asked.port() == from.port() && same_zone
}

/// How many arrivals were ignored, by reason. Each is either a stray or an attack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ignored {
    pub wrong_port: u32,
    pub wrong_source: u32,
    pub malformed: u32,
    pub wrong_id: u32,
    pub query: u32,
    pub wrong_opcode: u32,
    pub wrong_question: u32,
    pub wrong_case: u32,
}

impl Ignored {
    pub fn count(&mut self, reason: Mismatch) {
        let counter = match reason {
            Mismatch::Port => &mut self.wrong_port,
            Mismatch::Source => &mut self.wrong_source,
            Mismatch::Malformed => &mut self.malformed,
            Mismatch::Id => &mut self.wrong_id,
            Mismatch::Query => &mut self.query,
            Mismatch::Opcode => &mut self.wrong_opcode,
            Mismatch::Question => &mut self.wrong_question,
            Mismatch::Case => &mut self.wrong_case,
        };
        *counter = counter.saturating_add(1);
    }

    fn each(&self) -> [(u32, Mismatch); 8] {
        [
            (self.wrong_port, Mismatch::Port),
            (self.wrong_source, Mismatch::Source),
            (self.malformed, Mismatch::Malformed),
            (self.wrong_id, Mismatch::Id),
            (self.query, Mismatch::Query),
            (self.wrong_opcode, Mismatch::Opcode),
            (self.wrong_question, Mismatch::Question),
            (self.wrong_case, Mismatch::Case),
        ]
    }

    pub fn total(&self) -> u32 {
        self.each().iter().fold(0, |sum, (count, _)| sum.saturating_add(*count))
    }
}

impl fmt::Display for Ignored {
    /// `3 answers ignored: wrong ID 2, wrong question 1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.total();
        let plural = if total == 1 { "" } else { "s" };
        write!(f, "{total} answer{plural} ignored")?;
        let mut separator = ": ";
        for (count, reason) in self.each() {
            if count > 0 {
                write!(f, "{separator}{reason} {count}")?;
                separator = ", ";
            }
        }
        Ok(())
    }
}

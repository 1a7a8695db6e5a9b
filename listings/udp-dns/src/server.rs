//! An authoritative server: a request's bytes in, an answer's bytes out.
//!
//! [`answer`] knows no socket. Around it stand [`RateLimiter`], which says how often a network may
//! be answered over UDP, [`Frames`], which cuts a TCP stream into messages, and [`Sockets`],
//! the edge, with the system's UDP and TCP. `zoned` puts the same three on our own UDP.
//!
//! ```
//! use udp_dns::message::{Kind, Message};
//! use udp_dns::server::{Settings, Transport, answer};
//! use udp_dns::zone::Zone;
//!
//! let text = "@ 1h SOA ns hostmaster 1 1d 2h 4w 5m\n@ 1h NS ns\nns 1h A 192.0.2.53\n";
//! let zone = Zone::parse("demo", text, &"example.test".parse()?)?;
//! let request = Message::query(7, "NS.example.test".parse()?, Kind::A).encode(512)?;
//!
//! let bytes = answer(&zone, &Settings::default(), &request, Transport::Udp).unwrap();
//! let message = Message::parse(&bytes)?;
//! assert!(message.flags.authoritative && message.answers.len() == 1);
//! assert_eq!(message.questions[0].name.to_string(), "NS.example.test.");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # No amplifier
//!
//! Whoever sends a datagram can write any source address into it, and the answer goes there. A
//! server whose answers are longer than the questions turns a small stream into a flood for
//! somebody else (RFC 5358 §1, RFC 8085 §6). So over UDP an answer has at most [`FACTOR`] times the
//! bytes of its request. What does not fit is cut and marked with TC, and the client asks again over
//! TCP, where a handshake has proved its address. QUIC draws the same line at three times
//! (RFC 9000 §8.1). And a network gets only so many answers a second: [`RateLimiter`].
//!
//! [`Frames`]: crate::resolver::framing::Frames
//!
//! What it leaves out: recursion, zone transfers, updates, notifications, cookies (RFC 7873), which
//! would prove an address without TCP.

mod datagrams;
mod rate;
mod sockets;

use std::fmt;

pub use rate::{MAX_NETWORKS, Rate, RateLimiter, Verdict};
pub use sockets::{Limits, Log, ServeError, Sockets};

use crate::message::{
    CLASSIC_LIMIT, Class, Edns, HEADER_LENGTH, Kind, MAX_MESSAGE, Message, Opcode, Question, Rcode,
};
use crate::zone::{Found, Zone};

/// What we send over UDP at most, in bytes: what passes nearly everywhere without fragments, whose
/// later ones anyone could forge (RFC 9715 §3).
pub const UDP_SIZE: u16 = 1232;

/// How many times as long as its request an answer over UDP may be. Two would send half of all
/// clients to TCP for an ordinary "no such name".
pub const FACTOR: usize = 4;

/// How a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Nobody knows whether the source address is the sender's.
    Udp,
    /// A handshake has shown it.
    Tcp,
}

/// What an owner may choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// What we send over UDP at most. [`UDP_SIZE`] unless the networks are known.
    pub udp_size: u16,
    /// [`FACTOR`]; `None` for as much as a client says it takes, to show what that does.
    pub factor: Option<usize>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { udp_size: UDP_SIZE, factor: Some(FACTOR) }
    }
}

/// The answer to a request, or `None` if there must be none.
///
/// Whatever the bytes are, an answer over UDP has at most [`UDP_SIZE`] bytes, and [`FACTOR`] times
/// those of the request.
pub fn answer(
    zone: &Zone,
    settings: &Settings,
    request: &[u8],
    transport: Transport,
) -> Option<Vec<u8>> {
    let (_, flags, _) = Message::peek(request)?;
    // An answer to an answer would be answered in turn, and two servers would never stop.
    if flags.response {
        return None;
    }
    let Ok(request_message) = Message::parse(request) else {
        // What is wrong in a query may be right in an update: records without data (RFC 2136 §2.5).
        let query = flags.opcode == Opcode::QUERY;
        let rcode = if query { Rcode::FORMAT_ERROR } else { Rcode::NOT_IMPLEMENTED };
        return Some(bare(request, rcode));
    };
    let mut response = respond(zone, &request_message);
    if let (Some(edns), Some(ours)) = (&request_message.edns, &mut response.edns) {
        ours.udp_size = settings.udp_size;
        ours.dnssec_ok = edns.dnssec_ok; // RFC 3225 §3: copied
    }
    let limit = match transport {
        Transport::Tcp => MAX_MESSAGE,
        Transport::Udp => udp_limit(settings, request, request_message.edns.as_ref()),
    };
    let Ok(bytes) = response.encode(limit) else {
        return Some(bare(request, Rcode::SERVER_FAILURE));
    };
    // The question and the OPT record always go along. They came with the request, so this is
    // about a limit that somebody set too low.
    if bytes.len() <= limit { Some(bytes) } else { Some(bare(request, Rcode::SERVER_FAILURE)) }
}

// ANCHOR: udp_limit
/// What the client takes, what we send at all, and what the request is worth.
fn udp_limit(settings: &Settings, request: &[u8], edns: Option<&Edns>) -> usize {
    // RFC 6891 §6.2.3: values below 512 are 512.
    let theirs = edns.map_or(CLASSIC_LIMIT, |edns| usize::from(edns.udp_size).max(CLASSIC_LIMIT));
    let worth = settings.factor.map_or(usize::MAX, |factor| factor.saturating_mul(request.len()));
    theirs.min(settings.udp_size.into()).min(worth)
}
// ANCHOR_END: udp_limit

/// A header alone: the ID, opcode and RD as they came, no question, for what cannot be read.
fn bare(request: &[u8], rcode: Rcode) -> Vec<u8> {
    let mut bytes = vec![0; HEADER_LENGTH];
    bytes[..2].copy_from_slice(&request[..2]);
    bytes[2] = 0x80 | request[2] & 0x79;
    bytes[3] = rcode.0 as u8 & 0x0f;
    bytes
}

/// The answer before anyone counts bytes.
fn respond(zone: &Zone, request: &Message) -> Message {
    // An answer has one question, too (RFC 9619 §4). Thousands, each a pointer to another place in one
    // long name, would be short to send and long to write.
    let one = if request.questions.len() == 1 { &request.questions[..] } else { &[] };
    let mut response = Message {
        id: request.id,
        questions: one.to_vec(),
        edns: request.edns.as_ref().map(|_| our_edns()),
        ..Message::default()
    };
    response.flags.response = true;
    response.flags.opcode = request.flags.opcode;
    response.flags.recursion_desired = request.flags.recursion_desired;
    response.flags.checking_disabled = request.flags.checking_disabled;
    match check(zone, request) {
        Err(rcode) => response.rcode = rcode,
        Ok(question) => {
            let Found { rcode, authoritative, answers, authorities, additionals } =
                zone.lookup(&question.name, question.kind);
            response.rcode = rcode;
            response.flags.authoritative = authoritative;
            response.answers = answers;
            response.authorities = authorities;
            response.additionals = additionals;
        }
    }
    response
}

// ANCHOR: check
/// The question, if it is one for us.
fn check<'a>(zone: &Zone, request: &'a Message) -> Result<&'a Question, Rcode> {
    if request.edns.as_ref().is_some_and(|edns| edns.version > 0) {
        return Err(Rcode::BAD_VERSION); // RFC 6891 §6.1.3
    }
    if request.flags.opcode != Opcode::QUERY {
        return Err(Rcode::NOT_IMPLEMENTED);
    }
    // RFC 9619 §4: two are malformed. None could only be about cookies (RFC 7873 §5.4).
    let [question] = &request.questions[..] else { return Err(Rcode::FORMAT_ERROR) };
    let ours = question.class == Class::IN && question.name.is_within(zone.origin());
    if !ours {
        return Err(Rcode::REFUSED);
    }
    match question.kind {
        // Transfers: IXFR and AXFR go to nobody.
        Kind(251) | Kind::AXFR => Err(Rcode::REFUSED),
        // MAILB and MAILA, of 1987, have been given up.
        Kind(253 | 254) => Err(Rcode::NOT_IMPLEMENTED),
        // What belongs to a message and not to a name (RFC 6895 §3.1): no zone has an answer. (255,
        // ANY, is the one that has.)
        Kind::OPT | Kind(128..=254) => Err(Rcode::FORMAT_ERROR),
        _ => Ok(question),
    }
}
// ANCHOR_END: check

/// RFC 6891 §6.1.1, §7: an answer has an OPT record if, and only if, the request has one.
fn our_edns() -> Edns {
    Edns { udp_size: UDP_SIZE, version: 0, dnssec_ok: false, options: Vec::new() }
}

/// Cuts an answer down to its header and question, with TC set: "come back over TCP".
pub fn truncate(answer: &[u8]) -> Option<Vec<u8>> {
    let mut message = Message::parse(answer).ok()?;
    message.flags.truncated = true;
    message.answers.clear();
    message.authorities.clear();
    message.additionals.clear();
    message.encode(MAX_MESSAGE).ok()
}

/// One line about a question: for logs, and the same on every run.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    pub transport: Transport,
    pub request: &'a [u8],
    pub answer: Option<&'a [u8]>,
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.transport == Transport::Udp { "udp" } else { "tcp" })?;
        match Message::parse(self.request) {
            Ok(Message { questions, .. }) if questions.len() == 1 => {
                write!(f, " {} {}", questions[0].name, questions[0].kind)?;
            }
            Ok(Message { questions, .. }) => write!(f, " {} questions", questions.len())?,
            Err(why) => write!(f, " malformed: {why}")?,
        }
        let Some(answer) = self.answer else { return f.write_str(": no answer") };
        let Ok(message) = Message::parse(answer) else { return f.write_str(": answered") };
        write!(f, ": {}", message.rcode)?;
        if message.flags.truncated {
            f.write_str(", truncated")?;
        }
        write!(f, ", {} bytes for {}", answer.len(), self.request.len())
    }
}

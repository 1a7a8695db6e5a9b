//! A DNS client that is hard to fool: a stub resolver (RFC 1034 §5.3.1, RFC 1035 §7,
//! RFC 5452 §9).
//!
//! | module | what it does | where that is defined |
//! |---|---|---|
//! | [`exchange`] | one question, asked until it is answered; no sockets, no clock | RFC 1035 §4.2, RFC 5452 |
//! | [`matching`] | whether what arrived answers what was asked | RFC 5452 §9.1 |
//! | [`outcome`] | what an answer says: found, no data, no such name | RFC 1034 §3.6.2, RFC 2308 §2 |
//! | [`framing`] | messages on a stream | RFC 7766 §8 |
//! | [`random`] | IDs, ports and letter cases | RFC 5452 §9.2 |
//! | [`client`] | an exchange on the machine's sockets | |
//! | [`search`] | which full names a short name may mean | `resolv.conf(5)` |
//!
//! What it leaves out: it asks recursive servers and does not walk down from the root itself; it
//! keeps no cache; it checks no signatures (DNSSEC, RFC 4033), so whoever *sees* the query can forge
//! an answer. All that is done here is against those who do not see it.
//!
//! # Example
//!
//! A question, an answer with the wrong ID, and the right one.
//!
//! ```
//! use std::time::Duration;
//!
//! use udp_dns::message::{Class, Kind, Message, Question};
//! use udp_dns::resolver::{Exchange, Settings, Step, random::System};
//!
//! let question = Question { name: "example.test".parse()?, kind: Kind::A, class: Class::IN };
//! let servers = ["192.0.2.53:53".parse()?];
//! let now = Duration::ZERO;
//! let mut exchange = Exchange::new(question, &servers, Settings::default(), System, now);
//!
//! let Step::Datagram { port, server, query } = exchange.next(now) else { unreachable!() };
//! let mut answer = Message::parse(&query)?;
//! answer.flags.response = true;
//! answer.id ^= 1;
//! exchange.datagram(port, server, &answer.encode(512)?);
//! assert!(matches!(exchange.next(now), Step::Wait(_)));
//!
//! answer.id ^= 1;
//! exchange.datagram(port, server, &answer.encode(512)?);
//! assert_eq!(exchange.next(now), Step::Finished);
//! assert_eq!(exchange.finish()?.ignored.wrong_id, 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod client;
pub mod exchange;
pub mod failure;
pub mod framing;
pub mod matching;
pub mod outcome;
pub mod random;
pub mod reverse;
pub mod search;
mod settings;

pub use client::Client;
pub use exchange::{Exchange, Step};
pub use failure::{Answer, Failure, Problem, Transport, Tried};
pub use matching::{Ignored, Mismatch};
pub use outcome::Outcome;
pub use random::Random;
pub use reverse::reverse;
pub use settings::Settings;

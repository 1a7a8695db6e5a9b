//! UDP, and DNS on it: messages, a client that is hard to fool, a small authoritative server.
//!
//! | module | what it does | where that is defined |
//! |---|---|---|
//! | [`udp`] | sockets on a stack of our own | [RFC 768], [RFC 1122] §4.1, [RFC 8085] |
//! | [`name`] | domain names, as bytes and as text | [RFC 1035] §3.1 and §5.1, [RFC 4343] |
//! | [`message`] | messages, records and EDNS | [RFC 1035] §4, [RFC 3597], [RFC 6891] |
//! | [`resolver`] | one question, its servers, and who may answer | [RFC 1035] §7, [RFC 5452], [RFC 7766] |
//! | [`hosts`], [`resolv_conf`] | what the machine says about names and servers | `hosts(5)`, `resolv.conf(5)` |
//! | [`zone`] | a master file, and what it answers | [RFC 1034] §4.3, [RFC 1035] §5, [RFC 4592] |
//! | [`server`] | an authoritative server that amplifies nothing | [RFC 7766], [RFC 8482], [RFC 9715] |
//!
//! Messages, the resolver and the server take bytes and time and give bytes; [`resolver::Client`]
//! and [`server::Sockets`] hold the sockets. The programs are `digr` and `zoned`.
//!
//! What it leaves out: recursion (somebody else's resolver does that), a cache, zone transfers and
//! updates, DNSSEC, and DNS over TLS or HTTPS.
//!
//! # Example
//!
//! A zone of three records, and a question, without a network:
//!
//! ```
//! use udp_dns::message::{CLASSIC_LIMIT, Kind, Message};
//! use udp_dns::server::{Settings, Transport, answer};
//! use udp_dns::zone::Zone;
//!
//! let text = "@ 3600 IN SOA ns.example. admin.example. 1 7200 900 1209600 300
//! @   3600 IN NS ns
//! ns  3600 IN A  192.0.2.53
//! ";
//! let zone = Zone::parse("example.zone", text, &"example.".parse()?)?;
//!
//! let question = Message::query(4711, "NS.example".parse()?, Kind::A).encode(CLASSIC_LIMIT)?;
//! let bytes = answer(&zone, &Settings::default(), &question, Transport::Udp).expect("an answer");
//! let answer = Message::parse(&bytes)?;
//! assert_eq!(answer.id, 4711);
//! assert_eq!(answer.answers[0].to_string(), "NS.example.\t3600\tIN\tA\t192.0.2.53");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [RFC 768]: https://www.rfc-editor.org/rfc/rfc768
//! [RFC 1034]: https://www.rfc-editor.org/rfc/rfc1034
//! [RFC 1035]: https://www.rfc-editor.org/rfc/rfc1035
//! [RFC 1122]: https://www.rfc-editor.org/rfc/rfc1122
//! [RFC 3597]: https://www.rfc-editor.org/rfc/rfc3597
//! [RFC 4343]: https://www.rfc-editor.org/rfc/rfc4343
//! [RFC 4592]: https://www.rfc-editor.org/rfc/rfc4592
//! [RFC 5452]: https://www.rfc-editor.org/rfc/rfc5452
//! [RFC 6891]: https://www.rfc-editor.org/rfc/rfc6891
//! [RFC 7766]: https://www.rfc-editor.org/rfc/rfc7766
//! [RFC 8085]: https://www.rfc-editor.org/rfc/rfc8085
//! [RFC 8482]: https://www.rfc-editor.org/rfc/rfc8482
//! [RFC 9715]: https://www.rfc-editor.org/rfc/rfc9715

pub mod hosts;
pub mod message;
pub mod name;
pub mod resolv_conf;
pub mod resolver;
pub mod server;
pub mod udp;
pub mod zone;

pub use message::Message;
pub use name::Name;

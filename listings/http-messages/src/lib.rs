//! A sans-I/O HTTP/1.1 codec for both roles.
//!
//! Bytes go in, events come out; what is to be sent is appended to a buffer. The codec opens no
//! socket, reads no clock and starts no thread, so the same code runs under a blocking server, an
//! asynchronous one, a test that cuts its input at every byte, and a fuzzer. It follows [RFC 9110]
//! (semantics) and [RFC 9112] (HTTP/1.1).
//!
//! | module or type | what it does | where that is defined |
//! |---|---|---|
//! | [`server::Connection`], [`client::Connection`] | requests in and responses out, and the reverse; keep-alive, pipelining, `Expect`, 1xx, upgrades | RFC 9112 §9, RFC 9110 §10.1.1, §15.2, §7.8 |
//! | [`RequestHead`], [`ResponseHead`] | start line and fields | RFC 9112 §3–§5 |
//! | [`Method`], [`Status`], [`Target`], [`Authority`], [`HttpUrl`] | what a head is made of | RFC 9110 §4, §7, §9, §15 |
//! | [`Fields`] | fields in order, views into what was received | RFC 9110 §5 |
//! | [`request_length`], [`response_length`] | where a message ends | RFC 9112 §6.3 |
//! | [`BodyDecoder`] | content out of bodies, chunked or not | RFC 9112 §7.1 |
//! | [`Refusal`], [`Limits`] | why a message is refused, and how large one may be | |
//! | [`blocking`] | the codec over sockets: a client and a server with timeouts | |
//!
//! Heads are taken apart by `httparse`. What it lets pass and the RFC does not is refused here: line
//! ends without CR, targets that are none of the four forms, fields that leave open where a message
//! ends. A [`Refusal`] names the rule that was broken, and the verdict on a stream of bytes is the
//! same however the network cuts it.
//!
//! What it leaves out: HTTP/0.9, 2 and 3; TLS; content codings such as gzip; transfer codings other
//! than chunked; pipelining as a client; line folding, which is refused; and the meaning of all fields
//! that do not frame a message.
//!
//! # Example
//!
//! A request with the two kinds of framing that disagree, which is how one request is smuggled inside
//! another:
//!
//! ```
//! use bytes::BytesMut;
//! use http_messages::server::Connection;
//! use http_messages::{Fields, Limits, Refusal};
//!
//! let mut connection = Connection::new(Limits::default());
//! connection.receive(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 30\r\n");
//! connection.receive(b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /admin HTTP/1.1\r\n");
//! let refusal = connection.poll().unwrap_err();
//! assert_eq!(refusal, Refusal::LengthAndCoding);
//!
//! let mut out = BytesMut::new();
//! connection.refuse(&refusal, &Fields::new(), &mut out);
//! assert!(out.starts_with(b"HTTP/1.1 400 Bad Request\r\n"));
//! assert!(connection.must_close());
//! ```
//!
//! [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110
//! [RFC 9112]: https://www.rfc-editor.org/rfc/rfc9112

mod authority;
pub mod blocking;
mod body;
mod chars;
mod chunked;
pub mod client;
mod encode;
mod fields;
mod framing;
mod head;
pub mod limits;
mod lines;
mod message;
mod method;
mod parse;
mod refusal;
pub mod server;
mod status;
mod target;
mod url;
mod version;

pub use authority::Authority;
pub use body::{BodyDecoder, Piece};
pub use fields::{Fields, InvalidField};
pub use framing::{Length, request_length, response_length};
pub use head::{RequestHead, ResponseHead};
pub use limits::Limits;
pub use message::{Content, Received};
pub use method::{Method, Token};
pub use refusal::{Refusal, SendError};
pub use status::{Class, Status};
pub use target::{Form, Target};
pub use url::{DEFAULT_PORT, HttpUrl, InvalidUrl};
pub use version::Version;

//! Addresses of IPv4 and IPv6: text, prefixes, and who the next hop is.
//!
//! An address is a number of 32 or 128 bits, and std has the types for it: [`Ipv4Addr`] and
//! [`Ipv6Addr`]. Here is what std lacks: prefixes and sums with them, what a block of addresses is
//! for, which link an address is on, where a packet goes first, and a reason when a text is refused.
//!
//! | module | what it does | where that is defined |
//! |---|---|---|
//! | [`text`] | reads addresses, zones and ports, and says why not | [RFC 4291] §2.2, [RFC 4007] §11, [RFC 3986] §3.2.2 |
//! | [`prefix`] | `192.0.2.0/24`: contains, cuts, covers | [RFC 4632] §3.1, [RFC 4291] §2.3 |
//! | [`mod@aggregate`] | the same addresses with the fewest prefixes | [RFC 4632] §4 |
//! | [`special`] | what a block is for, and whether an address is public | [RFC 6890], [RFC 8190], IANA's registries |
//! | [`mac`], [`eui64`] | network cards, and the addresses once made from them | [RFC 4291] appendix A, [RFC 8064] |
//! | [`table`] | the longest prefix that matches | [RFC 1812] §5.2.4.3 |
//! | [`route`] | who the next hop is | [RFC 1122] §3.3.1 |
//! | [`lab`] | a network of one's own, for tests | Linux network namespaces |
//!
//! What it leaves out: names (they are the DNS's), classes A to E (nobody has routed by them since
//! 1993), and the forms that the C library's `inet_aton` reads, such as `127.1` and `0177.0.0.1`:
//! [`text::inet_aton`] shows what they mean, and nothing here accepts them.
//!
//! # Example
//!
//! ```
//! use std::net::Ipv4Addr;
//!
//! use addresses::{Prefix, special, text};
//!
//! let prefix: Prefix<Ipv4Addr> = "192.0.2.64/26".parse()?;
//! assert!(prefix.contains("192.0.2.100".parse()?));
//! assert_eq!(prefix.netmask().to_string(), "255.255.255.192");
//! assert_eq!(prefix.subnets(27).unwrap().last().unwrap().to_string(), "192.0.2.96/27");
//!
//! let wrong = "192.0.2.65/26".parse::<Prefix<Ipv4Addr>>().unwrap_err();
//! assert_eq!(
//!     wrong.to_string(),
//!     "bits are set after the first 26; the network is 192.0.2.64/26"
//! );
//!
//! let mapped = text::parse("::FFFF:7f00:1")?;
//! assert_eq!(mapped.to_string(), "::ffff:127.0.0.1");
//! assert!(!special::is_global(mapped));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Ipv4Addr`]: std::net::Ipv4Addr
//! [`Ipv6Addr`]: std::net::Ipv6Addr
//! [RFC 1122]: https://www.rfc-editor.org/rfc/rfc1122
//! [RFC 1812]: https://www.rfc-editor.org/rfc/rfc1812
//! [RFC 3986]: https://www.rfc-editor.org/rfc/rfc3986
//! [RFC 4007]: https://www.rfc-editor.org/rfc/rfc4007
//! [RFC 4291]: https://www.rfc-editor.org/rfc/rfc4291
//! [RFC 4632]: https://www.rfc-editor.org/rfc/rfc4632
//! [RFC 6890]: https://www.rfc-editor.org/rfc/rfc6890
//! [RFC 8064]: https://www.rfc-editor.org/rfc/rfc8064
//! [RFC 8190]: https://www.rfc-editor.org/rfc/rfc8190

pub mod address;
pub mod aggregate;
pub mod eui64;
#[cfg(target_os = "linux")]
pub mod lab;
pub mod mac;
pub mod prefix;
pub mod route;
pub mod special;
pub mod table;
pub mod text;

pub use address::Address;
pub use mac::Mac;
pub use prefix::Prefix;

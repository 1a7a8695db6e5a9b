//! Addresses as text: what is read, and why the rest is refused.
//!
//! std has parsers of its own, and these agree with them on every text (a property test holds them
//! to it). What std lacks is a reason: its error says `invalid IPv4 address syntax`, and these say
//! which part is wrong, where it stands and what to write instead.
//!
//! | text | where it is defined |
//! |---|---|
//! | `192.0.2.17` | [RFC 3986] §3.2.2 (`IPv4address`), the strict form of four decimal octets |
//! | `2001:db8::1`, `::ffff:192.0.2.17` | [RFC 4291] §2.2 |
//! | `fe80::1%eth0` | [RFC 4007] §11, see [`zone`] |
//! | `[2001:db8::1]:443` | [RFC 3986] §3.2.2, see [`endpoint`] |
//!
//! Printing is std's `Display`, which is the canonical text of [RFC 5952]. A test goes through its
//! rules one by one.
//!
//! [RFC 3986]: https://www.rfc-editor.org/rfc/rfc3986
//! [RFC 4007]: https://www.rfc-editor.org/rfc/rfc4007
//! [RFC 4291]: https://www.rfc-editor.org/rfc/rfc4291
//! [RFC 5952]: https://www.rfc-editor.org/rfc/rfc5952

pub mod endpoint;
mod error;
mod inet_aton;
mod v4;
mod v6;
pub mod zone;

pub use endpoint::Endpoint;
pub use error::{AddressError, Reason};
pub use inet_aton::inet_aton;
pub use v4::parse_v4;
pub use v6::parse_v6;
pub use zone::{Zone, Zoned};

use std::net::IpAddr;

/// The longest text of an address, in bytes:
/// `ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255`.
///
/// What is longer is refused before it is looked at, so an error never holds more than this.
pub const MAX_LENGTH: usize = 45;

/// Reads an address of either version: IPv6 if there is a colon in it.
///
/// # Errors
///
/// What is wrong, and where.
pub fn parse(text: &str) -> Result<IpAddr, AddressError> {
    if text.contains(':') { parse_v6(text).map(IpAddr::V6) } else { parse_v4(text).map(IpAddr::V4) }
}

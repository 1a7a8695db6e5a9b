//! Sessions for a server: two designs, side by side.
//!
//! HTTP is stateless: each request can be understood alone (RFC 9110 §3.3). A cookie lets a server
//! say "this is the one who logged in a minute ago" all the same. What stands in the cookie must be
//! something that nobody but the server can make, and there are two ways to that:
//!
//! | | [`Store`] with an [`Id`] | [`Signer`] |
//! |---|---|---|
//! | the cookie holds | 128 random bits | the data and a MAC over it (HMAC-SHA-256, RFC 2104) |
//! | the data lives | in the server's memory | in the browser, where its owner can read it |
//! | a forger must | guess 128 bits | make a MAC without the key |
//! | memory on the server | one entry for each session, bounded | none |
//! | several servers | share the store | share the key |
//! | ends when idle | yes | no: the value states when it ends, and nothing else |
//! | **can be taken back** | yes, at once: [`Store::destroy`] | **no: it is good until it expires** |
//!
//! The last row decides. "Log out" with a signed value asks the browser to forget it; whoever
//! copied it before goes on. A server that wants to refuse it has to remember what to refuse, and
//! then it has a store again.
//!
//! Either value is carried by a [`SessionCookie`]. RFC 10025 §8.4 has the case for identifiers and
//! describes session fixation, §8.6 what a cookie cannot promise about who set it.
//!
//! ```
//! use std::time::{Duration, Instant, SystemTime};
//!
//! use cookies::session::{Id, Key, Limits, SessionCookie, Signer, Store};
//!
//! // A visitor gets a session, logs in, and logs out.
//! let (mut store, now) = (Store::new(Limits::default()), Instant::now());
//! let guest = store.create("nobody", now)?;
//! let field = SessionCookie::default().set(&guest.encode())?;
//! assert!(field.ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax"));
//!
//! let old = Id::parse(&guest.encode()).ok_or("no identifier")?;
//! let id = store.rotate(&old, now)?.ok_or("no such session")?;
//! *store.get(&id, now).ok_or("no such session")? = "alice";
//! assert_eq!(store.get(&guest, now), None);
//!
//! store.destroy(&id);
//! assert_eq!(store.get(&id, now), None);
//!
//! // The same without a store: nothing to look up, and nothing to end.
//! let signer = Signer::new("session", Key::generate(1)?);
//! let in_an_hour = SystemTime::now() + Duration::from_secs(3600);
//! let value = signer.sign(b"alice", in_an_hour)?;
//! assert_eq!(signer.verify(&value, SystemTime::now())?, b"alice");
//! assert!(signer.verify(&value, in_an_hour).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What this leaves out: data that must be hidden from its owner (it would have to be encrypted,
//! not only signed), a store that outlives the process, and passwords.

mod cookie;
mod opaque;
mod signed;

pub use cookie::{Ambiguous, SessionCookie};
pub use opaque::{Error, Id, Limits, Store};
pub use signed::{Invalid, Key, MAX_DATA, MAX_VALUE, Signer, TooLong};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Base64 with the alphabet that needs no escape in a URL or a cookie (RFC 4648 §5), without `=`.
pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The inverse, which takes no second spelling of the same bytes (RFC 4648 §3.5).
///
/// 32 bytes are 256 bits, and 43 characters have room for 258. If the last two bits were ignored,
/// four different values would be the same MAC.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

//! Cross-site request forgery, and three ways to stop it.
//!
//! A browser sends a site's cookies with every request to that site, whichever page caused it: a
//! page of another site can let the user's browser post a form with the user's authority
//! (RFC 10025 §8.2). The request is genuine in every byte; what a server can find out is *where it
//! came from*.
//!
//! | | who decides | fails when |
//! |---|---|---|
//! | `SameSite` (RFC 10025 §5.6.7) | the browser does not send the cookie | the attacker is on the same *site*: a sibling host, another port, a script on a page of ours |
//! | [`check_source`] | the server, by `Sec-Fetch-Site` and `Origin` | the browser sends neither (before about 2020) |
//! | [`Tokens`] | the server, by a value that only its own pages show | a page of ours shows it to somebody else |
//!
//! Nobody needs all three, and none replaces the rule below them: **a request with a safe method
//! changes nothing** (RFC 9110 §9.2.1). All three let `GET` pass, for links and images have to
//! work.
//!
//! What this leaves out: scripts that somebody brought into our own pages (they read the token and
//! come from our origin), `Referer`, and clickjacking.

use std::str;

use hmac::Mac as _;
use http_messages::{Authority, Fields, RequestHead};

use crate::session::{Key, decode, encode};

/// Makes tokens for forms and checks them: the *synchronizer token*.
///
/// A token is a MAC over the value of the session's cookie. Another site's page cannot read the
/// form that holds it, and whoever has a session of their own has a token for that one only.
/// Nothing is stored, and a session that rotates takes its tokens with it.
#[derive(Debug)]
pub struct Tokens {
    key: Key,
}

// ANCHOR: tokens
impl Tokens {
    /// Tokens that belong to `key`. The key may be the one that signs sessions: the MACs have
    /// different contexts.
    #[must_use]
    pub fn new(key: Key) -> Self {
        Self { key }
    }

    /// The token for the hidden field of a form in this session.
    #[must_use]
    pub fn issue(&self, session: &str) -> String {
        encode(&self.key.mac(&[b"csrf token", session.as_bytes()]).finalize().into_bytes())
    }

    /// Whether a form of this session can have sent `token`. Constant time, as for any MAC.
    #[must_use]
    pub fn check(&self, session: &str, token: &str) -> bool {
        let mac = self.key.mac(&[b"csrf token", session.as_bytes()]);
        decode(token).is_some_and(|token| mac.verify_slice(&token).is_ok())
    }
}
// ANCHOR_END: tokens

/// Why a request is taken for somebody else's. The answer is 403 (RFC 9110 §15.5.4).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Foreign {
    /// The browser says that a page of another origin caused it.
    #[error("a page of another origin caused this request (Sec-Fetch-Site: {0})")]
    Site(String),
    /// The page's origin is not the host that the request is for.
    #[error("a page of {0} caused this request, which is for another host")]
    Origin(String),
    /// A field is there twice or is not text: no browser sends that.
    #[error("the {0} field is malformed")]
    Malformed(&'static str),
}

// ANCHOR: source
/// Whether a page of ours, or no page, caused this request; with a safe method it does not matter.
///
/// The order is the point:
///
/// 1. `Sec-Fetch-Site`, because it is the browser's own verdict, scheme included. It needs no
///    knowledge of our name, which a proxy may have changed, and it stays when the page's
///    `Referrer-Policy` turns its `Origin` into `null`. But a browser sends it only to an origin
///    that it trusts: https, or loopback.
/// 2. `Origin`, which a browser sends with every `POST`: it has to name the host that the request
///    is for. `null` names nobody.
/// 3. Neither: no browser of this decade. A program has no cookies that somebody else could use, so
///    it passes.
///
/// # Errors
///
/// [`Foreign`].
pub fn check_source(request: &RequestHead) -> Result<(), Foreign> {
    if request.method.is_safe() {
        return Ok(());
    }
    match single(&request.fields, "Sec-Fetch-Site")? {
        // "none": the user typed the address, or opened a bookmark.
        Some("same-origin" | "none") => return Ok(()),
        // "same-site" too is somebody else: a neighbor under the same domain.
        Some(site) => return Err(Foreign::Site(site.into())),
        None => {}
    }
    let Some(origin) = single(&request.fields, "Origin")? else { return Ok(()) };
    let theirs = origin.split_once("://").and_then(|(_, host)| Authority::parse(host));
    match (theirs, request.authority()) {
        (Some(theirs), Some(ours)) if same_host(theirs, ours) => Ok(()),
        _ => Err(Foreign::Origin(origin.into())),
    }
}

/// Host and port, as a browser writes them in `Origin` and in `Host`: both without a default port.
fn same_host(one: Authority<'_>, other: Authority<'_>) -> bool {
    one.host().eq_ignore_ascii_case(other.host()) && one.port() == other.port()
}

/// The value of a field that may be there once.
fn single<'a>(fields: &'a Fields, name: &'static str) -> Result<Option<&'a str>, Foreign> {
    let mut values = fields.get_all(name);
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Foreign::Malformed(name));
    }
    str::from_utf8(value).map(Some).map_err(|_| Foreign::Malformed(name))
}
// ANCHOR_END: source

//! The data itself in the cookie, with a MAC that only the server can make.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::opaque::Error;
use super::{decode, encode};

/// The most data that [`Signer::sign`] takes, in bytes.
pub const MAX_DATA: usize = 2048;

/// The longest value that is looked at, in bytes. A user agent keeps no cookie whose name and value
/// are longer than 4096 together (RFC 10025 §5.6), so we never made one.
pub const MAX_VALUE: usize = 4096;

/// Bytes of a key: as many as the hash gives (RFC 2104 §3).
const KEY_BYTES: usize = 32;

/// A secret, and the name under which the values say that they were made with it.
#[derive(Clone)]
pub struct Key {
    /// Stands in the value, so that the verifier need not try all keys.
    name: u8,
    secret: [u8; KEY_BYTES],
}

impl Key {
    /// A key from configuration. The secret has to come from a random generator: a pass phrase can
    /// be tried out by anybody who has one signed value.
    #[must_use]
    pub fn new(name: u8, secret: [u8; KEY_BYTES]) -> Self {
        Self { name, secret }
    }

    /// A new key, which nobody else has: values made with it end with the process.
    ///
    /// # Errors
    ///
    /// [`Error::NoRandomness`].
    pub fn generate(name: u8) -> Result<Self, Error> {
        let mut secret = [0; KEY_BYTES];
        getrandom::fill(&mut secret).map_err(|_| Error::NoRandomness)?;
        Ok(Self { name, secret })
    }
}

impl Key {
    /// The MAC over some parts and their order. The length in front of each keeps them apart:
    /// without it, "ab" and "c" would have the same MAC as "a" and "bc".
    pub(crate) fn mac(&self, parts: &[&[u8]]) -> Hmac<Sha256> {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.secret)
            .expect("HMAC takes a key of any length (RFC 2104 §2)");
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({}, …)", self.name)
    }
}

/// Why a value is refused. For a log: the one who sent it is told "no" and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// It does not look like anything that we make.
    #[error("not a signed value")]
    Malformed,
    /// The key that it names is not, or no longer, one of ours.
    #[error("signed with a key that is not known here")]
    UnknownKey,
    /// Somebody else made it, or changed it, or it was made for another purpose.
    #[error("the signature does not fit")]
    BadSignature,
    /// We made it, and its time is over.
    #[error("expired")]
    Expired,
}

/// More data than [`MAX_DATA`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} bytes are too many to sign into a cookie: keep them in a store")]
pub struct TooLong(pub usize);

/// Makes and checks values of the form `KEY.BODY.MAC`.
///
/// `KEY` is the key's name in decimal, `BODY` is `EXPIRY:DATA` in base64url with the expiry in
/// seconds since 1970, and `MAC` is HMAC-SHA-256 in base64url. All characters are cookie-octets
/// (RFC 10025 §4.1.1). There is one algorithm and no field that names it, so there is nothing to
/// confuse.
#[derive(Clone, Debug)]
pub struct Signer {
    /// What the values are for. It goes into the MAC, so a value made for one purpose is none for
    /// another, even where both use one key.
    context: String,
    /// The first signs; all verify. A key is replaced by putting a new one in front and taking the
    /// old one away when the last value made with it has expired.
    keys: Vec<Key>,
}

impl Signer {
    /// Signs and verifies with `key`, for one purpose.
    #[must_use]
    pub fn new(context: &str, key: Key) -> Self {
        Self { context: context.into(), keys: vec![key] }
    }

    /// Verifies with this key too, which signed in former times. Its name has to be its own: of two
    /// keys with one name the first is taken.
    #[must_use]
    pub fn with_former(mut self, key: Key) -> Self {
        self.keys.push(key);
        self
    }

    // ANCHOR: sign
    /// A value that is good until `expires`.
    ///
    /// # Errors
    ///
    /// [`TooLong`].
    pub fn sign(&self, data: &[u8], expires: SystemTime) -> Result<String, TooLong> {
        if data.len() > MAX_DATA {
            return Err(TooLong(data.len()));
        }
        let seconds = expires.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let mut body = format!("{seconds}:").into_bytes();
        body.extend_from_slice(data);
        let key = &self.keys[0];
        let mac = self.mac(key, &body).finalize().into_bytes();
        Ok(format!("{}.{}.{}", key.name, encode(&body), encode(&mac)))
    }

    /// The data, if we signed it for this purpose and its time is not over.
    ///
    /// # Errors
    ///
    /// [`Invalid`].
    pub fn verify(&self, value: &str, now: SystemTime) -> Result<Vec<u8>, Invalid> {
        let (name, body, mac) = split(value).ok_or(Invalid::Malformed)?;
        let key = self.keys.iter().find(|key| key.name.to_string() == name);
        let key = key.ok_or(Invalid::UnknownKey)?;
        // `verify_slice` takes the whole MAC and looks at all of it, however early it differs: with
        // `==` the time would tell a forger how many bytes are right. Until it has passed, not a
        // byte of the body means anything.
        self.mac(key, &body).verify_slice(&mac).map_err(|_| Invalid::BadSignature)?;
        let (expires, data) = parse(&body).ok_or(Invalid::Malformed)?;
        if now >= expires {
            return Err(Invalid::Expired);
        }
        Ok(data.to_vec())
    }

    /// The MAC over the purpose, the key's name and the body.
    fn mac(&self, key: &Key, body: &[u8]) -> Hmac<Sha256> {
        key.mac(&[self.context.as_bytes(), &[key.name], body])
    }
    // ANCHOR_END: sign
}

/// The three parts of a value.
fn split(value: &str) -> Option<(&str, Vec<u8>, Vec<u8>)> {
    if value.len() > MAX_VALUE {
        return None;
    }
    let mut parts = value.split('.');
    let (name, body, mac) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    Some((name, decode(body)?, decode(mac)?))
}

/// When it ends, and the data.
fn parse(body: &[u8]) -> Option<(SystemTime, &[u8])> {
    let colon = body.iter().position(|byte| *byte == b':')?;
    let seconds = std::str::from_utf8(&body[..colon]).ok()?.parse().ok()?;
    Some((UNIX_EPOCH.checked_add(Duration::from_secs(seconds))?, &body[colon + 1..]))
}

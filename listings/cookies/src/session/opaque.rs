//! An identifier that means nothing, and a store on the server where it means something.

use std::collections::HashMap;
use std::fmt;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

/// How long an identifier is, in bytes. Nobody guesses one of 2¹²⁸: a million guesses a second
/// against a million sessions need 3.4 · 10²⁶ seconds, and the universe is 4.4 · 10¹⁷ seconds old.
const ID_BYTES: usize = 16;

// ANCHOR: id
/// What the cookie holds: 128 bits from the operating system's generator.
///
/// It says nothing about its owner. `Debug` does not print it, because whoever reads it in a log
/// has the session.
#[derive(Clone, PartialEq, Eq)]
pub struct Id([u8; ID_BYTES]);

impl Id {
    /// A new identifier.
    ///
    /// # Errors
    ///
    /// If the operating system has no random bytes to give. There is nothing to fall back on: an
    /// identifier from the clock or a counter can be guessed.
    pub fn generate() -> Result<Self, Error> {
        let mut bytes = [0; ID_BYTES];
        getrandom::fill(&mut bytes).map_err(|_| Error::NoRandomness)?;
        Ok(Self(bytes))
    }

    /// Reads the cookie's value; `None` if it cannot be an identifier of ours.
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        Some(Self(super::decode(value)?.try_into().ok()?))
    }

    /// The value for the cookie: 22 characters, all of them cookie-octets (RFC 10025 §4.1.1).
    #[must_use]
    pub fn encode(&self) -> String {
        super::encode(&self.0)
    }

    /// Under what the store keeps it. Whoever reads the store, in a core dump or a backup, finds no
    /// value that a cookie could carry; and since nobody can choose what a hash begins with, how
    /// long a lookup takes says nothing about the identifiers.
    fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }
}
// ANCHOR_END: id

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Id(…)")
    }
}

/// Why there is no new session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// All places are taken by sessions that have not ended. The answer is 503 (RFC 9110 §15.6.4).
    #[error("the store is full: wait until sessions end, or raise Limits::sessions")]
    Full,
    /// See [`Id::generate`].
    #[error("the operating system gives no random bytes")]
    NoRandomness,
}

/// How long a session lasts and how many there are.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Ends a session that nobody uses, so that a browser left open is not open for ever.
    pub idle: Duration,
    /// Ends a session however busy it is: whoever stole it keeps it busy.
    pub absolute: Duration,
    /// Sessions at a time. Everyone can begin one, so without this everyone can fill the memory.
    pub sessions: usize,
}

impl Default for Limits {
    /// Half an hour idle, twelve hours in all, 10,000 sessions.
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(30 * 60),
            absolute: Duration::from_secs(12 * 60 * 60),
            sessions: 10_000,
        }
    }
}

struct Session<T> {
    data: T,
    /// From here the absolute limit counts. A rotation keeps it, or rotating would prolong.
    began: Instant,
    /// From here the idle limit counts.
    used: Instant,
}

/// The sessions of one server, in memory.
///
/// The time is a parameter, so that a test does not wait for half an hour. It is an [`Instant`]: a
/// wall clock that is set back would prolong every session.
pub struct Store<T> {
    limits: Limits,
    /// By [`Id::digest`].
    sessions: HashMap<[u8; 32], Session<T>>,
}

impl<T> Store<T> {
    /// An empty store.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limits, sessions: HashMap::new() }
    }

    /// Begins a session.
    ///
    /// # Errors
    ///
    /// [`Error::Full`] and [`Error::NoRandomness`].
    pub fn create(&mut self, data: T, now: Instant) -> Result<Id, Error> {
        if self.sessions.len() >= self.limits.sessions {
            self.sweep(now);
            if self.sessions.len() >= self.limits.sessions {
                return Err(Error::Full);
            }
        }
        let id = Id::generate()?;
        self.sessions.insert(id.digest(), Session { data, began: now, used: now });
        Ok(id)
    }

    /// The data of a session that has not ended; this is a use, so the idle limit counts anew.
    pub fn get(&mut self, id: &Id, now: Instant) -> Option<&mut T> {
        let key = id.digest();
        if self.limits.ended(self.sessions.get(&key)?, now) {
            self.sessions.remove(&key);
            return None;
        }
        let session = self.sessions.get_mut(&key)?;
        session.used = now;
        Some(&mut session.data)
    }

    // ANCHOR: rotate
    /// Gives the session a new identifier and forgets the old one.
    ///
    /// Call it whenever a session comes to be worth more, above all at login: somebody else may
    /// have put the old identifier into the browser (session fixation, RFC 10025 §8.4). `None` if
    /// there is no such session.
    ///
    /// # Errors
    ///
    /// [`Error::NoRandomness`]; the session is then as it was.
    pub fn rotate(&mut self, old: &Id, now: Instant) -> Result<Option<Id>, Error> {
        if self.get(old, now).is_none() {
            return Ok(None);
        }
        let new = Id::generate()?;
        let session = self.sessions.remove(&old.digest());
        Ok(session.map(|session| {
            self.sessions.insert(new.digest(), session);
            new
        }))
    }

    /// Ends a session: this is what "log out" means. The same request a moment later is a
    /// stranger's.
    pub fn destroy(&mut self, id: &Id) -> Option<T> {
        self.sessions.remove(&id.digest()).map(|session| session.data)
    }
    // ANCHOR_END: rotate
}

impl<T> Store<T> {
    /// Forgets the sessions that have ended. [`Store::create`] does it when there is no room.
    pub fn sweep(&mut self, now: Instant) {
        let limits = self.limits;
        self.sessions.retain(|_, session| !limits.ended(session, now));
    }

    /// How many sessions take up memory, ended ones that nobody asked for included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sessions.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sessions.is_empty()
    }
}

impl Limits {
    fn ended<T>(&self, session: &Session<T>, now: Instant) -> bool {
        now.saturating_duration_since(session.used) >= self.idle
            || now.saturating_duration_since(session.began) >= self.absolute
    }
}

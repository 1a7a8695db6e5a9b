//! What stands in the cookie: the library's two designs, and the one that everybody tries first.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use cookies::session::{Error, Id, Key, Limits, Signer, Store};

use crate::Design;

/// How long a signed value is good. Nothing can end it earlier, so it is short.
const SIGNED_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// A browser that has a session: somebody who logged in, or has yet to.
#[derive(Clone, Default)]
pub(crate) struct Visitor(Option<String>);

impl Visitor {
    /// Who it is, if anybody logged in.
    pub(crate) fn user(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

pub(crate) enum Sessions {
    Opaque { store: Mutex<Store<Visitor>>, rotate: bool },
    Signed(Signer),
    Naive,
}

impl Sessions {
    /// Whose session this cookie's value is; `None` if it is nobody's.
    pub(crate) fn find(&self, value: &str) -> Option<Visitor> {
        match self {
            Self::Opaque { store, .. } => {
                lock(store).get(&Id::parse(value)?, Instant::now()).cloned()
            }
            Self::Signed(signer) => {
                let data = signer.verify(value, SystemTime::now()).ok()?;
                let user = String::from_utf8(data).ok()?;
                Some(Visitor(user.strip_prefix("user=").map(Into::into)))
            }
            Self::Naive => Some(Visitor((value != "guest").then(|| value.into()))),
        }
    }

    /// The cookie's value for somebody who has logged in and had this value until now.
    pub(crate) fn log_in(&self, value: Option<&str>, user: &str) -> Result<String, Error> {
        match self {
            Self::Opaque { store, rotate } => {
                let (mut store, now) = (lock(store), Instant::now());
                let old = value.and_then(Id::parse).filter(|id| store.get(id, now).is_some());
                let id = match old {
                    Some(old) if *rotate => store.rotate(&old, now)?,
                    kept => kept,
                };
                let id = id.map_or_else(|| store.create(Visitor::default(), now), Ok)?;
                if let Some(visitor) = store.get(&id, now) {
                    *visitor = Visitor(Some(user.into()));
                }
                Ok(id.encode())
            }
            Self::Signed(signer) => Ok(sign(signer, &format!("user={user}"))),
            Self::Naive => Ok(user.into()),
        }
    }

    /// Ends the session, where that is possible.
    pub(crate) fn log_out(&self, value: &str) {
        if let (Self::Opaque { store, .. }, Some(id)) = (self, Id::parse(value)) {
            lock(store).destroy(&id);
        }
        // A signed value and a name are what they are. The browser is asked to forget them.
    }
}

impl Sessions {
    pub(crate) fn new(design: Design, rotate: bool, idle: Duration) -> Result<Self, Error> {
        let limits = Limits { idle, ..Limits::default() };
        Ok(match design {
            Design::Opaque => Self::Opaque { store: Mutex::new(Store::new(limits)), rotate },
            Design::Signed => Self::Signed(Signer::new("bank session", Key::generate(1)?)),
            Design::Naive => Self::Naive,
        })
    }

    /// A session for somebody who has not logged in: the login form needs one for its token.
    pub(crate) fn begin(&self) -> Result<String, Error> {
        match self {
            Self::Opaque { store, .. } => {
                Ok(lock(store).create(Visitor::default(), Instant::now())?.encode())
            }
            // Different for each visitor, so that nobody knows another's token.
            Self::Signed(signer) => {
                Ok(sign(signer, &format!("guest={}", Id::generate()?.encode())))
            }
            Self::Naive => Ok("guest".into()),
        }
    }
}

fn sign(signer: &Signer, data: &str) -> String {
    let value = signer.sign(data.as_bytes(), SystemTime::now() + SIGNED_LIFETIME);
    value.expect("a name is shorter than MAX_DATA")
}

/// A handler that panicked leaves sessions that are as good as before.
fn lock(store: &Mutex<Store<Visitor>>) -> MutexGuard<'_, Store<Visitor>> {
    store.lock().unwrap_or_else(PoisonError::into_inner)
}

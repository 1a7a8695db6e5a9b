//! A small HTTP cache ([RFC 9111]), without clock and without sockets.
//!
//! The caller has a request. [`Cache::look_up`] says whether to use what is stored or to ask the
//! origin, and with which preconditions. What the origin answers goes to [`Cache::receive`], which
//! stores it, renews what is stored, or throws away what has become wrong.
//!
//! A [`Kind::Private`] cache belongs to one user, a [`Kind::Shared`] one to many: it obeys
//! `s-maxage` and keeps nothing that is `private` or was fetched with `Authorization`.
//!
//! It leaves out: storing parts (206), answers to POST, and the extensions of RFC 5861. It stores
//! what is complete and was asked for with GET.
//!
//! ```
//! use std::time::{Duration, SystemTime};
//!
//! use http_messages::{Fields, Method, Status};
//! use http_semantics::cache::{Cache, Exchange, Kind, Lookup, Times};
//!
//! let mut cache = Cache::new(Kind::Private);
//! let (uri, now) = ("http://a.test/", SystemTime::now());
//!
//! let mut response = Fields::new();
//! response.append("Cache-Control", "max-age=60")?;
//! cache.receive(Exchange {
//!     method: &Method::Get,
//!     uri,
//!     request: &Fields::new(),
//!     status: Status::OK,
//!     response: &response,
//!     content: "hello".into(),
//!     times: Times { request: now, response: now },
//! });
//!
//! let later = now + Duration::from_secs(59);
//! let found = cache.look_up(&Method::Get, uri, &Fields::new(), later);
//! assert!(matches!(found, Lookup::Fresh(stored) if stored.content == "hello"));
//! let found = cache.look_up(&Method::Get, uri, &Fields::new(), later + Duration::from_secs(1));
//! assert!(matches!(found, Lookup::Forward(_)));
//! # Ok::<(), http_messages::InvalidField>(())
//! ```
//!
//! [RFC 9111]: https://www.rfc-editor.org/rfc/rfc9111

pub mod control;
pub mod freshness;
mod stored;

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http_messages::{Class, Fields, Method, Status};
use thiserror::Error;

use self::control::Directives;
use self::freshness::is_heuristically_cacheable;
pub use self::freshness::{Lifetime, Source, Times};
pub use self::stored::{Stored, end_to_end};
use crate::uri;

/// Whom the cache serves ([RFC 9111] §1).
///
/// [RFC 9111]: https://www.rfc-editor.org/rfc/rfc9111#section-1
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One user, as in a browser.
    Private,
    /// Many users, as in a proxy.
    Shared,
}

/// The most that all stored responses may take, in bytes.
pub const CAPACITY: usize = 64 << 20;

/// The most that one of them may take, in bytes: one large file must not push out everything else.
pub const LARGEST: usize = CAPACITY / 8;

/// How many responses to one URI are kept. Each value of a field that `Vary` names makes another,
/// and a client can send as many values as it likes.
pub const MAX_VARIANTS: usize = 16;

/// Stored responses, by URI.
#[derive(Debug)]
pub struct Cache {
    kind: Kind,
    /// Several for one URI if they differ in what `Vary` names.
    stored: HashMap<String, Vec<Stored>>,
    /// The sum of the sizes, so that storing need not count.
    size: usize,
    /// Counts look-ups; the order in which responses were used.
    uses: u64,
}

/// What to do with a request.
#[derive(Debug)]
pub enum Lookup<'a> {
    /// Answer with this. [`Stored::aged_fields`] are its fields.
    Fresh(&'a Stored),
    /// Answer with this although it is stale: the client has said that it would take it.
    Stale(&'a Stored),
    /// Ask the origin.
    Forward(Forward<'a>),
    /// Answer 504: the client wants a stored response or none, and there is none that fits.
    Unsatisfiable,
}

/// How to ask the origin.
#[derive(Debug)]
pub struct Forward<'a> {
    pub why: Why,
    /// Preconditions to add, in place of the client's own; empty if there is nothing to validate.
    pub conditions: Fields,
    /// What to answer with if the origin cannot be reached; `None` if nothing fits, or a directive
    /// forbids it (504 then).
    pub if_disconnected: Option<&'a Stored>,
}

/// Why the origin has to be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Why {
    #[error("nothing is stored for this URI")]
    Unknown,
    #[error("what is stored was for a request that Vary tells from this one")]
    OtherVariant,
    #[error("stale")]
    Stale,
    #[error("no-cache: to be validated before each use")]
    NoCache,
    #[error("the request wants it validated, or fresher")]
    Request,
    #[error("a change has made it doubtful")]
    Invalidated,
    #[error("only GET and HEAD are answered from a cache")]
    Method,
}

/// A request and the complete response to it.
#[derive(Clone, Debug)]
pub struct Exchange<'a> {
    pub method: &'a Method,
    /// Absolute, without fragment.
    pub uri: &'a str,
    /// The client's fields, without the preconditions that the cache has added.
    pub request: &'a Fields,
    pub status: Status,
    pub response: &'a Fields,
    /// All of it: a response that was cut off must not come here.
    pub content: Bytes,
    pub times: Times,
}

/// What has become of a response.
#[derive(Debug)]
pub enum Received<'a> {
    /// It is stored now.
    Stored(&'a Stored),
    /// It has confirmed this one, which answers the request (304).
    Confirmed(&'a Stored),
    /// Pass it on; it has not been stored, for this reason.
    NotStored(Reason),
    /// A 304 that fits nothing that is stored. Ask again, without preconditions.
    AskAgain,
}

/// Why a response is not stored ([RFC 9111] §3).
///
/// [RFC 9111]: https://www.rfc-editor.org/rfc/rfc9111#section-3
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Reason {
    #[error("only answers to GET are stored")]
    Method,
    #[error("an interim response")]
    Interim,
    #[error("only a part")]
    Part,
    #[error("a 304 to the client's own question")]
    NotOurs,
    #[error("no-store in the request")]
    NoStoreInRequest,
    #[error("no-store")]
    NoStore,
    #[error("must-understand, with a status that this cache does not understand")]
    NotUnderstood,
    #[error("private, and this cache is shared")]
    Private,
    #[error("fetched with Authorization, and this cache is shared")]
    Authorization,
    #[error("Vary: *, so no other request can get it")]
    VaryAnything,
    #[error("no lifetime and no validator, so it could not be used again")]
    Useless,
    #[error("nothing in it allows storing")]
    NothingAllows,
    #[error("too large")]
    TooLarge,
}

impl Cache {
    pub fn new(kind: Kind) -> Self {
        Self { kind, stored: HashMap::new(), size: 0, uses: 0 }
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What to do with a request for `uri`, which is absolute and has no fragment.
    ///
    /// `Range` is not looked at: who answers with a stored response may cut it.
    pub fn look_up(
        &mut self,
        method: &Method,
        uri: &str,
        request: &Fields,
        now: SystemTime,
    ) -> Lookup<'_> {
        let kind = self.kind;
        let wishes = Directives::of(request);
        let only_if_cached = wishes.has("only-if-cached");
        let stored = match self.choose(method, uri, request) {
            Ok(stored) => stored,
            Err(_) if only_if_cached => return Lookup::Unsatisfiable,
            Err(why) => return Lookup::Forward(Forward::unconditionally(why)),
        };
        match judge(kind, stored, &wishes, now) {
            Verdict::Fresh => Lookup::Fresh(stored),
            Verdict::Stale => Lookup::Stale(stored),
            Verdict::Ask(_) if only_if_cached => Lookup::Unsatisfiable,
            Verdict::Ask(why) => Lookup::Forward(Forward {
                why,
                conditions: stored.conditions(),
                if_disconnected: may_be_stale(kind, stored).then_some(stored),
            }),
        }
    }

    /// The stored response for this request, fresh or not ([RFC 9111] §4): of several the most
    /// recent, and one with `Vary` before one without (§4.1).
    fn choose(&mut self, method: &Method, uri: &str, request: &Fields) -> Result<&Stored, Why> {
        if !matches!(method, Method::Get | Method::Head) {
            return Err(Why::Method);
        }
        self.uses += 1;
        let variants = self.stored.get_mut(uri).ok_or(Why::Unknown)?;
        let matching = variants.iter_mut().filter(|stored| stored.matches(request));
        let chosen = matching.max_by_key(|stored| (stored.has_vary(), stored.date(), stored.used));
        let chosen = chosen.ok_or(Why::OtherVariant)?;
        chosen.used = self.uses;
        Ok(chosen)
    }

    /// Takes in what the origin has answered.
    pub fn receive(&mut self, exchange: Exchange<'_>) -> Received<'_> {
        let Exchange { method, uri, request, status, response, .. } = exchange;
        let success = matches!(status.class(), Class::Successful | Class::Redirection);
        if !method.is_safe() {
            if success {
                self.invalidate(uri, response);
            }
            return Received::NotStored(Reason::Method);
        }
        if *method == Method::Head && status == Status::OK {
            self.learn_from_head(&exchange);
        }
        if matches!(method, Method::Get | Method::Head) && status == Status::NOT_MODIFIED {
            return self.confirm(&exchange);
        }
        let outdated = *method == Method::Get && !matches!(status.code(), 206 | 500..);
        if outdated {
            self.remove(uri, |stored| stored.matches(request));
        }
        match storable(self.kind, &exchange) {
            Ok(()) => self.store(exchange),
            Err(reason) => Received::NotStored(reason),
        }
    }

    /// A 304 renews the stored response that it speaks of ([RFC 9111] §4.3.4).
    fn confirm(&mut self, exchange: &Exchange<'_>) -> Received<'_> {
        let Exchange { uri, request, response, times, .. } = *exchange;
        let newest = |variants: &[Stored], fits: &dyn Fn(&Stored) -> bool| {
            let matching =
                variants.iter().enumerate().filter(|(_, stored)| stored.matches(request));
            let fitting = matching.filter(|(_, stored)| fits(stored));
            fitting.max_by_key(|(_, stored)| stored.date()).map(|(index, _)| index)
        };
        let variants = self.stored.get(uri).map_or(&[][..], Vec::as_slice);
        let meant = newest(variants, &|stored| stored.is_meant_by(response));
        let usable = meant.or_else(|| newest(variants, &|s| s.is_weakly_meant_by(response)));
        let Some(index) = usable else { return self.forget(exchange) };
        let Some(stored) = self.stored.get_mut(uri).and_then(|variants| variants.get_mut(index))
        else {
            return Received::AskAgain;
        };
        if meant.is_some() {
            let before = stored.size(uri);
            stored.update(request, response, times);
            self.size = self.size + stored.size(uri) - before;
        }
        Received::Confirmed(stored)
    }

    /// A 304 fits nothing. If it answers a question of ours, what we asked about is no use.
    fn forget(&mut self, exchange: &Exchange<'_>) -> Received<'_> {
        let asked = ["If-None-Match", "If-Modified-Since"];
        let clients_own = asked.iter().any(|name| exchange.request.contains(name));
        let ours = self.remove(exchange.uri, |stored| stored.matches(exchange.request));
        if clients_own && !ours { Received::NotStored(Reason::NotOurs) } else { Received::AskAgain }
    }

    /// A HEAD response says whether what is stored is still current ([RFC 9111] §4.3.5).
    fn learn_from_head(&mut self, exchange: &Exchange<'_>) {
        let Exchange { uri, request, response, times, .. } = *exchange;
        for stored in self.stored.get_mut(uri).into_iter().flatten() {
            if !stored.matches(request) {
                continue;
            }
            let before = stored.size(uri);
            let same_length = response
                .get_str("Content-Length")
                .is_none_or(|length| length.parse() == Ok(stored.content.len()));
            if same_length && stored.is_meant_by(response) {
                stored.update(request, response, times);
            } else {
                stored.invalid = true;
            }
            self.size = self.size + stored.size(uri) - before;
        }
    }

    // ANCHOR: invalidate
    /// A change has succeeded at `uri`: what is stored for it, and for the places of the same
    /// origin that the response names, may be wrong now ([RFC 9111] §4.4).
    fn invalidate(&mut self, uri: &str, response: &Fields) {
        self.remove(uri, |_| true);
        for name in ["Location", "Content-Location"] {
            let reference = response.get_str(name);
            let Some(place) = reference.and_then(|reference| uri::resolve(uri, reference)) else {
                continue;
            };
            let place = place.split('#').next().unwrap_or_default();
            // Or else any server could empty the cache of any other.
            if uri::same_origin(uri, place) {
                self.remove(place, |_| true);
            }
        }
    }
    // ANCHOR_END: invalidate

    fn store(&mut self, exchange: Exchange<'_>) -> Received<'_> {
        let Exchange { uri, request, status, response, content, times, .. } = exchange;
        let mut stored = Stored::new(request, status, response, content, times);
        let size = stored.size(uri);
        if size > LARGEST {
            return Received::NotStored(Reason::TooLarge);
        }
        self.uses += 1;
        stored.used = self.uses;
        self.remove(uri, |old| old.is_same_variant(&stored));
        self.make_room(uri, size);
        self.size += size;
        let variants = self.stored.entry(uri.to_string()).or_default();
        variants.push(stored);
        Received::Stored(&variants[variants.len() - 1])
    }

    /// Drops what has not been used for the longest time until `size` bytes more fit in all, and
    /// one variant more for `uri`. It looks at everything each time, which is good enough for some
    /// thousand responses.
    fn make_room(&mut self, uri: &str, size: usize) {
        let oldest = |variants: &[Stored]| variants.iter().map(|stored| stored.used).min();
        if let Some(variants) = self.stored.get(uri).filter(|all| all.len() >= MAX_VARIANTS) {
            let used = oldest(variants);
            self.remove(uri, |stored| Some(stored.used) == used);
        }
        while self.size + size > CAPACITY {
            let all = self.stored.iter().filter_map(|(uri, all)| Some((oldest(all)?, uri)));
            let Some((used, uri)) = all.min().map(|(used, uri)| (used, uri.clone())) else { break };
            self.remove(&uri, |stored| stored.used == used);
        }
    }

    /// Removes those responses to `uri`; true if there were any.
    fn remove(&mut self, uri: &str, which: impl Fn(&Stored) -> bool) -> bool {
        let Some(variants) = self.stored.get_mut(uri) else { return false };
        let before = variants.len();
        variants.retain(|stored| {
            let goes = which(stored);
            self.size -= if goes { stored.size(uri) } else { 0 };
            !goes
        });
        let removed = variants.len() < before;
        if variants.is_empty() {
            self.stored.remove(uri);
        }
        removed
    }

    /// How many responses are stored.
    pub fn len(&self) -> usize {
        self.stored.values().map(Vec::len).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.stored.is_empty()
    }
}

impl Forward<'_> {
    fn unconditionally(why: Why) -> Self {
        Self { why, conditions: Fields::new(), if_disconnected: None }
    }
}

/// What may be done with a stored response.
enum Verdict {
    Fresh,
    Stale,
    Ask(Why),
}

// ANCHOR: judge
/// Whether a stored response may answer a request that wishes this ([RFC 9111] §4.2, §5.2.1).
///
/// [RFC 9111]: https://www.rfc-editor.org/rfc/rfc9111#section-4.2
fn judge(kind: Kind, stored: &Stored, wishes: &Directives, now: SystemTime) -> Verdict {
    let (age, lifetime) = (stored.age(now), stored.lifetime(kind).duration);
    let too_old = wishes.seconds("max-age").is_some_and(|limit| age > limit);
    let margin = wishes.seconds("min-fresh").unwrap_or_default();
    if stored.invalid {
        Verdict::Ask(Why::Invalidated)
    } else if Directives::of(&stored.fields).has("no-cache") {
        Verdict::Ask(Why::NoCache)
    } else if wishes.has("no-cache") || too_old {
        Verdict::Ask(Why::Request)
    } else if lifetime > age {
        let lasts = lifetime > age.saturating_add(margin);
        if lasts { Verdict::Fresh } else { Verdict::Ask(Why::Request) }
    } else {
        let accepted = wishes
            .seconds_or_any("max-stale")
            .is_some_and(|limit| age <= lifetime.saturating_add(limit));
        let stale = accepted && may_be_stale(kind, stored);
        if stale { Verdict::Stale } else { Verdict::Ask(Why::Stale) }
    }
}

/// Whether it may be used stale at all ([RFC 9111] §4.2.4).
///
/// [RFC 9111]: https://www.rfc-editor.org/rfc/rfc9111#section-4.2.4
fn may_be_stale(kind: Kind, stored: &Stored) -> bool {
    let directives = Directives::of(&stored.fields);
    let forbidden: &[&str] = match kind {
        Kind::Private => &["no-cache", "must-revalidate"],
        Kind::Shared => &["no-cache", "must-revalidate", "proxy-revalidate", "s-maxage"],
    };
    !stored.invalid && !forbidden.iter().any(|name| directives.has(name))
}
// ANCHOR_END: judge

/// Whether a response may be stored ([RFC 9111] §3), and if not, why not.
///
/// [RFC 9111]: https://www.rfc-editor.org/rfc/rfc9111#section-3
fn storable(kind: Kind, exchange: &Exchange<'_>) -> Result<(), Reason> {
    let Exchange { method, request, status, response, times, .. } = *exchange;
    let directives = Directives::of(response);
    let has = |names: &[&str]| names.iter().any(|name| directives.has(name));
    let shared = kind == Kind::Shared;
    let understood = is_heuristically_cacheable(status) || matches!(status.code(), 302 | 303 | 307);
    let allowed = has(&["public", "max-age"])
        || directives.has(if shared { "s-maxage" } else { "private" })
        || response.contains("Expires")
        || is_heuristically_cacheable(status);
    let validator = response.contains("ETag") || response.contains("Last-Modified");
    let usable = || {
        let lifetime = freshness::lifetime(kind, status, response, times.response);
        validator || lifetime.duration > Duration::ZERO
    };

    let refused = [
        (*method != Method::Get, Reason::Method),
        (status.is_interim(), Reason::Interim),
        (status == Status::PARTIAL_CONTENT, Reason::Part),
        (Directives::of(request).has("no-store"), Reason::NoStoreInRequest),
        (directives.has("must-understand") && !understood, Reason::NotUnderstood),
        (directives.has("no-store") && !directives.has("must-understand"), Reason::NoStore),
        (shared && directives.has("private"), Reason::Private),
        (
            shared
                && request.contains("Authorization")
                && !has(&["public", "must-revalidate", "s-maxage"]),
            Reason::Authorization,
        ),
        (response.has_token("Vary", "*"), Reason::VaryAnything),
        (!allowed, Reason::NothingAllows),
        (!usable(), Reason::Useless),
    ];
    refused.into_iter().find(|(refused, _)| *refused).map_or(Ok(()), |(_, reason)| Err(reason))
}

#[cfg(test)]
mod tests;

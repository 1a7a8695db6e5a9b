//! One stored response: which requests it may answer, and how a 304 renews it.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http_messages::{Fields, Method, Status};

use super::Kind;
use super::freshness::{Lifetime, Times, current_age, date_of, lifetime};
use crate::condition::{self, Outcome, Validators};
use crate::date;
use crate::etag::EntityTag;

/// A response as it came, without the fields that belong to the connection.
#[derive(Clone, Debug)]
pub struct Stored {
    pub status: Status,
    pub fields: Fields,
    pub content: Bytes,
    /// Needed for its age.
    pub times: Times,
    /// What the request said in the fields that `Vary` names: only a request that says the same may
    /// get this response.
    selecting: Vec<(String, Option<Vec<u8>>)>,
    /// Set when something made it doubtful; it is validated before its next use.
    pub(super) invalid: bool,
    /// When it was last used, in look-ups; the longest unused goes first when room is needed.
    pub(super) used: u64,
}

impl Stored {
    pub(super) fn new(
        request: &Fields,
        status: Status,
        fields: &Fields,
        content: Bytes,
        times: Times,
    ) -> Self {
        let mut fields = end_to_end(fields);
        if !fields.contains("Date") {
            // RFC 9110 §6.6.1 asks for it; nothing in a date can be refused.
            let _ = fields.append("Date", date::format(times.response));
        }
        let selecting = selecting(&fields, request);
        Self { status, fields, content, times, selecting, invalid: false, used: 0 }
    }

    /// How old it is, in time that has passed since the origin made or confirmed it.
    pub fn age(&self, now: SystemTime) -> Duration {
        current_age(&self.fields, self.times, now)
    }

    /// For how long it may be used without asking.
    pub fn lifetime(&self, kind: Kind) -> Lifetime {
        lifetime(kind, self.status, &self.fields, self.times.response)
    }

    /// Its fields with its `Age` ([RFC 9111] §4), for an answer that the origin was not asked about.
    ///
    /// [RFC 9111]: https://www.rfc-editor.org/rfc/rfc9111#section-4
    pub fn aged_fields(&self, now: SystemTime) -> Fields {
        let mut fields = self.fields.clone();
        // Digits fit into every field.
        let _ = fields.set("Age", self.age(now).as_secs().to_string());
        fields
    }

    pub(super) fn date(&self) -> SystemTime {
        date_of(&self.fields, self.times.response)
    }

    /// How much room it takes under `uri`, in bytes: about what it has in memory, because a client
    /// can ask for any number of long names of nothing.
    pub(super) fn size(&self, uri: &str) -> usize {
        let fields = self.fields.iter().map(|(n, v)| PER_FIELD + n.len() + v.len());
        let selecting = self
            .selecting
            .iter()
            .map(|(n, v)| PER_FIELD + n.len() + v.as_ref().map_or(0, Vec::len));
        let parts: usize = fields.chain(selecting).sum();
        size_of::<Self>() + uri.len() + self.content.len() + parts
    }

    // ANCHOR: matches
    /// Whether a request with these fields would have got this response ([RFC 9111] §4.1).
    ///
    /// [RFC 9111]: https://www.rfc-editor.org/rfc/rfc9111#section-4.1
    pub fn matches(&self, request: &Fields) -> bool {
        self.selecting.iter().all(|(name, value)| normalized(request, name) == *value)
    }
    // ANCHOR_END: matches

    /// Whether it came for a request that `Vary` cannot tell from this one.
    pub(super) fn is_same_variant(&self, other: &Self) -> bool {
        self.selecting == other.selecting
    }

    pub(super) fn has_vary(&self) -> bool {
        !self.selecting.is_empty()
    }

    /// What a precondition compares with. Without `Last-Modified`, `Date` stands in ([RFC 9111]
    /// §4.3.2).
    ///
    /// [RFC 9111]: https://www.rfc-editor.org/rfc/rfc9111#section-4.3.2
    pub fn validators(&self) -> Validators {
        let modified = self.fields.get_str("Last-Modified");
        let modified = modified.and_then(|value| date::parse(value, self.times.response));
        Validators {
            etag: self.fields.get("ETag").and_then(EntityTag::parse),
            modified: modified.or_else(|| Some(self.date())),
        }
    }

    /// Whether the client that sends `request` has this response already, so that 304 answers it.
    pub fn is_known_to(&self, request: &Fields, now: SystemTime) -> bool {
        // The other preconditions are for the origin.
        let mut asked = Fields::new();
        for name in ["If-None-Match", "If-Modified-Since"] {
            for value in request.get_all(name) {
                let _ = asked.append(name, value);
            }
        }
        let current = self.validators();
        let outcome = condition::evaluate(&Method::Get, &asked, Some(&current), now);
        self.status == Status::OK && outcome == Outcome::NotModified
    }

    /// The preconditions that ask the origin whether this is still current ([RFC 9111] §4.3.1).
    ///
    /// [RFC 9111]: https://www.rfc-editor.org/rfc/rfc9111#section-4.3.1
    pub fn conditions(&self) -> Fields {
        let mut conditions = Fields::new();
        for (validator, condition) in
            [("ETag", "If-None-Match"), ("Last-Modified", "If-Modified-Since")]
        {
            if let Some(value) = self.fields.get(validator) {
                // It has been in a field before, so it can be in one again.
                let _ = conditions.append(condition, value);
            }
        }
        conditions
    }

    /// Whether a 304 with these fields speaks of this response, so that its fields may be taken over
    /// ([RFC 9111] §4.3.4). One that has no validator at all, as some servers send it, can only mean
    /// the response that was asked about.
    ///
    /// [RFC 9111]: https://www.rfc-editor.org/rfc/rfc9111#section-4.3.4
    pub fn is_meant_by(&self, not_modified: &Fields) -> bool {
        match not_modified.get("ETag").and_then(EntityTag::parse) {
            Some(tag) => {
                let own = self.fields.get("ETag").and_then(EntityTag::parse);
                own.is_some_and(
                    |own| if tag.is_weak() { own.weak_eq(&tag) } else { own.strong_eq(&tag) },
                )
            }
            None => match not_modified.get("Last-Modified") {
                Some(date) => self.fields.get("Last-Modified") == Some(date),
                None => true,
            },
        }
    }

    /// Whether the 304's tag is this response's but for `W/`. nginx sends a page that it compresses
    /// with `W/"x"`, and confirms it with `"x"`: the content may be used, the fields are another
    /// representation's.
    pub(super) fn is_weakly_meant_by(&self, not_modified: &Fields) -> bool {
        let tag = |fields: &Fields| fields.get("ETag").and_then(EntityTag::parse);
        tag(&self.fields)
            .zip(tag(not_modified))
            .is_some_and(|(own, confirmed)| own.weak_eq(&confirmed))
    }

    /// Takes over the fields of a 304 to `request`, and the time of its confirmation ([RFC 9111] §3.2).
    ///
    /// [RFC 9111]: https://www.rfc-editor.org/rfc/rfc9111#section-3.2
    pub(super) fn update(&mut self, request: &Fields, not_modified: &Fields, times: Times) {
        let mut new = end_to_end(not_modified);
        for name in ABOUT_THE_CONTENT {
            new.remove(name);
        }
        // An age that other caches had added up is over with the confirmation, and so is the date.
        self.fields.remove("Age");
        if !new.contains("Date") {
            let _ = new.append("Date", date::format(times.response));
        }
        // Put together anew: what is removed from fields leaves its bytes behind, each time.
        let mut fields = Fields::new();
        copy(&self.fields, |name| !new.contains(name), &mut fields);
        copy(&new, |_| true, &mut fields);
        self.fields = fields;
        self.selecting = selecting(&self.fields, request);
        self.times = times;
        self.invalid = false;
    }
}

/// What a field takes besides its name and value, in bytes: where they are, and room to grow.
const PER_FIELD: usize = 48;

/// Fields that say what the stored content is. The content stays, so they stay.
const ABOUT_THE_CONTENT: &[&str] =
    &["Content-Encoding", "Content-Length", "Content-MD5", "Content-Range", "ETag"];

/// Fields that end at the next hop, besides those that `Connection` names ([RFC 9110] §7.6.1), and
/// those that belong to a proxy ([RFC 9111] §3.1). The length is known from the content.
///
/// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1
/// [RFC 9111]: https://www.rfc-editor.org/rfc/rfc9111#section-3.1
const HOP_BY_HOP: &[&str] = &[
    "Connection",
    "Content-Length",
    "Keep-Alive",
    "Proxy-Authenticate",
    "Proxy-Authentication-Info",
    "Proxy-Authorization",
    "Proxy-Connection",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
];

/// The fields without those that are for this connection only.
pub fn end_to_end(fields: &Fields) -> Fields {
    let named: Vec<_> = fields.list("Connection").collect();
    let stays = |name: &str| {
        let is = |other: &[u8]| name.as_bytes().eq_ignore_ascii_case(other);
        !named.iter().any(|name| is(name)) && !HOP_BY_HOP.iter().any(|name| is(name.as_bytes()))
    };
    let mut kept = Fields::new();
    copy(fields, stays, &mut kept);
    kept
}

/// Adds copies of the fields that stay. Received fields are views into the buffer in which they came,
/// and would keep all of it in memory.
fn copy(fields: &Fields, stays: impl Fn(&str) -> bool, to: &mut Fields) {
    for (name, value) in fields.iter().filter(|(name, _)| stays(name)) {
        // It has been in a field before, so it can be in one again.
        let _ = to.append(name, value);
    }
}

/// What `request` says in each field that the response's `Vary` names.
fn selecting(response: &Fields, request: &Fields) -> Vec<(String, Option<Vec<u8>>)> {
    let names =
        response.list("Vary").map(|name| String::from_utf8_lossy(name).to_ascii_lowercase());
    names
        .map(|name| {
            let value = normalized(request, &name);
            (name, value)
        })
        .collect()
}

/// A field's value without what does not matter: several lines are one list, and white space
/// around its commas says nothing.
fn normalized(request: &Fields, name: &str) -> Option<Vec<u8>> {
    let members: Vec<_> = request.list(name).collect();
    request.contains(name).then(|| members.join(&b", "[..]))
}

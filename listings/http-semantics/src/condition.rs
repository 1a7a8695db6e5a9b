//! Conditional requests ([RFC 9110] §13): what a request's preconditions say about the state in
//! which the target resource is.
//!
//! Preconditions are looked at after everything else that could fail, just before the method is
//! performed, and only if without them the answer would be 2xx or 412 (§13.2.1): a 404 or a
//! redirect takes precedence. That is the caller's part.
//!
//! A list of tags that cannot be read counts as one that does not allow a change: GET sends the
//! content, every other method gets 412.
//!
//! [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110#section-13

use std::time::{Duration, SystemTime};

use http_messages::{Fields, Method};

use crate::date;
use crate::etag::{EntityTag, TagList};

/// What is known about the selected representation ([RFC 9110] §8.8).
///
/// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110#section-8.8
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    pub etag: Option<EntityTag>,
    /// When it was last changed; compared in whole seconds.
    pub modified: Option<SystemTime>,
}

/// What the preconditions have decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Perform the method.
    Proceed,
    /// 304: the client has the current representation already. Only for GET and HEAD.
    NotModified,
    /// 412: the state is not the one that the client has in mind. Do nothing.
    PreconditionFailed,
}

// ANCHOR: evaluate
/// Evaluates the preconditions in the order that [RFC 9110] §13.2.2 prescribes; its steps stand
/// beside the lines. `current` is `None` if the resource has no representation, as before the PUT
/// that creates it.
///
/// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2
pub fn evaluate(
    method: &Method,
    fields: &Fields,
    current: Option<&Validators>,
    now: SystemTime,
) -> Outcome {
    let reads = matches!(method, Method::Get | Method::Head);
    let selects = !matches!(method, Method::Connect | Method::Options | Method::Trace);
    if !selects {
        return Outcome::Proceed;
    }
    if let Some(tags) = tag_list(fields, "If-Match") {
        if !if_match(&tags, current) {
            return Outcome::PreconditionFailed; // 1
        }
    } else if unmodified_since(fields, current, now) == Some(false) {
        return Outcome::PreconditionFailed; // 2
    }
    if let Some(tags) = tag_list(fields, "If-None-Match") {
        return match if_none_match(&tags, current) {
            true if reads || !tags.is_malformed() => Outcome::Proceed, // 3, then 5
            false if reads => Outcome::NotModified,
            _ => Outcome::PreconditionFailed,
        };
    }
    if reads && modified_since(fields, current, now) == Some(false) {
        return Outcome::NotModified; // 4
    }
    Outcome::Proceed // 5 is `range_applies`, 6 is the caller's
}

/// Whether `Range` is to be honored: there is no `If-Range`, or its validator is strong and is
/// exactly the current one ([RFC 9110] §13.1.5, step 5 of §13.2.2).
///
/// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110#section-13.1.5
pub fn range_applies(fields: &Fields, current: &Validators, now: SystemTime) -> bool {
    let mut values = fields.get_all("If-Range");
    let Some(value) = values.next() else { return true };
    if values.next().is_some() {
        return false;
    }
    if let Some(tag) = EntityTag::parse(value) {
        return current.etag.as_ref().is_some_and(|etag| etag.strong_eq(&tag));
    }
    let date = str::from_utf8(value).ok().and_then(|value| date::parse(value, now));
    date.is_some() && date == modified(current) && is_strong(current, now)
}
// ANCHOR_END: evaluate

/// How long ago a representation must have changed for its date to be a strong validator.
///
/// A file that changes twice within a second keeps its date. Once the second is over it cannot
/// happen any more; the second one more is for clocks of file systems, which lag behind.
const SETTLED: Duration = Duration::from_secs(2);

/// Whether the modification date is a strong validator ([RFC 9110] §8.8.2.2).
///
/// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110#section-8.8.2.2
fn is_strong(current: &Validators, now: SystemTime) -> bool {
    let age = modified(current).and_then(|modified| now.duration_since(modified).ok());
    age.is_some_and(|age| age >= SETTLED)
}

/// True if there is a representation and the client knows its state; strong comparison.
fn if_match(tags: &TagList, current: Option<&Validators>) -> bool {
    let Some(current) = current else { return false };
    let is = |tag: &EntityTag| current.etag.as_ref().is_some_and(|etag| etag.strong_eq(tag));
    *tags == TagList::Any || tags.tags().iter().any(is)
}

/// True unless the client knows the state; weak comparison.
fn if_none_match(tags: &TagList, current: Option<&Validators>) -> bool {
    let Some(current) = current else { return true };
    let is = |tag: &EntityTag| current.etag.as_ref().is_some_and(|etag| etag.weak_eq(tag));
    *tags != TagList::Any && !tags.tags().iter().any(is)
}

fn unmodified_since(
    fields: &Fields,
    current: Option<&Validators>,
    now: SystemTime,
) -> Option<bool> {
    Some(modified(current?)? <= single_date(fields, "If-Unmodified-Since", now)?)
}

fn modified_since(fields: &Fields, current: Option<&Validators>, now: SystemTime) -> Option<bool> {
    Some(modified(current?)? > single_date(fields, "If-Modified-Since", now)?)
}

fn modified(current: &Validators) -> Option<SystemTime> {
    current.modified.map(date::whole_seconds)
}

/// A date; `None`, which means "ignore the field", if there is none, several, or no valid one.
fn single_date(fields: &Fields, name: &str, now: SystemTime) -> Option<SystemTime> {
    let mut values = fields.get_all(name);
    let value = values.next()?;
    if values.next().is_some() {
        return None;
    }
    date::parse(str::from_utf8(value).ok()?, now)
}

fn tag_list(fields: &Fields, name: &str) -> Option<TagList> {
    fields.contains(name).then(|| TagList::parse(fields.get_all(name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::UNIX_EPOCH;

    const MODIFIED: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
    const AFTER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";

    fn now() -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_795_348_800)
    }

    fn current(etag: &str) -> Validators {
        let modified = date::parse(MODIFIED, now()).map(|time| time + Duration::from_millis(500));
        Validators { etag: EntityTag::parse(etag.as_bytes()), modified }
    }

    fn fields(lines: &[(&str, &str)]) -> Fields {
        let mut fields = Fields::new();
        for (name, value) in lines {
            fields.append(name, value).unwrap();
        }
        fields
    }

    const STRONG: &str = r#""now""#;
    const WEAK: &str = r#"W/"now""#;
    const OTHER: &str = r#""then""#;

    #[test]
    fn every_step_of_the_precedence() {
        use Outcome::{NotModified as M, PreconditionFailed as F, Proceed as P};
        let (im, inm) = ("If-Match", "If-None-Match");
        let (ius, ims) = ("If-Unmodified-Since", "If-Modified-Since");
        // The lines; what GET gets, and what PUT gets.
        for (lines, get, put) in [
            (&[][..], P, P),
            // 1. Strong comparison.
            (&[(im, STRONG)], P, P),
            (&[(im, r#""then", "now""#)], P, P),
            (&[(im, OTHER), (im, STRONG)], P, P),
            (&[(im, "*")], P, P),
            (&[(im, OTHER)], F, F),
            (&[(im, WEAK)], F, F),
            (&[(im, "")], F, F),
            (&[(im, "now")], F, F),
            (&[(im, r#"*, "now""#)], F, F),
            // 2. Only without If-Match; equal is unmodified.
            (&[(ius, MODIFIED)], P, P),
            (&[(ius, AFTER)], P, P),
            (&[(ius, BEFORE)], F, F),
            (&[(im, STRONG), (ius, BEFORE)], P, P),
            (&[(im, OTHER), (ius, AFTER)], F, F),
            (&[(ius, "yesterday")], P, P),
            (&[(ius, BEFORE), (ius, BEFORE)], P, P),
            // 3. Weak comparison.
            (&[(inm, STRONG)], M, F),
            (&[(inm, WEAK)], M, F),
            (&[(inm, "*")], M, F),
            (&[(inm, OTHER)], P, P),
            (&[(inm, r#""then", W/"now""#)], M, F),
            // Not readable: no change is allowed.
            (&[(inm, "now")], P, F),
            (&[(inm, "*, *")], P, F),
            // 4. Only GET and HEAD, and only without If-None-Match.
            (&[(ims, MODIFIED)], M, P),
            (&[(ims, AFTER)], M, P),
            (&[(ims, BEFORE)], P, P),
            (&[(inm, OTHER), (ims, AFTER)], P, P),
            (&[(inm, STRONG), (ims, BEFORE)], M, F),
            (&[(ims, "now")], P, P),
            (&[(ims, AFTER), (ims, AFTER)], P, P),
            // 1 and 2 come before 3 and 4.
            (&[(im, OTHER), (inm, STRONG)], F, F),
            (&[(im, STRONG), (inm, STRONG)], M, F),
            (&[(ius, BEFORE), (ims, AFTER)], F, F),
            (&[(ius, AFTER), (inm, OTHER)], P, P),
        ] {
            let fields = fields(lines);
            let outcome = |method| evaluate(&method, &fields, Some(&current(STRONG)), now());
            assert_eq!(outcome(Method::Get), get, "GET {lines:?}");
            assert_eq!(outcome(Method::Head), get, "HEAD {lines:?}");
            assert_eq!(outcome(Method::Put), put, "PUT {lines:?}");
            assert_eq!(outcome(Method::Delete), put, "DELETE {lines:?}");
            assert_eq!(outcome(Method::Options), P, "OPTIONS {lines:?}");
        }
    }

    #[test]
    fn a_weak_tag_serves_a_cache_and_no_editor() {
        let weak = current(WEAK);
        let outcome =
            |method, name, value| evaluate(&method, &fields(&[(name, value)]), Some(&weak), now());
        assert_eq!(outcome(Method::Get, "If-None-Match", WEAK), Outcome::NotModified);
        assert_eq!(outcome(Method::Get, "If-None-Match", STRONG), Outcome::NotModified);
        assert_eq!(outcome(Method::Put, "If-Match", WEAK), Outcome::PreconditionFailed);
        assert_eq!(outcome(Method::Put, "If-Match", STRONG), Outcome::PreconditionFailed);
    }

    #[test]
    fn before_there_is_a_representation() {
        let outcome = |name, value| evaluate(&Method::Put, &fields(&[(name, value)]), None, now());
        assert_eq!(outcome("If-None-Match", "*"), Outcome::Proceed);
        assert_eq!(outcome("If-None-Match", STRONG), Outcome::Proceed);
        assert_eq!(outcome("If-Match", "*"), Outcome::PreconditionFailed);
        assert_eq!(outcome("If-Match", STRONG), Outcome::PreconditionFailed);
        // There is no date to compare with.
        assert_eq!(outcome("If-Unmodified-Since", BEFORE), Outcome::Proceed);
    }

    #[test]
    fn without_validators_only_existence_counts() {
        let bare = Validators::default();
        let outcome =
            |name, value| evaluate(&Method::Get, &fields(&[(name, value)]), Some(&bare), now());
        assert_eq!(outcome("If-Match", "*"), Outcome::Proceed);
        assert_eq!(outcome("If-Match", STRONG), Outcome::PreconditionFailed);
        assert_eq!(outcome("If-None-Match", "*"), Outcome::NotModified);
        assert_eq!(outcome("If-None-Match", STRONG), Outcome::Proceed);
        assert_eq!(outcome("If-Modified-Since", AFTER), Outcome::Proceed);
        assert_eq!(outcome("If-Unmodified-Since", BEFORE), Outcome::Proceed);
    }

    #[test]
    fn if_range_needs_a_strong_validator_and_the_same() {
        let applies =
            |etag, value| range_applies(&fields(&[("If-Range", value)]), &current(etag), now());
        assert!(range_applies(&Fields::new(), &current(STRONG), now()));
        assert!(applies(STRONG, STRONG));
        assert!(!applies(STRONG, OTHER));
        assert!(!applies(STRONG, WEAK));
        assert!(!applies(WEAK, WEAK));
        assert!(!applies(WEAK, STRONG));
        assert!(applies(STRONG, MODIFIED));
        // Not "unchanged since", but exactly this date.
        assert!(!applies(STRONG, AFTER));
        assert!(!applies(STRONG, BEFORE));
        assert!(!applies(STRONG, "now"));
        let two = fields(&[("If-Range", STRONG), ("If-Range", STRONG)]);
        assert!(!range_applies(&two, &current(STRONG), now()));
    }

    #[test]
    fn a_date_of_this_second_is_weak() {
        let current = current(STRONG);
        let soon = date::parse(AFTER, now()).unwrap();
        let fields = fields(&[("If-Range", MODIFIED)]);
        assert!(!range_applies(&fields, &current, soon));
        assert!(range_applies(&fields, &current, soon + Duration::from_secs(1)));
    }
}

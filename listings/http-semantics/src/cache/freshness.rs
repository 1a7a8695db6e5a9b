//! How old a response is, and how old it may become ([RFC 9111] §4.2). No clock in here: every
//! time is a parameter.
//!
//! [RFC 9111]: https://www.rfc-editor.org/rfc/rfc9111#section-4.2

use std::time::{Duration, SystemTime};

use http_messages::{Fields, Status};

use super::Kind;
use super::control::{Directives, delta_seconds};
use crate::date;

/// Without an explicit lifetime, a response may be used for this part of the time for which it had
/// not changed when it was sent: one tenth ([RFC 9111] §4.2.2).
///
/// [RFC 9111]: https://www.rfc-editor.org/rfc/rfc9111#section-4.2.2
const HEURISTIC_PART: u32 = 10;

/// The longest that a guess may last: a page of ten years ago is not fresh for a year.
const HEURISTIC_LIMIT: Duration = Duration::from_secs(24 * 60 * 60);

/// When a request went out and when its response came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    pub request: SystemTime,
    pub response: SystemTime,
}

/// For how long a response may be used, and who says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    pub duration: Duration,
    pub source: Source,
}

/// Where a lifetime comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    SMaxage,
    MaxAge,
    Expires,
    /// The cache's own guess.
    Heuristic,
    /// Nothing says anything, and nothing can be guessed: stale at once.
    None,
}

// ANCHOR: lifetime
/// The freshness lifetime: the first rule that applies ([RFC 9111] §4.2.1).
///
/// [RFC 9111]: https://www.rfc-editor.org/rfc/rfc9111#section-4.2.1
pub fn lifetime(kind: Kind, status: Status, fields: &Fields, received: SystemTime) -> Lifetime {
    let directives = Directives::of(fields);
    let shared = (kind == Kind::Shared).then(|| directives.seconds("s-maxage")).flatten();
    let date = date_of(fields, received);
    let (duration, source) = if let Some(duration) = shared {
        (duration, Source::SMaxage)
    } else if let Some(duration) = directives.seconds("max-age") {
        (duration, Source::MaxAge)
    } else if let Some(expires) = fields.get_str("Expires") {
        // "0" is no date, and means that it has expired already (§5.3).
        let expires = date::parse_any_case(expires, received).unwrap_or(date);
        (expires.duration_since(date).unwrap_or_default(), Source::Expires)
    } else if is_heuristically_cacheable(status) || directives.has("public") {
        let unchanged = modified(fields, received).and_then(|then| date.duration_since(then).ok());
        match unchanged {
            Some(long) => ((long / HEURISTIC_PART).min(HEURISTIC_LIMIT), Source::Heuristic),
            None => (Duration::ZERO, Source::None),
        }
    } else {
        (Duration::ZERO, Source::None)
    };
    Lifetime { duration, source }
}
// ANCHOR_END: lifetime

// ANCHOR: age
/// How old the response is at `now` ([RFC 9111] §4.2.3): at least as old as its `Date` says, and
/// at least as old as the caches before this one say in `Age`, counted from the request because
/// the response may have been on its way for all that time.
///
/// [RFC 9111]: https://www.rfc-editor.org/rfc/rfc9111#section-4.2.3
pub fn current_age(fields: &Fields, times: Times, now: SystemTime) -> Duration {
    let between = |later: SystemTime, earlier| later.duration_since(earlier).unwrap_or_default();
    let apparent_age = between(times.response, date_of(fields, times.response));
    let response_delay = between(times.response, times.request);
    let corrected_age_value = age_value(fields).saturating_add(response_delay);
    let corrected_initial_age = apparent_age.max(corrected_age_value);
    let resident_time = between(now, times.response);
    corrected_initial_age.saturating_add(resident_time)
}
// ANCHOR_END: age

/// The first member of `Age`; 0 if it is not a number (§5.1).
fn age_value(fields: &Fields) -> Duration {
    let first = fields.list("Age").next().and_then(|member| str::from_utf8(member).ok());
    Duration::from_secs(first.and_then(delta_seconds).unwrap_or(0))
}

/// `Date`, or else the time of receipt ([RFC 9110] §6.6.1).
///
/// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110#section-6.6.1
pub fn date_of(fields: &Fields, received: SystemTime) -> SystemTime {
    let date = fields.get_str("Date").and_then(|value| date::parse_any_case(value, received));
    date.unwrap_or(received)
}

fn modified(fields: &Fields, received: SystemTime) -> Option<SystemTime> {
    date::parse_any_case(fields.get_str("Last-Modified")?, received)
}

/// Statuses for which a lifetime may be guessed ([RFC 9110] §15.1).
///
/// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110#section-15.1
pub fn is_heuristically_cacheable(status: Status) -> bool {
    matches!(status.code(), 200 | 203 | 204 | 206 | 300 | 301 | 308 | 404 | 405 | 410 | 414 | 501)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::UNIX_EPOCH;

    /// 2026-11-22 12:00:00.
    fn noon() -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_795_348_800)
    }

    const NOON: &str = "Sun, 22 Nov 2026 12:00:00 GMT";

    fn fields(lines: &[(&str, &str)]) -> Fields {
        let mut fields = Fields::new();
        for (name, value) in lines {
            fields.append(name, value).unwrap();
        }
        fields
    }

    #[test]
    fn the_first_rule_that_applies() {
        use Source::{Expires, Heuristic, MaxAge, None, SMaxage};
        let (cc, expires) = ("Cache-Control", "Expires");
        let later = "Sun, 22 Nov 2026 12:01:00 GMT";
        let modified = ("Last-Modified", "Sun, 22 Nov 2026 11:50:00 GMT");
        for (lines, private, shared) in [
            (&[(cc, "s-maxage=1, max-age=2"), (expires, later)][..], (2, MaxAge), (1, SMaxage)),
            (&[(cc, "max-age=2"), (expires, later), modified], (2, MaxAge), (2, MaxAge)),
            (&[(cc, "max-age=x"), (expires, later)], (0, MaxAge), (0, MaxAge)),
            (&[(expires, later), modified], (60, Expires), (60, Expires)),
            (&[(expires, NOON)], (0, Expires), (0, Expires)),
            (&[(expires, "0"), modified], (0, Expires), (0, Expires)),
            (&[(expires, "Sun, 06 Nov 1994 08:49:37 GMT")], (0, Expires), (0, Expires)),
            (&[(expires, "sun, 22 nov 2026 12:01:00 gmt")], (60, Expires), (60, Expires)),
            (&[modified], (60, Heuristic), (60, Heuristic)),
            (
                &[("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT")],
                (86400, Heuristic),
                (86400, Heuristic),
            ),
            (&[("Last-Modified", later)], (0, None), (0, None)),
            (&[], (0, None), (0, None)),
        ] {
            let mut fields = fields(lines);
            fields.append("Date", NOON).unwrap();
            for (kind, (seconds, source)) in [(Kind::Private, private), (Kind::Shared, shared)] {
                let duration = Duration::from_secs(seconds);
                let result = lifetime(kind, Status::OK, &fields, noon());
                assert_eq!(result, Lifetime { duration, source }, "{kind:?} {lines:?}");
            }
        }
    }

    #[test]
    fn a_guess_is_for_some_statuses_only() {
        let modified = ("Last-Modified", "Sun, 22 Nov 2026 11:50:00 GMT");
        let source = |code, lines: &[_]| {
            let status = Status::new(code).unwrap();
            lifetime(Kind::Private, status, &fields(lines), noon()).source
        };
        assert_eq!(source(301, &[modified]), Source::Heuristic);
        assert_eq!(source(302, &[modified]), Source::None);
        assert_eq!(source(302, &[modified, ("Cache-Control", "public")]), Source::Heuristic);
    }

    #[test]
    fn expires_counts_from_the_date_of_the_origin() {
        // The origin's clock is an hour behind. It says "one minute", and means it.
        let skewed = fields(&[
            ("Date", "Sun, 22 Nov 2026 11:00:00 GMT"),
            ("Expires", "Sun, 22 Nov 2026 11:01:00 GMT"),
        ]);
        let result = lifetime(Kind::Private, Status::OK, &skewed, noon());
        assert_eq!(result.duration, Duration::from_secs(60));
    }

    #[test]
    fn ages() {
        let s = Duration::from_secs;
        for (lines, delay, expected) in [
            // Ten seconds in here.
            (&[("Date", NOON)][..], 0, 10),
            (&[], 0, 10),
            // On its way for three: `Date` is of its beginning.
            (&[("Date", "Sun, 22 Nov 2026 11:59:57 GMT")], 3, 13),
            // Other caches had it for a minute, and it may have left the last one at once.
            (&[("Date", NOON), ("Age", "60")], 3, 73),
            (&[("Date", "Sun, 22 Nov 2026 11:50:00 GMT"), ("Age", "60")], 3, 610),
            // A clock that is ahead makes nothing younger than it is.
            (&[("Date", "Sun, 22 Nov 2026 12:30:00 GMT")], 3, 13),
            (&[("Age", "60, 5")], 0, 70),
            (&[("Age", "60"), ("Age", "5")], 0, 70),
            (&[("Age", "old")], 0, 10),
            (&[("Age", "-5")], 0, 10),
        ] {
            let times = Times { request: noon() - s(delay), response: noon() };
            let age = current_age(&fields(lines), times, noon() + s(10));
            assert_eq!(age, s(expected), "{lines:?}");
        }
        let huge = fields(&[("Age", "999999999999999999999")]);
        let times = Times { request: noon(), response: noon() };
        assert!(current_age(&huge, times, noon()) >= s(1 << 31));
    }
}

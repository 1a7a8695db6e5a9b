//! Bytes that nobody would think of, and arithmetic against counting by hand.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http_messages::{Fields, Method, Status};
use http_semantics::cache::control::Directives;
use http_semantics::cache::{Cache, Exchange, Kind, Lookup, Times};
use http_semantics::condition::{self, Outcome, Validators};
use http_semantics::etag::{EntityTag, TagList};
use http_semantics::range::{self, ByteRange, GAP, MAX_RANGES, Selection};
use http_semantics::{date, negotiate, uri};
use proptest::collection::vec;
use proptest::prelude::*;

/// 2026-11-22 12:00:00
fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_795_348_800)
}

/// Text made of what such fields are made of, so that some of it is nearly right.
fn field_text() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        ",",
        ";",
        "=",
        "q",
        "q=",
        "0",
        "1",
        ".",
        "0.5",
        "*",
        "\"",
        "\\",
        "W/",
        "-",
        " ",
        "\t",
        "bytes",
        "bytes=",
        "en",
        "zh-Hans",
        "gzip",
        "identity",
        "text/html",
        "/",
        "max-age",
        "no-cache",
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94",
        "99999999999999999999",
        "ä",
        "中",
        "a",
        "http:",
        "//",
        "..",
        "?",
        "#",
    ]);
    prop_oneof![vec(pieces, 0..12).prop_map(|pieces| pieces.concat()), ".{0,40}"]
}

/// A tag with any opaque bytes that a field may hold.
fn tag() -> impl Strategy<Value = EntityTag> {
    let byte =
        prop_oneof![Just(b','), Just(b'\\'), Just(b'*'), b'!'..=b'!', b'#'..=b'~', 0x80..=0xff_u8];
    (any::<bool>(), vec(byte, 0..6)).prop_map(|(weak, opaque)| {
        let tag = if weak { EntityTag::weak(opaque) } else { EntityTag::strong(opaque) };
        tag.expect("only bytes that a tag may hold")
    })
}

/// A member of a `Range`, and the bytes of `length` that it names, counted one by one.
fn named(member: &(u8, u64, u64), length: u64) -> (String, BTreeSet<u64>) {
    match *member {
        (0, first, more) => {
            let last = first + more;
            (
                format!("{first}-{last}"),
                (0..length).filter(|at| (first..=last).contains(at)).collect(),
            )
        }
        (1, first, _) => (format!("{first}-"), (0..length).filter(|at| *at >= first).collect()),
        (_, count, _) => {
            (format!("-{count}"), (0..length).filter(|at| length - at <= count).collect())
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics(text in field_text(), other in field_text(), bytes in vec(any::<u8>(), 0..40)) {
        let available = ["en", "zh-Hans", "gzip", "identity", "text/html"];
        for choose in [negotiate::language, negotiate::coding, negotiate::media_type] {
            let choice = choose(Some(&text), &available);
            prop_assert!(choice.is_none_or(|index| index < available.len()));
            prop_assert_eq!(choice, choose(Some(&text), &available));
        }
        let _ = range::select(&text, 100);
        let _ = date::parse(&text, now());
        let _ = date::parse_any_case(&text, now());
        let _ = EntityTag::parse(&bytes);
        let _ = TagList::parse([&bytes[..], text.as_bytes()]);
        let _ = uri::resolve(&text, &other);
        let _ = uri::resolve("http://a/b", &text);
        let _ = uri::same_origin(&text, &other);
    }

    #[test]
    fn fields_of_any_kind_are_evaluated(texts in vec(field_text(), 6), tag in tag()) {
        let mut fields = Fields::new();
        let names = [
            "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range",
            "Cache-Control",
        ];
        for (name, text) in names.iter().zip(&texts) {
            // Control characters never get into a field.
            let _ = fields.append(name, text);
        }
        let current = Validators { etag: Some(tag), modified: Some(now()) };
        for method in [Method::Get, Method::Put] {
            let outcome = condition::evaluate(&method, &fields, Some(&current), now());
            prop_assert!(method == Method::Get || outcome != Outcome::NotModified);
        }
        let _ = condition::range_applies(&fields, &current, now());
        let directives = Directives::of(&fields);
        let _ = directives.seconds("max-age");
    }

    #[test]
    fn a_list_of_tags_comes_back(
        tags in vec(tag(), 0..6),
        separators in vec(prop::sample::select(vec![",", ", ", " ,", ",,", " , , ", "\t,"]), 6),
    ) {
        let mut list = Vec::new();
        for (tag, separator) in tags.iter().zip(&separators) {
            list.extend(tag.to_bytes());
            list.extend(separator.as_bytes());
        }
        prop_assert_eq!(TagList::parse([&list[..]]), TagList::Tags(tags.clone()));
        for tag in &tags {
            prop_assert_eq!(EntityTag::parse(&tag.to_bytes()), Some(tag.clone()));
        }
    }

    #[test]
    fn ranges_against_counting(
        length in 0_u64..600,
        members in vec((0..3_u8, 0_u64..700, 0_u64..300), 1..6),
    ) {
        let named: Vec<_> = members.iter().map(|member| named(member, length)).collect();
        let value = named.iter().map(|(text, _)| &**text).collect::<Vec<_>>().join(",");
        let wanted: BTreeSet<u64> = named.iter().flat_map(|(_, bytes)| bytes).copied().collect();
        match range::select(&format!("bytes={value}"), length) {
            Selection::Unsatisfiable => prop_assert!(wanted.is_empty(), "{}", value),
            Selection::Whole => prop_assert_eq!(length, 0, "{}", value),
            Selection::Parts(parts) => {
                let sent: Vec<u64> = parts.iter().flat_map(|part| part.first..=part.last).collect();
                let once: BTreeSet<u64> = sent.iter().copied().collect();
                prop_assert_eq!(sent.len(), once.len(), "a byte is sent twice: {}", value);
                prop_assert!(once.is_superset(&wanted), "a byte is missing: {}", value);
                prop_assert!(once.iter().all(|at| *at < length), "past the end: {}", value);
                // What nobody asked for lies in a gap between two things that somebody did.
                for extra in once.difference(&wanted) {
                    let before = wanted.range(..extra).next_back();
                    let after = wanted.range(extra..).next();
                    let gap = before.zip(after).map(|(before, after)| after - before - 1);
                    prop_assert!(gap.is_some_and(|gap| gap <= GAP), "{} at {}", value, extra);
                }
                // Each part begins with what one member asks for, and they come in that order.
                let place = |part: &ByteRange| {
                    named.iter().position(|(_, bytes)| {
                        bytes.iter().any(|at| (part.first..=part.last).contains(at))
                    })
                };
                let places: Vec<_> = parts.iter().map(place).collect();
                prop_assert!(places.is_sorted(), "{}: {:?}", value, places);
                prop_assert!(parts.len() <= MAX_RANGES);
            }
        }
    }

    #[test]
    fn a_date_comes_back(seconds in 0_u64..253_402_300_800) {
        let time = UNIX_EPOCH + Duration::from_secs(seconds);
        let text = date::format(time);
        prop_assert_eq!(date::parse(&text, now()), Some(time));
        prop_assert_eq!(date::parse_any_case(&text.to_lowercase(), now()), Some(time));
    }

    #[test]
    fn a_resolved_reference_stays_where_it_is(reference in "[a-c./?#:;]{0,16}") {
        if let Some(there) = uri::resolve("http://a/b/c/d;p?q", &reference) {
            let parts = uri::Parts::split(&there);
            if parts.authority.is_some() {
                prop_assert!(!parts.path.split('/').any(|segment| segment == ".."), "{}", there);
                prop_assert_eq!(uri::resolve("http://x/y", &there), Some(there.clone()));
            }
        }
    }

    #[test]
    fn a_cache_never_answers_with_what_is_stale(
        exchanges in vec((field_text(), field_text(), 0..3_usize, 0_u64..100, 0..6_usize), 1..12),
    ) {
        let uris = ["http://a/1", "http://a/2", "http://a/3"];
        let statuses = [200, 206, 301, 304, 404, 500].map(|code| Status::new(code).unwrap());
        for kind in [Kind::Private, Kind::Shared] {
            let (mut cache, mut now) = (Cache::new(kind), now());
            for (request_text, response_text, uri, seconds, status) in &exchanges {
                now += Duration::from_secs(*seconds);
                let (mut request, mut response) = (Fields::new(), Fields::new());
                let _ = request.append("Cache-Control", request_text);
                for (name, value) in [
                    ("Cache-Control", format!("{response_text},max-age=50")),
                    ("ETag", "\"1\"".into()),
                    ("Vary", response_text.clone()),
                    ("Age", response_text.clone()),
                ] {
                    let _ = response.append(name, value);
                }
                cache.receive(Exchange {
                    method: &Method::Get,
                    uri: uris[*uri],
                    request: &request,
                    status: statuses[*status],
                    response: &response,
                    content: "content".into(),
                    times: Times { request: now, response: now },
                });
                let found = cache.look_up(&Method::Get, uris[*uri], &request, now);
                if let Lookup::Fresh(stored) = found {
                    prop_assert!(stored.age(now) < stored.lifetime(kind).duration);
                }
            }
        }
    }
}

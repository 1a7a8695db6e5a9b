//! The cache as its callers see it: a small world with a clock that the test moves.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http_messages::{Fields, Method, Status};

use super::{
    CAPACITY, Cache, Exchange, Kind, LARGEST, Lookup, MAX_VARIANTS, Reason, Received, Stored,
    Times, Why,
};
use crate::date;

const URI: &str = "http://a.test/x";

struct World {
    cache: Cache,
    now: SystemTime,
}

fn fields(lines: &[(&str, &str)]) -> Fields {
    let mut fields = Fields::new();
    for (name, value) in lines {
        fields.append(name, value).unwrap();
    }
    fields
}

impl World {
    fn new(kind: Kind) -> Self {
        // 2026-11-22 12:00:00
        Self { cache: Cache::new(kind), now: UNIX_EPOCH + Duration::from_secs(1_795_348_800) }
    }

    fn wait(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
    }

    fn receive(
        &mut self,
        method: &Method,
        (uri, request): (&str, &[(&str, &str)]),
        code: u16,
        response: &[(&str, &str)],
        content: &'static str,
    ) -> String {
        let mut response = fields(response);
        if !response.contains("Date") {
            response.append("Date", date::format(self.now)).unwrap();
        }
        let received = self.cache.receive(Exchange {
            method,
            uri,
            request: &fields(request),
            status: Status::new(code).unwrap(),
            response: &response,
            content: content.into(),
            times: Times { request: self.now, response: self.now },
        });
        match received {
            Received::Stored(_) => "stored".into(),
            Received::Confirmed(stored) => format!("confirmed {}", text(stored)),
            Received::NotStored(reason) => reason.to_string(),
            Received::AskAgain => "ask again".into(),
        }
    }

    /// GET of `URI` with 200 and these fields.
    fn get(&mut self, request: &[(&str, &str)], response: &[(&str, &str)]) -> String {
        self.receive(&Method::Get, (URI, request), 200, response, "one")
    }

    fn look_up(&mut self, request: &[(&str, &str)]) -> String {
        self.look_up_at(&Method::Get, URI, request)
    }

    fn look_up_at(&mut self, method: &Method, uri: &str, request: &[(&str, &str)]) -> String {
        let now = self.now;
        match self.cache.look_up(method, uri, &fields(request), now) {
            Lookup::Fresh(stored) => format!("fresh {}", text(stored)),
            Lookup::Stale(stored) => format!("stale {}", text(stored)),
            Lookup::Unsatisfiable => "504".into(),
            Lookup::Forward(forward) => {
                let conditions = forward.conditions.iter();
                let conditions: Vec<_> = conditions
                    .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value)))
                    .collect();
                let spare = if forward.if_disconnected.is_some() { ", usable" } else { "" };
                format!("{:?} {}{spare}", forward.why, conditions.join(", "))
            }
        }
    }
}

fn text(stored: &Stored) -> String {
    String::from_utf8_lossy(&stored.content).into_owned()
}

#[test]
fn fresh_then_stale_then_confirmed() {
    let mut world = World::new(Kind::Private);
    assert_eq!(world.look_up(&[]), "Unknown ");
    let response = [("Cache-Control", "max-age=60"), ("ETag", "\"1\""), ("X", "old")];
    assert_eq!(world.get(&[], &response), "stored");
    world.wait(59);
    assert_eq!(world.look_up(&[]), "fresh one");
    assert_eq!(world.look_up_at(&Method::Head, URI, &[]), "fresh one");
    world.wait(1);
    assert_eq!(world.look_up(&[]), "Stale If-None-Match: \"1\", usable");
    let update = [("ETag", "\"1\""), ("X", "new"), ("Age", "10")];
    assert_eq!(world.receive(&Method::Get, (URI, &[]), 304, &update, ""), "confirmed one");
    world.wait(49);
    let now = world.now;
    let Lookup::Fresh(stored) = world.cache.look_up(&Method::Get, URI, &Fields::new(), now) else {
        panic!("not fresh");
    };
    let answer = stored.aged_fields(now);
    assert_eq!(answer.get("X"), Some(&b"new"[..]));
    assert_eq!(answer.get("Age"), Some(&b"59"[..]));
    assert_eq!(answer.get_all("Date").count(), 1);
    world.wait(1);
    assert!(world.look_up(&[]).starts_with("Stale"));
}

#[test]
fn an_age_ends_with_the_confirmation() {
    let mut world = World::new(Kind::Private);
    world.get(&[], &[("Cache-Control", "max-age=60"), ("ETag", "\"1\""), ("Age", "50")]);
    world.wait(10);
    assert!(world.look_up(&[]).starts_with("Stale"));
    world.receive(&Method::Get, (URI, &[]), 304, &[("ETag", "\"1\"")], "");
    world.wait(59);
    assert_eq!(world.look_up(&[]), "fresh one");
}

#[test]
fn a_full_response_takes_the_place_of_the_old() {
    let mut world = World::new(Kind::Private);
    world.get(&[], &[("Cache-Control", "max-age=60"), ("ETag", "\"1\"")]);
    world.wait(60);
    let new = [("Cache-Control", "max-age=60"), ("ETag", "\"2\"")];
    world.receive(&Method::Get, (URI, &[]), 200, &new, "two");
    assert_eq!(world.look_up(&[]), "fresh two");
    assert_eq!(world.cache.len(), 1);
    // One that may not be stored ends the old one as well.
    assert_eq!(world.get(&[], &[("Cache-Control", "no-store")]), "no-store");
    assert_eq!(world.look_up(&[]), "Unknown ");
    assert!(world.cache.is_empty() && world.cache.size == 0);
    // A failing origin says nothing about it.
    world.get(&[], &new);
    world.receive(&Method::Get, (URI, &[]), 503, &[], "");
    assert_eq!(world.look_up(&[]), "fresh one");
}

#[test]
fn what_is_stored_and_what_not() {
    use Reason as R;
    let cc = "Cache-Control";
    let tag = ("ETag", "\"1\"");
    let secret: &[_] = &[("Authorization", "Basic eDp5")];
    let ok = None;
    for (code, request, response, private, shared) in [
        (200, &[][..], &[(cc, "max-age=1")][..], ok, ok),
        (200, &[], &[tag], ok, ok),
        (200, &[], &[], Some(R::Useless), Some(R::Useless)),
        (200, &[], &[(cc, "max-age=0")], Some(R::Useless), Some(R::Useless)),
        (200, &[], &[(cc, "no-store, max-age=1")], Some(R::NoStore), Some(R::NoStore)),
        (200, &[(cc, "no-store")], &[tag], Some(R::NoStoreInRequest), Some(R::NoStoreInRequest)),
        (200, &[], &[(cc, "private, max-age=1")], ok, Some(R::Private)),
        (200, &[], &[(cc, "private=\"X\", max-age=1")], ok, Some(R::Private)),
        (200, &[], &[(cc, "s-maxage=1")], Some(R::Useless), ok),
        (200, secret, &[(cc, "max-age=1")], ok, Some(R::Authorization)),
        (200, secret, &[(cc, "max-age=1, public")], ok, ok),
        (200, secret, &[(cc, "max-age=1, must-revalidate")], ok, ok),
        (200, secret, &[(cc, "s-maxage=1"), tag], ok, ok),
        (200, &[], &[(cc, "no-cache"), tag], ok, ok),
        (200, &[], &[("Vary", "*"), tag], Some(R::VaryAnything), Some(R::VaryAnything)),
        (404, &[], &[(cc, "max-age=1")], ok, ok),
        (301, &[], &[tag], ok, ok),
        (302, &[], &[tag], Some(R::NothingAllows), Some(R::NothingAllows)),
        (302, &[], &[(cc, "max-age=1")], ok, ok),
        (302, &[], &[(cc, "public"), tag], ok, ok),
        (206, &[], &[(cc, "max-age=1")], Some(R::Part), Some(R::Part)),
        (999, &[], &[(cc, "max-age=1")], ok, ok),
        (
            599,
            &[],
            &[(cc, "max-age=1, must-understand")],
            Some(R::NotUnderstood),
            Some(R::NotUnderstood),
        ),
        (200, &[], &[(cc, "max-age=1, no-store, must-understand")], ok, ok),
        (103, &[], &[(cc, "max-age=1")], Some(R::Interim), Some(R::Interim)),
    ] {
        for (kind, reason) in [(Kind::Private, private), (Kind::Shared, shared)] {
            let mut world = World::new(kind);
            let expected = reason.map_or("stored".to_string(), |reason: Reason| reason.to_string());
            let received = world.receive(&Method::Get, (URI, request), code, response, "one");
            assert_eq!(received, expected, "{kind:?} {code} {request:?} {response:?}");
        }
    }
    let mut world = World::new(Kind::Private);
    let response = [(cc, "max-age=60")];
    let post = world.receive(&Method::Post, (URI, &[]), 200, &response, "one");
    assert_eq!(post, Reason::Method.to_string());
    assert_eq!(world.look_up_at(&Method::Post, URI, &[]), "Method ");
}

#[test]
fn what_the_request_wishes() {
    let cc = "Cache-Control";
    let mut world = World::new(Kind::Private);
    assert_eq!(world.look_up(&[(cc, "only-if-cached")]), "504");
    world.get(&[], &[(cc, "max-age=60"), ("ETag", "\"1\"")]);
    world.wait(30);
    let ask = "Request If-None-Match: \"1\", usable";
    for (wish, found) in [
        ("no-cache", ask),
        ("max-age=30", "fresh one"),
        ("max-age=29", ask),
        ("max-age=0", ask),
        ("min-fresh=29", "fresh one"),
        ("min-fresh=30", ask),
        ("only-if-cached", "fresh one"),
        ("only-if-cached, no-cache", "504"),
        ("max-stale", "fresh one"),
    ] {
        assert_eq!(world.look_up(&[(cc, wish)]), found, "{wish}");
    }
    world.wait(40);
    let stale = "Stale If-None-Match: \"1\", usable";
    for (wish, found) in [
        ("max-stale", "stale one"),
        ("max-stale=10", "stale one"),
        ("max-stale=9", stale),
        ("max-stale=x", stale),
        ("only-if-cached", "504"),
        ("only-if-cached, max-stale", "stale one"),
        ("max-stale, max-age=60", "Request If-None-Match: \"1\", usable"),
    ] {
        assert_eq!(world.look_up(&[(cc, wish)]), found, "{wish}");
    }
}

#[test]
fn what_must_not_be_used_stale() {
    for (directives, private, shared) in [
        ("max-age=1", true, true),
        ("max-age=1, must-revalidate", false, false),
        ("max-age=1, proxy-revalidate", true, false),
        ("max-age=1, s-maxage=1", true, false),
    ] {
        for (kind, usable) in [(Kind::Private, private), (Kind::Shared, shared)] {
            let mut world = World::new(kind);
            world.get(&[], &[("Cache-Control", directives)]);
            world.wait(1);
            let found = world.look_up(&[("Cache-Control", "max-stale")]);
            assert_eq!(found == "stale one", usable, "{kind:?} {directives}: {found}");
            assert_eq!(world.look_up(&[]).contains("usable"), usable, "{kind:?} {directives}");
        }
    }
    let mut world = World::new(Kind::Private);
    world.get(&[], &[("Cache-Control", "no-cache, max-age=60"), ("ETag", "\"1\"")]);
    assert_eq!(world.look_up(&[("Cache-Control", "max-stale")]), "NoCache If-None-Match: \"1\"");
}

#[test]
fn variants() {
    let mut world = World::new(Kind::Shared);
    let zh: &[_] = &[("Accept-Language", "zh, en;q=0.5")];
    let en: &[_] = &[("Accept-Language", "en")];
    let response = [("Cache-Control", "max-age=60"), ("Vary", "Accept-Language, accept-encoding")];
    world.receive(&Method::Get, (URI, zh), 200, &response, "中文");
    assert_eq!(world.look_up(zh), "fresh 中文");
    assert_eq!(world.look_up(en), "OtherVariant ");
    assert_eq!(world.look_up(&[]), "OtherVariant ");
    world.receive(&Method::Get, (URI, en), 200, &response, "English");
    assert_eq!(world.cache.len(), 2);
    assert_eq!(world.look_up(zh), "fresh 中文");
    // White space and line breaks say nothing, and other fields have no say.
    let lines: &[_] = &[("accept-language", "zh ,en;q=0.5"), ("Accept", "text/html")];
    assert_eq!(world.look_up(lines), "fresh 中文");
    let split: &[_] = &[("accept-language", "zh"), ("Accept-Language", "en;q=0.5")];
    assert_eq!(world.look_up(split), "fresh 中文");
    assert_eq!(
        world.look_up(&[("Accept-Language", "en"), ("Accept-Encoding", "br")]),
        "OtherVariant "
    );
    // Empty is not absent.
    assert_eq!(
        world.look_up(&[("Accept-Language", "en"), ("Accept-Encoding", "")]),
        "OtherVariant "
    );
}

#[test]
fn one_with_vary_goes_before_one_without() {
    let mut world = World::new(Kind::Shared);
    let zh: &[_] = &[("Accept-Language", "zh")];
    let vary = [("Cache-Control", "max-age=60"), ("Vary", "Accept-Language")];
    world.receive(&Method::Get, (URI, zh), 200, &vary, "中文");
    world.wait(1);
    // What a careless origin sends to those who wish nothing.
    world.receive(&Method::Get, (URI, &[]), 200, &[("Cache-Control", "max-age=60")], "default");
    assert_eq!(world.look_up(zh), "fresh 中文");
    assert_eq!(world.look_up(&[]), "fresh default");
}

#[test]
fn a_304_updates_what_it_speaks_of() {
    let cc = ("Cache-Control", "max-age=60");
    for (stored, not_modified, expected) in [
        (&[("ETag", "\"1\"")][..], &[("ETag", "\"1\"")][..], "confirmed one"),
        (&[("ETag", "\"1\"")], &[("ETag", "\"2\"")], "ask again"),
        (&[("ETag", "W/\"1\"")], &[("ETag", "W/\"1\"")], "confirmed one"),
        (&[("ETag", "W/\"1\"")], &[("ETag", "\"1\"")], "confirmed one"),
        (&[("ETag", "W/\"1\"")], &[("ETag", "\"2\"")], "ask again"),
        (&[("ETag", "\"1\"")], &[("ETag", "W/\"1\"")], "confirmed one"),
        (&[("ETag", "\"1\"")], &[], "confirmed one"),
        (&[("Last-Modified", "a")], &[("Last-Modified", "a")], "confirmed one"),
        (&[("Last-Modified", "a")], &[("Last-Modified", "b")], "ask again"),
        (&[], &[], "confirmed one"),
    ] {
        let mut world = World::new(Kind::Private);
        world.get(&[], &[&[cc], stored].concat());
        let received = world.receive(&Method::Get, (URI, &[]), 304, not_modified, "");
        assert_eq!(received, expected, "{stored:?} {not_modified:?}");
    }
    let mut world = World::new(Kind::Private);
    let own: &[_] = &[("If-None-Match", "\"1\"")];
    let received = world.receive(&Method::Get, (URI, own), 304, &[("ETag", "\"1\"")], "");
    assert_eq!(received, Reason::NotOurs.to_string());
    assert_eq!(world.receive(&Method::Get, (URI, &[]), 304, &[], ""), "ask again");
}

#[test]
fn a_strong_tag_confirms_a_weak_one_and_renews_nothing() {
    // As nginx does it for what it compresses.
    let mut world = World::new(Kind::Private);
    world.get(&[], &[("Cache-Control", "max-age=60"), ("ETag", "W/\"1\"")]);
    world.wait(60);
    let confirmation = [("ETag", "\"1\""), ("Cache-Control", "max-age=60")];
    let received = world.receive(&Method::Get, (URI, &[]), 304, &confirmation, "");
    assert_eq!(received, "confirmed one");
    assert_eq!(world.look_up(&[]), "Stale If-None-Match: W/\"1\", usable");
}

#[test]
fn a_304_leaves_the_content_and_what_describes_it() {
    let mut world = World::new(Kind::Private);
    let stored = [
        ("ETag", "W/\"1\""),
        ("Content-Encoding", "gzip"),
        ("Content-Length", "3"),
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=1"),
    ];
    world.get(&[], &stored);
    let update = [
        ("ETag", "W/\"1\""),
        ("Content-Encoding", "br"),
        ("Content-Length", "9"),
        ("Connection", "X-Hop"),
        ("X-Hop", "1"),
        ("Set-Cookie", "a=2"),
    ];
    assert_eq!(world.receive(&Method::Get, (URI, &[]), 304, &update, ""), "confirmed one");
    let now = world.now;
    let Lookup::Forward(forward) = world.cache.look_up(&Method::Get, URI, &Fields::new(), now)
    else {
        panic!("no lifetime, and fresh");
    };
    let fields = &forward.if_disconnected.unwrap().fields;
    assert_eq!(fields.get("Content-Encoding"), Some(&b"gzip"[..]));
    assert!(!fields.contains("Content-Length") && !fields.contains("X-Hop"));
    assert_eq!(fields.get_all("Set-Cookie").collect::<Vec<_>>(), [b"a=2"]);
}

#[test]
fn a_change_invalidates() {
    let other = "http://a.test/other";
    let foreign = "http://b.test/x";
    let response = [("Cache-Control", "max-age=60")];
    for (method, code, location, left) in [
        (Method::Put, 204, "/nowhere", [false, true, true]),
        (Method::Delete, 200, "other", [false, false, true]),
        (Method::Post, 303, "http://b.test/x", [false, true, true]),
        (Method::parse("MKCOL").unwrap(), 201, "other#here", [false, false, true]),
        (Method::Put, 412, "other", [true, true, true]),
        (Method::Post, 500, "other", [true, true, true]),
        (Method::Options, 200, "other", [true, true, true]),
    ] {
        let mut world = World::new(Kind::Shared);
        for uri in [URI, other, foreign] {
            world.receive(&Method::Get, (uri, &[]), 200, &response, "one");
        }
        world.receive(&method, (URI, &[]), code, &[("Location", location)], "");
        let found = [URI, other, foreign]
            .map(|uri| world.look_up_at(&Method::Get, uri, &[]) == "fresh one");
        assert_eq!(found, left, "{method:?} {code} {location}");
    }
}

#[test]
fn head_confirms_or_casts_doubt() {
    let response = [("Cache-Control", "max-age=60"), ("ETag", "\"1\""), ("Content-Length", "3")];
    for (head, expected) in [
        (&[("ETag", "\"1\""), ("Cache-Control", "max-age=90")][..], "fresh one"),
        (&[("ETag", "\"2\"")], "Invalidated If-None-Match: \"1\""),
        (&[("ETag", "\"1\""), ("Content-Length", "4")], "Invalidated If-None-Match: \"1\""),
    ] {
        let mut world = World::new(Kind::Private);
        world.get(&[], &response);
        world.wait(50);
        world.receive(&Method::Head, (URI, &[]), 200, head, "");
        world.wait(50);
        assert_eq!(world.look_up(&[]), expected, "{head:?}");
    }
}

#[test]
fn it_stays_within_its_bounds() {
    let mut world = World::new(Kind::Private);
    let large = "x".repeat(LARGEST / 2).leak();
    for number in 0..20 {
        let uri = format!("{URI}{number}");
        let response = [("Cache-Control", "max-age=60")];
        assert_eq!(world.receive(&Method::Get, (&uri, &[]), 200, &response, large), "stored");
        // The first is used again and again.
        assert!(world.look_up_at(&Method::Get, &format!("{URI}0"), &[]).starts_with("fresh"));
    }
    assert_eq!(world.cache.len(), 15);

    // An answer may be smaller than the name under which it is kept.
    let mut world = World::new(Kind::Private);
    let uri = format!("{URI}{}", "x".repeat(CAPACITY / 100)).leak();
    for number in 0..110 {
        let response = [("Cache-Control", "max-age=60")];
        world.receive(&Method::Get, (&format!("{uri}{number}"), &[]), 200, &response, "");
    }
    assert!(world.cache.len() < 100, "{}", world.cache.len());
    assert_eq!(world.look_up_at(&Method::Get, &format!("{URI}1"), &[]), "Unknown ");
    let too_large = "x".repeat(LARGEST).leak();
    let response = [("Cache-Control", "max-age=60")];
    let received = world.receive(&Method::Get, (URI, &[]), 200, &response, too_large);
    assert_eq!(received, Reason::TooLarge.to_string());

    let mut world = World::new(Kind::Private);
    for number in 0..2 * MAX_VARIANTS {
        let value = number.to_string();
        world.get(&[("X", &value)], &[("Cache-Control", "max-age=60"), ("Vary", "X")]);
    }
    assert_eq!(world.cache.len(), MAX_VARIANTS);
    assert_eq!(world.look_up(&[("X", "0")]), format!("{:?} ", Why::OtherVariant));
    assert_eq!(world.look_up(&[("X", "31")]), "fresh one");
    let stored = world.cache.stored.values().flatten();
    let counted: usize = stored.map(|stored| stored.size(URI)).sum();
    assert_eq!(world.cache.size, counted);
}

#[test]
fn the_client_may_know_it_already() {
    let mut world = World::new(Kind::Shared);
    let modified = ("Last-Modified", "Sun, 22 Nov 2026 11:00:00 GMT");
    world.get(&[], &[("Cache-Control", "max-age=60"), ("ETag", "\"1\""), modified]);
    let now = world.now;
    let Lookup::Fresh(stored) = world.cache.look_up(&Method::Get, URI, &Fields::new(), now) else {
        panic!("not fresh");
    };
    for (request, known) in [
        (&[("If-None-Match", "W/\"1\"")][..], true),
        (&[("If-None-Match", "\"2\"")], false),
        (&[("If-Modified-Since", "Sun, 22 Nov 2026 11:00:00 GMT")], true),
        (&[("If-Modified-Since", "Sun, 22 Nov 2026 10:59:59 GMT")], false),
        (&[("If-Match", "\"2\"")], false),
        (&[], false),
    ] {
        assert_eq!(stored.is_known_to(&fields(request), now), known, "{request:?}");
    }
}

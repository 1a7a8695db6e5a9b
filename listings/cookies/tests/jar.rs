//! What holds for every jar, and what only a clock or a full jar shows.

use std::time::{Duration, SystemTime};

use cookies::builder::Builder;
use cookies::context::Api;
use cookies::domain::{Host, is_public_suffix};
use cookies::jar::{Change, MAX_LIFETIME, PER_DOMAIN, TOTAL};
use cookies::path::path_match;
use cookies::{Context, Cookie, Jar, Policy, Refusal, SetCookie, Uri, Withheld, netscape};
use proptest::collection::vec;
use proptest::prelude::*;

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(86_400);

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000)
}

fn uri(text: &str) -> Uri {
    Uri::parse(text).unwrap()
}

/// A jar after these fields came from one address.
fn jar(address: &str, fields: &[&str]) -> Jar {
    let mut jar = Jar::default();
    let uri = uri(address);
    for field in fields {
        jar.store(&Context::direct(&uri), field.as_bytes(), now()).unwrap();
    }
    jar
}

fn sent(jar: &mut Jar, address: &str, now: SystemTime) -> String {
    let field = jar.cookie_field(&Context::direct(&uri(address)), now).unwrap_or_default();
    String::from_utf8(field).unwrap()
}

#[test]
fn a_lifetime_ends_at_its_second() {
    let mut jar =
        jar("http://a.test/", &["a=1; Max-Age=10", "b=2", "c=3; Expires=1 Jan 2100 0:0:0"]);
    assert_eq!(sent(&mut jar, "http://a.test/", now() + 9 * SECOND), "a=1; b=2; c=3");
    assert_eq!(sent(&mut jar, "http://a.test/", now() + 10 * SECOND), "b=2; c=3");
    assert_eq!(MAX_LIFETIME, 400 * DAY);
    assert_eq!(sent(&mut jar, "http://a.test/", now() + MAX_LIFETIME - SECOND), "b=2; c=3");
    assert_eq!(sent(&mut jar, "http://a.test/", now() + MAX_LIFETIME), "b=2");
    jar.end_session();
    assert_eq!(sent(&mut jar, "http://a.test/", now() + MAX_LIFETIME), "");
}

#[test]
fn a_session_ends_and_other_cookies_stay() {
    let mut jar = jar("http://a.test/", &["a=1; Max-Age=10", "b=2"]);
    jar.end_session();
    assert_eq!(sent(&mut jar, "http://a.test/", now()), "a=1");
}

#[test]
fn changes_are_told_apart() {
    let uri = uri("http://a.test/");
    let context = Context::direct(&uri);
    let mut jar = Jar::default();
    for (field, change) in [
        ("a=1", Change::New),
        ("a=2", Change::Updated),
        ("a=2; Path=/x", Change::New),
        ("a=; Max-Age=0", Change::Removed),
        ("a=; Max-Age=0", Change::Nothing),
    ] {
        assert_eq!(jar.store(&context, field.as_bytes(), now()), Ok(change), "{field}");
    }
}

#[test]
fn a_full_domain_loses_the_cookie_that_was_used_least_recently() {
    let mut jar = Jar::default();
    let home = uri("http://a.test/");
    let context = Context::direct(&home);
    for number in 0..PER_DOMAIN as u32 {
        let field = format!("c{number}=");
        jar.store(&context, field.as_bytes(), now() + number * SECOND).unwrap();
    }
    let without = |jar: &Jar, name: &[u8]| jar.iter(now()).all(|cookie| cookie.name != name);
    jar.store(&context, b"new=", now() + 100 * SECOND).unwrap();
    assert!(without(&jar, b"c0"), "the oldest one was never used");
    sent(&mut jar, "http://a.test/", now() + 200 * SECOND);
    jar.store(&context, b"unused=; Path=/else", now() + 201 * SECOND).unwrap();
    assert!(without(&jar, b"c1"), "all were used at once, so the oldest of them goes");
    sent(&mut jar, "http://a.test/", now() + 250 * SECOND);
    jar.store(&context, b"newer=", now() + 300 * SECOND).unwrap();
    assert!(without(&jar, b"unused") && !without(&jar, b"c2"));
    assert_eq!(jar.iter(now()).count(), PER_DOMAIN);
}

#[test]
fn plain_http_pushes_no_secure_cookie_out() {
    let mut jar = jar("https://a.test/", &["id=7; Secure"]);
    let plain = uri("http://a.test/");
    for number in 0..PER_DOMAIN as u32 + 10 {
        let field = format!("junk{number}=");
        let then = now() + (number + 1) * SECOND;
        jar.store(&Context::direct(&plain), field.as_bytes(), then).unwrap();
    }
    assert_eq!(jar.iter(now()).count(), PER_DOMAIN);
    assert!(sent(&mut jar, "https://a.test/", now() + DAY).starts_with("id=7; junk11="));
}

#[test]
fn a_domain_full_of_secure_cookies_has_no_room_for_another_kind() {
    let fields: Vec<_> = (0..PER_DOMAIN).map(|number| format!("c{number}=; Secure")).collect();
    let mut jar = jar("https://a.test/", &fields.iter().map(String::as_str).collect::<Vec<_>>());
    let uri = uri("https://a.test/");
    let mut store = |field: &[u8]| jar.store(&Context::direct(&uri), field, now() + SECOND);
    assert_eq!(store(b"plain="), Ok(Change::NoRoom));
    assert_eq!(store(b"secure=; Secure"), Ok(Change::New));
    let names: Vec<_> =
        jar.iter(now()).map(|cookie| cookie.name.escape_ascii().to_string()).collect();
    assert_eq!(names.len(), PER_DOMAIN);
    assert_eq!((names[0].as_str(), names[PER_DOMAIN - 1].as_str()), ("c1", "secure"));
}

#[test]
fn a_full_jar_loses_the_cookie_that_was_used_least_recently() {
    let policy = Policy { per_domain: 3, total: 5, ..Policy::default() };
    let mut jar = Jar::new(policy);
    for number in 0..9u32 {
        let uri = uri(&format!("http://{}.test/", ["a", "b", "c"][number as usize % 3]));
        let field = format!("c{number}=");
        jar.store(&Context::direct(&uri), field.as_bytes(), now() + number * SECOND).unwrap();
    }
    let names: Vec<_> = jar.iter(now()).map(|cookie| cookie.name.clone()).collect();
    assert_eq!(names, [b"c4", b"c5", b"c6", b"c7", b"c8"]);
}

#[test]
fn a_jar_is_never_larger_than_its_limit() {
    assert_eq!((Policy::default().per_domain, Policy::default().total), (PER_DOMAIN, TOTAL));
    let mut jar = Jar::new(Policy { total: 300, ..Policy::default() });
    for number in 0..400 {
        let uri = uri(&format!("http://h{}.test/", number / PER_DOMAIN));
        jar.store(&Context::direct(&uri), format!("c{number}=").as_bytes(), now()).unwrap();
    }
    assert_eq!(jar.iter(now()).count(), 300);
}

#[test]
fn a_young_cookie_without_same_site_goes_with_posts_if_the_policy_says_so() {
    let policy = Policy { lax_allowing_unsafe: Some(120 * SECOND), ..Policy::default() };
    let (bank, evil) = (uri("https://bank.test/"), uri("https://evil.test/"));
    let post = Context::navigation(&bank, &evil).with_unsafe_method();
    for (field, lax_allowing_unsafe) in [("a=1", true), ("a=1; SameSite=Lax", false)] {
        let mut jar = Jar::new(policy.clone());
        jar.store(&Context::direct(&bank), field.as_bytes(), now()).unwrap();
        for (age, young) in [(119, true), (120, true), (121, false)] {
            let field = jar.cookie_field(&post, now() + age * SECOND);
            assert_eq!(field.is_some(), lax_allowing_unsafe && young, "{age} s");
        }
        // A new value does not make it young again.
        jar.store(&Context::direct(&bank), field.as_bytes(), now() + 100 * SECOND).unwrap();
        assert_eq!(jar.cookie_field(&post, now() + 121 * SECOND), None);
    }
}

#[test]
fn loopback_is_as_secure_as_the_policy_says() {
    let mut strict = Jar::new(Policy { trust_loopback: false, ..Policy::default() });
    for (address, trusted) in
        [("http://localhost:8000/", true), ("http://[::1]/", true), ("http://10.0.0.1/", false)]
    {
        let uri = uri(address);
        let context = Context::direct(&uri);
        let refused = Err(Refusal::SecureFromInsecure);
        assert_eq!(strict.store(&context, b"a=1; Secure", now()), refused);
        let result = Jar::default().store(&context, b"a=1; Secure", now());
        assert_eq!(result, if trusted { Ok(Change::New) } else { refused }, "{address}");
    }
}

#[test]
fn every_reason_not_to_send_a_cookie() {
    let mut jar = Jar::default();
    let set = |jar: &mut Jar, address: &str, field: &[u8]| {
        jar.store(&Context::direct(&uri(address)), field, now()).unwrap();
    };
    set(&mut jar, "http://a.example.test/", b"host=");
    set(&mut jar, "http://other.test/", b"domain=; Domain=other.test");
    set(&mut jar, "http://example.test/", b"path=; Path=/docs");
    set(&mut jar, "https://example.test/", b"secure=; Secure");
    set(&mut jar, "http://example.test/", b"script=; HttpOnly");
    set(&mut jar, "http://example.test/", b"site=; SameSite=Strict");
    // No server can set this one. A file can.
    let (cookies, _) = netscape::read(b".test\tTRUE\t/\tFALSE\t0\tsuffix\t", now());
    jar.insert(cookies[0].clone(), Api::Http, now()).unwrap();

    let (to, from) = (uri("http://example.test/"), uri("https://example.test/"));
    let context = Context::script(&to, &[&from, &to]);
    let reasons: Vec<_> = jar.explain(&context, now()).map(|(_, sent)| sent.unwrap_err()).collect();
    assert_eq!(
        reasons,
        [
            Withheld::HostOnly("a.example.test".into()),
            Withheld::Domain("other.test".into()),
            Withheld::Path("/docs".into()),
            Withheld::Secure,
            Withheld::HttpOnly,
            Withheld::SameSite(cookies::SameSite::Strict),
            Withheld::PublicSuffix("test".into()),
        ]
    );
}

/// Fields that are nearly right: random bytes alone would never get far.
fn field() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        Just(&b"a=1"[..]),
        Just(&b"__Host-a"[..]),
        Just(&b"Domain=example.test"[..]),
        Just(&b"Domain=.a.example.test"[..]),
        Just(&b"Domain=test"[..]),
        Just(&b"Domain=0.1"[..]),
        Just(&b"Path=/docs"[..]),
        Just(&b"Max-Age=60"[..]),
        Just(&b"Expires=6 Nov 2094 8:49:37"[..]),
        Just(&b"Secure"[..]),
        Just(&b"HttpOnly"[..]),
        Just(&b"SameSite=None"[..]),
    ];
    let part = prop_oneof![
        4 => part.prop_map(<[u8]>::to_vec),
        1 => vec(any::<u8>(), 0..20),
        1 => vec(prop::sample::select(&b"=;. \t/-:09azAZ"[..]), 0..40),
    ];
    vec(part, 1..6).prop_map(|parts| parts.join(&b"; "[..]))
}

const HOSTS: [&str; 8] = [
    "example.test",
    "a.example.test",
    "b.a.example.test",
    "badexample.test",
    "other.test",
    "127.0.0.1",
    "10.127.0.0.1.test",
    "localhost",
];

fn address() -> impl Strategy<Value = Uri> {
    let (host, path) = (prop::sample::select(&HOSTS[..]), prop::sample::select(&PATHS[..]));
    (host, path, any::<bool>()).prop_map(|(host, path, secure)| {
        uri(&format!("http{}://{host}{path}", if secure { "s" } else { "" }))
    })
}

const PATHS: [&str; 5] = ["/", "/docs", "/docs/", "/docs/x", "/docsearch"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_bytes_panic(
        field in vec(any::<u8>(), 0..200),
        text in ".{0,60}",
        from in address(),
    ) {
        let _ = SetCookie::parse(&field);
        let _ = cookies::date::parse(&field);
        let _ = Uri::parse(&text);
        let _ = Uri::parse(&format!("http://{text}"));
        let _ = Host::parse(&text);
        let _ = is_public_suffix(&text);
        let _ = netscape::read(&field, now());
        let _ = Jar::default().store(&Context::direct(&from), &field, now());
    }

    #[test]
    fn a_cookie_goes_where_it_may_and_nowhere_else(
        fields in vec((address(), field()), 1..8),
        to in address(),
    ) {
        let mut jar = Jar::default();
        for (from, field) in &fields {
            let _ = jar.store(&Context::direct(from), field, now());
        }
        let context = Context::direct(&to);
        for (cookie, verdict) in jar.explain(&context, now()) {
            // Written anew, without a look at the jar's own code.
            let host = to.host().as_str();
            let below = host.strip_suffix(cookie.domain.as_str())
                .is_some_and(|rest| rest.ends_with('.') && !to.host().is_address());
            let host_fits = host == cookie.domain || !cookie.host_only && below;
            let secure = to.scheme() == cookies::uri::Scheme::Https || to.host().is_loopback();
            let may = host_fits
                && path_match(to.path(), &cookie.path)
                && (!cookie.secure || secure);
            prop_assert_eq!(verdict.is_ok(), may, "{} to {}", cookie, to);
            prop_assert!(cookie.host_only || !is_public_suffix(&cookie.domain));
            prop_assert!(cookie.host_only || cookie.domain.contains('.'));
        }
        let count = jar.explain(&context, now()).filter(|(_, sent)| sent.is_ok()).count();
        let pairs = jar.cookie_field(&context, now());
        prop_assert_eq!(pairs.is_some(), count > 0);
    }

    #[test]
    fn a_prefix_keeps_its_promise(fields in vec((address(), field()), 1..8)) {
        let mut jar = Jar::default();
        for (from, field) in &fields {
            let _ = jar.store(&Context::direct(from), field, now());
        }
        for cookie in jar.iter(now()) {
            if cookie.pair().to_ascii_lowercase().starts_with(b"__host-") {
                prop_assert!(cookie.secure && cookie.host_only && cookie.path == b"/");
            }
        }
    }

    #[test]
    fn what_a_server_may_send_comes_back(
        name in "(__Host-|__secure-)?[a-z!#$%&'*+.^_`|~-]{1,8}",
        value in "(\"[!-~]{0,8}\"|[!-~]{0,8})",
        path in prop::option::of("/[ -~]{0,8}"),
        domain in prop::option::of("(example\\.test|a\\.example\\.test|test|[a-z.]{1,6})"),
        age in prop::option::of(0..100u32),
        (secure, http_only) in any::<(bool, bool)>(),
    ) {
        let mut builder = Builder::new(&name, &value);
        builder = path.iter().fold(builder, Builder::path);
        builder = domain.iter().fold(builder, Builder::domain);
        builder = age.iter().fold(builder, |builder, age| builder.max_age(SECOND * *age));
        builder = if secure { builder.secure() } else { builder };
        builder = if http_only { builder.http_only() } else { builder };
        if let Ok(field) = builder.build() {
            let host = domain.as_deref().unwrap_or("example.test");
            let from = uri(&format!("https://{host}/"));
            let mut jar = Jar::default();
            let result = jar.store(&Context::direct(&from), field.as_bytes(), now());
            prop_assert_eq!(result, Ok(Change::New), "{}", field);
            let cookie = jar.iter(now()).next().unwrap();
            prop_assert_eq!(cookie.pair(), format!("{name}={value}").into_bytes());
            prop_assert_eq!(&cookie.path[..], path.as_deref().unwrap_or("/").as_bytes());
            prop_assert_eq!(cookie.http_only, http_only);
            prop_assert_eq!(cookie.host_only, domain.is_none());
        }
    }

    #[test]
    fn what_is_written_is_read_back(fields in vec((address(), field()), 1..12)) {
        let mut jar = Jar::default();
        for (from, field) in &fields {
            let _ = jar.store(&Context::direct(from), field, now());
        }
        let (file, left_out) = netscape::write(jar.iter(now()));
        let (read, bad) = netscape::read(&file, now());
        prop_assert_eq!(bad, vec![]);
        let kept = jar.iter(now()).filter(|cookie| !left_out.contains(cookie));
        let kept: Vec<_> = kept.map(|cookie| Cookie {
            same_site: cookies::SameSite::Default,
            ..cookie.clone()
        }).collect();
        prop_assert_eq!(read, kept);
        for cookie in left_out {
            prop_assert!(cookie.name.is_empty() || cookie.pair().contains(&b'\t')
                || cookie.path.contains(&b'\t'));
        }
    }
}

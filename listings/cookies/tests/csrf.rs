//! Which requests are taken for somebody else's, and that nobody makes a token but the server.

use cookies::csrf::{Foreign, Tokens, check_source};
use cookies::session::{Key, Signer};
use http_messages::{Fields, Method, RequestHead, Target, Version};
use proptest::prelude::*;

fn request(method: &str, fields: &[(&str, &str)]) -> RequestHead {
    let method = Method::parse(method).unwrap();
    let target = Target::new(&method, "/transfer").unwrap();
    let mut all = Fields::new();
    for (name, value) in fields {
        all.append(name, value).unwrap();
    }
    RequestHead { method, target, version: Version::Http11, fields: all }
}

/// The verdict on a `POST` to bank.example:8000.
fn post(fields: &[(&str, &str)]) -> Result<(), Foreign> {
    check_source(&request("POST", &[&[("Host", "bank.example:8000")], fields].concat()))
}

#[test]
fn the_browsers_verdict_comes_first() {
    let other = "https://evil.example";
    assert_eq!(post(&[("Sec-Fetch-Site", "same-origin")]), Ok(()));
    assert_eq!(post(&[("Sec-Fetch-Site", "none")]), Ok(()));
    for site in ["cross-site", "same-site", "SAME-ORIGIN", "", "same-origin, none"] {
        let own = ("Origin", "http://bank.example:8000");
        assert_eq!(post(&[("Sec-Fetch-Site", site), own]), Err(Foreign::Site(site.into())));
    }
    // A proxy in front of us has another name, and a page without referrers has no origin.
    for origin in [other, "null"] {
        assert_eq!(post(&[("Sec-Fetch-Site", "same-origin"), ("Origin", origin)]), Ok(()));
    }
}

#[test]
fn without_it_the_origin_decides() {
    for own in ["http://bank.example:8000", "https://bank.example:8000", "http://BANK.example:8000"]
    {
        assert_eq!(post(&[("Origin", own)]), Ok(()), "{own}");
    }
    for other in [
        "null",
        "",
        "http://evil.example",
        "http://bank.example",
        "http://bank.example:8001",
        "http://www.bank.example:8000",
        "http://bank.example:8000.evil.example",
        "http://evil.example/bank.example:8000",
        "http://bank.example:8000@evil.example",
        "http://bank.example:8000/",
        "bank.example:8000",
        "http://bank.example:8000 http://evil.example",
    ] {
        assert_eq!(post(&[("Origin", other)]), Err(Foreign::Origin(other.into())));
    }
}

#[test]
fn without_either_it_is_no_browser() {
    assert_eq!(post(&[]), Ok(()));
}

#[test]
fn safe_methods_pass_and_all_others_are_checked() {
    let fields = &[("Host", "bank.example"), ("Sec-Fetch-Site", "cross-site")];
    for method in ["GET", "HEAD", "QUERY"] {
        assert_eq!(check_source(&request(method, fields)), Ok(()), "{method}");
    }
    for method in ["POST", "PUT", "DELETE", "PATCH", "get", "PURGE"] {
        assert!(check_source(&request(method, fields)).is_err(), "{method}");
    }
}

#[test]
fn what_no_browser_sends_is_refused() {
    let twice = [("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "same-origin")];
    assert_eq!(post(&twice), Err(Foreign::Malformed("Sec-Fetch-Site")));
    let own = ("Origin", "http://bank.example:8000");
    assert_eq!(post(&[own, own]), Err(Foreign::Malformed("Origin")));
    let mut head = request("POST", &[("Host", "bank.example")]);
    head.fields.append("Origin", b"http://bank.example\xff").unwrap();
    assert_eq!(check_source(&head), Err(Foreign::Malformed("Origin")));
    // No Host, or one that is none: the codec refuses that before us.
    let origin = &[("Origin", "http://")];
    assert_eq!(check_source(&request("POST", origin)), Err(Foreign::Origin("http://".into())));
}

#[test]
fn a_token_belongs_to_one_session_and_one_key() {
    let tokens = Tokens::new(Key::new(1, [1; 32]));
    let token = tokens.issue("alice's session");
    assert!(tokens.check("alice's session", &token));
    assert!(!tokens.check("mallory's session", &token));
    assert!(!tokens.check("", &token));
    assert!(!Tokens::new(Key::new(1, [2; 32])).check("alice's session", &token));
    assert!(!tokens.check("alice's session", ""));
    assert!(!tokens.check("alice's session", &token[..token.len() - 3]));
    assert!(!tokens.check("alice's session", &format!("{token}AAAA")));
}

#[test]
fn every_changed_bit_of_a_token_is_noticed() {
    let tokens = Tokens::new(Key::new(1, [1; 32]));
    let token = tokens.issue("session");
    for at in 0..token.len() {
        for bit in 0..7 {
            let mut bytes = token.clone().into_bytes();
            bytes[at] ^= 1 << bit;
            let forged = String::from_utf8(bytes).unwrap();
            assert!(!tokens.check("session", &forged), "{forged}");
        }
    }
}

#[test]
fn a_signed_value_is_no_token() {
    // Both are made with one key. Whoever may have text signed for a session gets no token by it.
    let key = Key::new(1, [1; 32]);
    let value = Signer::new("csrf token", key.clone()).sign(b"x", std::time::UNIX_EPOCH).unwrap();
    let tokens = Tokens::new(key);
    for part in value.split('.') {
        for session in ["x", "0:x", "MDp4", "\u{1}", &value] {
            assert!(!tokens.check(session, part));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn nothing_panics_and_no_text_is_a_token(session in ".{0,40}", token in ".{0,60}") {
        let tokens = Tokens::new(Key::new(1, [1; 32]));
        prop_assert!(!tokens.check(&session, &token));
        prop_assert!(tokens.check(&session, &tokens.issue(&session)));
    }

    #[test]
    fn only_our_own_origin_passes(origin in "[ -~]{0,40}") {
        let own = ["http://bank.example:8000", "https://bank.example:8000"];
        prop_assume!(!own.contains(&origin.trim()));
        prop_assert!(post(&[("Origin", &origin)]).is_err());
    }
}

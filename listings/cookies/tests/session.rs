//! A session ends when it should, and nobody makes one but the server.

use std::collections::HashSet;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use cookies::SameSite;
use cookies::builder::Unsendable;
use cookies::session::{
    Ambiguous, Error, Id, Invalid, Key, Limits, MAX_DATA, MAX_VALUE, SessionCookie, Signer, Store,
    TooLong,
};
use proptest::prelude::*;

const SECOND: Duration = Duration::from_secs(1);
const LIMITS: Limits =
    Limits { idle: Duration::from_secs(60), absolute: Duration::from_secs(200), sessions: 3 };

/// RFC 10025 §4.1.1.
fn cookie_octets(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_graphic() && !br#"",;\"#.contains(&byte))
}

mod opaque {
    use super::*;

    #[test]
    fn an_identifier_survives_the_cookie_and_nothing_else_is_one() {
        let id = Id::generate().unwrap();
        let value = id.encode();
        assert_eq!(value.len(), 22);
        assert!(cookie_octets(&value));
        assert_eq!(Id::parse(&value), Some(id));
        for other in ["", "A", &value[1..], &format!("{value}A"), &format!("{value}=="), "ü"] {
            assert_eq!(Id::parse(other), None, "{other:?}");
        }
    }

    #[test]
    fn identifiers_do_not_repeat() {
        let ids: HashSet<_> = (0..1000).map(|_| Id::generate().unwrap().encode()).collect();
        assert_eq!(ids.len(), 1000);
    }

    #[test]
    fn an_identifier_has_one_spelling() {
        // 22 characters carry 132 bits. The last four are not part of the 128, and a decoder that
        // ignores them would take 16 cookies for one session.
        let value = "AAAAAAAAAAAAAAAAAAAAAA";
        assert!(Id::parse(value).is_some());
        for last in "BCDEFGHIJKLMNOP".chars() {
            assert_eq!(Id::parse(&format!("{}{last}", &value[..21])), None, "{last}");
        }
    }

    #[test]
    fn debug_does_not_give_it_away() {
        let id = Id::generate().unwrap();
        assert_eq!(format!("{id:?}"), "Id(…)");
        let key = Key::new(7, [b'k'; 32]);
        assert_eq!(format!("{key:?}"), "Key(7, …)");
    }

    #[test]
    fn a_guess_finds_nothing() {
        let (mut store, now) = (Store::new(LIMITS), Instant::now());
        store.create("alice", now).unwrap();
        assert_eq!(store.get(&Id::generate().unwrap(), now), None);
    }

    #[test]
    fn idle_ends_it_and_use_prolongs_it() {
        let (mut store, start) = (Store::new(LIMITS), Instant::now());
        let id = store.create("alice", start).unwrap();
        assert_eq!(store.get(&id, start + 59 * SECOND), Some(&mut "alice"));
        assert_eq!(store.get(&id, start + 118 * SECOND), Some(&mut "alice"));
        assert_eq!(store.get(&id, start + 178 * SECOND), None);
        assert_eq!(store.get(&id, start + 118 * SECOND), None, "once ended, ended for good");
        assert!(store.is_empty());
    }

    #[test]
    fn the_absolute_limit_ends_it_however_busy_it_is() {
        let (mut store, start) = (Store::new(LIMITS), Instant::now());
        let id = store.create("alice", start).unwrap();
        for second in 0..200 {
            assert!(store.get(&id, start + second * SECOND).is_some(), "second {second}");
        }
        assert_eq!(store.get(&id, start + 200 * SECOND), None);
    }

    #[test]
    fn rotation_moves_the_data_and_prolongs_nothing() {
        let (mut store, start) = (Store::new(LIMITS), Instant::now());
        let mut id = store.create("alice", start).unwrap();
        for minute in 1..=6 {
            let now = start + minute * 30 * SECOND;
            let new = store.rotate(&id, now).unwrap().unwrap();
            assert_ne!(new, id);
            assert_eq!(store.get(&id, now), None, "the old identifier is dead");
            assert_eq!(store.get(&new, now), Some(&mut "alice"));
            assert_eq!(store.len(), 1);
            id = new;
        }
        assert_eq!(store.rotate(&id, start + 200 * SECOND), Ok(None), "past the absolute limit");
    }

    #[test]
    fn destroyed_is_gone() {
        let (mut store, now) = (Store::new(LIMITS), Instant::now());
        let id = store.create("alice", now).unwrap();
        assert_eq!(store.destroy(&id), Some("alice"));
        assert_eq!(store.get(&id, now), None);
        assert_eq!(store.destroy(&id), None);
    }

    #[test]
    fn the_store_is_bounded_and_ended_sessions_make_room() {
        let (mut store, start) = (Store::new(LIMITS), Instant::now());
        let first = store.create(1, start).unwrap();
        store.create(2, start).unwrap();
        store.create(3, start + SECOND).unwrap();
        assert_eq!(store.create(4, start + SECOND), Err(Error::Full));
        assert!(store.get(&first, start + SECOND).is_some(), "nobody was put out");
        let fourth = store.create(4, start + 60 * SECOND).unwrap();
        assert_eq!(store.len(), 3, "2 had ended");
        assert_eq!(store.get(&fourth, start + 60 * SECOND), Some(&mut 4));
    }
}

mod signed {
    use super::*;

    const DATA: &[u8] = b"user=alice";
    const NOW: SystemTime = UNIX_EPOCH;

    fn key(name: u8) -> Key {
        Key::new(name, [name; 32])
    }

    fn signer() -> Signer {
        Signer::new("session", key(1))
    }

    fn later() -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_800_000_000)
    }

    fn value() -> String {
        signer().sign(DATA, later()).unwrap()
    }

    /// Nothing but the value itself passes for it.
    fn refused(forged: &str) -> Invalid {
        signer().verify(forged, NOW).expect_err(forged)
    }

    #[test]
    fn what_was_signed_is_read() {
        assert!(cookie_octets(&value()));
        assert_eq!(signer().verify(&value(), NOW), Ok(DATA.to_vec()));
    }

    #[test]
    fn the_value_is_what_openssl_makes() {
        // { printf '\0\0\0\0\0\0\0\7session\0\0\0\0\0\0\0\1\1\0\0\0\0\0\0\0\25'
        //   printf '1800000000:user=alice'
        // } | openssl dgst -sha256 -mac HMAC -macopt hexkey:$(printf '01%.0s' {1..32}) -binary |
        //   basenc --base64url
        assert_eq!(
            value(),
            "1.MTgwMDAwMDAwMDp1c2VyPWFsaWNl.Rtw282X8N03qzH9sKdAknip_y8NRNG9zASlngAQnxco"
        );
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let value = value();
        let mut flipped = 0;
        for at in 0..value.len() {
            for bit in 0..8 {
                let mut bytes = value.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                // A cookie that is not text never gets this far.
                let Ok(forged) = String::from_utf8(bytes) else { continue };
                refused(&forged);
                flipped += 1;
            }
        }
        assert_eq!(flipped, value.len() * 7, "all but the eighth bit, which leaves ASCII");
    }

    #[test]
    fn every_other_character_is_noticed() {
        let value = value();
        for at in 0..value.len() {
            for other in
                (0..128).map(char::from).filter(|other| value[at..=at] != other.to_string())
            {
                refused(&format!("{}{other}{}", &value[..at], &value[at + 1..]));
            }
        }
    }

    #[test]
    fn every_truncation_and_extension_is_noticed() {
        let value = value();
        for length in 0..value.len() {
            refused(&value[..length]);
            refused(&value[value.len() - length..]);
        }
        for more in ["A", "=", ".", ".A", " ", "\0", "AAAA"] {
            refused(&format!("{value}{more}"));
            refused(&format!("{more}{value}"));
        }
    }

    #[test]
    fn a_truncated_mac_is_no_mac() {
        // Cut where base64 is whole again, so that it is the comparison that refuses.
        let value = value();
        let dot = value.rfind('.').unwrap();
        for bytes in [0, 3, 6, 15, 30] {
            let cut = dot + 1 + bytes / 3 * 4;
            assert_eq!(refused(&value[..cut]), Invalid::BadSignature, "{bytes} bytes");
        }
    }

    #[test]
    fn parts_of_two_values_make_no_third() {
        let (one, two) = (value(), signer().sign(b"user=mallory", later()).unwrap());
        let one: Vec<&str> = one.split('.').collect();
        let two: Vec<&str> = two.split('.').collect();
        assert_eq!(refused(&[one[0], one[1], two[2]].join(".")), Invalid::BadSignature);
        assert_eq!(refused(&[one[0], two[1], one[2]].join(".")), Invalid::BadSignature);
        refused(&[one[0], one[2], one[1]].join("."));
        refused(&[one[1], one[0], one[2]].join("."));
    }

    #[test]
    fn another_key_is_another_server() {
        let stranger = Signer::new("session", Key::new(1, [9; 32])).sign(DATA, later()).unwrap();
        assert_eq!(refused(&stranger), Invalid::BadSignature);
        let unknown = Signer::new("session", key(2)).sign(DATA, later()).unwrap();
        assert_eq!(refused(&unknown), Invalid::UnknownKey);
        for name in ["", "01", "+1", "256", "one", "-1", " 1"] {
            assert_eq!(
                refused(&value().replacen("1.", &format!("{name}."), 1)),
                Invalid::UnknownKey
            );
        }
    }

    #[test]
    fn the_name_of_the_key_is_signed() {
        // Two names for one secret: a mistake, but not one that lets names be swapped.
        let signer = signer().with_former(Key::new(2, [1; 32]));
        let renamed = value().replacen("1.", "2.", 1);
        assert_eq!(signer.verify(&renamed, NOW), Err(Invalid::BadSignature));
    }

    #[test]
    fn a_value_for_one_purpose_is_none_for_another() {
        for context in ["", "s", "session2", "password reset"] {
            let other = Signer::new(context, key(1)).sign(DATA, later()).unwrap();
            assert_eq!(refused(&other), Invalid::BadSignature, "{context:?}");
        }
    }

    #[test]
    fn the_parts_do_not_run_together() {
        // If they did, "session1", "1" and "800000000:x" were "session", "1" and "1800000000:x".
        let key = Key::new(b'1', [1; 32]);
        let (short, long) = (Signer::new("session", key.clone()), Signer::new("session1", key));
        let value = long.sign(b"x", UNIX_EPOCH + 800_000_000 * SECOND).unwrap();
        let body = "ODAwMDAwMDAwOng";
        assert!(value.contains(body));
        let moved = value.replace(body, "MTgwMDAwMDAwMDp4");
        assert_eq!(short.verify(&moved, NOW), Err(Invalid::BadSignature));
    }

    #[test]
    fn keys_are_replaced_without_logging_everybody_out() {
        let before = signer();
        let during = Signer::new("session", key(2)).with_former(key(1));
        let after = Signer::new("session", key(2));
        let old = before.sign(DATA, later()).unwrap();
        let new = during.sign(DATA, later()).unwrap();
        assert_eq!(during.verify(&old, NOW), Ok(DATA.to_vec()));
        assert_eq!(during.verify(&new, NOW), Ok(DATA.to_vec()));
        assert_eq!(after.verify(&new, NOW), Ok(DATA.to_vec()));
        assert_eq!(after.verify(&old, NOW), Err(Invalid::UnknownKey));
    }

    #[test]
    fn it_expires_and_the_owner_cannot_prolong_it() {
        let value = value();
        assert!(signer().verify(&value, later() - SECOND).is_ok());
        assert_eq!(signer().verify(&value, later()), Err(Invalid::Expired));
        let body = value.split('.').nth(1).unwrap();
        assert_eq!(body, "MTgwMDAwMDAwMDp1c2VyPWFsaWNl");
        // The same with 1900000000.
        let prolonged = value.replace(body, "MTkwMDAwMDAwMDp1c2VyPWFsaWNl");
        assert_eq!(refused(&prolonged), Invalid::BadSignature);
    }

    #[test]
    fn it_cannot_be_taken_back() {
        // Alice logs out: her browser forgets the value. Whoever copied it before has it still, and
        // there is nothing that the server could look up.
        let copied = value();
        assert_eq!(signer().verify(&copied, later() - SECOND), Ok(DATA.to_vec()));
    }

    #[test]
    fn what_does_not_fit_a_cookie_is_refused_on_both_sides() {
        let longest = signer().sign(&[b'x'; MAX_DATA], later()).unwrap();
        assert!(longest.len() <= MAX_VALUE);
        assert!(signer().verify(&longest, NOW).is_ok());
        assert_eq!(signer().sign(&[b'x'; MAX_DATA + 1], later()), Err(TooLong(MAX_DATA + 1)));
        let at_limit = format!("1.{}.AAAA", "A".repeat(MAX_VALUE - 8));
        assert_eq!(at_limit.len(), MAX_VALUE - 1);
        assert_eq!(refused(&at_limit), Invalid::BadSignature);
        let longer = format!("1.{}.AAAA", "A".repeat(MAX_VALUE - 4));
        assert_eq!(refused(&longer), Invalid::Malformed);
    }

    #[test]
    fn a_body_that_is_ours_and_says_nonsense_does_not_panic() {
        // The end of time, and a time before the beginning.
        let forever = UNIX_EPOCH.checked_add(Duration::from_secs(i64::MAX as u64)).unwrap();
        let value = signer().sign(DATA, forever).unwrap();
        assert!(signer().verify(&value, later()).is_ok());
        let past = signer().sign(DATA, UNIX_EPOCH - SECOND).unwrap();
        assert_eq!(signer().verify(&past, NOW), Err(Invalid::Expired));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn no_text_is_a_signature(text in ".{0,200}") {
            prop_assert!(signer().verify(&text, NOW).is_err());
        }

        #[test]
        fn nothing_in_the_form_of_a_value_is_one(
            body in proptest::collection::vec(any::<u8>(), 0..80),
            mac in proptest::collection::vec(any::<u8>(), 0..40),
        ) {
            use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as base64url};
            let forged = format!("1.{}.{}", base64url.encode(body), base64url.encode(mac));
            prop_assert_eq!(signer().verify(&forged, NOW), Err(Invalid::BadSignature));
        }

        #[test]
        fn any_data_comes_back(data in proptest::collection::vec(any::<u8>(), 0..200)) {
            let value = signer().sign(&data, later()).unwrap();
            prop_assert!(cookie_octets(&value));
            prop_assert_eq!(signer().verify(&value, NOW), Ok(data));
        }

        #[test]
        fn any_other_bytes_at_any_place_are_noticed(
            at in 0_usize..74, other in proptest::collection::vec(any::<u8>(), 1..6),
        ) {
            let value = value();
            let mut bytes = value.clone().into_bytes();
            bytes.splice(at..(at + other.len()).min(value.len()), other);
            let forged = String::from_utf8_lossy(&bytes);
            prop_assume!(forged != value);
            prop_assert!(signer().verify(&forged, NOW).is_err());
        }
    }
}

mod cookie {
    use super::*;

    fn find(fields: &[&'static str]) -> Result<Option<&'static str>, Ambiguous> {
        SessionCookie::default().find(fields.iter().copied())
    }

    #[test]
    fn the_attributes() {
        let mut cookie = SessionCookie::default();
        let set = "__Host-session=x; Path=/; Secure; HttpOnly; SameSite=Lax";
        assert_eq!(cookie.set("x").unwrap(), set);
        let cleared = cookie.clear().unwrap();
        for part in ["__Host-session=; ", "Path=/; ", "Secure; ", "Expires=Thu, 01 Jan 1970"] {
            assert!(cleared.contains(part), "{cleared}");
        }
        for (same_site, end) in [
            (SameSite::Strict, "; SameSite=Strict"),
            (SameSite::None, "; SameSite=None"),
            (SameSite::Default, "; HttpOnly"),
        ] {
            cookie.same_site = same_site;
            assert!(cookie.set("x").unwrap().ends_with(end));
        }
    }

    #[test]
    fn what_every_user_agent_would_ignore_is_not_sent() {
        let insecure = SessionCookie { secure: false, ..SessionCookie::default() };
        assert_eq!(insecure.set("x"), Err(Unsendable::HostPrefix));
        let none = SessionCookie { name: "session".into(), same_site: SameSite::None, ..insecure };
        assert_eq!(none.set("x"), Err(Unsendable::NoneWithoutSecure));
        let plain = SessionCookie { same_site: SameSite::Lax, ..none };
        assert_eq!(plain.set("x").unwrap(), "session=x; Path=/; HttpOnly; SameSite=Lax");
        assert_eq!(plain.set("x; Domain=example"), Err(Unsendable::Value(';')));
    }

    #[test]
    fn it_is_found_among_others() {
        assert_eq!(find(&[]), Ok(None));
        assert_eq!(find(&["", ";", "=", "a; b=", "session=no; __host-session=no"]), Ok(None));
        assert_eq!(find(&["a=1; __Host-session=x=y; b"]), Ok(Some("x=y")));
        assert_eq!(find(&["a=1", "b=2;__Host-session=x"]), Ok(Some("x")));
        assert_eq!(find(&["__Host-session="]), Ok(Some("")));
    }

    #[test]
    fn two_of_its_name_are_not_chosen_between() {
        assert_eq!(find(&["__Host-session=x; __Host-session=y"]), Err(Ambiguous));
        assert_eq!(find(&["__Host-session=x", "__Host-session=x"]), Err(Ambiguous));
    }
}

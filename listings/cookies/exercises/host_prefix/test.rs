//! `cargo test -p cookies --test host_prefix`

#[cfg_attr(feature = "solutions", path = "solution.rs")]
#[cfg_attr(not(feature = "solutions"), path = "exercise.rs")]
mod exercise;

use exercise::{Wanted, prefixes_allow};

const GOOD: Wanted<'_> =
    Wanted { name: "__Host-id", value: "x", domain: None, path: Some("/"), secure: true };

#[test]
fn the_session_cookie_of_a_careful_server_is_taken() {
    assert!(prefixes_allow(GOOD, true));
    assert!(prefixes_allow(Wanted { name: "__Secure-id", ..GOOD }, true));
    let wide = Wanted { name: "__Secure-id", domain: Some("example.org"), path: None, ..GOOD };
    assert!(prefixes_allow(wide, true), "__Secure- asks for Secure and for nothing else");
}

#[test]
fn names_without_a_prefix_are_nobodys_business() {
    for name in ["id", "Host-id", "_Host-id", "__Hostid", "x__Host-id", "__Host", ""] {
        assert!(
            prefixes_allow(Wanted { name, secure: false, path: None, ..GOOD }, false),
            "{name}"
        );
    }
    // A name that is not ASCII, cut in the middle of a character.
    assert!(prefixes_allow(Wanted { name: "__Secureü", secure: false, ..GOOD }, false));
}

#[test]
fn both_need_secure_and_a_secure_channel() {
    for name in ["__Host-id", "__Secure-id"] {
        assert!(!prefixes_allow(Wanted { name, secure: false, ..GOOD }, true), "{name}");
        assert!(!prefixes_allow(Wanted { name, ..GOOD }, false), "{name} over http");
    }
}

#[test]
fn host_means_this_host() {
    assert!(!prefixes_allow(Wanted { domain: Some("example.org"), ..GOOD }, true));
}

#[test]
fn host_means_every_path_and_says_so() {
    for path in [None, Some("/login"), Some("/login/")] {
        assert!(!prefixes_allow(Wanted { path, ..GOOD }, true), "{path:?}");
    }
}

#[test]
fn other_letters_do_not_evade_it() {
    for name in ["__host-id", "__HOST-id", "__hOsT-"] {
        assert!(!prefixes_allow(Wanted { name, path: None, ..GOOD }, true), "{name}");
        assert!(prefixes_allow(Wanted { name, ..GOOD }, true), "{name}");
    }
    assert!(!prefixes_allow(Wanted { name: "__SECURE-id", secure: false, ..GOOD }, true));
}

#[test]
fn nor_does_a_cookie_without_a_name() {
    for value in ["__Host-id=x", "__Secure-id=x", "__hOST-id=x"] {
        assert!(!prefixes_allow(Wanted { name: "", value, ..GOOD }, true), "{value}");
    }
}

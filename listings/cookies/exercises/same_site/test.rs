//! `cargo test -p cookies --test same_site`

#[cfg_attr(feature = "solutions", path = "solution.rs")]
#[cfg_attr(not(feature = "solutions"), path = "exercise.rs")]
mod exercise;

use exercise::SameSite::{Lax, None, Strict, Unset};
use exercise::{Request, SameSite, is_sent};

/// Who sends the cookie: a cookie of this age (in seconds), in this order of attributes.
const ATTRIBUTES: [(SameSite, u64); 5] =
    [(Strict, 0), (Lax, 0), (Unset, 0), (Unset, 121), (None, 0)];

#[rustfmt::skip]
const MATRIX: &[(&str, Request, [bool; 5])] = &[
    //                                                                                Strict Lax    Unset  old    None
    ("a link of our own page",  Request { same_site: true,  top_level: true,  safe: true  }, [true,  true,  true,  true,  true]),
    ("a form of our own page",  Request { same_site: true,  top_level: true,  safe: false }, [true,  true,  true,  true,  true]),
    ("our own fetch with POST", Request { same_site: true,  top_level: false, safe: false }, [true,  true,  true,  true,  true]),
    ("our own image",           Request { same_site: true,  top_level: false, safe: true  }, [true,  true,  true,  true,  true]),
    ("another site's link",     Request { same_site: false, top_level: true,  safe: true  }, [false, true,  true,  true,  true]),
    ("another site's form",     Request { same_site: false, top_level: true,  safe: false }, [false, false, true,  false, true]),
    ("another site's image",    Request { same_site: false, top_level: false, safe: true  }, [false, false, false, false, true]),
    ("another site's fetch",    Request { same_site: false, top_level: false, safe: false }, [false, false, false, false, true]),
];

#[test]
fn the_whole_matrix() {
    for (what, request, expected) in MATRIX {
        for ((attribute, age), expected) in ATTRIBUTES.into_iter().zip(expected) {
            let sent = is_sent(attribute, age, *request);
            assert_eq!(sent, *expected, "{what}, SameSite={attribute:?}, {age} s old");
        }
    }
}

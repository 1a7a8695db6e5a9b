//! `cargo test -p http-semantics --test weak_match`

#[cfg_attr(feature = "solutions", path = "solution.rs")]
#[cfg_attr(not(feature = "solutions"), path = "exercise.rs")]
mod exercise;

use exercise::{Representation, answer};

/// Two ways to write the same, so they share a weak tag: only the markup differs.
const THEN: Representation = Representation { etag: "W/\"7\"", content: "<p>It rains.</p>\n" };
const NOW: Representation =
    Representation { etag: "W/\"7\"", content: "<div><p>It rains.</p></div>\n" };

/// A client that got `then` up to byte `cut` and goes on with `now`.
fn resume(then: &Representation, cut: usize, now: &Representation) -> String {
    let (status, content) = answer(now, cut, then.etag);
    match status {
        206 => format!("{}{content}", &then.content[..cut]),
        _ => content.to_string(),
    }
}

#[test]
fn the_same_bytes_go_on() {
    let same = Representation { etag: "\"a\"", content: "0123456789" };
    assert_eq!(answer(&same, 4, "\"a\""), (206, "456789"));
}

#[test]
fn another_version_begins_again() {
    let now = Representation { etag: "\"b\"", content: "9876543210" };
    assert_eq!(answer(&now, 4, "\"a\""), (200, "9876543210"));
}

#[test]
fn the_same_meaning_is_not_the_same_bytes() {
    for cut in 1..THEN.content.len() {
        let result = resume(&THEN, cut, &NOW);
        assert!(result == NOW.content, "cut at {cut}, put together: {result:?}");
    }
}

#[test]
fn weak_on_either_side() {
    let strong = Representation { etag: "\"7\"", content: "strong" };
    assert_eq!(answer(&strong, 1, "W/\"7\"").0, 200);
    assert_eq!(answer(&THEN, 1, "\"7\"").0, 200);
    assert_eq!(answer(&THEN, 1, "W/\"7\"").0, 200);
}

#[test]
fn a_tag_is_compared_as_it_is() {
    let tag = Representation { etag: "\"W/7\"", content: "0123456789" };
    assert_eq!(answer(&tag, 4, "\"W/7\"").0, 206);
    assert_eq!(answer(&tag, 4, "\"7\"").0, 200);
    let upper = Representation { etag: "\"A\"", content: "0123456789" };
    assert_eq!(answer(&upper, 4, "\"a\"").0, 200);
}

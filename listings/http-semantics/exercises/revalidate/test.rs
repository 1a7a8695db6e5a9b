//! `cargo test -p http-semantics --test revalidate`

#[cfg_attr(feature = "solutions", path = "solution.rs")]
#[cfg_attr(not(feature = "solutions"), path = "exercise.rs")]
mod exercise;

use exercise::{Stored, keep};
use http_messages::{Fields, Status};

fn fields(lines: &[(&str, &str)]) -> Fields {
    let mut fields = Fields::new();
    for (name, value) in lines {
        fields.append(name, value).unwrap();
    }
    fields
}

fn stored() -> Stored {
    let fields = fields(&[
        ("Date", "Sun, 22 Nov 2026 12:00:00 GMT"),
        ("Content-Type", "text/plain"),
        ("Content-Length", "5"),
        ("Cache-Control", "max-age=60"),
        ("ETag", "\"1\""),
    ]);
    Stored { fields, content: b"hello".to_vec() }
}

#[test]
fn a_200_takes_the_place_of_the_old() {
    let new = fields(&[("ETag", "\"2\"")]);
    let kept = keep(stored(), Status::OK, new.clone(), b"bye".to_vec());
    assert_eq!(kept, Stored { fields: new, content: b"bye".to_vec() });
}

#[test]
fn a_304_leaves_the_content() {
    let kept = keep(stored(), Status::NOT_MODIFIED, fields(&[("ETag", "\"1\"")]), Vec::new());
    assert_eq!(kept.content, b"hello", "the content was thrown away");
}

#[test]
fn a_304_leaves_the_fields_that_it_does_not_have() {
    let kept = keep(stored(), Status::NOT_MODIFIED, fields(&[("ETag", "\"1\"")]), Vec::new());
    assert_eq!(kept.fields.get_str("Content-Type"), Some("text/plain"));
    assert_eq!(kept.fields.get_str("Cache-Control"), Some("max-age=60"));
}

#[test]
fn a_304_renews_the_fields_that_it_has() {
    let new = fields(&[
        ("date", "Sun, 22 Nov 2026 12:30:00 GMT"),
        ("Cache-Control", "max-age=90"),
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
    ]);
    let kept = keep(stored(), Status::NOT_MODIFIED, new, Vec::new()).fields;
    assert_eq!(kept.get_str("Cache-Control"), Some("max-age=90"));
    assert_eq!(kept.get_all("Date").count(), 1, "it has two dates now");
    assert_eq!(kept.get_str("Date"), Some("Sun, 22 Nov 2026 12:30:00 GMT"));
    assert_eq!(kept.get_all("Set-Cookie").count(), 2);
}

#[test]
fn a_304_says_nothing_about_the_content_that_is_kept() {
    // Some servers send the length of the 304's own content.
    let new = fields(&[("Content-Length", "0"), ("Content-Encoding", "gzip")]);
    let kept = keep(stored(), Status::NOT_MODIFIED, new, Vec::new());
    assert_eq!(kept.fields.get_str("Content-Length"), Some("5"));
    assert!(!kept.fields.contains("Content-Encoding"));
}

#[test]
fn a_server_that_fails_says_nothing_about_the_resource() {
    let kept = keep(stored(), Status::SERVICE_UNAVAILABLE, Fields::new(), b"sorry".to_vec());
    assert_eq!(kept, stored());
}

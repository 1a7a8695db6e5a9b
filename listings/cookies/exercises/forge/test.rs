//! `cargo test -p cookies --test forge`

#[cfg_attr(feature = "solutions", path = "solution.rs")]
#[cfg_attr(not(feature = "solutions"), path = "exercise.rs")]
mod exercise;

use exercise::{sign, verify};

const SECRET: &[u8; 32] = &[7; 32];

#[test]
fn what_was_signed_is_read() {
    let value = sign(SECRET, "session", "user=alice");
    assert_eq!(verify(SECRET, "session", &value), Some("user=alice".into()));
    let dots = sign(SECRET, "session", "a.b.c");
    assert_eq!(verify(SECRET, "session", &dots), Some("a.b.c".into()));
}

#[test]
fn another_secret_or_another_user_does_not_pass() {
    let value = sign(SECRET, "session", "user=alice");
    assert_eq!(verify(&[8; 32], "session", &value), None);
    assert_eq!(verify(SECRET, "session", &value.replace("alice", "mallory")), None);
}

#[test]
fn a_part_of_the_signature_is_no_signature() {
    let value = sign(SECRET, "session", "user=alice");
    let start = value.rfind('.').unwrap() + 1;
    for end in start..value.len() {
        assert_eq!(verify(SECRET, "session", &value[..end]), None, "{}", &value[..end]);
    }
    assert_eq!(verify(SECRET, "session", "user=mallory."), None, "no signature at all");
}

#[test]
fn more_than_the_signature_is_no_signature() {
    let value = sign(SECRET, "session", "user=alice");
    // One more character, and a signature of 33 bytes instead of 32.
    assert_eq!(verify(SECRET, "session", &format!("{value}A")), None);
    let start = value.rfind('.').unwrap() + 1;
    assert_eq!(
        verify(SECRET, "session", &format!("{}AAAA{}", &value[..start], &value[start..])),
        None
    );
}

#[test]
fn a_value_for_one_purpose_is_none_for_another() {
    let value = sign(SECRET, "newsletter", "user=alice");
    assert_eq!(verify(SECRET, "session", &value), None);
    assert_eq!(verify(SECRET, "", &value), None);
}

#[test]
fn what_belongs_to_the_purpose_cannot_move_into_the_data() {
    // Mallory may have any text signed for the purpose "log": it is a note in a log book.
    let note = sign(SECRET, "log", "in=alice");
    let forged = note.replacen("in=alice", "=alice", 1);
    assert_eq!(verify(SECRET, "login", &forged), None);
}

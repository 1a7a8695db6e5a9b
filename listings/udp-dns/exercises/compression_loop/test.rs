//! `cargo test -p udp-dns --test compression_loop`

#[cfg_attr(feature = "solutions", path = "solution.rs")]
#[cfg_attr(not(feature = "solutions"), path = "exercise.rs")]
mod exercise;

use std::time::Duration;

use testkit::within;

/// What `labels` says, if it says anything.
fn labels(message: &[u8], at: usize) -> Option<Vec<Vec<u8>>> {
    let message = message.to_vec();
    within(Duration::from_secs(2), "reading one name", move || exercise::labels(&message, at))
}

#[test]
fn a_name_with_a_pointer() {
    let message = b"\x07example\x00\x03www\xc0\x00";
    assert_eq!(labels(message, 9), Some(vec![b"www".to_vec(), b"example".to_vec()]));
    assert_eq!(labels(message, 8), Some(vec![]));
    assert_eq!(labels(b"\x03ww", 0), None);
}

#[test]
fn a_pointer_to_itself() {
    assert_eq!(labels(&[0xc0, 0], 0), None);
}

#[test]
fn two_pointers_to_each_other() {
    assert_eq!(labels(&[0xc0, 2, 0xc0, 0], 0), None);
}

#[test]
fn a_label_and_a_pointer_to_it() {
    assert_eq!(labels(b"\x01a\xc0\x00", 0), None);
}

#[test]
fn a_pointer_forward() {
    assert_eq!(labels(b"\xc0\x02\x01a\x00", 0), None, "RFC 1035: a prior occurrence");
}

/// Names of one label each, and a pointer to the one before.
fn chain(number: u16, label: &[u8]) -> (Vec<u8>, usize) {
    let mut message = vec![0];
    let mut before = 0_u16;
    for _ in 0..number {
        let start = message.len();
        message.extend_from_slice(label);
        message.extend_from_slice(&(0xc000 | before).to_be_bytes());
        before = start as u16;
    }
    (message, usize::from(before))
}

#[test]
fn the_longest_name_through_127_pointers() {
    let (message, at) = chain(127, b"\x01a");
    assert_eq!(labels(&message, at).map(|labels| labels.len()), Some(127));
}

#[test]
fn a_name_of_more_than_255_bytes() {
    let (message, at) = chain(4, &[&[63], &[b'a'; 63][..]].concat());
    assert_eq!(labels(&message, at), None);
}

#[test]
fn a_chain_of_8000_pointers() {
    let (message, at) = chain(8000, b"");
    assert_eq!(labels(&message, at), None, "a record of 12 bytes must not cost 8,000 steps");
}

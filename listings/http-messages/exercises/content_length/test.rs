//! `cargo test -p http-messages --test content_length`

#[cfg_attr(feature = "solutions", path = "solution.rs")]
#[cfg_attr(not(feature = "solutions"), path = "exercise.rs")]
mod exercise;

use exercise::{BadLength, content_length};

/// Asserts that each value alone is refused, and shows the value that is not.
fn refused(values: &[&[u8]]) {
    for value in values {
        assert_eq!(content_length(&[value]), Err(BadLength), "{}", value.escape_ascii());
    }
}

#[test]
fn without_the_field_there_is_no_length() {
    assert_eq!(content_length(&[]), Ok(None));
}

#[test]
fn digits_are_a_length() {
    for (value, length) in [("0", 0), ("5", 5), ("0005", 5), ("10000000000", 10_000_000_000)] {
        assert_eq!(content_length(&[value.as_bytes()]), Ok(Some(length)), "{value}");
    }
    assert_eq!(content_length(&[b"18446744073709551615"]), Ok(Some(u64::MAX)));
}

#[test]
fn what_is_no_number_is_refused_and_not_taken_for_none() {
    refused(&[b"", b" ", b"five", b"5a", b"0x5", b"5.0", b"5;5", b"\xff", "５".as_bytes()]);
}

#[test]
fn a_sign_is_no_digit() {
    refused(&[b"+5", b"-5", b"-0", b"+"]);
}

#[test]
fn a_value_in_blanks_is_not_only_digits() {
    // The blanks around a field's value are gone before this function sees it.
    refused(&[b" 5", b"5 ", b"\t5", b"5\r", b"5 5", b"\x0b5"]);
}

#[test]
fn lengths_of_more_than_64_bits_are_refused() {
    refused(&[b"18446744073709551616", b"99999999999999999999999999999999999999999"]);
}

#[test]
fn two_values_are_refused() {
    let pairs: &[[&[u8]; 2]] =
        &[[b"5", b"6"], [b"6", b"5"], [b"5", b"5"], [b"5", b""], [b"", b"5"]];
    for pair in pairs {
        assert_eq!(content_length(pair), Err(BadLength), "{pair:?}");
    }
    refused(&[b"5, 5", b"5,5", b"5, 6", b"5,"]);
}

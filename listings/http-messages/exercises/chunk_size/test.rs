//! `cargo test -p http-messages --test chunk_size`

#[cfg_attr(feature = "solutions", path = "solution.rs")]
#[cfg_attr(not(feature = "solutions"), path = "exercise.rs")]
mod exercise;

use exercise::{BadSize, chunk_size};

/// Asserts that each of the lines is refused, and shows the line that is not.
fn refused(lines: &[&[u8]]) {
    for line in lines {
        assert_eq!(chunk_size(line), Err(BadSize), "{}", line.escape_ascii());
    }
}

#[test]
fn digits_of_both_cases() {
    for (line, size) in [("0", 0), ("5", 5), ("1a", 26), ("1A", 26), ("ffff", 65535), ("00005", 5)]
    {
        assert_eq!(chunk_size(line.as_bytes()), Ok(size), "{line}");
    }
}

#[test]
fn extensions_are_ignored() {
    for line in [&b"5;a"[..], b"5;a=b", b"5 ;a=b", b"5\t; a = \"+;0x\"", b"5;a=\"\xff\""] {
        assert_eq!(chunk_size(line), Ok(5), "{}", line.escape_ascii());
    }
}

#[test]
fn a_sign_is_no_digit() {
    refused(&[b"+5", b"-5", b"-0", b"+", b"5+"]);
}

#[test]
fn a_prefix_is_no_digit() {
    refused(&[b"0x5", b"0X5", b"x5", b"5h", b"5_0", b"0x0x5"]);
}

#[test]
fn blanks_are_no_digits() {
    refused(&[b" 5", b"\t5", b"5 ", b"5 0", b"5\x0b", b"5\r", b"5\n0", b"\x0c5;a"]);
}

#[test]
fn there_is_at_least_one_digit() {
    refused(&[b"", b" ", b";", b";a=b", "５".as_bytes()]);
}

#[test]
fn sizes_of_more_than_64_bits_are_refused() {
    assert_eq!(chunk_size(b"ffffffffffffffff"), Ok(u64::MAX));
    refused(&[b"10000000000000000", b"10000000000000005", b"fffffffffffffffffffffffffffffffff"]);
}

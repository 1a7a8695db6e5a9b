//! `cargo test -p first-bytes --test torn_read`

#[cfg_attr(feature = "solutions", path = "solution.rs")]
#[cfg_attr(not(feature = "solutions"), path = "exercise.rs")]
mod exercise;

use exercise::{HeaderEnd, MAX_LENGTH, TooLong};

const HEADER: &[u8] = b"GET / HTTP/1.1\r\nHost: example.org\r\nX: \r\r\r\n\r\n";
const BODY: &[u8] = b"body\r\n\r\n";

/// Pushes the pieces; returns how many bytes in all belong to the header section.
fn find(pieces: &[&[u8]]) -> Result<Option<usize>, TooLong> {
    let mut end = HeaderEnd::default();
    let mut before = 0;
    for piece in pieces {
        if let Some(count) = end.push(piece)? {
            assert!(count <= piece.len(), "{count} of {} bytes", piece.len());
            return Ok(Some(before + count));
        }
        before += piece.len();
    }
    Ok(None)
}

#[test]
fn in_one_piece() {
    let all = [HEADER, BODY].concat();
    assert_eq!(find(&[&all]), Ok(Some(HEADER.len())));
    assert_eq!(find(&[&HEADER[..HEADER.len() - 1]]), Ok(None));
}

#[test]
fn cut_at_every_byte() {
    let all = [HEADER, BODY].concat();
    for cut in 0..=all.len() {
        let (first, second) = all.split_at(cut);
        assert_eq!(find(&[first, second]), Ok(Some(HEADER.len())), "cut at {cut}");
    }
}

#[test]
fn cut_at_every_two_bytes() {
    let all = [HEADER, BODY].concat();
    for second in 0..=all.len() {
        for first in 0..=second {
            let pieces = [&all[..first], &all[first..second], &all[second..]];
            assert_eq!(find(&pieces), Ok(Some(HEADER.len())), "cut at {first} and {second}");
        }
    }
}

#[test]
fn byte_by_byte() {
    let pieces: Vec<_> = HEADER.chunks(1).collect();
    assert_eq!(find(&pieces), Ok(Some(HEADER.len())));
}

#[test]
fn the_longest_header_section_and_one_byte_more() {
    for size in [1, 100, MAX_LENGTH] {
        let mut header = vec![b'x'; MAX_LENGTH - 4];
        header.extend(b"\r\n\r\n");
        let pieces: Vec<_> = header.chunks(size).collect();
        assert_eq!(find(&pieces), Ok(Some(MAX_LENGTH)), "pieces of {size}");
        header.insert(0, b'x');
        let pieces: Vec<_> = header.chunks(size).collect();
        assert_eq!(find(&pieces), Err(TooLong), "pieces of {size}");
    }
}

#[test]
fn a_long_body_behind_the_end_is_not_too_long() {
    let all = [HEADER, &[b'x'; 2 * MAX_LENGTH]].concat();
    assert_eq!(find(&[&all]), Ok(Some(HEADER.len())));
}

//! `cargo test -p sockets --test slow_reader`

#[cfg_attr(feature = "solutions", path = "solution.rs")]
#[cfg_attr(not(feature = "solutions"), path = "exercise.rs")]
mod exercise;

use exercise::Outbox;
use proptest::prelude::*;

const LIMIT: usize = 60;

/// Sends at most `count` bytes of what waits.
fn send(outbox: &mut Outbox, mut count: usize, sent: &mut Vec<u8>) {
    while count > 0 {
        let front = outbox.front();
        let piece = front.len().min(count);
        if piece == 0 {
            return;
        }
        sent.extend_from_slice(&front[..piece]);
        outbox.taken(piece);
        count -= piece;
    }
}

/// Every line from 0 to `count` has to be there or to be counted, in its place.
fn check(sent: &[u8], count: u64) -> Result<(), String> {
    let text = String::from_utf8(sent.to_vec()).map_err(|error| error.to_string())?;
    let mut next = 0;
    for line in text.lines() {
        let wrong = || format!("expected line {next} or a notice, and got {line:?} in\n{text}");
        if let Some(number) = line.strip_prefix("line ") {
            if number.parse() != Ok(next) {
                return Err(wrong());
            }
            next += 1;
        } else {
            let number =
                line.strip_prefix("* ").and_then(|line| line.strip_suffix(" lines skipped"));
            next += number.and_then(|number| number.parse::<u64>().ok()).ok_or_else(wrong)?;
        }
    }
    if next == count { Ok(()) } else { Err(format!("{next} of {count} lines in\n{text}")) }
}

#[test]
fn a_line_that_has_begun_is_finished() {
    let (mut outbox, mut sent) = (Outbox::new(LIMIT), Vec::new());
    outbox.offer("line 0\n");
    send(&mut outbox, 3, &mut sent);
    for number in 1..100 {
        outbox.offer(&format!("line {number}\n"));
    }
    send(&mut outbox, usize::MAX, &mut sent);
    let text = String::from_utf8(sent).unwrap();
    assert!(text.starts_with("line 0\n* 92 lines skipped\nline 93\n"), "{text}");
    assert!(text.ends_with("line 99\n"), "{text}");
    check(text.as_bytes(), 100).unwrap();
}

#[test]
fn who_reads_misses_nothing() {
    let (mut outbox, mut sent) = (Outbox::new(LIMIT), Vec::new());
    for number in 0..100 {
        outbox.offer(&format!("line {number}\n"));
        send(&mut outbox, usize::MAX, &mut sent);
    }
    assert!(!sent.contains(&b'*'));
    check(&sent, 100).unwrap();
}

#[test]
fn what_waits_is_bounded() {
    let (mut outbox, mut sent) = (Outbox::new(LIMIT), Vec::new());
    for number in 0..100_000 {
        outbox.offer(&format!("line {number}\n"));
    }
    send(&mut outbox, usize::MAX, &mut sent);
    assert!(sent.len() <= LIMIT + "* 100000 lines skipped\n".len(), "{} bytes", sent.len());
    check(&sent, 100_000).unwrap();
}

proptest! {
    #[test]
    fn a_gap_has_its_size(turns in prop::collection::vec((0_usize..12, 0_usize..40), 0..40)) {
        let (mut outbox, mut sent) = (Outbox::new(LIMIT), Vec::new());
        let mut count = 0;
        for (lines, bytes) in turns {
            for _ in 0..lines {
                outbox.offer(&format!("line {count}\n"));
                count += 1;
            }
            send(&mut outbox, bytes, &mut sent);
        }
        send(&mut outbox, usize::MAX, &mut sent);
        prop_assert_eq!(check(&sent, count), Ok(()));
    }
}

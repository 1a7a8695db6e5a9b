//! The protocol without sockets: the same answers however the bytes are cut.

use std::time::Duration;

use concurrency::session::{MAX_LINE, Service, Session, Step, TOO_LONG, WORK};
use proptest::prelude::*;

/// What a client gets that sends `input` in pieces of these sizes and takes pieces of `taken` bytes.
fn answers(
    service: Service,
    mut input: &[u8],
    sizes: &[usize],
    taken: usize,
) -> (Vec<u8>, Duration) {
    let mut session = Session::new(service);
    let mut sizes = sizes.iter().cycle();
    let mut output = Vec::new();
    let mut worked = Duration::ZERO;
    loop {
        match session.step() {
            Step::Read if input.is_empty() => session.ended(),
            Step::Read => {
                let (now, later) = input.split_at((*sizes.next().unwrap()).min(input.len()));
                session.received(now);
                input = later;
            }
            Step::Work(time) => {
                worked += time;
                session.worked();
            }
            Step::Write => {
                let count = taken.min(session.output().len());
                output.extend_from_slice(&session.output()[..count]);
                session.sent(count);
            }
            Step::End => return (output, worked),
        }
    }
}

proptest! {
    #[test]
    fn an_echo_is_the_same_for_all_cuts(
        input in prop::collection::vec(any::<u8>(), 0..2000),
        sizes in prop::collection::vec(1_usize..100, 1..10),
        taken in 1_usize..100,
    ) {
        prop_assert_eq!(answers(Service::Echo, &input, &sizes, taken).0, input);
    }

    #[test]
    fn upper_is_the_same_for_all_cuts(
        input in "([a-zA-Z0-9 ]{0,20}\n){0,20}[a-z]{0,5}",
        sizes in prop::collection::vec(1_usize..100, 1..10),
        taken in 1_usize..100,
    ) {
        let complete = input.rfind('\n').map_or("", |last| &input[..=last]);
        let (output, worked) = answers(Service::Upper, input.as_bytes(), &sizes, taken);
        prop_assert_eq!(output, complete.to_ascii_uppercase().into_bytes());
        let lines = u32::try_from(complete.lines().count()).unwrap();
        prop_assert_eq!(worked, WORK * lines);
    }
}

#[test]
fn a_line_too_long_is_answered_and_ends_the_connection() {
    let mut input = b"good\n".to_vec();
    input.extend(vec![b'x'; 2 * MAX_LINE]);
    let (output, _) = answers(Service::Upper, &input, &[1000], 7);
    assert_eq!(output, [b"GOOD\n", TOO_LONG].concat());
}

#[test]
fn a_client_that_does_not_read_is_not_read_from() {
    let mut session = Session::new(Service::Echo);
    session.received(b"two bytes fewer");
    session.sent(2);
    assert_eq!(session.step(), Step::Write);
    assert_eq!(session.output(), b"o bytes fewer");
}

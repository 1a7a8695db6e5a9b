//! A stream gives the same messages however it is cut; and written again, they are the stream.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sockets::framing::{FramingError, Lengths, PREFIX, with_length};
use sockets_fuzz::parts;

fn messages(limit: usize, pieces: &[&[u8]]) -> (Vec<Vec<u8>>, Result<Vec<u8>, FramingError>) {
    let mut decoder = Lengths::new(limit);
    let mut messages = Vec::new();
    for piece in pieces {
        decoder.push(piece);
        loop {
            match decoder.next_message() {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => break,
                Err(error) => return (messages, Err(error)),
            }
        }
    }
    (messages, Ok(decoder.rest().to_vec()))
}

fuzz_target!(|input: &[u8]| {
    let Some((limit, pieces, stream)) = parts(input) else { return };
    let whole = messages(limit, &[stream]);
    assert_eq!(messages(limit, &pieces), whole);
    let mut again = Vec::new();
    for message in &whole.0 {
        again.extend(with_length(message, limit).expect("within the limit"));
    }
    if let Ok(rest) = &whole.1 {
        assert!(rest.len() < PREFIX + limit);
        again.extend(rest);
        assert_eq!(again, stream);
    } else {
        assert!(stream.starts_with(&again));
    }
});

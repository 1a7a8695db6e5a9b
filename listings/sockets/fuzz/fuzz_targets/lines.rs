//! A stream gives the same lines however it is cut, and no line over the limit.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sockets::framing::{FramingError, Lines};
use sockets_fuzz::parts;

fn lines(limit: usize, pieces: &[&[u8]]) -> (Vec<Vec<u8>>, Result<Vec<u8>, FramingError>) {
    let mut decoder = Lines::new(limit);
    let mut lines = Vec::new();
    for piece in pieces {
        decoder.push(piece);
        loop {
            match decoder.next_line() {
                Ok(Some(line)) => lines.push(line),
                Ok(None) => break,
                Err(error) => return (lines, Err(error)),
            }
        }
    }
    (lines, Ok(decoder.rest().to_vec()))
}

fuzz_target!(|input: &[u8]| {
    let Some((limit, pieces, stream)) = parts(input) else { return };
    let whole = lines(limit, &[stream]);
    assert_eq!(lines(limit, &pieces), whole);
    assert!(whole.0.iter().all(|line| line.len() <= limit && !line.contains(&b'\n')));
    if let Ok(rest) = &whole.1 {
        assert!(rest.len() <= limit + 1 && stream.ends_with(rest));
        let split = stream.split(|&byte| byte == b'\n').count() - 1;
        assert_eq!(whole.0.len(), split);
    }
});

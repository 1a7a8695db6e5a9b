//! Exercise: a name whose pointers lead in circles has to be refused.

// ANCHOR: exercise
/// The labels of the name at `at`, or `None` if the bytes are no name (RFC 1035 §4.1.4).
pub(crate) fn labels(message: &[u8], mut at: usize) -> Option<Vec<Vec<u8>>> {
    let mut labels = Vec::new();
    loop {
        let length = usize::from(*message.get(at)?);
        match length {
            0 => return Some(labels),
            1..=63 => {
                labels.push(message.get(at + 1..=at + length)?.to_vec());
                at += 1 + length;
            }
            // Two bits set: the other fourteen say where the name goes on.
            192.. => at = (length & 63) << 8 | usize::from(*message.get(at + 1)?),
            _ => return None,
        }
        if labels.len() > 127 {
            return None; // no name is that long, so this must be a loop
        }
    }
}
// ANCHOR_END: exercise

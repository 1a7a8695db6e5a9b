//! Solution: a pointer leads to a prior place (RFC 1035 §4.1.4), so each has to lead further back
//! than all before it. There is no need to remember where one has been.

// ANCHOR: solution
/// The labels of the name at `at`, or `None` if the bytes are no name (RFC 1035 §4.1.4).
pub(crate) fn labels(message: &[u8], mut at: usize) -> Option<Vec<Vec<u8>>> {
    let mut labels = Vec::new();
    // Bytes on the wire, the root's zero included.
    let mut size = 1;
    // Where this part of the name began.
    let mut part = at;
    // A chain that is no loop can still be 8,000 pointers long.
    let mut pointers = 0;
    loop {
        let length = usize::from(*message.get(at)?);
        match length {
            0 => return Some(labels),
            1..=63 => {
                labels.push(message.get(at + 1..=at + length)?.to_vec());
                at += 1 + length;
                size += 1 + length;
            }
            192.. => {
                at = (length & 63) << 8 | usize::from(*message.get(at + 1)?);
                pointers += 1;
                if at >= part || pointers > 127 {
                    return None;
                }
                part = at;
            }
            _ => return None,
        }
        if size > 255 {
            return None;
        }
    }
}
// ANCHOR_END: solution

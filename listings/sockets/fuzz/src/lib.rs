//! What the fuzz targets share. `ci/fuzz.sh` runs them.

/// An input: the limit, where to cut, and the stream.
///
/// # Returns
///
/// `None` if the input is too short for that.
#[must_use]
pub fn parts(input: &[u8]) -> Option<(usize, Vec<&[u8]>, &[u8])> {
    let (&limit, input) = input.split_first()?;
    let (&step, stream) = input.split_first()?;
    // Pieces of two sizes, so that cuts fall at any distance.
    let (first, rest) = stream.split_at(stream.len().min(usize::from(step >> 4)));
    let mut pieces = vec![first];
    pieces.extend(rest.chunks(usize::from(step & 15) + 1));
    Some((usize::from(limit), pieces, stream))
}

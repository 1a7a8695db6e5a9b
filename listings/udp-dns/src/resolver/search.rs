//! Which full names a short name may mean (`resolv.conf(5)`: search, ndots).

use crate::name::{Name, NameError, ends_in_dot};

/// How many names one short name is tried as. A file with more suffixes gets no further: each is a
/// question, and tells a server what was typed.
pub const MAX_CANDIDATES: usize = 16;

// ANCHOR: candidates
/// The names to ask for, in order.
///
/// A name with a dot at its end is meant as it stands. One with at least `ndots` dots in it is tried
/// as it stands first and with the suffixes then; any other the other way round. A combination that
/// is too long for a name is left out.
///
/// # Errors
///
/// If `text` is no name by itself.
pub fn candidates(text: &str, suffixes: &[Name], ndots: usize) -> Result<Vec<Name>, NameError> {
    let name: Name = text.parse()?;
    if ends_in_dot(text) {
        return Ok(vec![name]);
    }
    let join = |suffix: &Name| Name::from_labels(name.labels().chain(suffix.labels())).ok();
    let mut names: Vec<_> = suffixes.iter().filter_map(join).take(MAX_CANDIDATES - 1).collect();
    let dots = name.labels().count().saturating_sub(1);
    let at = if dots >= ndots { 0 } else { names.len() };
    // A search list with the root in it has put it there already.
    if !names.contains(&name) {
        names.insert(at, name);
    }
    Ok(names)
}
// ANCHOR_END: candidates

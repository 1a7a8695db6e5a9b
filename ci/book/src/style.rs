//! Chinese typography. English spelling is for `typos`, which the gate runs where it is installed.

use crate::page::Page;
use crate::{Problem, Problems};

/// Spaces between Han and Latin, full-width punctuation: what `autocorrect` would change.
pub fn typography(page: &Page) -> Problems {
    let result = autocorrect::lint_for(&page.text, "markdown");
    if !result.error.is_empty() {
        return vec![Problem::new(&page.file, 0, result.error)];
    }
    result
        .lines
        .iter()
        .map(|line| {
            Problem::new(
                &page.file,
                line.line,
                format!(
                    "Chinese typography: write {:?} for {:?}",
                    line.new.trim(),
                    line.old.trim()
                ),
            )
        })
        .collect()
}

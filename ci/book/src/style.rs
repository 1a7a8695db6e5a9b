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

/// The same for words that stand alone, such as the labels of a plot.
pub fn words(text: &str) -> Result<(), String> {
    match autocorrect::lint_for(text, "text").lines.first() {
        Some(line) => Err(format!("write {:?} for {:?}", line.new.trim(), line.old.trim())),
        None => Ok(()),
    }
}

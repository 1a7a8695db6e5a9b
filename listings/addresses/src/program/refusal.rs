//! A refused text, with a mark under what is wrong with it.

use std::fmt;
use std::io::{self, Write};
use std::ops::Range;

use addresses::prefix::PrefixError;
use addresses::text::AddressError;

/// How wide the output may be, in characters.
pub(crate) const WIDTH: usize = 78;

/// A text, the bytes that are to blame, and why.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) text: String,
    pub(crate) span: Range<usize>,
    pub(crate) why: String,
}

impl Refusal {
    pub(crate) fn address(text: &str, error: &AddressError) -> Self {
        Self { text: text.into(), span: error.span.clone(), why: error.to_string() }
    }

    pub(crate) fn prefix(text: &str, error: &PrefixError) -> Self {
        Self { text: text.into(), span: error.span(text.len()), why: error.to_string() }
    }

    /// The text and the mark, one line each. A long text is shown without a mark.
    pub(crate) fn marked(&self) -> String {
        const SHOWN: usize = 64;
        // A terminal obeys control characters, and the text is a stranger's.
        let shown = |text: &str| -> String {
            text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
        };
        let count =
            |range: Range<usize>| self.text.get(range).map_or(0, |part| part.chars().count());
        if self.text.chars().count() > SHOWN {
            let start: String = self.text.chars().take(SHOWN).collect();
            return format!("{}…", shown(&start));
        }
        let (before, wrong) = (count(0..self.span.start), count(self.span.clone()).max(1));
        format!("{}\n{}{}", shown(&self.text), " ".repeat(before), "^".repeat(wrong))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}", self.marked(), wrapped(&self.why, WIDTH))
    }
}

impl std::error::Error for Refusal {}

/// `text` in lines of at most `width` characters.
pub(crate) fn wrapped(text: &str, width: usize) -> String {
    let mut lines = String::new();
    let mut column = 0;
    for word in text.split(' ') {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > width {
            lines.push('\n');
            column = 0;
        } else if column > 0 {
            lines.push(' ');
            column += 1;
        }
        lines.push_str(word);
        column += length;
    }
    lines
}

/// Tells the user. Unlike `eprintln!` this does not panic when stderr is closed.
pub(crate) fn complain(error: &anyhow::Error) {
    let text = match error.downcast_ref::<Refusal>() {
        Some(refusal) => refusal.to_string(),
        None => wrapped(&format!("ipcalc: {error}"), WIDTH),
    };
    let _ = writeln!(io::stderr(), "{text}");
}

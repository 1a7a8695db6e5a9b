//! What a check says when it fails.

use std::fmt;
use std::path::{Path, PathBuf};

/// One thing that is wrong, where it is, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Relative to the root of the repository.
    pub file: PathBuf,
    /// Counted from 1; 0 stands for the file as a whole.
    pub line: usize,
    pub message: String,
}

/// All that one check found; empty means that it holds.
pub type Problems = Vec<Problem>;

impl Problem {
    pub fn new(file: impl AsRef<Path>, line: usize, message: impl Into<String>) -> Self {
        Self { file: file.as_ref().to_owned(), line, message: message.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        write!(f, ": {}", self.message)
    }
}

/// One problem a line, in the order of files and lines.
pub fn report(problems: &[Problem]) -> String {
    let mut sorted: Vec<_> = problems.iter().collect();
    sorted.sort();
    sorted.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

//! Exercises: a skeleton that compiles, a test that fails with it, a solution that passes.
//!
//! An exercise is a folder `listings/<slug>/exercises/<name>/` with `exercise.rs` (what the reader
//! edits), `solution.rs` and `test.rs`. The manifest lists the test with `test = false`, so that
//! `cargo test` passes it over while `cargo test -p <slug> --test <name>` runs it; the feature
//! `solutions` puts the solution in the skeleton's place.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use testkit::{Finished, Process};

use crate::transcript::cargo;
use crate::{Book, Problem, Problems};

/// How long a build and a test of an exercise may take.
const LIMIT: Duration = Duration::from_secs(300);

/// One exercise of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exercise {
    pub listing: String,
    pub name: String,
}

/// Every exercise of every listing.
pub fn all(book: &Book) -> Result<Vec<Exercise>> {
    let mut exercises = Vec::new();
    for listing in book.listings()? {
        let folder = book.path("listings").join(&listing).join("exercises");
        if !folder.is_dir() {
            continue;
        }
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                let name = entry.file_name().to_string_lossy().into_owned();
                exercises.push(Exercise { listing: listing.clone(), name });
            }
        }
    }
    exercises.sort_by(|a, b| (&a.listing, &a.name).cmp(&(&b.listing, &b.name)));
    Ok(exercises)
}

impl Exercise {
    pub fn folder(&self) -> PathBuf {
        Path::new("listings").join(&self.listing).join("exercises").join(&self.name)
    }

    /// The skeleton compiles and its test fails; the solution passes the same test.
    pub fn check(&self, book: &Book) -> Result<Problems> {
        let mut problems = Problems::new();
        for file in ["exercise.rs", "solution.rs", "test.rs"] {
            if !book.path(self.folder()).join(file).is_file() {
                problems.push(Problem::new(
                    self.folder().join(file),
                    0,
                    "an exercise needs this file",
                ));
            }
        }
        if !problems.is_empty() {
            return Ok(problems);
        }
        let built = self.cargo(book, &["--no-run"])?;
        if !built.status.success() {
            let why = built.text();
            problems.push(Problem::new(
                self.folder().join("exercise.rs"),
                0,
                format!("the skeleton has to compile:\n{why}"),
            ));
            return Ok(problems);
        }
        let skeleton = self.cargo(book, &[])?;
        if skeleton.status.success() {
            problems.push(Problem::new(
                self.folder().join("test.rs"),
                0,
                "the test passes before the reader has done anything",
            ));
        } else if !skeleton.text().contains("test result: FAILED") {
            problems.push(Problem::new(
                self.folder().join("test.rs"),
                0,
                format!("the test does not fail but break off:\n{}", skeleton.text()),
            ));
        }
        let solution = self.cargo(book, &["--features", "solutions"])?;
        let text = solution.text();
        if !solution.status.success() || text.contains(" 0 passed") {
            problems.push(Problem::new(
                self.folder().join("solution.rs"),
                0,
                format!("the solution has to pass:\n{text}"),
            ));
        }
        Ok(problems)
    }

    fn cargo(&self, book: &Book, more: &[&str]) -> Result<Finished> {
        let mut command = Command::new(cargo());
        command.args(["test", "--offline", "--package", &self.listing, "--test", &self.name]);
        command.args(more).current_dir(book.root());
        Ok(Process::start(&mut command)?.finish(LIMIT)?)
    }
}

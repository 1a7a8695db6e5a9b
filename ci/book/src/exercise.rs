//! Exercises: a skeleton that compiles, a test that fails with it, a solution that passes.
//!
//! An exercise is a folder `listings/<slug>/exercises/<name>/` with `exercise.rs` (what the reader
//! edits), `solution.rs` and `test.rs`. The manifest lists the test with `test = false`, so that
//! `cargo test` passes it over while `cargo test -p <slug> --test <name>` runs it; the feature
//! `solutions` puts the solution in the skeleton's place.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::Result;
use testkit::{Finished, Process};

use crate::transcript::cargo;
use crate::{Book, Problem, Problems, load};

/// How long a build and a test of an exercise may take.
const LIMIT: Duration = Duration::from_secs(300);

/// One exercise of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exercise {
    pub listing: String,
    pub name: String,
}

/// The exercises of a book, and the test programs that are built for them.
#[derive(Debug)]
pub struct Bench {
    book: Book,
    exercises: Vec<Exercise>,
    /// By listing: with the skeletons, and with the solutions.
    built: BTreeMap<String, [OnceLock<Option<Programs>>; 2]>,
}

/// The test program of each exercise.
type Programs = BTreeMap<String, PathBuf>;

impl Bench {
    /// Every exercise of every listing.
    pub fn new(book: &Book) -> Result<Self> {
        let exercises = all(book)?;
        let built = exercises.iter().map(|e| (e.listing.clone(), Default::default())).collect();
        Ok(Self { book: book.clone(), exercises, built })
    }

    pub fn exercises(&self) -> &[Exercise] {
        &self.exercises
    }

    /// The skeleton compiles and its test fails; the solution passes the same test.
    pub fn check(&self, exercise: &Exercise) -> Result<Problems> {
        let lacking = exercise.lacking(&self.book);
        if !lacking.is_empty() {
            return Ok(lacking);
        }
        let run = |solutions| -> Result<Option<Finished>> {
            let Some(program) = self.program(exercise, solutions) else { return Ok(None) };
            let folder = self.book.path("listings").join(&exercise.listing);
            let mut command = Command::new(program);
            command.env("CARGO_MANIFEST_DIR", &folder).current_dir(&folder);
            Ok(Some(Process::start(&mut command)?.finish(LIMIT)?))
        };
        match (run(false)?, run(true)?) {
            (Some(skeleton), Some(solution)) => Ok(exercise.judge(&skeleton, &solution)),
            // Something does not build: each on its own, to say which.
            _ => exercise.check(&self.book),
        }
    }

    /// The test program of an exercise, built with those of the others in its listing: most of the
    /// time of a build goes into starting cargo.
    fn program(&self, exercise: &Exercise, solutions: bool) -> Option<&PathBuf> {
        let built = &self.built.get(&exercise.listing)?[usize::from(solutions)];
        built.get_or_init(|| self.build(&exercise.listing, solutions)).as_ref()?.get(&exercise.name)
    }

    fn build(&self, listing: &str, solutions: bool) -> Option<Programs> {
        let mut command = Command::new(cargo());
        command.args(["test", "--quiet", "--no-run", "--offline", "--message-format=json"]);
        command.args(["--package", listing]).current_dir(self.book.root());
        command.args(solutions.then_some(["--features", "solutions"]).into_iter().flatten());
        for exercise in self.exercises.iter().filter(|exercise| exercise.listing == listing) {
            command.args(["--test", &exercise.name]);
        }
        let _turn = load::turn();
        let finished = Process::start(&mut command).ok()?.finish(LIMIT).ok()?;
        finished.status.success().then(|| programs(&finished.text()))
    }
}

/// The programs that cargo says it made, in its JSON messages.
fn programs(messages: &str) -> Programs {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter_map(|message| {
            let name = message["target"]["name"].as_str()?.to_owned();
            Some((name, PathBuf::from(message["executable"].as_str()?)))
        })
        .collect()
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

    fn lacking(&self, book: &Book) -> Problems {
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
        problems
    }

    /// The skeleton compiles and its test fails; the solution passes the same test.
    pub fn check(&self, book: &Book) -> Result<Problems> {
        let mut problems = self.lacking(book);
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
        let solution = self.cargo(book, &["--features", "solutions"])?;
        Ok(self.judge(&skeleton, &solution))
    }

    fn judge(&self, skeleton: &Finished, solution: &Finished) -> Problems {
        let mut problems = Problems::new();
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
        let text = solution.text();
        if !solution.status.success() || text.contains(" 0 passed") {
            problems.push(Problem::new(
                self.folder().join("solution.rs"),
                0,
                format!("the solution has to pass:\n{text}"),
            ));
        }
        problems
    }

    fn cargo(&self, book: &Book, more: &[&str]) -> Result<Finished> {
        let mut command = Command::new(cargo());
        command.args(["test", "--offline", "--package", &self.listing, "--test", &self.name]);
        command.args(more).current_dir(book.root());
        let _turn = load::turn();
        Ok(Process::start(&mut command)?.finish(LIMIT)?)
    }
}

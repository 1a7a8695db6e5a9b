//! `ci/transcripts.toml`, and the programs that the workspace builds itself.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;

use anyhow::{Context, Result, bail};
use regex::Regex;
use serde::Deserialize;

use super::Session;
use crate::page::Page;
use crate::{Book, Problem, Problems};

/// Where the settings are.
const FILE: &str = "ci/transcripts.toml";

/// What may vary, and which foreign programs there are.
#[derive(Debug)]
pub struct Config {
    pub(super) root: PathBuf,
    pub(super) vary: BTreeMap<String, Regex>,
    programs: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    vary: BTreeMap<String, String>,
    #[serde(default)]
    programs: BTreeMap<String, String>,
}

/// A foreign program that is not installed.
pub type Missing = String;

impl Config {
    pub fn load(book: &Book) -> Result<Self> {
        let file: File =
            toml::from_str(&book.read(FILE)?).with_context(|| format!("{FILE} cannot be read"))?;
        let mut vary = BTreeMap::new();
        for (name, pattern) in file.vary {
            let regex = Regex::new(&pattern)
                .with_context(|| format!("{FILE}: vary.{name} is not a regular expression"))?;
            vary.insert(name, regex);
        }
        Ok(Self { root: book.root().to_owned(), vary, programs: file.programs })
    }

    /// The patterns of the classes that a block names, with the name of each.
    pub fn varying<'c>(&'c self, names: &[&str]) -> Vec<(&'c str, &'c Regex)> {
        self.vary
            .iter()
            .filter(|(name, _)| names.contains(&name.as_str()))
            .map(|(name, regex)| (name.as_str(), regex))
            .collect()
    }

    /// Programs and classes of the session that nobody declared.
    pub fn unknown(&self, page: &Page, session: &Session, locals: &Locals) -> Problems {
        let mut problems = Problems::new();
        for block in &session.blocks {
            for program in block.programs() {
                if !self.programs.contains_key(&program) && !locals.packages.contains_key(&program)
                {
                    problems.push(Problem::new(
                        &page.file,
                        block.line,
                        format!(
                            "unknown program `{program}`: no listing builds it and {FILE} does not \
                             name it; add it there and to ci/setup.sh"
                        ),
                    ));
                }
            }
            for class in block.words("vary") {
                if !self.vary.contains_key(class) {
                    problems.push(Problem::new(
                        &page.file,
                        block.line,
                        format!("unknown class `{class}`: define it under [vary] in {FILE}"),
                    ));
                }
            }
        }
        problems
    }

    /// The declared programs of a session that this machine does not have.
    pub fn missing(&self, session: &Session, locals: &Locals) -> Vec<Missing> {
        let mut missing: Vec<Missing> = session
            .blocks
            .iter()
            .flat_map(super::Block::programs)
            .filter(|program| {
                self.programs.contains_key(program)
                    && !locals.packages.contains_key(program)
                    && testkit::program(program).is_none()
            })
            .collect();
        missing.sort();
        missing.dedup();
        missing
    }
}

/// The programs that the workspace builds: binaries and examples of the listings.
#[derive(Debug, Default)]
pub struct Locals {
    /// Program → package.
    packages: BTreeMap<String, String>,
    target: PathBuf,
    root: PathBuf,
    built: Mutex<BTreeSet<String>>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<MetadataPackage>,
    target_directory: PathBuf,
}

#[derive(Deserialize)]
struct MetadataPackage {
    name: String,
    manifest_path: PathBuf,
    targets: Vec<MetadataTarget>,
}

#[derive(Deserialize)]
struct MetadataTarget {
    name: String,
    kind: Vec<String>,
}

impl Locals {
    /// Asks cargo which programs there are. A book without a workspace has none.
    pub fn load(book: &Book) -> Result<Self> {
        if !book.path("Cargo.toml").is_file() {
            return Ok(Self::default());
        }
        let output = Command::new(cargo())
            .args(["metadata", "--no-deps", "--format-version=1", "--offline"])
            .current_dir(book.root())
            .output()
            .context("cannot start cargo")?;
        if !output.status.success() {
            bail!("cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr));
        }
        let metadata: Metadata = serde_json::from_slice(&output.stdout)?;
        let mut packages = BTreeMap::new();
        for package in metadata.packages {
            if !package.manifest_path.starts_with(book.path("listings")) {
                continue;
            }
            for target in package.targets {
                if target.kind.iter().any(|kind| kind == "bin" || kind == "example") {
                    packages.insert(target.name, package.name.clone());
                }
            }
        }
        Ok(Self {
            packages,
            target: metadata.target_directory,
            root: book.root().to_owned(),
            built: Mutex::default(),
        })
    }

    /// Builds what a session needs of the listings and gives the folders to find it in.
    pub(super) fn build(&self, session: &Session) -> Result<Vec<PathBuf>, String> {
        let mut built = self.built.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for program in session.blocks.iter().flat_map(super::Block::programs) {
            let Some(package) = self.packages.get(&program) else { continue };
            if built.insert(package.clone()) {
                let output = Command::new(cargo())
                    .args(["build", "--quiet", "--bins", "--examples", "--package", package])
                    .current_dir(&self.root)
                    .output()
                    .map_err(|error| format!("cannot start cargo: {error}"))?;
                if !output.status.success() {
                    built.remove(package);
                    return Err(format!(
                        "{package} does not build:\n{}",
                        String::from_utf8_lossy(&output.stderr)
                    ));
                }
            }
        }
        Ok(vec![self.target.join("debug"), self.target.join("debug/examples")])
    }
}

/// The cargo that runs this program, or the one on the path.
pub fn cargo() -> std::ffi::OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

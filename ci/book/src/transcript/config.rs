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
use crate::{Book, Problem, Problems, load};

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

impl Config {
    pub fn load(book: &Book) -> Result<Self> {
        let file: File =
            toml::from_str(&book.read(FILE)?).with_context(|| format!("{FILE} cannot be read"))?;
        let mut vary = BTreeMap::new();
        for (name, pattern) in file.vary {
            let regex = Regex::new(&pattern)
                .with_context(|| format!("{FILE}: vary.{name} is not a regular expression"))?;
            // What matches anything would let any page pass.
            for probe in ["", "\n", "truth", "HTTP/1.1 500 no", "82 bytes"] {
                if regex.is_match(probe) {
                    bail!(
                        "{FILE}: vary.{name} matches {probe:?}: say what is around the part that varies"
                    );
                }
            }
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

    /// Rows of the file that no page needs.
    pub fn unused(&self, sessions: &[Session]) -> Problems {
        let blocks = || sessions.iter().flat_map(|session| &session.blocks);
        let programs: BTreeSet<String> = blocks().flat_map(super::Block::programs).collect();
        let classes: BTreeSet<&str> = blocks().flat_map(|block| block.words("vary")).collect();
        let idle = |kind: &str, name: &str| {
            Problem::new(FILE, 0, format!("no transcript needs {kind}.{name}: remove the row"))
        };
        let programs = self.programs.keys().filter(|name| !programs.contains(*name));
        let classes = self.vary.keys().filter(|name| !classes.contains(name.as_str()));
        programs
            .map(|name| idle("programs", name))
            .chain(classes.map(|name| idle("vary", name)))
            .collect()
    }

    /// The declared programs of a session that this machine does not have.
    pub fn missing(&self, session: &Session, locals: &Locals) -> Vec<String> {
        let mut missing: Vec<String> = session
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
                let runs = target.kind.iter().any(|kind| kind == "bin" || kind == "example");
                if !runs {
                    continue;
                }
                // Both would be built to the same file.
                if let Some(other) = packages.insert(target.name.clone(), package.name.clone()) {
                    bail!("{other} and {} both build `{}`: rename one", package.name, target.name);
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
                let _turn = load::turn();
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

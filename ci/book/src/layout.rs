//! Where things are in the repository.

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// A language of the book. Both are originals; neither is the other's translation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Lang {
    Zh,
    En,
}

impl Lang {
    pub const ALL: [Self; 2] = [Self::Zh, Self::En];

    /// The folder name below `src` and below the site.
    pub const fn dir(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }

    /// The BCP 47 tag for `<html lang>`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }

    /// What the language calls itself.
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::Zh => "中文",
            Self::En => "English",
        }
    }

    #[must_use]
    pub const fn twin(self) -> Self {
        match self {
            Self::Zh => Self::En,
            Self::En => Self::Zh,
        }
    }

    /// Picks the text for this language.
    pub const fn pick<T: Copy>(self, zh: T, en: T) -> T {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.dir())
    }
}

/// The repository of a book: every path of this tool starts here, so that a test can point it at
/// a copy.
#[derive(Debug, Clone)]
pub struct Book {
    root: PathBuf,
}

impl Book {
    /// A book whose `book.toml` is in `root`.
    pub fn at(root: impl Into<PathBuf>) -> Result<Self> {
        let root = root.into();
        if !root.join("book.toml").is_file() {
            bail!("no book.toml in {}: run this inside the book's repository", root.display());
        }
        let root =
            root.canonicalize().with_context(|| format!("cannot enter {}", root.display()))?;
        Ok(Self { root })
    }

    /// The nearest book at or above the working directory.
    pub fn find() -> Result<Self> {
        let here = std::env::current_dir().context("the working directory is gone")?;
        let root = here
            .ancestors()
            .find(|dir| dir.join("book.toml").is_file())
            .with_context(|| format!("no book.toml in {} or above it", here.display()))?;
        Self::at(root)
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// `path` below the root.
    pub fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.root.join(path)
    }

    pub fn lang_dir(&self, lang: Lang) -> PathBuf {
        self.root.join("src").join(lang.dir())
    }

    /// `path` as messages show it: relative to the root, with forward slashes.
    pub fn relative(&self, path: &Path) -> PathBuf {
        path.strip_prefix(&self.root).unwrap_or(path).to_owned()
    }

    pub fn read(&self, path: impl AsRef<Path>) -> Result<String> {
        let path = self.path(path);
        std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    }

    /// The names of the listings, sorted: every folder below `listings` with a manifest.
    pub fn listings(&self) -> Result<Vec<String>> {
        let dir = self.path("listings");
        let mut names = Vec::new();
        if !dir.is_dir() {
            return Ok(names);
        }
        for entry in
            std::fs::read_dir(&dir).with_context(|| format!("cannot list {}", dir.display()))?
        {
            let entry = entry?;
            if entry.path().join("Cargo.toml").is_file() {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        names.sort();
        Ok(names)
    }
}

/// Every file below `dir`, sorted, without build output and hidden files.
pub fn files_below(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut open = vec![dir.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in
            std::fs::read_dir(&dir).with_context(|| format!("cannot list {}", dir.display()))?
        {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let built = name == "target" && dir.join("Cargo.toml").is_file();
            // What a fuzzer has found; its own .gitignore leaves it out as well.
            let found = matches!(&*name, "corpus" | "artifacts" | "coverage")
                && dir.join("fuzz_targets").is_dir();
            if name.starts_with('.') || built || found || name == "node_modules" {
                continue;
            }
            if entry.file_type()?.is_dir() {
                open.push(entry.path());
            } else {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    Ok(files)
}

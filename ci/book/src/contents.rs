//! The two `SUMMARY.md` files: which pages there are, and in what order.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use mdbook_summary::{Summary, SummaryItem};

use crate::{Book, Lang, Problem, Problems};

/// A page as the table of contents names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Relative to the language's folder, with forward slashes: `first-bytes/relay.md`.
    pub path: String,
    pub title: String,
    /// The titles of the entries that it is nested in, outermost first.
    pub parents: Vec<String>,
    /// How many links and part titles stand before it, so that two languages can be compared.
    pub depth: usize,
}

/// The entries of one language, in order.
pub fn entries(book: &Book, lang: Lang) -> Result<Vec<Entry>> {
    let file = book.lang_dir(lang).join("SUMMARY.md");
    let text = std::fs::read_to_string(&file)
        .with_context(|| format!("cannot read {}", file.display()))?;
    let summary: Summary = mdbook_summary::parse_summary(&text).with_context(|| {
        format!("{} is not a table of contents", book.relative(&file).display())
    })?;
    let mut entries = Vec::new();
    for items in [&summary.prefix_chapters, &summary.numbered_chapters, &summary.suffix_chapters] {
        collect(items, &mut Vec::new(), &mut entries);
    }
    Ok(entries)
}

fn collect(items: &[SummaryItem], parents: &mut Vec<String>, entries: &mut Vec<Entry>) {
    for item in items {
        if let SummaryItem::Link(link) = item {
            if let Some(location) = &link.location {
                entries.push(Entry {
                    path: location.to_string_lossy().replace('\\', "/"),
                    title: link.name.clone(),
                    parents: parents.clone(),
                    depth: parents.len(),
                });
            }
            parents.push(link.name.clone());
            collect(&link.nested_items, parents, entries);
            parents.pop();
        }
    }
}

/// Both languages list the same pages in the same order and nesting, every listed page exists,
/// every page is listed, and every listing has its chapter.
pub fn check(book: &Book) -> Result<Problems> {
    let mut problems = Problems::new();
    let zh = entries(book, Lang::Zh)?;
    let en = entries(book, Lang::En)?;
    let summary = |lang: Lang| PathBuf::from("src").join(lang.dir()).join("SUMMARY.md");
    for index in 0..zh.len().max(en.len()) {
        let shape = |entry: Option<&Entry>| entry.map(|e| (e.path.clone(), e.depth));
        if shape(zh.get(index)) != shape(en.get(index)) {
            let name = |entry: Option<&Entry>| {
                entry.map_or_else(
                    || "nothing".to_owned(),
                    |e| format!("{} at depth {}", e.path, e.depth),
                )
            };
            problems.push(Problem::new(
                summary(Lang::En),
                0,
                format!(
                    "entry {} is {} here but {} in {}: list the same pages in the same order and nesting",
                    index + 1,
                    name(en.get(index)),
                    name(zh.get(index)),
                    summary(Lang::Zh).display(),
                ),
            ));
            break;
        }
    }
    for (lang, listed) in [(Lang::Zh, &zh), (Lang::En, &en)] {
        for entry in listed {
            if !book.lang_dir(lang).join(&entry.path).is_file() {
                problems.push(Problem::new(
                    summary(lang),
                    0,
                    format!("{} is listed but there is no such file", entry.path),
                ));
            }
        }
        for path in markdown_below(&book.lang_dir(lang))? {
            if path != "SUMMARY.md" && !listed.iter().any(|entry| entry.path == path) {
                problems.push(Problem::new(
                    Path::new("src").join(lang.dir()).join(&path),
                    0,
                    format!("no reader finds this page: list it in {}", summary(lang).display()),
                ));
            }
        }
    }
    for listing in book.listings()? {
        if !zh.iter().any(|entry| entry.path.split('/').next() == Some(&listing)) {
            problems.push(Problem::new(
                Path::new("listings").join(&listing).join("Cargo.toml"),
                0,
                format!(
                    "this listing has no chapter: write src/zh/{listing}/ and src/en/{listing}/"
                ),
            ));
        }
    }
    Ok(problems)
}

fn markdown_below(dir: &Path) -> Result<Vec<String>> {
    let files = crate::layout::files_below(dir)?;
    Ok(files
        .iter()
        .filter(|file| file.extension().is_some_and(|ext| ext == "md"))
        .filter_map(|file| file.strip_prefix(dir).ok())
        .map(|file| file.to_string_lossy().replace('\\', "/"))
        .collect())
}

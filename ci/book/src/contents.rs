//! The two `SUMMARY.md` files: which pages there are, and in what order.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use mdbook_summary::{Summary, SummaryItem};

use crate::{Book, Lang, Problem, Problems, page, plot};

/// A page as the table of contents names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Relative to the language's folder, with forward slashes: `first-bytes/relay.md`.
    pub path: String,
    pub title: String,
    /// The titles of the entries that it is nested in, outermost first.
    pub parents: Vec<String>,
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
                });
            }
            parents.push(link.name.clone());
            collect(&link.nested_items, parents, entries);
            parents.pop();
        }
    }
}

/// The table of contents without its words: what has to be the same in both languages.
fn shape(book: &Book, lang: Lang) -> Result<Vec<String>> {
    let text = book.read(Path::new("src").join(lang.dir()).join("SUMMARY.md"))?;
    let summary = mdbook_summary::parse_summary(&text)?;
    let mut lines = Vec::new();
    let sections = [
        ("before the chapters", &summary.prefix_chapters),
        ("a chapter", &summary.numbered_chapters),
        ("after the chapters", &summary.suffix_chapters),
    ];
    for (section, items) in sections {
        shape_of(items, section, 0, &mut lines);
    }
    Ok(lines)
}

fn shape_of(items: &[SummaryItem], section: &str, depth: usize, lines: &mut Vec<String>) {
    for item in items {
        match item {
            SummaryItem::Link(link) => {
                let path =
                    link.location.as_ref().map_or("a draft".into(), |path| path.to_string_lossy());
                lines.push(format!("{path} at depth {depth}, {section}"));
                shape_of(&link.nested_items, section, depth + 1, lines);
            }
            SummaryItem::Separator => lines.push(format!("a separator, {section}")),
            SummaryItem::PartTitle(_) => lines.push("the title of a part".to_owned()),
            other => lines.push(format!("{other:?}")),
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
    let (a, b) = (shape(book, Lang::Zh)?, shape(book, Lang::En)?);
    for index in 0..a.len().max(b.len()) {
        let name = |lines: &[String]| lines.get(index).map_or("nothing", String::as_str).to_owned();
        if name(&a) != name(&b) {
            problems.push(Problem::new(
                summary(Lang::En),
                0,
                format!(
                    "entry {} is {} here but {} in {}: list the same pages in the same order and nesting",
                    index + 1,
                    name(&b),
                    name(&a),
                    summary(Lang::Zh).display(),
                ),
            ));
            break;
        }
    }
    if zh.first().is_some_and(|entry| entry.path != "index.md") {
        problems.push(Problem::new(
            summary(Lang::Zh),
            0,
            "the first page has to be index.md: mdBook shows the first at the language's address",
        ));
    }
    for (lang, listed) in [(Lang::Zh, &zh), (Lang::En, &en)] {
        let pictures = plot::shown(&page::pages(book, lang)?);
        for entry in listed {
            if !book.lang_dir(lang).join(&entry.path).is_file() {
                problems.push(Problem::new(
                    summary(lang),
                    0,
                    format!("{} is listed but there is no such file", entry.path),
                ));
            }
        }
        let root = book.lang_dir(lang);
        for file in crate::layout::files_below(&root)? {
            let path = file.strip_prefix(&root)?.to_string_lossy().replace('\\', "/");
            let picture = pictures.contains(&book.relative(&file));
            if path == "SUMMARY.md" || picture || listed.iter().any(|entry| entry.path == path) {
                continue;
            }
            let is = |extension: &str| file.extension().is_some_and(|ext| ext == extension);
            let what = if is("md") {
                format!("no reader finds this page: list it in {}", summary(lang).display())
            } else if is("svg") {
                "no `plot` block shows this picture: remove it".to_owned()
            } else {
                "a page shows code of a listing and diagrams that it draws; this file is neither"
                    .to_owned()
            };
            problems.push(Problem::new(Path::new("src").join(lang.dir()).join(&path), 0, what));
        }
    }
    for entry in std::fs::read_dir(book.path("src"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.')
            && !["SUMMARY.md", "index.md", "parity.lock", "zh", "en"].contains(&name.as_str())
        {
            problems.push(Problem::new(
                Path::new("src").join(&name),
                0,
                "pages are in src/zh and src/en",
            ));
        }
    }
    let listings = book.path("listings");
    if listings.is_dir() {
        for entry in std::fs::read_dir(listings)? {
            let entry = entry?;
            let hidden = entry.file_name().to_string_lossy().starts_with('.');
            if !hidden && !entry.path().join("Cargo.toml").is_file() {
                let name = Path::new("listings").join(entry.file_name());
                problems.push(Problem::new(
                    name,
                    0,
                    "a listing is a crate: this has no Cargo.toml",
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

//! `{{#include …:anchor}}`: the only way by which code of a listing comes to a page.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::sync::LazyLock;

use anyhow::Result;
use regex::Regex;

use crate::page::{Kind, Page, code_of};
use crate::{Book, Problem, Problems};

/// One include directive on a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Include {
    /// Of the directive, counted from 1.
    pub line: usize,
    /// Relative to the repository, without `..`.
    pub file: PathBuf,
    pub anchor: Option<String>,
}

/// Languages of blocks that may stand on a page itself: something runs or draws each of them.
const VERIFIED: [&str; 3] = ["rust", "console", "svgbob"];

static DIRECTIVE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\{\{\s*#([a-z_]+)\s+([^}]*?)\s*\}\}").expect("a constant pattern")
});
static ANCHOR: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"ANCHOR(_END)?:\s*([A-Za-z0-9_-]+)").expect("a constant pattern"));

/// The directives of a page; the second list says which of them cannot be read.
pub fn directives(page: &Page) -> (Vec<Include>, Problems) {
    let mut includes = Vec::new();
    let mut problems = Problems::new();
    for (index, text) in page.text.lines().enumerate() {
        let line = index + 1;
        for found in DIRECTIVE.captures_iter(text) {
            if &found[1] != "include" {
                problems.push(Problem::new(
                    &page.file,
                    line,
                    format!(
                        "`#{}` is not used in this book: write {{{{#include file:anchor}}}}",
                        &found[1]
                    ),
                ));
                continue;
            }
            let mut parts = found[2].split(':');
            let target = parts.next().unwrap_or_default();
            let anchor = parts.next().map(str::to_owned);
            if parts.next().is_some() || anchor.as_ref().is_some_and(|a| a.parse::<usize>().is_ok())
            {
                problems.push(Problem::new(
                    &page.file,
                    line,
                    "line numbers drift when code moves: include by anchor",
                ));
                continue;
            }
            let folder = page.file.parent().unwrap_or(Path::new(""));
            includes.push(Include { line, file: normalize(&folder.join(target)), anchor });
        }
    }
    (includes, problems)
}

/// `path` with its `..` and `.` resolved, without asking the file system.
pub fn normalize(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                out.pop();
            }
            Component::CurDir => {}
            other => out.push(other),
        }
    }
    out
}

/// The lines of `anchor` in `text`, with the number of the first (counted from 1).
pub fn anchored<'t>(text: &'t str, anchor: &str) -> Option<(usize, Vec<&'t str>)> {
    let mut inside = None;
    let mut lines = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if let Some(mark) = ANCHOR.captures(line) {
            if &mark[2] == anchor {
                if mark.get(1).is_some() {
                    return inside.map(|first| (first, lines));
                }
                inside = Some(index + 2);
            }
        } else if inside.is_some() {
            lines.push(line);
        }
    }
    None
}

/// Each include of `page` names a file of a listing and an anchor in it that holds something.
pub fn check_page(book: &Book, page: &Page) -> Problems {
    let (includes, mut problems) = directives(page);
    for include in &includes {
        problems.extend(check_include(book, page, include));
    }
    for block in &page.blocks {
        if let Kind::Code { info, top_level } = &block.kind {
            let code = code_of(&block.source);
            if code.trim().is_empty() {
                problems.push(Problem::new(&page.file, block.line, "this code block is empty"));
            }
            if !top_level {
                problems.push(Problem::new(
                    &page.file,
                    block.line,
                    "a code block inside a list or quotation gets no caption: move it to the top level",
                ));
            }
            if let Err(why) = crate::fence::Fence::parse(info) {
                problems.push(Problem::new(&page.file, block.line, why));
            }
            let lang = crate::fence::Fence::parse(info).unwrap_or_default().lang;
            if !VERIFIED.contains(&lang.as_str()) && !code.contains("{{#include") {
                problems.push(Problem::new(
                    &page.file,
                    block.line,
                    format!("nothing verifies a block of `{lang}`: include it from a listing, or use {}", VERIFIED.join(", ")),
                ));
            }
            if code.contains("{{#") && code.trim().lines().count() > 1 {
                problems.push(Problem::new(
                    &page.file,
                    block.line,
                    "an included block holds its include and nothing else",
                ));
            }
        }
    }
    problems
}

fn check_include(book: &Book, page: &Page, include: &Include) -> Problems {
    let at = |message: String| vec![Problem::new(&page.file, include.line, message)];
    let file = include.file.display();
    if !include.file.starts_with("listings") {
        return at(format!("{file} is not below listings/: only listings are included"));
    }
    let Ok(text) = book.read(&include.file) else {
        return at(format!("there is no file {file} to include"));
    };
    match &include.anchor {
        None if text.trim().is_empty() => at(format!("{file} is empty")),
        None => Problems::new(),
        Some(anchor) => match anchored(&text, anchor) {
            None => at(format!(
                "anchor \"{anchor}\" not found in {file}: bracket the code with \
                 `ANCHOR: {anchor}` and `ANCHOR_END: {anchor}`"
            )),
            Some((_, lines)) if lines.iter().all(|line| line.trim().is_empty()) => {
                at(format!("anchor \"{anchor}\" in {file} holds no line"))
            }
            Some(_) => Problems::new(),
        },
    }
}

/// Every anchor in the listings is opened once, closed once, and shown on some page.
pub fn check_anchors(book: &Book, pages: &[Page]) -> Result<Problems> {
    let shown: BTreeSet<(PathBuf, String)> = pages
        .iter()
        .flat_map(|page| directives(page).0)
        .filter_map(|include| include.anchor.map(|anchor| (include.file, anchor)))
        .collect();
    let mut problems = Problems::new();
    let listings = book.path("listings");
    if !listings.is_dir() {
        return Ok(problems);
    }
    for path in crate::layout::files_below(&listings)? {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let file = book.relative(&path);
        let mut marks: BTreeMap<String, (usize, usize, usize)> = BTreeMap::new();
        for (index, line) in text.lines().enumerate() {
            for mark in ANCHOR.captures_iter(line) {
                let seen = marks.entry(mark[2].to_owned()).or_insert((index + 1, 0, 0));
                if mark.get(1).is_some() { seen.2 += 1 } else { seen.1 += 1 }
            }
        }
        for (anchor, (line, opened, closed)) in marks {
            if (opened, closed) != (1, 1) {
                problems.push(Problem::new(
                    &file,
                    line,
                    format!("anchor \"{anchor}\" is opened {opened} times and closed {closed} times: once each"),
                ));
            } else if !shown.contains(&(file.clone(), anchor.clone())) {
                problems.push(Problem::new(
                    &file,
                    line,
                    format!("no page shows anchor \"{anchor}\": include it or remove its comments"),
                ));
            }
        }
    }
    Ok(problems)
}

#[cfg(test)]
mod tests {
    use super::anchored;

    #[test]
    fn an_anchor_gives_its_lines_without_inner_marks() {
        let text = "a\n// ANCHOR: x\nb\n// ANCHOR: y\nc\n// ANCHOR_END: y\n// ANCHOR_END: x\nd\n";
        assert_eq!(anchored(text, "x"), Some((3, vec!["b", "c"])));
        assert_eq!(anchored(text, "y"), Some((5, vec!["c"])));
        assert_eq!(anchored(text, "z"), None);
        assert_eq!(anchored("// ANCHOR: x\nb\n", "x"), None, "never closed");
    }
}

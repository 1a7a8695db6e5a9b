//! `{{#include …:anchor}}`: the only way by which code of a listing comes to a page.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;

use anyhow::Result;
use regex::Regex;
use testkit::Process;

use crate::page::{Kind, Page, code_of};
use crate::transcript::cargo;
use crate::{Book, Problem, Problems, load};

/// How long a listing may take to build.
const BUILD_LIMIT: Duration = Duration::from_secs(600);

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
const VERIFIED: [&str; 4] = ["rust", "console", "svgbob", "plot"];

static SOLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\s*\{\{\s*#include\s+([^}:\s]+)(?::([A-Za-z_][A-Za-z0-9_-]*))?\s*\}\}\s*$")
        .expect("a constant pattern")
});
/// HTML that a page may hold: what Markdown has no sign for.
static HTML: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^</?(?:details|summary|kbd|sub|sup|br|details class="solution")\s*/?>$"#)
        .expect("a constant pattern")
});
static CALLOUT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\[!(?:FAILURE|RULE|OBJECTION|ASIDE)\]\s*(?:\n|$)").expect("a constant pattern")
});
static CALLOUT_ANYWHERE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\[![A-Z]+\]").expect("a constant pattern"));
/// Signs of Markdown that a reader sees as they are: the author meant something else.
static LEFT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\*\*|`|\]\s*\(|\]\[|\[\^|^#{1,6}\S|^\|").expect("a constant pattern")
});
/// Any directive of mdBook's; it allows a space after the braces.
static DIRECTIVE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\{\{\s*#").expect("a constant pattern"));
static ANCHOR: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"ANCHOR(_END)?:\s*([A-Za-z0-9_-]+)").expect("a constant pattern"));

/// The include that a block consists of, if it consists of one.
pub fn sole_include(code: &str) -> Option<(&str, Option<&str>)> {
    let found = SOLE.captures(code)?;
    Some((found.get(1)?.as_str(), found.get(2).map(|anchor| anchor.as_str())))
}

/// The directives of a page; the second list says which of them cannot be read.
pub fn directives(page: &Page) -> (Vec<Include>, Problems) {
    let mut includes = Vec::new();
    let mut problems = Problems::new();
    let mut inside = 0;
    for (block, fence) in page.fences() {
        let code = code_of(&block.source);
        let found = DIRECTIVE.find_iter(&code).count();
        inside += found;
        if found == 0 {
            continue;
        }
        let at = |message: &str| Problem::new(&page.file, block.line + 1, message);
        let Some((target, anchor)) = sole_include(&code) else {
            problems.push(at(
                "a block that includes holds {{#include file:anchor}} and nothing else; \
                              include by anchor, because line numbers drift when code moves",
            ));
            continue;
        };
        if ["console", "svgbob", "plot"].contains(&fence.lang.as_str())
            || !fence.attributes.is_empty()
        {
            problems.push(at(
                "an included block has the language of its file after the fence and nothing else",
            ));
        }
        let folder = page.file.parent().unwrap_or(Path::new(""));
        includes.push(Include {
            line: block.line + 1,
            file: normalize(&folder.join(target)),
            anchor: anchor.map(str::to_owned),
        });
    }
    if DIRECTIVE.find_iter(&page.text).count() != inside {
        let line = page.text.lines().position(|line| DIRECTIVE.is_match(line)).unwrap_or(0) + 1;
        problems.push(Problem::new(&page.file, line, "only a code block of its own includes"));
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
    problems.extend(check_prose(page));
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
            let fence = crate::fence::Fence::parse(info).unwrap_or_default();
            if fence.lang == "svgbob"
                && (fence.unknown(&["caption", "command"]).is_some()
                    || fence.get("caption").is_none_or(str::is_empty))
            {
                problems.push(Problem::new(
                    &page.file,
                    block.line,
                    "a diagram has a caption, which screen readers say, may have the command that prints it, \
                     and no other word: caption=\"…\" command=\"…\"",
                ));
            }
            let lang = fence.lang;
            if !VERIFIED.contains(&lang.as_str()) && !DIRECTIVE.is_match(&code) {
                problems.push(Problem::new(
                    &page.file,
                    block.line,
                    format!("nothing verifies a block of `{lang}`: include it from a listing, or use {}", VERIFIED.join(", ")),
                ));
            }
        }
    }
    problems
}

/// What stands between the code blocks is Markdown, and each of its marks means something.
fn check_prose(page: &Page) -> Problems {
    let mut problems = Problems::new();
    let mut open = 0;
    for block in &page.blocks {
        let mut at = |message: String| {
            problems.push(Problem::new(&page.file, block.line, message));
        };
        let mut tags = block.facts.tags.iter().collect::<Vec<_>>();
        match &block.kind {
            Kind::Code { .. } => continue,
            Kind::Html(block_tags) => {
                tags.extend(block_tags);
                if ["```", "~~~", "<!--"].iter().any(|mark| block.source.contains(mark)) {
                    at("Markdown after HTML needs an empty line before it, and comments hide it"
                        .into());
                }
            }
            Kind::Text(containers) => {
                let marked =
                    containers.contains("admonition") || CALLOUT_ANYWHERE.is_match(&block.text);
                if marked && (containers != "quote/paragraph" || !CALLOUT.is_match(&block.source)) {
                    at("a callout is a quotation at the top level whose first line is [!FAILURE], [!RULE], \
                        [!OBJECTION] or [!ASIDE] alone"
                        .into());
                }
            }
            _ => {}
        }
        open += tags.iter().filter(|tag| tag.starts_with("<details")).count();
        open = open.saturating_sub(tags.iter().filter(|tag| **tag == "</details>").count());
        for tag in tags {
            if !HTML.is_match(tag) {
                at(format!("{tag} is not used in this book: Markdown, or <details>"));
            }
        }
        if let Some(left) = LEFT.find(&block.text) {
            at(format!(
                "{:?} stayed in the text, as no Markdown: a reference that leads nowhere, or a mark \
                 without its twin",
                left.as_str()
            ));
        }
    }
    if open > 0 {
        problems.push(Problem::new(&page.file, 0, "a <details> is not closed"));
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
        None if ANCHOR.is_match(&text) => {
            at(format!("{file} has anchors, whose comments would be shown: include one of them"))
        }
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
            let alone = ["//", "#", "--", "<!--", "/*"];
            if ANCHOR.is_match(line)
                && !alone.iter().any(|mark| line.trim_start().starts_with(mark))
            {
                problems.push(Problem::new(
                    &file,
                    index + 1,
                    "an anchor has a line of its own: mdBook does not show the code before it",
                ));
            }
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

/// Code that no target of its package reaches is compiled by nobody, whatever a page says of it.
pub fn check_compiled(book: &Book, listing: &str, pages: &[Page]) -> Result<Problems> {
    let folder = Path::new("listings").join(listing);
    let mut wanted: BTreeMap<PathBuf, (PathBuf, usize)> = BTreeMap::new();
    for page in pages {
        for include in directives(page).0 {
            let file = include.file;
            let rust = file.extension().is_some_and(|ext| ext == "rs");
            // The check of an exercise builds what is in its folder, and cargo runs a build script.
            let elsewhere =
                file.starts_with(folder.join("exercises")) || file == folder.join("build.rs");
            if file.starts_with(&folder) && rust && !elsewhere {
                wanted.entry(file).or_insert_with(|| (page.file.clone(), include.line));
            }
        }
    }
    if wanted.is_empty() || !book.path("Cargo.toml").is_file() {
        return Ok(Problems::new());
    }
    let mut command = Command::new(cargo());
    command.args(["test", "--quiet", "--no-run", "--offline", "--message-format=json"]);
    command.args(["--benches", "--examples", "--tests"]);
    command.args(["--bins", "--lib", "--package", listing]).current_dir(book.root());
    let finished = {
        let _turn = load::turn();
        Process::start(&mut command)?.finish(BUILD_LIMIT)?
    };
    if !finished.status.success() {
        return Ok(vec![Problem::new(
            folder,
            0,
            format!("it does not build:\n{}", finished.text()),
        )]);
    }
    let mut compiled = String::new();
    for file in artifacts(&finished.text()) {
        // Beside each artifact cargo says what it was made from; a library's name begins with lib.
        let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        for stem in [stem.trim_start_matches("lib"), &stem] {
            let sources = file.with_file_name(stem).with_extension("d");
            compiled.push_str(&std::fs::read_to_string(sources).unwrap_or_default());
        }
    }
    let compiled: BTreeSet<&str> = compiled.split_whitespace().collect();
    Ok(wanted
        .into_iter()
        .filter(|(file, _)| {
            let relative = file.to_string_lossy();
            let absolute = book.path(file);
            !compiled.contains(&*relative) && !compiled.contains(&*absolute.to_string_lossy())
        })
        .map(|(file, (page, line))| {
            let what = format!(
                "{} is compiled by no target of {listing}: nothing proves it",
                file.display()
            );
            Problem::new(page, line, what)
        })
        .collect())
}

/// The files that cargo says it made, in its JSON messages.
fn artifacts(messages: &str) -> Vec<PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["reason"] == "compiler-artifact")
        .flat_map(|message| message["filenames"].as_array().cloned().unwrap_or_default())
        .filter_map(|file| file.as_str().map(PathBuf::from))
        .collect()
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

//! What our Markdown means beyond mdBook's: captions, transcripts, diagrams, callouts, chapter ends.
//!
//! Runs before mdBook expands `{{#include}}`, so that a caption can name the file.

use std::ops::Range;
use std::path::Path;
use std::sync::LazyLock;

use anyhow::{Result, anyhow};
use mdbook_markdown::pulldown_cmark::{CodeBlockKind, Event, Tag};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};
use regex::Regex;

use super::{diagram, escape, terminal};
use crate::fence::Fence;
use crate::page::code_of;
use crate::plot::{self, Plot};
use crate::site::sources::page_of;
use crate::transcript::Config;
use crate::{Book, Lang, include};

static CALLOUT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^> ?\[!(FAILURE|RULE|OBJECTION|ASIDE)\]$").expect("a constant pattern")
});

/// What a page needs to be marked up.
pub(super) struct Markup<'b> {
    book: &'b Book,
    lang: Lang,
    config: Config,
}

impl<'b> Markup<'b> {
    pub(super) fn load(book: &'b Book, lang: Lang) -> Result<Self> {
        Ok(Self { book, lang, config: Config::load(book)? })
    }

    /// The Markdown that mdBook renders for the page at `path`, relative to the language.
    pub(super) fn page(&self, path: &str, text: &str) -> Result<String> {
        let up = "../".repeat(path.matches('/').count() + 1);
        let mut edits: Vec<(Range<usize>, String)> = Vec::new();
        let mut depth = 0_usize;
        let mut diagrams = 0;
        for (event, range) in new_cmark_parser(text, &MarkdownOptions::default()).into_offset_iter()
        {
            match event {
                Event::Start(Tag::BlockQuote(_)) => {
                    if depth == 0 {
                        edits.extend(self.callout(text, &range));
                    }
                    depth += 1;
                }
                Event::End(mdbook_markdown::pulldown_cmark::TagEnd::BlockQuote(_)) => depth -= 1,
                Event::Start(Tag::Link { dest_url, .. }) => {
                    if let Some(file) = listing_of(&dest_url)
                        && let Some(at) = text[range.clone()].rfind(&*dest_url)
                    {
                        let start = range.start + at;
                        let target = format!("{up}{}", page_of(file));
                        edits.push((start..start + dest_url.len(), target));
                    }
                }
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) if depth == 0 => {
                    let fence = Fence::parse(&info).unwrap_or_default();
                    let code = code_of(&text[range.clone()]);
                    let source = &text[range.clone()];
                    let html = match fence.lang.as_str() {
                        "console" => Some(terminal::figure(&code, &fence, self.lang, &self.config)),
                        "svgbob" => {
                            diagrams += 1;
                            Some(figure_of_diagram(&code, &fence, path, diagrams))
                        }
                        plot::KIND => Some(self.plot(path, fence, &code)?),
                        _ => self.listing(path, &up, source, &code),
                    };
                    if let Some(html) = html {
                        edits.push((range, format!("{html}\n\n")));
                    }
                }
                _ => {}
            }
        }
        edits.sort_by_key(|(range, _)| (range.start, range.end));
        let mut out = text.to_owned();
        for (range, html) in edits.into_iter().rev() {
            out.replace_range(range, &html);
        }
        Ok(format!("{out}{}", self.chapter_end(path, &up)?))
    }

    /// A figure with the picture that the block names, which takes its colors from the page.
    fn plot(&self, path: &str, fence: Fence, code: &str) -> Result<String> {
        let page = Path::new("src").join(self.lang.dir()).join(path);
        let figure = Plot::read(&page, self.lang, 0, fence, code)
            .and_then(|plot| Ok((plot.picture(self.book)?, plot)));
        let (svg, plot) = figure.map_err(|why| anyhow!(why))?;
        let role = format!("<svg role=\"img\" aria-label=\"{}\"", escape(&plot.alt));
        Ok(format!(
            "<figure class=\"plot\">\n{}<figcaption>{} <code class=\"run\">{}</code></figcaption>\n</figure>",
            svg.replacen("<svg", &role, 1),
            escape(&plot.caption),
            escape(&plot.command)
        ))
    }

    /// A figure with the name of the file, the place in it, and how to run it.
    fn listing(&self, path: &str, up: &str, source: &str, code: &str) -> Option<String> {
        let (target, anchor) = include::sole_include(code)?;
        let folder = Path::new("src").join(self.lang.dir()).join(path);
        let file = include::normalize(&folder.parent()?.join(target));
        let shown = file.to_string_lossy().replace('\\', "/");
        let line = anchor.and_then(|anchor| {
            let text = self.book.read(&file).ok()?;
            include::anchored(&text, anchor).map(|(line, _)| line)
        });
        let fragment = line.map_or_else(String::new, |line| format!("#L{line}"));
        let run = run_command(&shown)
            .map_or_else(String::new, |run| format!("<code class=\"run\">{}</code>", escape(&run)));
        Some(format!(
            "<figure class=\"listing\"><figcaption><a class=\"file\" href=\"{up}{}{fragment}\">{}</a>{run}\
             </figcaption>\n\n{}\n\n</figure>",
            page_of(&shown),
            escape(&shown),
            source.trim_end()
        ))
    }

    /// `> [!RULE]` and its kin: the first line becomes the opening of an aside, and each further line
    /// loses its mark. What is inside stays Markdown, and may hold edits of its own.
    fn callout(&self, text: &str, range: &Range<usize>) -> Vec<(Range<usize>, String)> {
        let source = &text[range.clone()];
        let mut lines = source.split_inclusive('\n');
        let first = lines.next().unwrap_or_default();
        let Some(found) = CALLOUT.captures(first.trim_end()) else { return Vec::new() };
        let (class, title) = match &found[1] {
            "FAILURE" => ("failure", self.lang.pick("失败现场", "It fails")),
            "RULE" => ("rule", self.lang.pick("规则", "The rule")),
            "OBJECTION" => ("objection", self.lang.pick("你可能会说", "You may object")),
            _ => ("note", self.lang.pick("题外话", "An aside")),
        };
        let open = format!(
            "<aside class=\"callout {class}\" role=\"note\"><p class=\"callout-title\">{}</p>\n",
            escape(title)
        );
        let mut edits = vec![(range.start..range.start + first.trim_end().len(), open)];
        let mut at = range.start + first.len();
        for line in lines {
            let mark = if line.starts_with("> ") { 2 } else { usize::from(line.starts_with('>')) };
            edits.push((at..at + mark, String::new()));
            at += line.len();
        }
        edits.push((range.end..range.end, "\n</aside>\n\n".to_owned()));
        edits
    }

    /// Every page of a chapter ends with its listing and the tests of it.
    fn chapter_end(&self, path: &str, up: &str) -> Result<String> {
        let Some((chapter, _)) = path.split_once('/') else { return Ok(String::new()) };
        let folder = self.book.path("listings").join(chapter);
        if !folder.is_dir() {
            return Ok(String::new());
        }
        let mut links = vec![format!(
            "<li><a href=\"{up}listings/{chapter}/index.html\">listings/{chapter}</a></li>"
        )];
        let tests = folder.join("tests");
        if tests.is_dir() {
            for file in crate::layout::files_below(&tests)? {
                let name = self.book.relative(&file).to_string_lossy().replace('\\', "/");
                if file.extension().is_some_and(|ext| ext == "rs") {
                    let short = name.trim_start_matches("listings/");
                    links.push(format!(
                        "<li><a href=\"{up}{}\">{}</a></li>",
                        page_of(&name),
                        escape(short)
                    ));
                }
            }
        }
        let title = self.lang.pick("本章的代码与测试", "The code of this chapter, and its tests");
        Ok(format!(
            "\n\n<nav class=\"chapter-links\" aria-label=\"{title}\">\n<p>{title}</p>\n<ul>{}</ul>\n</nav>\n",
            links.concat()
        ))
    }
}

/// `listings/…` in a link that leads out of `src`.
fn listing_of(target: &str) -> Option<&str> {
    let inside = target.trim_start_matches("../");
    let leaves = inside.len() < target.len() && inside.starts_with("listings/");
    // A fragment names a line of the page that shows the file; there is no need for one yet.
    (leaves && !inside.contains('#')).then_some(inside)
}

fn figure_of_diagram(code: &str, fence: &Fence, path: &str, number: usize) -> String {
    let caption = fence.get("caption").unwrap_or_default();
    let page: String = path
        .trim_end_matches(".md")
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { '-' })
        .collect();
    let svg = diagram::draw(code, &format!("d-{page}-{number}"), caption);
    format!(
        "<figure class=\"diagram\">\n{svg}\n<figcaption>{}</figcaption>\n</figure>",
        escape(caption)
    )
}

/// How a reader runs the file that a caption names.
fn run_command(file: &str) -> Option<String> {
    let mut parts = file.strip_prefix("listings/")?.split('/');
    let package = parts.next()?;
    let rest: Vec<&str> = parts.collect();
    let stem = |name: &str| Path::new(name).file_stem().map(|s| s.to_string_lossy().into_owned());
    match rest.as_slice() {
        ["examples", name] => Some(format!("cargo run -p {package} --example {}", stem(name)?)),
        ["tests", name] => Some(format!("cargo test -p {package} --test {}", stem(name)?)),
        ["benches", name] => Some(format!("cargo bench -p {package} --bench {}", stem(name)?)),
        ["exercises", name, ..] => Some(format!("cargo test -p {package} --test {name}")),
        ["src", ..] => Some(format!("cargo test -p {package}")),
        _ => None,
    }
}

//! A page as a sequence of blocks, each with what must be equal in both languages.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::LazyLock;

use anyhow::{Context, Result};
use mdbook_markdown::pulldown_cmark::{CodeBlockKind, Event, Tag, TagEnd};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};
use regex::Regex;

use crate::fence::Fence;
use crate::{Book, Lang, contents};

/// One Markdown file.
#[derive(Debug, Clone)]
pub struct Page {
    pub lang: Lang,
    /// Relative to the repository: `src/zh/first-bytes/relay.md`.
    pub file: PathBuf,
    /// Relative to the language's folder: `first-bytes/relay.md`.
    pub path: String,
    pub text: String,
    pub blocks: Vec<Block>,
}

/// A leaf block: a heading, a paragraph, a table row, a code block …
#[derive(Debug, Clone)]
pub struct Block {
    /// Counted from 1.
    pub line: usize,
    pub kind: Kind,
    /// The Markdown of this block.
    pub source: String,
    /// What a reader sees of it, without code.
    pub text: String,
    pub facts: Facts,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    Heading {
        level: u8,
        id: Option<String>,
    },
    /// Running text, with the containers around it: `quote/paragraph`, `list/item`.
    Text(String),
    /// With the number of its cells.
    TableRow(usize),
    /// A line across the page.
    Rule,
    Code {
        info: String,
        /// False inside a list or a quotation.
        top_level: bool,
    },
    /// Raw HTML, reduced to its tags.
    Html(Vec<String>),
}

/// What the two languages of a block have to share, sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Code spans, and marks that stand for something: callouts, footnotes, tasks.
    pub code: Vec<String>,
    /// Inline HTML.
    pub tags: Vec<String>,
    pub numbers: Vec<String>,
    pub links: Vec<Link>,
    pub images: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    pub target: String,
    pub text: String,
    /// Counted from 1.
    pub line: usize,
}

impl Kind {
    /// How a message names it.
    pub fn name(&self) -> String {
        match self {
            Self::Heading { level, .. } => format!("a heading of level {level}"),
            Self::Text(containers) => format!("text ({containers})"),
            Self::TableRow(cells) => format!("a table row of {cells} cells"),
            Self::Rule => "a rule".to_owned(),
            Self::Code { info, .. } => format!("a code block `{info}`"),
            Self::Html(tags) => format!("HTML {}", tags.join("")),
        }
    }
}

impl Page {
    pub fn load(book: &Book, lang: Lang, path: &str) -> Result<Self> {
        let file = PathBuf::from("src").join(lang.dir()).join(path);
        // What an editor on Windows may add is no difference.
        let text = book.read(&file)?.trim_start_matches('\u{feff}').replace("\r\n", "\n");
        let blocks = parse(&text);
        Ok(Self { lang, file, path: path.to_owned(), text, blocks })
    }

    /// The chapter that the page belongs to: its folder.
    pub fn chapter(&self) -> Option<&str> {
        self.path.split_once('/').map(|(chapter, _)| chapter)
    }

    /// The fenced blocks, each with its parsed info string.
    pub fn fences(&self) -> impl Iterator<Item = (&Block, Fence)> {
        self.blocks.iter().filter_map(|block| match &block.kind {
            Kind::Code { info, .. } => Some((block, Fence::parse(info).unwrap_or_default())),
            _ => None,
        })
    }
}

/// Every page of one language that its `SUMMARY.md` lists and that exists, in order.
pub fn pages(book: &Book, lang: Lang) -> Result<Vec<Page>> {
    contents::entries(book, lang)?
        .iter()
        .filter(|entry| book.lang_dir(lang).join(&entry.path).is_file())
        .map(|entry| {
            Page::load(book, lang, &entry.path)
                .with_context(|| format!("cannot load {}", entry.path))
        })
        .collect()
}

fn is_fence(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("```") || line.starts_with("~~~")
}

/// The text between the fences of a code block.
pub fn code_of(source: &str) -> String {
    let mut lines: Vec<&str> = source.lines().collect();
    if lines.len() < 2 {
        return String::new();
    }
    lines.remove(0);
    if lines.last().is_some_and(|line| is_fence(line)) {
        lines.pop();
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// `0x1f`, `1,000`, `3.14`, `12:30`, `-5`.
static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?:(?:^|[\s(（，：])[-−])?(?:0x[0-9a-fA-F]+|[0-9]{1,3}(?:,[0-9]{3})+\b(?:\.[0-9]+)?|[0-9]+(?:[.:][0-9]+)*)",
    )
        .expect("a constant pattern")
});
/// `[!RULE]` at the start of a quotation.
static MARK: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\[![^\]]*\]").expect("a constant pattern"));
static TAG: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"</?[A-Za-z][^>]*>").expect("a constant pattern"));
/// Attributes that hold words for a reader, which differ between languages.
static WORDED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"\s(?:title|alt|aria-label|lang)="[^"]*""#).expect("a constant pattern")
});

/// The numbers in a text, without the commas between thousands.
pub fn numbers_of(text: &str) -> Vec<String> {
    NUMBER
        .find_iter(text)
        .map(|number| {
            let number =
                number.as_str().trim_start_matches([' ', '\n', '\t', '(', '（', '，', '：']);
            number.replace(',', "").replace('−', "-").to_ascii_lowercase()
        })
        .collect()
}

fn tags_of(html: &str) -> Vec<String> {
    TAG.find_iter(html).map(|tag| WORDED.replace_all(tag.as_str(), "").into_owned()).collect()
}

/// Splits Markdown into its leaf blocks, with the parser and the options of mdBook.
pub fn parse(text: &str) -> Vec<Block> {
    let mut options = MarkdownOptions::default();
    options.smart_punctuation = false;
    let mut walk = Walk::new(text);
    for (event, range) in new_cmark_parser(text, &options).into_offset_iter() {
        walk.event(event, range);
    }
    walk.blocks
}

struct Walk<'t> {
    text: &'t str,
    /// The byte offset at which each line starts.
    lines: Vec<usize>,
    containers: Vec<&'static str>,
    open: Option<(Block, Range<usize>)>,
    link: Vec<Link>,
    /// What the next block has to share besides its own: where a list starts, how a table is aligned.
    marks: Vec<String>,
    blocks: Vec<Block>,
}

impl<'t> Walk<'t> {
    fn new(text: &'t str) -> Self {
        let lines =
            std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self {
            text,
            lines,
            containers: Vec::new(),
            open: None,
            link: Vec::new(),
            marks: Vec::new(),
            blocks: Vec::new(),
        }
    }

    fn line(&self, offset: usize) -> usize {
        self.lines.partition_point(|start| *start <= offset)
    }

    fn start(&mut self, kind: Kind, range: Range<usize>) {
        self.finish(range.start);
        let block = Block {
            line: self.line(range.start),
            kind,
            source: String::new(),
            text: String::new(),
            facts: Facts { code: std::mem::take(&mut self.marks), ..Facts::default() },
        };
        self.open = Some((block, range));
    }

    fn finish(&mut self, end: usize) {
        if let Some((mut block, range)) = self.open.take() {
            let end = end.min(range.end);
            self.text[range.start..end].trim_end().clone_into(&mut block.source);
            if let Kind::Html(tags) = &mut block.kind {
                *tags = tags_of(&block.source);
                let text = TAG.replace_all(&block.source, " ");
                block.facts.numbers.extend(numbers_of(&text));
            }
            if let Some(mark) = MARK.find(&block.source) {
                block.facts.code.push(mark.as_str().to_owned());
            }
            block.facts.code.sort();
            block.facts.tags.sort();
            block.facts.numbers.sort();
            block.facts.links.sort();
            block.facts.images.sort();
            self.blocks.push(block);
        }
    }

    /// The block that inline content belongs to; a tight list item has no paragraph of its own.
    fn leaf(&mut self, range: &Range<usize>) -> &mut Block {
        if self.open.is_none() {
            let kind = Kind::Text(self.containers.join("/"));
            self.start(kind, range.start..self.text.len());
        }
        &mut self.open.as_mut().expect("opened above").0
    }

    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.start_tag(tag, range),
            Event::End(tag) => self.end_tag(tag, range),
            Event::Text(text) => {
                let numbers = numbers_of(&text);
                if let Some(link) = self.link.last_mut() {
                    link.text.push_str(&text);
                }
                let leaf = self.leaf(&range);
                if !matches!(leaf.kind, Kind::Code { .. } | Kind::Html(_)) {
                    leaf.facts.numbers.extend(numbers);
                    // An escaped character is meant as it is.
                    let escaped = self.text[..range.start].ends_with('\\');
                    let leaf = self.leaf(&range);
                    leaf.text.push_str(if escaped { "" } else { &text });
                }
            }
            Event::Code(code) => {
                if let Some(link) = self.link.last_mut() {
                    link.text.push_str(&code);
                }
                self.leaf(&range).facts.code.push(code.into_string());
            }
            Event::Rule => {
                self.start(Kind::Rule, range.clone());
                self.finish(range.end);
            }
            Event::FootnoteReference(label) => {
                self.leaf(&range).facts.code.push(format!("[^{label}]"));
            }
            Event::InlineHtml(html) => self.leaf(&range).facts.tags.extend(tags_of(&html)),
            Event::SoftBreak | Event::HardBreak => self.leaf(&range).text.push(' '),
            Event::TaskListMarker(done) => {
                self.leaf(&range).facts.code.push(format!("task {done}"));
            }
            _ => {}
        }
    }

    fn start_tag(&mut self, tag: Tag<'_>, range: Range<usize>) {
        match tag {
            Tag::Heading { level, id, .. } => {
                let id = id.map(mdbook_markdown::pulldown_cmark::CowStr::into_string);
                self.start(Kind::Heading { level: level as u8, id }, range);
            }
            Tag::Paragraph => {
                let mut path = self.containers.clone();
                path.push("paragraph");
                self.start(Kind::Text(path.join("/")), range);
            }
            Tag::TableHead | Tag::TableRow => self.start(Kind::TableRow(0), range),
            Tag::TableCell => {
                if let Some((Block { kind: Kind::TableRow(cells), .. }, _)) = &mut self.open {
                    *cells += 1;
                }
            }
            Tag::CodeBlock(kind) => {
                let info = match kind {
                    CodeBlockKind::Fenced(info) => info.into_string(),
                    CodeBlockKind::Indented => "indented".to_owned(),
                };
                let top_level = self.containers.is_empty();
                self.start(Kind::Code { info, top_level }, range);
            }
            Tag::HtmlBlock => self.start(Kind::Html(Vec::new()), range),
            Tag::BlockQuote(None) => self.enter("quote", range.start),
            // mdBook's own boxes, which say "Note" in every language.
            Tag::BlockQuote(Some(_)) => self.enter("admonition", range.start),
            Tag::List(None) => self.enter("list", range.start),
            Tag::List(Some(first)) => {
                self.enter("numbered list", range.start);
                self.marks.push(format!("list from {first}"));
            }
            Tag::Table(alignments) => {
                self.finish(range.start);
                self.marks.push(format!("columns {alignments:?}"));
            }
            Tag::Item => self.enter("item", range.start),
            Tag::FootnoteDefinition(_) => self.enter("footnote", range.start),
            Tag::DefinitionList => self.enter("definitions", range.start),
            Tag::DefinitionListTitle => self.enter("term", range.start),
            Tag::DefinitionListDefinition => self.enter("definition", range.start),
            Tag::Link { dest_url, .. } => {
                let line = self.line(range.start);
                self.leaf(&range);
                self.link.push(Link { target: dest_url.into_string(), text: String::new(), line });
            }
            Tag::Image { dest_url, .. } => {
                self.leaf(&range).facts.images.push(dest_url.into_string());
            }
            _ => {}
        }
    }

    fn enter(&mut self, container: &'static str, offset: usize) {
        self.finish(offset);
        self.containers.push(container);
    }

    fn end_tag(&mut self, tag: TagEnd, range: Range<usize>) {
        match tag {
            TagEnd::Heading(_)
            | TagEnd::Paragraph
            | TagEnd::TableHead
            | TagEnd::TableRow
            | TagEnd::CodeBlock
            | TagEnd::HtmlBlock => self.finish(range.end),
            TagEnd::BlockQuote(_)
            | TagEnd::List(_)
            | TagEnd::Item
            | TagEnd::FootnoteDefinition
            | TagEnd::DefinitionList
            | TagEnd::DefinitionListTitle
            | TagEnd::DefinitionListDefinition => {
                self.finish(range.end);
                self.containers.pop();
            }
            TagEnd::Link => {
                if let (Some(link), Some((block, _))) = (self.link.pop(), self.open.as_mut()) {
                    block.facts.links.push(link);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, parse};

    #[test]
    fn blocks_lines_and_facts() {
        let text = "# Title {#t}\n\nTwo `a` and 1,000 in [RFC 9293](https://e.org/x).\n\n\
                    - one\n- two 2\n\n```console x=1\n$ true\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n";
        let blocks = parse(text);
        assert_eq!(blocks[0].kind, Kind::Heading { level: 1, id: Some("t".into()) });
        assert_eq!(blocks[1].line, 3);
        assert_eq!(blocks[1].facts.numbers, ["1000", "9293"]);
        assert_eq!(blocks[1].facts.code, ["a"]);
        assert_eq!(blocks[1].facts.links[0].target, "https://e.org/x");
        assert_eq!(blocks[1].facts.links[0].text, "RFC 9293");
        assert_eq!(blocks[2].kind, Kind::Text("list/item".into()));
        assert_eq!(blocks[3].source, "two 2");
        assert_eq!(blocks[4].kind, Kind::Code { info: "console x=1".into(), top_level: true });
        assert_eq!(blocks[4].line, 8);
        assert_eq!(blocks.len(), 7);
        assert_eq!(blocks[6].facts.numbers, ["1", "2"]);
    }

    #[test]
    fn html_keeps_its_tags_alone() {
        let blocks = parse("<details class=\"solution\"><summary>答案</summary>\n");
        let Kind::Html(tags) = &blocks[0].kind else { panic!("{blocks:?}") };
        assert_eq!(tags.join(""), "<details class=\"solution\"><summary></summary>");
    }
}

//! Two originals in lock-step.
//!
//! Block by block, both languages of a page have the same kind of block and, in it, the same code,
//! numbers, links and images. What no comparison can see, whether two paragraphs say the same, a
//! person has to see: `src/parity.lock` holds the hashes of each pair that was reviewed, and a
//! block that changes in one language alone fails until its twin is looked at and accepted.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::fence::Fence;
use crate::page::{Block, Kind, Page, code_of, numbers_of};
use crate::plot::WORDED;
use crate::{Book, Problem, Problems};

/// Where the reviewed pairs are kept.
pub const LOCK: &str = "src/parity.lock";

/// The hashes of one pair of blocks: Chinese, English.
type Pair = (String, String);

/// Compares a page with its twin: shape first, then each block's facts.
pub fn check_pages(zh: &Page, en: &Page) -> Problems {
    let mut problems = Problems::new();
    for index in 0..zh.blocks.len().max(en.blocks.len()) {
        match (zh.blocks.get(index), en.blocks.get(index)) {
            (Some(a), Some(b)) => {
                if let Some(problem) = shape(zh, a, en, b) {
                    // After one missing block every later pair is wrong, too.
                    problems.push(problem);
                    return problems;
                }
                problems.extend(facts(a, en, b, zh));
            }
            (Some(extra), None) => {
                problems.push(unpaired(zh, extra, en));
                return problems;
            }
            (None, Some(extra)) => {
                problems.push(unpaired(en, extra, zh));
                return problems;
            }
            (None, None) => unreachable!("the index is below one of the lengths"),
        }
    }
    problems
}

fn unpaired(page: &Page, block: &Block, twin: &Page) -> Problem {
    Problem::new(
        &page.file,
        block.line,
        format!("{} has no counterpart: {} ends before it", block.kind.name(), twin.file.display()),
    )
}

fn shape(zh: &Page, a: &Block, en: &Page, b: &Block) -> Option<Problem> {
    let same = match (&a.kind, &b.kind) {
        (Kind::Code { info: x, .. }, Kind::Code { info: y, .. }) => {
            comparable_info(x) == comparable_info(y)
        }
        (x, y) => x == y,
    };
    if !same {
        let ids = |kind: &Kind| match kind {
            Kind::Heading { id: Some(id), .. } => format!(" {{#{id}}}"),
            _ => String::new(),
        };
        return Some(Problem::new(
            &zh.file,
            a.line,
            format!(
                "{}{} here, but {}{} at {}:{}: both languages have the same blocks in the same order",
                a.kind.name(),
                ids(&a.kind),
                b.kind.name(),
                ids(&b.kind),
                en.file.display(),
                b.line
            ),
        ));
    }
    if let Kind::Heading { id: None, .. } = a.kind {
        return Some(Problem::new(
            &zh.file,
            a.line,
            "a heading needs an explicit id, the same in both languages: `## 标题 {#an-id}`",
        ));
    }
    None
}

/// Captions and text alternatives are prose; all else after the backticks is not.
fn comparable_info(info: &str) -> Fence {
    let mut fence = Fence::parse(info).unwrap_or_default();
    for (key, value) in &mut fence.attributes {
        if WORDED.contains(&key.as_str()) {
            value.clear();
        }
    }
    fence
}

fn facts(a: &Block, en: &Page, b: &Block, zh: &Page) -> Problems {
    let mut problems = Problems::new();
    let mut differ = |what: &str, x: &[String], y: &[String]| {
        if x != y {
            problems.push(Problem::new(
                &zh.file,
                a.line,
                format!(
                    "{what} differ from {}:{}: only here {:?}, only there {:?}",
                    en.file.display(),
                    b.line,
                    without(x, y),
                    without(y, x)
                ),
            ));
        }
    };
    differ("numbers", &a.facts.numbers, &b.facts.numbers);
    differ("inline code", &a.facts.code, &b.facts.code);
    differ("inline HTML", &a.facts.tags, &b.facts.tags);
    differ("images", &a.facts.images, &b.facts.images);
    let targets = |block: &Block| {
        let mut targets: Vec<_> =
            block.facts.links.iter().map(|link| link.target.clone()).collect();
        targets.sort();
        targets
    };
    differ("links", &targets(a), &targets(b));
    if let (Kind::Code { info: x, .. }, Kind::Code { info: y, .. }) = (&a.kind, &b.kind) {
        for word in WORDED {
            let said = |info: &str| {
                let fence = Fence::parse(info).unwrap_or_default();
                let mut numbers = numbers_of(fence.get(word).unwrap_or_default());
                numbers.sort();
                numbers
            };
            differ(&format!("numbers in the {word}"), &said(x), &said(y));
        }
    }
    if matches!(a.kind, Kind::Code { .. }) {
        let (x, y) = (comparable_code(a), comparable_code(b));
        if x != y {
            let line = x.lines().zip(y.lines()).take_while(|(x, y)| x == y).count() + 1;
            problems.push(Problem::new(
                &zh.file,
                a.line + line,
                format!("this line of code differs from {}:{}", en.file.display(), b.line + line),
            ));
        }
    }
    problems
}

/// The words of a diagram that is drawn by hand are prose; its numbers are not. All other code is equal
/// to the letter.
fn comparable_code(block: &Block) -> String {
    let code = code_of(&block.source);
    match &block.kind {
        Kind::Code { info, .. }
            if Fence::parse(info)
                .is_ok_and(|fence| fence.lang == "svgbob" && !fence.has("command")) =>
        {
            let mut numbers: Vec<_> = code
                .split(|c: char| !c.is_ascii_digit())
                .filter(|number| !number.is_empty())
                .collect();
            numbers.sort_unstable();
            numbers.join("\n")
        }
        _ => code,
    }
}

fn without(x: &[String], y: &[String]) -> Vec<String> {
    let mut rest = y.to_vec();
    x.iter()
        .filter(|value| {
            rest.iter().position(|other| other == *value).map(|at| rest.remove(at)).is_none()
        })
        .cloned()
        .collect()
}

fn hash(block: &Block) -> String {
    let digest = Sha256::digest(block.source.as_bytes());
    digest.iter().take(6).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The reviewed pairs of every page, as `src/parity.lock` keeps them.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Lock {
    pages: BTreeMap<String, Vec<Pair>>,
}

impl Lock {
    /// Reads the lock; no file is an empty lock.
    pub fn load(book: &Book) -> Result<Self> {
        if !book.path(LOCK).is_file() {
            return Ok(Self::default());
        }
        Self::parse(&book.read(LOCK)?)
    }

    fn parse(text: &str) -> Result<Self> {
        let mut lock = Self::default();
        let mut page = None;
        for (index, line) in text.lines().enumerate() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match line.split_once(' ') {
                None => page = Some(lock.pages.entry(line.to_owned()).or_default()),
                Some((zh, en)) => page
                    .as_mut()
                    .with_context(|| {
                        format!("{LOCK}:{}: a pair stands before any page", index + 1)
                    })?
                    .push((zh.to_owned(), en.to_owned())),
            }
        }
        Ok(lock)
    }

    fn render(&self) -> String {
        let mut text = String::from(
            "# Pairs of blocks, Chinese and English, that someone has read side by side.\n\
             # Written by `cargo book accept`, never by hand.\n",
        );
        for (page, pairs) in &self.pages {
            let _ = write!(text, "\n{page}\n");
            for (zh, en) in pairs {
                let _ = writeln!(text, "{zh} {en}");
            }
        }
        text
    }

    pub fn save(&self, book: &Book) -> Result<()> {
        let path = book.path(LOCK);
        std::fs::write(&path, self.render())
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// Records a page's blocks as reviewed.
    pub fn accept(&mut self, zh: &Page, en: &Page) {
        let pairs = zh.blocks.iter().zip(&en.blocks).map(|(a, b)| (hash(a), hash(b))).collect();
        self.pages.insert(zh.path.clone(), pairs);
    }

    /// Forgets the pages that are no longer there.
    pub fn retain(&mut self, pages: &[Page]) {
        self.pages.retain(|path, _| pages.iter().any(|page| &page.path == path));
    }

    /// Each pair of blocks is one that was reviewed.
    pub fn check(&self, zh: &Page, en: &Page) -> Problems {
        let known = self.pages.get(&zh.path).map(Vec::as_slice).unwrap_or_default();
        let pairs: HashSet<&Pair> = known.iter().collect();
        let known_zh: HashSet<&str> = known.iter().map(|(zh, _)| zh.as_str()).collect();
        let known_en: HashSet<&str> = known.iter().map(|(_, en)| en.as_str()).collect();
        let mut problems = Problems::new();
        for (a, b) in zh.blocks.iter().zip(&en.blocks) {
            let pair = (hash(a), hash(b));
            if pairs.contains(&pair) {
                continue;
            }
            let accept = format!("then run `cargo book accept {}`", zh.path);
            problems.push(match (known_zh.contains(&*pair.0), known_en.contains(&*pair.1)) {
                (false, true) => Problem::new(
                    &zh.file,
                    a.line,
                    format!(
                        "changed in Chinese alone: bring {}:{} along, {accept}",
                        en.file.display(),
                        b.line
                    ),
                ),
                (true, false) => Problem::new(
                    &en.file,
                    b.line,
                    format!(
                        "changed in English alone: bring {}:{} along, {accept}",
                        zh.file.display(),
                        a.line
                    ),
                ),
                _ => Problem::new(
                    &zh.file,
                    a.line,
                    format!(
                        "not yet reviewed beside {}:{}: read both, {accept}",
                        en.file.display(),
                        b.line
                    ),
                ),
            });
        }
        if problems.is_empty() && known.len() != zh.blocks.len() {
            problems.push(Problem::new(
                &zh.file,
                0,
                format!(
                    "blocks were added or removed since the review: run `cargo book accept {}`",
                    zh.path
                ),
            ));
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::{Lock, check_pages};
    use crate::Lang;
    use crate::page::{Page, parse};

    fn page(lang: Lang, text: &str) -> Page {
        let file = format!("src/{lang}/a.md").into();
        Page { lang, file, path: "a.md".into(), text: text.into(), blocks: parse(text) }
    }

    #[test]
    fn the_same_facts_in_other_words_agree() {
        let zh =
            page(Lang::Zh, "# 题 {#t}\n\n写 1000 字节，见 [RFC 9293](https://e.org) 和 `x`。\n");
        let en =
            page(Lang::En, "# T {#t}\n\nSee [RFC 9293](https://e.org) and `x`: 1,000 bytes.\n");
        assert_eq!(check_pages(&zh, &en), []);
    }

    #[test]
    fn a_lock_survives_writing_and_reading() {
        let zh = page(Lang::Zh, "# 题 {#t}\n\n一。\n");
        let en = page(Lang::En, "# T {#t}\n\nOne.\n");
        let mut lock = Lock::default();
        lock.accept(&zh, &en);
        assert_eq!(Lock::parse(&lock.render()).unwrap(), lock);
        assert_eq!(lock.check(&zh, &en), []);
        let changed = page(Lang::En, "# T {#t}\n\nTwo.\n");
        assert!(lock.check(&zh, &changed)[0].message.contains("changed in English alone"));
    }
}

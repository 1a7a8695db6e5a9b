//! What each rendered page gets after mdBook: the switch, the twin's address, and the interface in
//! the reader's language.

use std::path::Path;

use anyhow::{Context, Result, bail};
use regex::Regex;
use serde::Deserialize;

use crate::{Book, Lang};

/// Where the words of mdBook's interface are translated.
const FILE: &str = "theme/interface.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    string: Vec<Row>,
}

/// One string of mdBook's and what stands in its place.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    #[serde(rename = "where")]
    place: Place,
    en: Option<String>,
    zh: Option<String>,
    english: Option<String>,
    id: Option<String>,
    #[serde(default)]
    remove: bool,
}

#[derive(Deserialize, PartialEq, Eq, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Place {
    Html,
    Js,
}

/// What a row does to a text.
enum Change {
    /// `from` becomes `to`, as a whole attribute or a whole text in HTML, anywhere in a script.
    Replace {
        from: String,
        to: String,
    },
    Remove(Regex),
}

impl Row {
    fn change(&self, lang: Lang) -> Result<Option<Change>> {
        if self.remove {
            let id = self.id.as_deref().context("a row that removes needs an id")?;
            let pattern =
                format!(r#"(?s)<li[^>]*>\s*<[^>]*\bid="{}"[^>]*>.*?</li>\s*"#, regex::escape(id));
            return Ok(Some(Change::Remove(Regex::new(&pattern)?)));
        }
        let from = self.en.clone().context("a row that replaces needs en")?;
        let to = lang.pick(self.zh.as_ref(), self.english.as_ref());
        Ok(to.map(|to| Change::Replace { from, to: to.clone() }))
    }

    fn name(&self) -> &str {
        self.en.as_deref().or(self.id.as_deref()).unwrap_or("a row without en and id")
    }
}

/// A change, its row's name, and whether it met its text yet.
struct Pending {
    change: Change,
    name: String,
    met: bool,
}

fn pending(rows: &[Row], place: Place, lang: Lang) -> Result<Vec<Pending>> {
    let mut all = Vec::new();
    for row in rows.iter().filter(|row| row.place == place) {
        let change = row.change(lang).with_context(|| format!("{FILE}: {}", row.name()))?;
        all.extend(change.map(|change| Pending {
            change,
            name: row.name().to_owned(),
            met: false,
        }));
    }
    Ok(all)
}

fn apply(text: &str, place: Place, changes: &mut [Pending]) -> String {
    let mut text = text.to_owned();
    for pending in changes {
        let before = text.len();
        let mut swap = |from: &str, to: &str| {
            if text.contains(from) {
                pending.met = true;
                text = text.replace(from, to);
            }
        };
        match (&pending.change, place) {
            (Change::Replace { from, to }, Place::Html) => {
                swap(&format!(">{from}<"), &format!(">{to}<"));
                swap(&format!("=\"{from}\""), &format!("=\"{to}\""));
            }
            (Change::Replace { from, to }, Place::Js) => swap(from, to),
            (Change::Remove(pattern), _) => {
                text = pattern.replace_all(&text, "").into_owned();
                pending.met |= text.len() != before;
            }
        }
    }
    text
}

/// Finishes every page of one language below `dest`.
pub(super) fn pages(book: &Book, lang: Lang, dest: &Path) -> Result<()> {
    let file: File =
        toml::from_str(&book.read(FILE)?).with_context(|| format!("{FILE} cannot be read"))?;
    let mut html = pending(&file.string, Place::Html, lang)?;
    let mut js = pending(&file.string, Place::Js, lang)?;
    for path in crate::layout::files_below(dest)? {
        let Some(name) = path.file_name().map(|name| name.to_string_lossy().into_owned()) else {
            continue;
        };
        let extension = path.extension().unwrap_or_default().to_string_lossy().into_owned();
        if extension == "svg" && path.parent().is_some_and(|folder| folder.ends_with("plots")) {
            // It stands in its page; alone it has no colors.
            std::fs::remove_file(&path)?;
        } else if extension == "html" && name != "toc.html" {
            let text = std::fs::read_to_string(&path)?;
            let page = path.strip_prefix(dest)?.to_owned();
            std::fs::write(&path, finish(&text, &page, lang, &mut html)?)?;
        } else if extension == "js" && name.starts_with("book-") {
            let text = std::fs::read_to_string(&path)?;
            std::fs::write(&path, apply(&text, Place::Js, &mut js))?;
        }
    }
    let idle: Vec<_> = html
        .iter()
        .chain(&js)
        .filter(|row| !row.met)
        .map(|row| format!("{:?}", row.name))
        .collect();
    if !idle.is_empty() {
        bail!("{FILE}: mdBook no longer says {}: bring the rows up to date", idle.join(", "));
    }
    Ok(())
}

/// Everything around the author's text, which is left alone.
fn finish(text: &str, page: &Path, lang: Lang, rows: &mut [Pending]) -> Result<String> {
    let (before, rest) =
        text.split_once("<main>").with_context(|| format!("{} has no <main>", page.display()))?;
    let (main, after) = rest
        .rsplit_once("</main>")
        .with_context(|| format!("{} has no </main>", page.display()))?;
    let before = apply(before, Place::Html, rows);
    let after = apply(after, Place::Html, rows);
    let address = page.to_string_lossy().replace('\\', "/");
    let up = "../".repeat(address.matches('/').count() + 1);
    let twin = lang.twin();
    let alternates: String = Lang::ALL
        .iter()
        .map(|lang| {
            format!(
                "<link rel=\"alternate\" hreflang=\"{}\" href=\"{up}{}/{address}\">\n",
                lang.tag(),
                lang.dir()
            )
        })
        .collect();
    let switch = format!(
        "<a class=\"lang-switch\" rel=\"alternate\" hreflang=\"{0}\" lang=\"{0}\" href=\"{up}{1}/{address}\">{2}</a>",
        twin.tag(),
        twin.dir(),
        twin.own_name()
    );
    let skip = format!(
        "<a class=\"skip-link\" href=\"#mdbook-content\">{}</a>",
        lang.pick("跳到正文", "Skip to the text")
    );
    let before = insert(&before, "</head>", &alternates, Side::Before)?;
    let before = insert(&before, "<body>", &skip, Side::After)?;
    let before = insert(&before, "<div class=\"right-buttons\">", &switch, Side::After)?;
    Ok(format!("{before}<main>{main}</main>{after}"))
}

#[derive(Clone, Copy)]
enum Side {
    Before,
    After,
}

fn insert(text: &str, mark: &str, html: &str, side: Side) -> Result<String> {
    let at = text.find(mark).with_context(|| format!("mdBook's page no longer has {mark}"))?;
    let at = match side {
        Side::Before => at,
        Side::After => at + mark.len(),
    };
    Ok(format!("{}{html}{}", &text[..at], &text[at..]))
}

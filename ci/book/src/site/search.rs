//! The search index: the text of every section, for `theme/search.js` to look through.
//!
//! mdBook's own index drops Han characters. Ours holds the sections as they are read; a book of a
//! megabyte is searched through in a few milliseconds, and needs no inverted index to download.

use std::path::Path;

use anyhow::{Context, Result};
use serde::Serialize;

use super::html::{Piece, pieces};
use crate::{Book, Lang, contents};

#[derive(Serialize)]
struct Index {
    version: u32,
    docs: Vec<Doc>,
}

/// One section: a heading and the text up to the next.
#[derive(Serialize)]
struct Doc {
    /// The address, relative to the language's folder.
    u: String,
    /// The heading.
    t: String,
    /// The titles that the section stands under.
    c: String,
    /// The text.
    b: String,
    /// The terms that it introduces: what stands in bold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    d: Vec<String>,
}

/// Bold text that is longer is a sentence, in characters.
const LONGEST_TERM: usize = 40;

pub(super) fn write(book: &Book, lang: Lang, dest: &Path) -> Result<()> {
    let mut docs = Vec::new();
    for entry in contents::entries(book, lang)? {
        let address = format!("{}.html", entry.path.trim_end_matches(".md"));
        let file = dest.join(&address);
        let html = std::fs::read_to_string(&file)
            .with_context(|| format!("{} was not rendered", file.display()))?;
        sections(&html, &address, &entry, &mut docs);
    }
    let json = serde_json::to_string(&Index { version: 1, docs })?;
    // `</` would end the script if someone inlined it; as a file it is only tidy.
    let script = format!("window.bookSearchIndex = {};\n", json.replace("</", "<\\/"));
    std::fs::write(dest.join("search-index.js"), script)?;
    Ok(())
}

fn sections(html: &str, address: &str, entry: &contents::Entry, docs: &mut Vec<Doc>) {
    let mut inside = false;
    // Captions name files, chapter ends repeat on every page, SVG titles repeat captions.
    let mut skipped: Option<(String, usize)> = None;
    let mut heading = false;
    let mut bold = false;
    let mut page_title = String::new();
    let start = docs.len();
    for piece in pieces(html) {
        match piece {
            Piece::Open { name, .. } if name == "main" => inside = true,
            Piece::Close { name } if name == "main" => break,
            _ if !inside => {}
            Piece::Open { name, attributes } => {
                if let Some((element, depth)) = &mut skipped {
                    if *element == name {
                        *depth += 1;
                    }
                } else if matches!(name.as_str(), "nav" | "svg" | "figcaption" | "button") {
                    skipped = Some((name, 1));
                } else if matches!(name.as_str(), "h1" | "h2" | "h3") {
                    let id = attributes.get("id").cloned().unwrap_or_default();
                    // The first heading is the page; its address needs no fragment.
                    let first = docs.len() == start;
                    let u = if first { address.to_owned() } else { format!("{address}#{id}") };
                    let mut path = entry.parents.clone();
                    if !first {
                        path.push(page_title.clone());
                    }
                    docs.push(Doc {
                        u,
                        t: String::new(),
                        c: path.join(" › "),
                        b: String::new(),
                        d: Vec::new(),
                    });
                    heading = true;
                } else if let Some(doc) = docs[start..].last_mut() {
                    if name == "strong" {
                        doc.d.push(String::new());
                        bold = true;
                    }
                    push(doc, heading, " ", !is_inline(&name));
                }
            }
            Piece::Close { name } => {
                if let Some((element, depth)) = &mut skipped {
                    if *element == name {
                        *depth -= 1;
                        if *depth == 0 {
                            skipped = None;
                        }
                    }
                } else if matches!(name.as_str(), "h1" | "h2" | "h3") {
                    heading = false;
                    if let Some(doc) = docs.last_mut() {
                        doc.t = doc.t.trim().to_owned();
                        if !doc.u.contains('#') {
                            page_title.clone_from(&doc.t);
                        }
                    }
                } else if let Some(doc) = docs[start..].last_mut() {
                    bold &= name != "strong";
                    push(doc, heading, " ", !is_inline(&name));
                }
            }
            Piece::Text(text) => {
                if skipped.is_none()
                    && let Some(doc) = docs[start..].last_mut()
                {
                    if bold && let Some(term) = doc.d.last_mut() {
                        term.push_str(&text);
                    }
                    push(doc, heading, &text, true);
                }
            }
        }
    }
    for doc in &mut docs[start..] {
        doc.b.truncate(doc.b.trim_end().len());
        doc.d.retain(|term| term.chars().count() <= LONGEST_TERM);
    }
}

/// Adds text with its white space folded.
fn push(doc: &mut Doc, heading: bool, text: &str, wanted: bool) {
    if !wanted {
        return;
    }
    let target = if heading { &mut doc.t } else { &mut doc.b };
    for c in text.chars() {
        if !c.is_whitespace() {
            target.push(c);
        } else if !target.is_empty() && !target.ends_with(' ') {
            target.push(' ');
        }
    }
}

fn is_inline(name: &str) -> bool {
    matches!(
        name,
        "a" | "code" | "em" | "strong" | "span" | "kbd" | "sup" | "sub" | "mark" | "i" | "b"
    )
}

#[cfg(test)]
mod tests {
    use super::sections;
    use crate::contents::Entry;

    #[test]
    fn one_doc_a_heading() {
        let entry = Entry { path: "a/b.md".into(), title: "T".into(), parents: vec!["P".into()] };
        let mut docs = Vec::new();
        sections(
            "<nav>x</nav><main><h1 id=t>标题</h1><p>三次<code>SYN</code>握手，<strong>term</strong></p>\
             <h2 id=s>Second</h2><figcaption>no</figcaption><p>a</p><p>b</p></main>",
            "a/b.html",
            &entry,
            &mut docs,
        );
        let found: Vec<_> =
            docs.iter().map(|d| (d.u.as_str(), d.t.as_str(), d.c.as_str(), d.b.as_str())).collect();
        assert_eq!(
            found,
            [
                ("a/b.html", "标题", "P", "三次SYN握手，term"),
                ("a/b.html#s", "Second", "P › 标题", "a b")
            ]
        );
        assert_eq!((docs[0].d.join("|").as_str(), docs[1].d.len()), ("term", 0));
    }
}

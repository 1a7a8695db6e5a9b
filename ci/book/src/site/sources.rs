//! The source of every listing as pages of the site, so that each caption leads somewhere: offline,
//! under any base path, without another host.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result};

use super::escape;
use crate::Book;

/// The page, relative to the site, that shows the file `path` of the repository.
pub(super) fn page_of(path: &str) -> String {
    match Path::new(path).extension() {
        Some(_) => format!("{path}.html"),
        None => format!("{}/index.html", path.trim_end_matches('/')),
    }
}

/// Writes a page for each file of each listing, and an index for each listing.
pub(super) fn write(book: &Book, dest: &Path) -> Result<()> {
    for listing in book.listings()? {
        let folder = book.path("listings").join(&listing);
        let mut index = String::new();
        for file in crate::layout::files_below(&folder)? {
            // Data that is not text has nothing to show.
            let Ok(text) = std::fs::read_to_string(&file) else { continue };
            let name = book.relative(&file).to_string_lossy().replace('\\', "/");
            let page = dest.join(format!("{name}.html"));
            let up = "../".repeat(name.matches('/').count());
            write_file(&page, &layout(&name, &up, &numbered(&text)))?;
            let short = name.trim_start_matches("listings/").trim_start_matches(&listing);
            let short = short.trim_start_matches('/');
            let _ = writeln!(
                index,
                "<li><a href=\"{0}.html\">{0}</a> <span>{1} lines</span></li>",
                escape(short),
                text.lines().count()
            );
        }
        let name = format!("listings/{listing}");
        let body = format!("<ul class=\"files\">\n{index}</ul>\n");
        write_file(&dest.join(&name).join("index.html"), &layout(&name, "../../", &body))?;
    }
    Ok(())
}

fn write_file(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// A line that a caption links to keeps its number as its id.
fn numbered(text: &str) -> String {
    let mut body = String::from("<pre class=\"source\" tabindex=\"0\"><code>");
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        // No line break after it: the element is a block of its own.
        let _ =
            write!(body, "<span id=\"L{number}\" data-line=\"{number}\">{}</span>", escape(line));
    }
    body.push_str("</code></pre>\n");
    body
}

fn layout(name: &str, up: &str, body: &str) -> String {
    let chapter = name.split('/').nth(1).unwrap_or_default();
    include_str!("source.html")
        .replace("{{name}}", &escape(name))
        .replace("{{up}}", up)
        .replace("{{chapter}}", &escape(chapter))
        .replace("{{body}}", body)
}

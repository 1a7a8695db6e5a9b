//! Links: each one of a page, and all of the rendered site.
//!
//! Nothing is fetched. A link to another host is only held to its form, and a link to an RFC to the
//! section that its text names.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use anyhow::{Context, Result};
use regex::Regex;

use crate::page::{Link, Page};
use crate::site::html::{Outline, outline};
use crate::{Book, Problem, Problems, include, site};

/// The rendered site with what each page offers and refers to.
#[derive(Debug)]
pub struct Site {
    folder: PathBuf,
    /// By address relative to the site.
    pages: BTreeMap<String, Outline>,
    files: HashSet<String>,
    /// Keeps the folder until the site is dropped; nobody reads it.
    #[allow(dead_code)]
    scratch: Option<tempfile::TempDir>,
}

impl Site {
    /// Builds the site in a scratch folder.
    pub fn build(book: &Book) -> Result<Self> {
        let scratch = tempfile::tempdir().context("no scratch folder")?;
        site::build(book, &site::Options::new(scratch.path()))?;
        let mut site = Self::open(scratch.path())?;
        site.scratch = Some(scratch);
        Ok(site)
    }

    /// Reads a site that was built before.
    pub fn open(folder: &Path) -> Result<Self> {
        let mut pages = BTreeMap::new();
        let mut files = HashSet::new();
        for path in crate::layout::files_below(folder)? {
            let address = path.strip_prefix(folder)?.to_string_lossy().replace('\\', "/");
            if path.extension().is_some_and(|ext| ext == "html") {
                pages.insert(address.clone(), outline(&std::fs::read_to_string(&path)?));
            }
            files.insert(address);
        }
        Ok(Self { folder: folder.to_owned(), pages, files, scratch: None })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The addresses of the pages.
    pub fn addresses(&self) -> impl Iterator<Item = &str> {
        self.pages.keys().map(String::as_str)
    }

    fn has_id(&self, address: &str, id: &str) -> bool {
        self.pages.get(address).is_some_and(|page| page.ids.iter().any(|other| other == id))
    }

    /// Every reference of a rendered page leads to a file of the site and, with a fragment, to an
    /// element of it; no id is given twice.
    pub fn check_page(&self, address: &str) -> Problems {
        let Some(page) = self.pages.get(address) else { return Problems::new() };
        let at = |message: String| Problem::new(Path::new("site").join(address), 0, message);
        let mut problems = Problems::new();
        let mut seen = HashSet::new();
        for id in &page.ids {
            if !seen.insert(id) {
                problems.push(at(format!("two elements have the id \"{id}\"")));
            }
        }
        for (attribute, target) in &page.references {
            if is_external(target) {
                if attribute != "a href" && !target.starts_with("data:") {
                    problems.push(at(format!("{target} would be fetched from another host")));
                }
                continue;
            }
            if let Some(why) = self.resolve(address, target) {
                problems.push(at(why));
            }
        }
        problems
    }

    /// Why `target`, seen from `address`, leads nowhere.
    fn resolve(&self, address: &str, target: &str) -> Option<String> {
        if target.starts_with('/') {
            // The page for what is not found has a <base> and is shown under any address.
            return (address != "404.html" || target != "/")
                .then(|| format!("{target} breaks when the site is not at the root of its host"));
        }
        let (path, fragment) = target.split_once('#').unwrap_or((target, ""));
        let path = path.split('?').next().unwrap_or_default();
        let folder = Path::new(address).parent().unwrap_or(Path::new(""));
        let depth = Path::new(address).components().count() - 1;
        if path.matches("../").count() > depth {
            return Some(format!("{target} leaves the site"));
        }
        let full = if path.is_empty() {
            address.to_owned()
        } else {
            include::normalize(&folder.join(path)).to_string_lossy().replace('\\', "/")
        };
        let full = if full.is_empty() || path.ends_with('/') || path == ".." {
            format!("{full}/index.html").trim_start_matches('/').to_owned()
        } else {
            full
        };
        if !self.files.contains(&full) {
            return Some(format!("the link {target} is dead: the site has no {full}"));
        }
        if !fragment.is_empty() && self.pages.contains_key(&full) && !self.has_id(&full, fragment) {
            return Some(format!(
                "the link {target} is dead: {full} has no element \"{fragment}\""
            ));
        }
        None
    }
}

fn is_external(target: &str) -> bool {
    let scheme = target.split(['/', '#', '?']).next().unwrap_or_default();
    scheme.contains(':')
}

static RFC_TEXT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"RFC (\d+)(?: §([A-Z]?[0-9.]*[0-9A-Z]))?").expect("a constant pattern")
});
static RFC_LINK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^https://www\.rfc-editor\.org/rfc/rfc(\d+)(?:#(?:section|appendix)-([A-Z]?[0-9.]*[0-9A-Z]))?$",
    )
    .expect("a constant pattern")
});
static HTTPS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^https://[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?/\S*$").expect("a constant pattern")
});

/// The link leads where it says.
pub fn check_link(book: &Book, page: &Page, link: &Link, site: &Site) -> Problems {
    let at = |message: String| vec![Problem::new(&page.file, link.line, message)];
    if link.target.is_empty() {
        return at("this link has no target".to_owned());
    }
    if is_external(&link.target) {
        return check_external(link).map_or_else(Problems::new, at);
    }
    let (path, fragment) = link.target.split_once('#').unwrap_or((&link.target, ""));
    let folder = page.file.parent().unwrap_or(Path::new(""));
    let file =
        if path.is_empty() { page.file.clone() } else { include::normalize(&folder.join(path)) };
    if file.starts_with("listings") {
        return if book.path(&file).exists() {
            Problems::new()
        } else {
            at(format!("the link {} is dead: there is no {}", link.target, file.display()))
        };
    }
    let source = Path::new("src").join(page.lang.dir());
    let Ok(inside) = file.strip_prefix(&source) else {
        return at(format!(
            "{} leaves {}: the switch leads to the other language",
            link.target,
            source.display()
        ));
    };
    if !book.path(&file).is_file() {
        return at(format!("the link {} is dead: there is no {}", link.target, file.display()));
    }
    let address = format!(
        "{}/{}",
        page.lang,
        inside.with_extension("html").to_string_lossy().replace('\\', "/")
    );
    if !fragment.is_empty() && !site.has_id(&address, fragment) {
        return at(format!(
            "the link {} is dead: {address} has no element \"{fragment}\"",
            link.target
        ));
    }
    Problems::new()
}

/// Whether a link to an RFC leads to a part that is numbered by a letter.
fn led_by_letter(target: &str) -> bool {
    ["#section-", "#appendix-"].iter().any(|mark| {
        let rest = target.split_once(mark).map(|(_, rest)| rest);
        rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
    })
}

/// A link to an RFC names the RFC and the section that it leads to, and nothing else names one.
fn check_external(link: &Link) -> Option<String> {
    if !HTTPS.is_match(&link.target) {
        return Some(format!("{}: a link to another host is https://host/path", link.target));
    }
    let part = |captures: &regex::Captures<'_>, index| {
        captures.get(index).map_or("", |part| part.as_str()).to_owned()
    };
    let appendix = link.target.contains("#appendix-");
    let lettered = led_by_letter(&link.target);
    if link.text.matches('§').count() > 1 || appendix != lettered {
        return Some(format!(
            "\"{}\" → {}: one section, at #section-1.2 or #appendix-A.1",
            link.text, link.target
        ));
    }
    let said: Vec<_> =
        RFC_TEXT.captures_iter(&link.text).map(|text| (part(&text, 1), part(&text, 2))).collect();
    let led = RFC_LINK.captures(&link.target).map(|target| (part(&target, 1), part(&target, 2)));
    match (said.as_slice(), led) {
        ([], None) if !link.target.contains("rfc-editor.org/rfc/") => None,
        ([said], Some(led)) if *said == led => None,
        ([said], Some(led)) => Some(format!(
            "the text says RFC {} §{}, the link leads to RFC {} §{}",
            said.0, said.1, led.0, led.1
        )),
        _ => Some(format!(
            "\"{}\" → {}: write one [RFC N §S](https://www.rfc-editor.org/rfc/rfcN#section-S)",
            link.text, link.target
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::check_external;
    use crate::page::Link;

    #[test]
    fn an_rfc_link_leads_to_the_section_that_it_names() {
        let link = |text: &str, target: &str| {
            check_external(&Link { target: target.into(), text: text.into(), line: 1 })
        };
        let to = "https://www.rfc-editor.org/rfc/rfc9293#section-3.5";
        assert_eq!(link("RFC 9293 §3.5", to), None);
        assert!(link("RFC 9293 §3.6", to).is_some());
        assert!(link("RFC 793 §3.5", to).is_some());
        assert_eq!(link("RFC 9293", "https://www.rfc-editor.org/rfc/rfc9293"), None);
        assert!(link("RFC 9293 §3.5", "https://datatracker.example.org/rfc9293").is_some());
        assert!(link("RFC 9293 and RFC 793", "https://www.rfc-editor.org/rfc/rfc9293").is_some());
        for broken in ["http://example.org/", "htps://example.org/", "https://", "https:/x"] {
            assert!(link("x", broken).is_some(), "{broken}");
        }
    }
}

//! The built site: found or built, its pages listed, served under a base path.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;

use axum::Router;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tower_http::services::ServeDir;

use crate::Result;

/// Any path but the root would do: an absolute address in a page then leads nowhere.
const BASE: &str = "/some/base";

/// A page of one language.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Page {
    pub lang: String,
    /// Relative to the language's folder, such as `first-bytes/index.html`.
    pub path: String,
}

impl Page {
    /// The same page in the other language.
    #[must_use]
    pub fn twin(&self) -> Self {
        let lang = if self.lang == "zh" { "en" } else { "zh" };
        Self { lang: lang.to_owned(), path: self.path.clone() }
    }

    /// Relative to the site.
    pub fn address(&self) -> String {
        format!("{}/{}", self.lang, self.path)
    }
}

/// The site's folder, and the temporary folder that it may live in.
pub struct Site {
    folder: PathBuf,
    _scratch: Option<tempfile::TempDir>,
}

impl Site {
    /// The site in `BOOK_SITE`, if that is set.
    pub fn given() -> Option<Self> {
        let folder = PathBuf::from(std::env::var_os("BOOK_SITE")?);
        Some(Self { folder: fs::canonicalize(&folder).unwrap_or(folder), _scratch: None })
    }

    /// Builds the book with its own tool into a temporary folder.
    pub fn build() -> Result<Self> {
        let scratch = tempfile::tempdir()?;
        let folder = scratch.path().join("site");
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let output = Command::new(cargo)
            .args(["book", "build", "--dest-dir"])
            .arg(&folder)
            .current_dir(root)
            .output()?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(format!("`cargo book build` failed: {said}").into());
        }
        Ok(Self { folder, _scratch: Some(scratch) })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Every page that the sidebars of both languages lead to, in their order.
    pub fn pages(&self) -> Result<Vec<Page>> {
        let mut pages = Vec::new();
        for lang in ["zh", "en"] {
            let contents = self.folder.join(lang).join("toc.html");
            let html = fs::read_to_string(&contents)
                .map_err(|e| format!("{}: {e}", contents.display()))?;
            let found = links(&html);
            if found.is_empty() {
                return Err(format!("{} leads nowhere", contents.display()).into());
            }
            pages.extend(found.into_iter().map(|path| Page { lang: lang.to_owned(), path }));
        }
        Ok(pages)
    }

    /// Serves the folder below [`BASE`] until the runtime ends; returns the address of that base.
    pub fn serve(&self, runtime: &Runtime) -> Result<String> {
        let app = Router::new().nest_service(BASE, ServeDir::new(&self.folder));
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listener = runtime.block_on(TcpListener::bind(address))?;
        let port = listener.local_addr()?.port();
        runtime.spawn(async move { axum::serve(listener, app).await });
        Ok(format!("http://127.0.0.1:{port}{BASE}/"))
    }
}

/// The targets of the links in mdBook's `toc.html`, each once.
fn links(html: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for rest in html.split("<a href=\"").skip(1) {
        let Some((target, _)) = rest.split_once('"') else { continue };
        let target = target.split('#').next().unwrap_or(target);
        if !found.iter().any(|known| known == target) {
            found.push(target.to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Page, links};

    #[test]
    fn links_come_in_order_and_once() {
        let html = r#"<li><a href="b/index.html" target="_parent">1</a><a href="a.html">2</a>
                       <a href="b/index.html#x">3</a><a class="chapter-fold-toggle">4</a>"#;
        assert_eq!(links(html), ["b/index.html", "a.html"]);
    }

    #[test]
    fn a_twin_has_the_same_path() {
        let page = Page { lang: "zh".into(), path: "a/b.html".into() };
        assert_eq!(page.twin().address(), "en/a/b.html");
        assert_eq!(page.twin().twin(), page);
    }
}

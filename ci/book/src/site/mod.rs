//! Builds the site: both languages with mdBook, then what mdBook has no notion of.
//!
//! ```text
//! <dest>/index.html      the chooser
//! <dest>/zh/, <dest>/en/ one mdBook each, with its own sidebar, numbering and search index
//! <dest>/listings/       the source of every listing, to read and to link to
//! ```

mod diagram;
mod finish;
pub mod html;
mod markup;
mod search;
mod sources;
mod terminal;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use mdbook_driver::MDBook;
use mdbook_driver::book::BookItem;
use mdbook_driver::config::Config;

use crate::{Book, Lang};

/// Where to build, and for whom.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder of the site; what it held before is replaced.
    pub dest: PathBuf,
    /// The path of the socket that tells pages to reload, when someone serves them.
    pub live_reload: Option<String>,
}

impl Options {
    pub fn new(dest: impl Into<PathBuf>) -> Self {
        Self { dest: dest.into(), live_reload: None }
    }
}

/// Where plain mdBook puts the site, and so do we.
pub fn default_dest(book: &Book) -> PathBuf {
    book.path("book/html")
}

/// Builds everything. A language that fails shows its error on its own pages, and in the result.
///
/// The new site is built beside the old one and then takes its place, so that who reads meanwhile
/// finds one or the other.
pub fn build(book: &Book, options: &Options) -> Result<()> {
    let dest = std::path::absolute(&options.dest).context("the destination is no path")?;
    let parent = dest.parent().context("the destination cannot be the root of the file system")?;
    refuse_foreign(&dest)?;
    std::fs::create_dir_all(parent)
        .with_context(|| format!("cannot create {}", parent.display()))?;
    let stage = tempfile::Builder::new().prefix(".site-").tempdir_in(parent)?;
    let staged = Options { dest: stage.path().join("new"), ..options.clone() };
    std::fs::create_dir(&staged.dest)?;
    let result = build_into(book, &staged);
    if dest.exists() {
        std::fs::rename(&dest, stage.path().join("old"))
            .with_context(|| format!("cannot replace {}", dest.display()))?;
    }
    std::fs::rename(&staged.dest, &dest)
        .with_context(|| format!("cannot put the site in {}", dest.display()))?;
    result
}

/// Whatever is in the folder goes; so it has to be a site, or nothing.
fn refuse_foreign(dest: &Path) -> Result<()> {
    let occupied = dest.is_dir() && std::fs::read_dir(dest)?.next().is_some();
    if occupied && !dest.join(MARK).is_file() {
        bail!(
            "{} holds something that is no site of ours, and it would be deleted: name another folder",
            dest.display()
        );
    }
    Ok(())
}

/// mdBook and we put this file in every site: GitHub Pages would otherwise run Jekyll over it and
/// drop some files.
const MARK: &str = ".nojekyll";

fn build_into(book: &Book, options: &Options) -> Result<()> {
    let dest = &options.dest;
    let results: Vec<_> = std::thread::scope(|scope| {
        let builds: Vec<_> = Lang::ALL
            .into_iter()
            .map(|lang| (lang, scope.spawn(move || build_language(book, lang, options))))
            .collect();
        builds
            .into_iter()
            .map(|(lang, build)| {
                (lang, build.join().unwrap_or_else(|_| Err(anyhow!("the build panicked"))))
            })
            .collect()
    });
    let mut failed = Vec::new();
    for (lang, result) in results {
        if let Err(error) = result {
            write_error_page(dest, lang, &error, options)?;
            failed.push(format!("src/{lang}: {error:#}"));
        }
    }
    sources::write(book, dest)?;
    write_chooser(book, options)?;
    std::fs::write(dest.join(MARK), "")?;
    if failed.is_empty() { Ok(()) } else { Err(anyhow!(failed.join("\n"))) }
}

/// `book.toml` as one language needs it.
fn language_config(book: &Book, lang: Lang, options: &Options) -> Result<Config> {
    let mut config = Config::from_disk(book.path("book.toml"))?;
    let text = |key: &str| -> Result<String> {
        config
            .get::<String>(&format!("output.languages.{lang}.{key}"))?
            .with_context(|| format!("book.toml: [output.languages.{lang}] lacks {key}"))
    };
    let title = text("title")?;
    let description = text("description")?;
    config.book.title = Some(title);
    config.book.description = Some(description);
    config.book.language = Some(lang.tag().to_owned());
    config.book.src = Path::new("src").join(lang.dir());
    config.build.build_dir = options.dest.join(lang.dir());
    config.build.create_missing = false;
    let mut html = config.html_config().unwrap_or_default();
    // Our search replaces mdBook's, and the site's root has the one page for what is not found.
    html.search = None;
    html.input_404 = Some(String::new());
    html.live_reload_endpoint.clone_from(&options.live_reload);
    let mut bare = Config::default();
    bare.book = config.book;
    bare.build = config.build;
    bare.rust = config.rust;
    bare.set("output.html", html)?;
    Ok(bare)
}

fn build_language(book: &Book, lang: Lang, options: &Options) -> Result<()> {
    let config = language_config(book, lang, options)?;
    let mut driver = MDBook::load_with_config(book.root(), config)?;
    let markup = markup::Markup::load(book, lang)?;
    let mut failure = None;
    driver.book.for_each_mut(|item| {
        if let BookItem::Chapter(chapter) = item
            && let Some(path) = chapter.path.clone()
        {
            match markup.page(&path.to_string_lossy().replace('\\', "/"), &chapter.content) {
                Ok(content) => chapter.content = content,
                Err(error) => failure = Some(error.context(format!("in {}", path.display()))),
            }
        }
    });
    if let Some(error) = failure {
        return Err(error);
    }
    driver.build()?;
    let dest = options.dest.join(lang.dir());
    finish::pages(book, lang, &dest)?;
    search::write(book, lang, &dest)
}

fn reload_script(options: &Options) -> String {
    options.live_reload.as_ref().map_or_else(String::new, |endpoint| {
        format!(
            "<script>new WebSocket(`${{location.protocol === 'https:' ? 'wss' : 'ws'}}://${{location.host}}/{endpoint}`)\
             .onmessage = (event) => {{ if (event.data === 'reload') location.reload(); }};</script>"
        )
    })
}

fn write_chooser(book: &Book, options: &Options) -> Result<()> {
    let template = book.read("theme/chooser.html")?;
    let page = template.replace("{{live_reload}}", &reload_script(options));
    std::fs::write(options.dest.join("index.html"), &page)?;
    // A server that knows 404.html shows it under the address that was asked for, at any depth.
    let config = Config::from_disk(book.path("book.toml"))?;
    let base =
        config.html_config().and_then(|html| html.site_url).unwrap_or_else(|| "/".to_owned());
    let not_found = page.replacen("<html", "<html data-missing", 1).replacen(
        "<head>",
        &format!("<head>\n<base href=\"{}\">", escape(&base)),
        1,
    );
    std::fs::write(options.dest.join("404.html"), not_found)?;
    for icon in ["favicon.svg", "favicon.png"] {
        let source = book.path("theme").join(icon);
        if source.is_file() {
            std::fs::copy(source, options.dest.join(icon))?;
        }
    }
    Ok(())
}

/// Old pages must not look as if they were the result of this build.
fn write_error_page(
    dest: &Path,
    lang: Lang,
    error: &anyhow::Error,
    options: &Options,
) -> Result<()> {
    let folder = dest.join(lang.dir());
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    let title = lang.pick("这本书没有构建成功", "The book did not build");
    let page = format!(
        "<!DOCTYPE html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\"><title>{title}</title></head>\n\
         <body><h1>{title}</h1>\n<pre>{}</pre>\n{}</body></html>\n",
        lang.tag(),
        escape(&format!("{error:#}")),
        reload_script(options)
    );
    std::fs::write(folder.join("index.html"), page)?;
    Ok(())
}

/// Text as HTML shows it, also inside an attribute.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

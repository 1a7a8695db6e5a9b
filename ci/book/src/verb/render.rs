//! `cargo book render`

use std::io;

use anyhow::{Context, Result};
use mdbook_renderer::RenderContext;

use crate::{Book, site};

/// The backend that plain mdBook calls: reads its render context on standard input
#[derive(Debug, clap::Args)]
pub struct Args {}

pub fn run(_: &Args) -> Result<()> {
    let context = RenderContext::from_json(io::stdin().lock()).context(
        "`cargo book render` is called by mdBook: run `mdbook build` or `cargo book build`",
    )?;
    let book = Book::at(&context.root)?;
    // mdBook gives each backend a folder of its own; the site is the html backend's.
    let dest = context
        .destination
        .parent()
        .map(|folder| folder.join("html"))
        .context("mdBook named no folder to build in")?;
    let live_reload = context.config.html_config().and_then(|html| html.live_reload_endpoint);
    site::build(&book, &site::Options { dest, live_reload })
}

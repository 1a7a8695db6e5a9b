//! `cargo book accept`

use anyhow::{Result, bail};

use crate::page::pages;
use crate::problem::report;
use crate::{Book, Lang, parity};

/// Record that the two languages of a page have been read side by side
///
/// Refuses while code, numbers, links or the order of blocks differ.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The page relative to its language, such as first-bytes/relay.md, or a part of it
    #[arg(required_unless_present = "all")]
    page: Option<String>,
    /// Accept every page
    #[arg(long, conflicts_with = "page")]
    all: bool,
}

pub fn run(args: &Args) -> Result<()> {
    let book = Book::find()?;
    let zh = pages(&book, Lang::Zh)?;
    let en = pages(&book, Lang::En)?;
    let mut lock = parity::Lock::load(&book)?;
    let mut accepted = 0;
    let mut refused = Vec::new();
    for a in &zh {
        if args.page.as_ref().is_some_and(|page| !a.path.contains(page)) {
            continue;
        }
        let Some(b) = en.iter().find(|b| b.path == a.path) else {
            bail!("{} has no English twin", a.file.display());
        };
        let problems = parity::check_pages(a, b);
        accepted += 1;
        if !problems.is_empty() {
            refused.extend(problems);
            continue;
        }
        let pending = lock.check(a, b);
        if !pending.is_empty() {
            for problem in &pending {
                println!("{}:{} accepted", problem.file.display(), problem.line);
            }
            lock.accept(a, b);
        }
    }
    if accepted == 0 {
        bail!("no page matches {}", args.page.as_deref().unwrap_or_default());
    }
    lock.retain(&zh);
    lock.save(&book)?;
    if !refused.is_empty() {
        bail!("not accepted:\n{}", report(&refused));
    }
    Ok(())
}

//! `cargo book record`

use std::collections::HashMap;

use anyhow::{Result, bail};

use crate::page::{Page, code_of, pages};
use crate::problem::report;
use crate::transcript::{Block, Config, Locals, Output, compare, run as run_session, sessions};
use crate::{Book, Lang};

/// Run the terminal transcripts and write what they print to the pages
///
/// A block is only written when it differs in more than what its `vary` classes cover.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only pages whose path contains this, such as first-bytes/relay
    filter: Option<String>,
    /// Write anew also what differs only in times, ports and the like
    #[arg(long)]
    force: bool,
}

pub fn run(args: &Args) -> Result<()> {
    let book = Book::find()?;
    let config = Config::load(&book)?;
    let locals = Locals::load(&book)?;
    let mut outputs: HashMap<String, Output> = HashMap::new();
    let mut failed = 0;
    for page in
        Lang::ALL.into_iter().map(|lang| pages(&book, lang)).collect::<Result<Vec<_>>>()?.concat()
    {
        if args.filter.as_ref().is_some_and(|filter| !page.file.to_string_lossy().contains(filter))
        {
            continue;
        }
        let (found, problems) = sessions(&page);
        for problem in &problems {
            eprintln!("{problem}");
            failed += 1;
        }
        let mut written = Vec::new();
        for session in found {
            let key = session.key();
            let unknown = config.unknown(&page, &session, &locals);
            if !unknown.is_empty() {
                eprintln!("{}", report(&unknown));
                failed += unknown.len();
                continue;
            }
            if !outputs.contains_key(&key) {
                match run_session(&session, &config, &locals) {
                    Ok(output) => {
                        outputs.insert(key.clone(), output);
                    }
                    Err(failure) => {
                        eprintln!("{}:{}: {}", page.file.display(), failure.line, failure.message);
                        failed += 1;
                        continue;
                    }
                }
            }
            let output = &outputs[&key];
            if args.force || !compare(&session, &page, &config, output)?.is_empty() {
                written.extend(session.blocks.into_iter().zip(output.blocks.clone()));
            }
        }
        if !written.is_empty() {
            println!("{}: {} transcripts recorded", page.file.display(), written.len());
            std::fs::write(book.path(&page.file), rewrite(&page, written))?;
        }
    }
    if failed > 0 {
        bail!("{failed} transcripts could not be recorded");
    }
    Ok(())
}

/// The page with the outputs of some blocks replaced.
fn rewrite(page: &Page, mut written: Vec<(Block, Vec<String>)>) -> String {
    let mut lines: Vec<String> = page.text.lines().map(str::to_owned).collect();
    // From the last to the first, so that the line numbers of the others stay right.
    written.sort_by_key(|(block, _)| std::cmp::Reverse(block.line));
    for (block, outputs) in written {
        let Some(source) = page.blocks.iter().find(|other| other.line == block.line) else {
            continue;
        };
        let old = code_of(&source.source).lines().count();
        let new: Vec<String> = block.render(&outputs).lines().map(str::to_owned).collect();
        lines.splice(block.line..block.line + old, new);
    }
    lines.join("\n") + "\n"
}

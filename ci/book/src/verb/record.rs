//! `cargo book record`

use std::collections::HashMap;

use anyhow::{Result, bail};

use crate::page::{Page, code_of, pages};
use crate::plot::plots;
use crate::printed::printed;
use crate::problem::report;
use crate::transcript::{Config, Locals, Output, Session, compare, run as run_session, sessions};
use crate::{Book, Lang, Problem};

/// Run the terminal transcripts and the programs that draw, and write what they print to the pages
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
    let mut recorder = Recorder {
        config: Config::load(&book)?,
        locals: Locals::load(&book)?,
        outputs: HashMap::new(),
        failed: 0,
    };
    for page in
        Lang::ALL.into_iter().map(|lang| pages(&book, lang)).collect::<Result<Vec<_>>>()?.concat()
    {
        if args.filter.as_ref().is_some_and(|filter| !page.file.to_string_lossy().contains(filter))
        {
            continue;
        }
        let written = recorder.page(&page, args.force)?;
        if !written.is_empty() {
            println!("{}: {} blocks recorded", page.file.display(), written.len());
            std::fs::write(book.path(&page.file), rewrite(&page, written))?;
        }
        recorder.pictures(&book, &page)?;
    }
    if recorder.failed > 0 {
        bail!("{} blocks could not be recorded", recorder.failed);
    }
    Ok(())
}

/// The line of a block's opening fence, and the text that it is to hold.
type Written = (usize, String);

struct Recorder {
    config: Config,
    locals: Locals,
    /// Runs by key: both languages show the same.
    outputs: HashMap<String, Output>,
    failed: usize,
}

impl Recorder {
    /// Runs what the page shows, and gives the blocks that have to change.
    fn page(&mut self, page: &Page, force: bool) -> Result<Vec<Written>> {
        let mut written = Vec::new();
        let (found, mut problems) = sessions(page);
        let (drawn, broken) = printed(page);
        problems.extend(broken);
        self.complain(&problems);
        for session in found {
            let Some(output) = self.output(page, &session) else { continue };
            if force || !compare(&session, page, &self.config, &output)?.is_empty() {
                let blocks = session.blocks.iter().zip(&output.blocks);
                written.extend(blocks.map(|(block, texts)| (block.line, block.render(texts))));
            }
        }
        for block in drawn {
            let Some(output) = self.output(page, &block.session) else { continue };
            match block.text(&output) {
                Ok(_) if block.compare(page, &output).is_empty() => {}
                Ok(text) => written.push((block.line, text.to_owned())),
                Err(why) => self.complain(&[Problem::new(&page.file, block.line, why)]),
            }
        }
        Ok(written)
    }

    /// Draws the plots of the page, and writes those that have changed.
    fn pictures(&mut self, book: &Book, page: &Page) -> Result<()> {
        let (found, problems) = plots(page);
        self.complain(&problems);
        for plot in found {
            let Some(output) = self.output(page, &plot.session) else { continue };
            match plot.drawn(&output) {
                Ok(_) if plot.compare(book, page, &output).is_empty() => {}
                Ok(svg) => {
                    let file = book.path(&plot.file);
                    std::fs::create_dir_all(file.parent().unwrap_or(&file))?;
                    std::fs::write(&file, svg)?;
                    println!("{} drawn", plot.file.display());
                }
                Err(why) => self.complain(&[Problem::new(&page.file, plot.line, why)]),
            }
        }
        Ok(())
    }

    /// What a session prints, unless it cannot run.
    fn output(&mut self, page: &Page, session: &Session) -> Option<Output> {
        let unknown = self.config.unknown(page, session, &self.locals);
        if !unknown.is_empty() {
            self.complain(&unknown);
            return None;
        }
        let key = session.key();
        if !self.outputs.contains_key(&key) {
            match run_session(session, &self.config, &self.locals) {
                Ok(output) => {
                    self.outputs.insert(key.clone(), output);
                }
                Err(failure) => {
                    self.complain(&[Problem::new(&page.file, failure.line, failure.message)]);
                }
            }
        }
        self.outputs.get(&key).cloned()
    }

    fn complain(&mut self, problems: &[Problem]) {
        if !problems.is_empty() {
            eprintln!("{}", report(problems));
        }
        self.failed += problems.len();
    }
}

/// The page with the text of some blocks replaced.
fn rewrite(page: &Page, mut written: Vec<Written>) -> String {
    let mut lines: Vec<String> = page.text.lines().map(str::to_owned).collect();
    // From the last to the first, so that the line numbers of the others stay right.
    written.sort_by_key(|(line, _)| std::cmp::Reverse(*line));
    for (line, text) in written {
        let Some(source) = page.blocks.iter().find(|block| block.line == line) else {
            continue;
        };
        let old = code_of(&source.source).lines().count();
        lines.splice(line..line + old, text.lines().map(str::to_owned));
    }
    lines.join("\n") + "\n"
}

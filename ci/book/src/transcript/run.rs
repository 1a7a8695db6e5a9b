//! Runs a session in a scratch folder and compares what it printed with the page.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Result;
use snapbox::Redactions;
use snapbox::data::DataFormat;
use snapbox::report::{Palette, write_diff};
use testkit::{Finished, Process};

use super::ports::{Ports, is_listening};
use super::{Block, Config, Locals, Session, dump};
use crate::page::Page;
use crate::{Problem, Problems, load};

/// What a session may take when it does not say: on an idle machine each takes a second or two, but
/// many run at once and a machine has other work.
const LIMIT: Duration = Duration::from_secs(60);
/// How often to look whether a port is taken.
const POLL: Duration = Duration::from_millis(10);
/// How long a program may take to end after Ctrl-C.
const STOP_LIMIT: Duration = Duration::from_secs(20);

/// What each step of each block printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    pub blocks: Vec<Vec<String>>,
}

/// Why a session could not be run to its end.
#[derive(Debug, Clone)]
pub struct Failure {
    /// Of the block on the page, counted from 1.
    pub line: usize,
    pub message: String,
}

struct Stage<'s> {
    folder: &'s Path,
    root: &'s Path,
    path: OsString,
    ports: &'s Ports,
    deadline: Instant,
}

impl Stage<'_> {
    fn start(&self, block: &Block, command: &str) -> Result<Process, Failure> {
        let script = self.ports.to_real(command);
        // A failure anywhere in a pipeline is a failure.
        let mut shell = Command::new("bash");
        shell.args(["--noprofile", "--norc", "-o", "pipefail", "-c"]).arg(script);
        shell.env("PATH", &self.path).env("LC_ALL", "C").env("TZ", "UTC").env("PYTHONUTF8", "1");
        // What a reader has set up for other purposes must not show on a page.
        shell.env("CURL_HOME", self.folder).env_remove("RUST_LOG").env_remove("BASH_ENV");
        // A reader who wants backtraces gets them elsewhere.
        shell.env_remove("RUST_BACKTRACE").env_remove("RUST_LIB_BACKTRACE");
        for proxy in ["http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY"] {
            shell.env_remove(proxy);
        }
        // cargo needs the workspace; everything else gets a folder of its own to write to.
        let folder =
            if command.trim_start().starts_with("cargo ") { self.root } else { self.folder };
        shell.current_dir(folder);
        Process::start(&mut shell)
            .map_err(|error| Failure { line: block.line, message: error.to_string() })
    }

    fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1))
    }

    fn await_ready(&self, block: &Block, process: &Process) -> Result<(), Failure> {
        let ready = block.fence.get("ready").unwrap_or_default();
        let fail = |message: String| Failure { line: block.line, message };
        let Ok(port) = self.ports.to_real(ready).parse::<u16>() else {
            let found = process.wait_for_text(ready, self.left());
            return found.map_err(|error| fail(error.to_string()));
        };
        while !is_listening(port) {
            if let Some(status) = process.exited() {
                let output = process.text_so_far();
                return Err(fail(format!("it ended with {status} before it was ready: {output}")));
            }
            if self.deadline < Instant::now() {
                let output = process.text_so_far();
                return Err(fail(format!(
                    "nothing listens on port {ready}; the program printed {output:?}"
                )));
            }
            std::thread::sleep(POLL);
        }
        Ok(())
    }

    /// Waits for a background program that ends by itself, stops any other, and gives its output.
    fn end(&self, block: &Block, process: Process) -> Result<String, Failure> {
        let ends = block.fence.has("ends");
        if !ends {
            if let Some(status) = process.exited() {
                return Err(Failure {
                    line: block.line,
                    message: format!(
                        "it ended by itself with {status}: say `ends`, or mend it; it printed:\n{}",
                        process.text_so_far()
                    ),
                });
            }
            process.interrupt();
        }
        let limit = if ends { self.left() } else { STOP_LIMIT };
        let finished = process
            .finish(limit)
            .map_err(|error| Failure { line: block.line, message: error.to_string() })?;
        if ends {
            expect_status(block, &block.steps[0].command, &finished, true)?;
        }
        Ok(self.output(&finished))
    }

    fn output(&self, finished: &Finished) -> String {
        let text = finished.text().replace('\r', "");
        let mut text = dump::map(&self.ports.to_shown(&text), &|bytes| self.ports.to_shown(bytes));
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text
    }
}

/// Runs a session: background programs first, each awaited, then the rest in the order of the page.
///
/// A free port is only free until another program takes it; then the session starts again with others.
pub fn run(session: &Session, config: &Config, locals: &Locals) -> Result<Output, Failure> {
    const TRIES: u32 = 3;
    let mut tries = 1;
    loop {
        match run_once(session, config, locals) {
            Err(failure) if tries < TRIES && failure.message.contains("Address already in use") => {
                tries += 1;
            }
            result => return result,
        }
    }
}

fn run_once(session: &Session, config: &Config, locals: &Locals) -> Result<Output, Failure> {
    let line = session.blocks[0].line;
    let fail = |message: String| Failure { line, message };
    let folders = locals.build(session).map_err(fail)?;
    // What is slow compiles or measures; the session's time begins when its turn comes.
    let _turn = session.has("slow").then(load::turn);
    let folder =
        tempfile::tempdir().map_err(|error| fail(format!("no scratch folder: {error}")))?;
    link_listings(&config.root, folder.path()).map_err(|error| fail(error.to_string()))?;
    let ports = Ports::choose(session).map_err(|(line, message)| Failure { line, message })?;
    let limit = session
        .blocks
        .iter()
        .filter_map(|block| block.fence.get("limit")?.parse().ok().map(Duration::from_secs))
        .max()
        .unwrap_or(LIMIT);
    let stage = Stage {
        folder: folder.path(),
        root: &config.root,
        path: search_path(folders),
        ports: &ports,
        deadline: Instant::now() + limit,
    };
    let mut background = Vec::new();
    let mut blocks = vec![Vec::new(); session.blocks.len()];
    for (index, block) in session.blocks.iter().enumerate().filter(|(_, b)| b.is_background()) {
        let process = stage.start(block, &block.steps[0].command)?;
        stage.await_ready(block, &process)?;
        background.push((index, process));
    }
    for (index, block) in session.blocks.iter().enumerate().filter(|(_, b)| !b.is_background()) {
        if let Some(terminal) = block.fence.get("after") {
            let awaited = |(other, _): &(usize, Process)| {
                session.blocks[*other].fence.get("terminal") == Some(terminal)
            };
            let at = background.iter().position(awaited).ok_or_else(|| Failure {
                line: block.line,
                message: format!(
                    "nothing runs in terminal {terminal} that this block could wait for"
                ),
            })?;
            let (other, process) = background.remove(at);
            blocks[other].push(stage.end(&session.blocks[other], process)?);
        }
        for (number, step) in block.steps.iter().enumerate() {
            let last = number + 1 == block.steps.len();
            let finished = stage
                .start(block, &step.command)?
                .finish(stage.left())
                .map_err(|error| Failure { line: block.line, message: error.to_string() })?;
            expect_status(block, &step.command, &finished, last)?;
            blocks[index].push(stage.output(&finished));
        }
    }
    // The last to start may depend on the first, so it stops first.
    for (index, process) in background.into_iter().rev() {
        blocks[index].push(stage.end(&session.blocks[index], process)?);
    }
    Ok(Output { blocks })
}

fn expect_status(
    block: &Block,
    command: &str,
    finished: &Finished,
    last: bool,
) -> Result<(), Failure> {
    let expected = match block.fence.get("status") {
        Some(status) if last => status.parse().unwrap_or(0),
        _ => 0,
    };
    if finished.status.code() == Some(expected) {
        return Ok(());
    }
    Err(Failure {
        line: block.line,
        message: format!(
            "`{command}` ended with {} where the page expects exit status {expected}; it printed:\n{}",
            finished.status,
            finished.text()
        ),
    })
}

fn search_path(mut folders: Vec<PathBuf>) -> OsString {
    let inherited = std::env::var_os("PATH").unwrap_or_default();
    folders.extend(std::env::split_paths(&inherited));
    std::env::join_paths(folders).unwrap_or(inherited)
}

#[cfg(unix)]
fn link_listings(root: &Path, folder: &Path) -> std::io::Result<()> {
    let listings = root.join("listings");
    if listings.is_dir() {
        std::os::unix::fs::symlink(listings, folder.join("listings"))?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn link_listings(_: &Path, _: &Path) -> std::io::Result<()> {
    Ok(())
}

fn redactions(config: &Config, block: &Block) -> Result<Redactions> {
    let mut redactions = Redactions::new();
    for (name, regex) in config.varying(&block.words("vary")) {
        // snapbox keeps placeholders for the life of the program; there are a handful of classes.
        let placeholder: &'static str = format!("[{}]", name.to_uppercase()).leak();
        redactions.insert(placeholder, regex.clone())?;
    }
    Ok(redactions)
}

/// Compares each block with what it printed, after what may vary is replaced by its name.
pub fn compare(
    session: &Session,
    page: &Page,
    config: &Config,
    output: &Output,
) -> Result<Problems> {
    let mut problems = Problems::new();
    for (block, outputs) in session.blocks.iter().zip(&output.blocks) {
        let redactions = redactions(config, block)?;
        let page_text = block.code();
        for (name, pattern) in config.varying(&block.words("vary")) {
            let in_bytes = std::cell::Cell::new(false);
            dump::map(&page_text, &|bytes| {
                in_bytes.set(in_bytes.get() || pattern.is_match(bytes));
                bytes.to_owned()
            });
            if !pattern.is_match(&page_text) && !in_bytes.get() {
                problems.push(Problem::new(
                    &page.file,
                    block.line,
                    format!("nothing here is of the class `{name}`: remove it from vary"),
                ));
            }
        }
        let shown = block.outputs();
        let patterns = config.varying(&block.words("vary"));
        let redact = |outputs: &[String]| {
            let blanked = dump::map(&block.render(outputs), &|bytes| {
                patterns.iter().fold(bytes.to_owned(), |bytes, (_, pattern)| {
                    let blank = |found: &regex::Captures<'_>| "_".repeat(found[0].chars().count());
                    pattern.replace_all(&bytes, blank).into_owned()
                })
            });
            redactions.redact(&blanked)
        };
        let expected = redact(&shown);
        let actual = redact(outputs);
        if expected != actual {
            let mut diff = String::new();
            let data = |text: &str| snapbox::Data::text(text).coerce_to(DataFormat::Text);
            write_diff(
                &mut diff,
                &data(&expected),
                &data(&actual),
                Some(&"on the page"),
                Some(&"in this run"),
                Palette::plain(),
            )?;
            problems.push(Problem::new(
                &page.file,
                block.line,
                format!(
                    "the run prints something else; `cargo book record` takes it over:\n{diff}"
                ),
            ));
        }
    }
    Ok(problems)
}

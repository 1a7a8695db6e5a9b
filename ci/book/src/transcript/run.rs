//! Runs a session in a scratch folder and compares what it printed with the page.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::Result;
use regex::Regex;
use snapbox::Redactions;
use snapbox::data::DataFormat;
use snapbox::report::{Palette, write_diff};
use testkit::{Finished, Process};

use super::{Block, Config, Locals, Session, dump};
use crate::page::Page;
use crate::{Problem, Problems};

/// What a session may take when it does not say.
const LIMIT: Duration = Duration::from_secs(20);
/// How often to look whether a port is taken.
const POLL: Duration = Duration::from_millis(10);
/// How long a program may take to end after Ctrl-C.
const STOP_LIMIT: Duration = Duration::from_secs(5);

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

/// Ports on the page, and the free ports that stand in for them during a run.
struct Ports {
    pairs: Vec<(Regex, String, Regex, String)>,
    taken: Vec<u16>,
}

/// The ports that sessions of this process are using; a free port is only free until another takes it.
static RESERVED: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());

impl Ports {
    fn choose(session: &Session) -> Result<Self, Failure> {
        let mut ports = Self { pairs: Vec::new(), taken: Vec::new() };
        for block in &session.blocks {
            for shown in block.words("ports") {
                let fail = |message| Failure { line: block.line, message };
                if shown.parse::<u16>().is_err() || shown.len() != 4 {
                    return Err(fail(format!("`{shown}` is not a port of four digits")));
                }
                let real = reserve(shown)
                    .ok_or_else(|| fail("no free port of four digits on 127.0.0.1".to_owned()))?;
                ports.taken.push(real);
                let real = real.to_string();
                let word = |number: &str| {
                    Regex::new(&format!(r"\b{number}\b")).expect("digits make a pattern")
                };
                ports.pairs.push((word(shown), shown.to_owned(), word(&real), real));
            }
        }
        Ok(ports)
    }

    fn to_real(&self, text: &str) -> String {
        self.pairs.iter().fold(text.to_owned(), |text, (shown, _, _, real)| {
            shown.replace_all(&text, real.as_str()).into_owned()
        })
    }

    fn to_shown(&self, text: &str) -> String {
        self.pairs.iter().fold(text.to_owned(), |text, (_, shown, real, _)| {
            real.replace_all(&text, shown.as_str()).into_owned()
        })
    }
}

impl Drop for Ports {
    fn drop(&mut self) {
        let mut reserved = RESERVED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for port in &self.taken {
            reserved.remove(port);
        }
    }
}

/// The port of the page if it is free, else another with as many digits, so that lengths and columns
/// agree.
fn reserve(shown: &str) -> Option<u16> {
    let mut reserved = RESERVED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    // Elsewhere in each process, so that two of them rarely want the same port.
    let offset = std::process::id() as usize * 97 % 8000;
    let others = (2000..10_000).cycle().skip(offset).take(8000);
    let port = shown.parse().ok().into_iter().chain(others).find(|port| {
        !reserved.contains(port) && TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok()
    })?;
    reserved.insert(port);
    Some(port)
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
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(script).env("PATH", &self.path).env("LC_ALL", "C.UTF-8");
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
        // Connecting would be a connection more than the page shows; who cannot bind knows as much.
        while TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
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
pub fn run(session: &Session, config: &Config, locals: &Locals) -> Result<Output, Failure> {
    let line = session.blocks[0].line;
    let fail = |message: String| Failure { line, message };
    let folders = locals.build(session).map_err(fail)?;
    let folder =
        tempfile::tempdir().map_err(|error| fail(format!("no scratch folder: {error}")))?;
    link_listings(&config.root, folder.path()).map_err(|error| fail(error.to_string()))?;
    let ports = Ports::choose(session)?;
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
        let shown: Vec<String> = block.steps.iter().map(|step| step.output.clone()).collect();
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

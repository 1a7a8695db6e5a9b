//! Terminal transcripts: every `console` block is a recorded run that a test repeats.
//!
//! ````text
//! ```console session=hello terminal=1 background ready="listening on" ports="8080 8000"
//! $ peek 127.0.0.1:8080 127.0.0.1:8000
//! listening on 127.0.0.1:8080, relaying to 127.0.0.1:8000
//! ```
//! ````
//!
//! The blocks of a page with the same `session` are one run; without the word, a block is a run of
//! its own. The words after the fence:
//!
//! - `background`: the block's one command runs beside the others. All of them start first, in the
//!   order of the page, each awaited; at the end each gets Ctrl-C, unless it has `ends`.
//! - `ready="text"` or `ready=8000`: what the program prints, or the port that it listens on, when it is
//!   ready.
//! - `ends`: the background program ends by itself.
//! - `after=2`: the block waits until the program in terminal 2 has ended.
//! - `ports="8080 8000"`: ports on the page, of four digits. Where one is taken, a run uses a free one
//!   in its place and translates back, in hex dumps as well.
//! - `vary="elapsed"`: classes of `ci/transcripts.toml` that may differ from run to run.
//! - `status=1`: the exit status that the block's last command has to have; 0 without the word.
//! - `needs="socat"`: programs that the commands start by themselves.
//! - `linux`: the session needs Linux's network namespaces, as every `lab` does. It runs only when
//!   `CI=true` or asked for by `--ignored`.
//! - `slow`: takes long, and runs only then as well.
//! - `limit=60`: seconds that the session may take; 60 without the word.
//! - `terminal=1`: the number in the caption.
//! - `caption="…"`: words for the reader.

mod config;
mod dump;
mod ports;
mod run;

use std::collections::BTreeMap;

pub use config::{Config, Locals, cargo};
pub use run::{Output, compare, run};

use crate::fence::Fence;
use crate::page::{Page, code_of};
use crate::plot::WORDED;
use crate::{Problem, Problems};

const WORDS: &[&str] = &[
    "session",
    "background",
    "ready",
    "ends",
    "after",
    "ports",
    "vary",
    "status",
    "needs",
    "linux",
    "slow",
    "limit",
    "terminal",
    "caption",
];

/// A command and what it printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The lines after `$ ` and `> `, joined as the shell reads them.
    pub command: String,
    pub output: String,
}

impl Step {
    /// The programs that the command starts, or what keeps us from knowing them.
    pub fn programs(&self) -> Result<Vec<String>, &'static str> {
        programs_of(&self.command)
    }
}

/// One `console` block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Of the opening fence, counted from 1.
    pub line: usize,
    pub fence: Fence,
    /// Lines before the first command; there should be none.
    pub stray: usize,
    pub steps: Vec<Step>,
}

/// The blocks that run together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub blocks: Vec<Block>,
}

impl Block {
    fn parse(line: usize, fence: Fence, code: &str) -> Self {
        let mut steps: Vec<Step> = Vec::new();
        let mut stray = 0;
        let mut continued = false;
        for text in code.lines() {
            if let Some(command) = text.strip_prefix("$ ") {
                continued = continues(command);
                steps.push(Step { command: command.to_owned(), output: String::new() });
            } else if let (true, Some(more), Some(step)) =
                (continued, text.strip_prefix("> "), steps.last_mut())
            {
                continued = continues(more);
                step.command.push('\n');
                step.command.push_str(more);
            } else if let Some(step) = steps.last_mut() {
                continued = false;
                step.output.push_str(text);
                step.output.push('\n');
            } else {
                stray += 1;
            }
        }
        Self { line, fence, stray, steps }
    }

    pub fn is_background(&self) -> bool {
        self.fence.has("background")
    }

    /// The values of a word that holds several, such as `ports`.
    pub fn words(&self, key: &str) -> Vec<&str> {
        self.fence.get(key).map(|value| value.split_whitespace().collect()).unwrap_or_default()
    }

    /// The block's code as the page shows it, with the given outputs.
    pub fn render(&self, outputs: &[String]) -> String {
        let mut text = String::new();
        for (step, output) in self.steps.iter().zip(outputs) {
            for (index, line) in step.command.lines().enumerate() {
                text.push_str(if index == 0 { "$ " } else { "> " });
                text.push_str(line);
                text.push('\n');
            }
            text.push_str(output);
        }
        text
    }

    /// The outputs that the page shows.
    pub fn outputs(&self) -> Vec<String> {
        self.steps.iter().map(|step| step.output.clone()).collect()
    }

    /// What the page shows.
    pub fn code(&self) -> String {
        self.render(&self.outputs())
    }

    /// Every program that the block starts.
    pub fn programs(&self) -> Vec<String> {
        let mut programs: Vec<String> =
            self.steps.iter().flat_map(|step| step.programs().unwrap_or_default()).collect();
        programs.extend(self.words("needs").into_iter().map(str::to_owned));
        programs.sort();
        programs.dedup();
        programs
    }

    fn problems(&self, page: &Page) -> Problems {
        let at = |message: &str| Problem::new(&page.file, self.line, message);
        let mut problems = Problems::new();
        if let Some(word) = self.fence.unknown(WORDS) {
            problems.push(at(&format!(
                "`{word}` means nothing to a transcript: use {}",
                WORDS.join(", ")
            )));
        }
        if self.stray > 0 || self.steps.is_empty() {
            problems.push(at("a transcript starts with a command: `$ …`"));
        }
        let has = |word| self.fence.has(word);
        if self.is_background() && (self.steps.len() != 1 || !has("ready")) {
            problems.push(at(
                "a background block has one command and says when it is ready: ready=\"…\"",
            ));
        }
        if !self.is_background() && (has("ready") || has("ends")) {
            problems.push(at("`ready` and `ends` are for a background block"));
        }
        if self.is_background() && (has("after") || (has("status") && !has("ends"))) {
            problems
                .push(at("a background block has no `after`, and a `status` only if it `ends`"));
        }
        for word in ["status", "limit", "terminal", "after"] {
            if self.fence.get(word).is_some_and(|value| value.parse::<u16>().is_err()) {
                problems.push(at(&format!("`{word}` is a number")));
            }
        }
        for word in ["session", "ready", "ports", "vary", "needs", "caption"] {
            if self.fence.get(word).is_some_and(|value| value.trim().is_empty()) {
                problems.push(at(&format!("`{word}` needs a value")));
            }
        }
        for step in &self.steps {
            if let Err(why) = step.programs() {
                problems.push(at(&format!("{why}: {}", step.command)));
            }
            if step.output.lines().any(|line| line.starts_with("```")) {
                problems.push(at("an output with three backticks would end the block"));
            }
        }
        problems
    }
}

/// Whether a shell would ask for another line after this one.
pub(crate) fn continues(line: &str) -> bool {
    line.ends_with(['\\', '|']) || line.ends_with("&&")
}

/// Programs that start the program that is named after them.
const STARTERS: &[&str] =
    &["env", "exec", "lab", "nice", "nohup", "sudo", "time", "timeout", "xargs"];

/// The program of a simple command, those that it starts in turn, and no more: `lab timeout 3 ping`
/// is three.
fn chain(mut words: &[String]) -> Vec<String> {
    let mut programs = Vec::new();
    while let Some((program, rest)) = words.split_first() {
        words = match program.as_str() {
            // The one verb that `lab` has of its own.
            "lab" if rest.first().is_some_and(|word| word == "open") => &[],
            "ip" => rest
                .windows(2)
                .position(|pair| pair == ["netns", "exec"])
                .and_then(|at| rest.get(at + 3..))
                .unwrap_or_default(),
            starter if STARTERS.contains(&starter) => {
                // Options and a time come before the program.
                let option =
                    |word: &String| word.starts_with(|c: char| c == '-' || c.is_ascii_digit());
                let at = rest.iter().position(|word| !option(word)).unwrap_or(rest.len());
                &rest[at..]
            }
            _ => &[],
        };
        programs.push(program.clone());
    }
    programs
}

/// The program of each simple command in a command line, or what keeps us from knowing them.
fn programs_of(command: &str) -> Result<Vec<String>, &'static str> {
    let joined = command.replace("\\\n", " ");
    let mut programs = Vec::new();
    let mut quote = None;
    let mut escaped = false;
    let mut simple = String::new();
    let mut simples = Vec::new();
    for c in joined.chars() {
        if quote != Some('\'') && !escaped && (c == '`' || (c == '(' && simple.ends_with('$'))) {
            return Err("a command inside another hides which programs run: write it on its own");
        }
        match quote {
            _ if escaped => simple.push(c),
            Some(open) => {
                if c == open {
                    quote = None;
                }
                simple.push(c);
            }
            None if c == '\'' || c == '"' => {
                quote = Some(c);
                simple.push(c);
            }
            None if matches!(c, '|' | ';' | '&' | '(' | ')' | '\n') && !simple.ends_with('>') => {
                simples.push(std::mem::take(&mut simple));
            }
            None => simple.push(c),
        }
        escaped = c == '\\' && !escaped && quote != Some('\'');
    }
    simples.push(simple);
    for simple in simples {
        let words = shlex::split(&simple).ok_or("the quotes do not close")?;
        let words = words.into_iter().filter(|word| {
            let assignment = word.split_once('=').is_some_and(|(name, _)| {
                name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            });
            !assignment
                && !word.trim_start_matches(|c: char| c.is_ascii_digit()).starts_with(['>', '<'])
        });
        programs.extend(chain(&words.collect::<Vec<_>>()));
    }
    Ok(programs)
}

/// The transcripts of a page as sessions, in the order in which each begins.
pub fn sessions(page: &Page) -> (Vec<Session>, Problems) {
    let mut sessions: Vec<Session> = Vec::new();
    let mut named: BTreeMap<String, usize> = BTreeMap::new();
    let mut problems = Problems::new();
    for (block, fence) in page.fences() {
        if fence.lang != "console" {
            continue;
        }
        let block = Block::parse(block.line, fence, &code_of(&block.source));
        problems.extend(block.problems(page));
        match block.fence.get("session").map(str::to_owned) {
            Some(name) => {
                let index = *named.entry(name).or_insert_with(|| {
                    sessions.push(Session { blocks: Vec::new() });
                    sessions.len() - 1
                });
                sessions[index].blocks.push(block);
            }
            None => sessions.push(Session { blocks: vec![block] }),
        }
    }
    for session in &sessions {
        let lab = session.blocks.iter().find(|block| block.programs().iter().any(|p| p == "lab"));
        if let (Some(block), false) = (lab, session.has("linux")) {
            let what = "`lab` opens a network namespace, which only Linux has: say `linux`";
            problems.push(Problem::new(&page.file, block.line, what));
        }
    }
    (sessions, problems)
}

impl Session {
    /// All that a run depends on and all that it is compared with, so that the same session on the
    /// pages of both languages runs once.
    pub fn key(&self) -> String {
        let mut key = String::new();
        for block in &self.blocks {
            for (word, value) in &block.fence.attributes {
                if !WORDED.contains(&word.as_str()) {
                    key.push_str(&format!("{word}={value} "));
                }
            }
            for step in &block.steps {
                key.push_str(&step.command);
                key.push('\n');
            }
        }
        key
    }

    /// Whether one of the blocks has the word: what runs together is slow, or needs Linux, together.
    pub fn has(&self, word: &str) -> bool {
        self.blocks.iter().any(|block| block.fence.has(word))
    }
}

#[cfg(test)]
mod tests {
    use super::{Block, Fence, programs_of};

    #[test]
    fn steps_continuations_and_outputs() {
        let code = "$ printf a \\\n>   b\nab\n$ true\n> not a continuation\n";
        let block = Block::parse(1, Fence::default(), code);
        assert_eq!(block.steps.len(), 2);
        assert_eq!(block.steps[0].command, "printf a \\\n  b");
        assert_eq!(block.steps[0].output, "ab\n");
        assert_eq!(block.steps[1].output, "> not a continuation\n");
        let outputs: Vec<_> = block.steps.iter().map(|step| step.output.clone()).collect();
        assert_eq!(block.render(&outputs), code);
    }

    #[test]
    fn programs_of_a_pipeline() {
        let programs = |command| programs_of(command).unwrap();
        assert_eq!(programs("A=1 curl -s 'x|y' | head -n 1 && wc -l"), ["curl", "head", "wc"]);
        assert_eq!(programs("peek a b 2>&1 | tail"), ["peek", "tail"]);
        assert_eq!(programs("(peek a; echo $?) 2>&1 | tail"), ["peek", "echo", "tail"]);
        assert_eq!(programs("printf a \\\n b"), ["printf"]);
        assert_eq!(
            programs("(printf a; true) | timeout 3 nc x"),
            ["printf", "true", "timeout", "nc"]
        );
        assert_eq!(programs("lab open"), ["lab"]);
        assert_eq!(programs("lab timeout -v 3 ping -c 1 x"), ["lab", "timeout", "ping"]);
        assert_eq!(programs("lab ip -n h2 addr"), ["lab", "ip"]);
        assert_eq!(programs("lab ip netns exec h2 curl -s x"), ["lab", "ip", "curl"]);
        assert_eq!(programs(r#"printf "a\"b"; basename "/x/y""#), ["printf", "basename"]);
    }

    #[test]
    fn no_program_hides() {
        for command in ["printf \"$(uname)\"", "printf `uname`", "printf 'a"] {
            assert!(programs_of(command).is_err(), "{command}");
        }
        assert!(programs_of("printf '$(no)'").is_ok());
    }
}

//! Blocks whose text a program prints: a diagram with `command="header ipv4"`.
//!
//! ````text
//! ```svgbob caption="The header of IPv4." command="header ipv4"
//! ```
//! ````
//!
//! `cargo book record` runs the command like one of a transcript, in a scratch folder, and writes
//! what it prints between the fences; the gate runs it again and compares to the letter. A picture
//! is then right because its program is, and nobody draws it a second time.

use std::borrow::Cow;

use snapbox::data::DataFormat;
use snapbox::report::{Palette, write_diff};

use crate::fence::Fence;
use crate::page::{Page, code_of};
use crate::transcript::{Block, Output, Session, Step};
use crate::{Problem, Problems};

/// The kinds of block that may have a `command`. How a kind is shown is the site's affair, not ours.
const KINDS: &[&str] = &["svgbob"];

/// A block, and the run that makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Printed {
    /// Of the opening fence, counted from 1.
    pub line: usize,
    /// One block of one command, so that everything which runs transcripts runs this as well.
    pub session: Session,
    /// What the page shows.
    shown: String,
}

/// The blocks of a page that a program prints; the second list says whose command cannot be one.
pub fn printed(page: &Page) -> (Vec<Printed>, Problems) {
    let mut found = Vec::new();
    let mut problems = Problems::new();
    for (block, fence) in page.fences().filter(|(_, fence)| KINDS.contains(&fence.lang.as_str())) {
        let Some(command) = fence.get("command").map(str::to_owned) else { continue };
        let shown = code_of(&block.source);
        match session(block.line, fence, command, shown.clone()) {
            Ok(session) => found.push(Printed { line: block.line, session, shown }),
            Err(why) => problems.push(Problem::new(&page.file, block.line, why)),
        }
    }
    (found, problems)
}

/// The run of one command, as everything that runs transcripts takes it, or why there is none.
pub(crate) fn session(
    line: usize,
    fence: Fence,
    command: String,
    output: String,
) -> Result<Session, String> {
    let block = Block { line, fence, stray: 0, steps: vec![Step { command, output }] };
    block.steps[0].programs().map_err(|why| format!("command: {why}"))?;
    if block.programs().is_empty() {
        return Err("`command` names no program".to_owned());
    }
    Ok(Session { blocks: vec![block] })
}

impl Printed {
    /// What the program printed, or why no page can show it.
    pub fn text<'o>(&self, output: &'o Output) -> Result<&'o str, String> {
        let text = output.blocks.iter().flatten().next().map_or("", String::as_str);
        let command = &self.session.blocks[0].steps[0].command;
        if text.trim().is_empty() {
            return Err(format!("`{command}` prints nothing"));
        }
        if text.lines().any(|line| line.trim_start().starts_with("```")) {
            return Err(format!("`{command}` prints three backticks, which would end the block"));
        }
        Ok(text)
    }

    /// Compares what the page shows with what the program printed.
    pub fn compare(&self, page: &Page, output: &Output) -> Problems {
        let text = match self.text(output) {
            Ok(text) if text == self.shown => return Problems::new(),
            Ok(text) => text,
            Err(why) => return vec![Problem::new(&page.file, self.line, why)],
        };
        let data = |text: &str| snapbox::Data::text(text).coerce_to(DataFormat::Text);
        let mut diff = String::new();
        // Writing to a string does not fail.
        let _ = write_diff(
            &mut diff,
            &data(&self.shown),
            &data(text),
            Some(&Cow::Borrowed("on the page")),
            Some(&Cow::Borrowed("in this run")),
            Palette::plain(),
        );
        let what = format!(
            "the program prints something else; `cargo book record` takes it over:\n{diff}"
        );
        vec![Problem::new(&page.file, self.line, what)]
    }
}

//! Plots: pictures that a listing's program draws from a run.
//!
//! ````text
//! ```plot caption="…" alt="…" command="tcpplot loss --lang {lang}"
//! plots/loss.svg
//! ```
//! ````
//!
//! The block holds the name of a file beside the page, because an SVG is too long for the eyes of
//! whoever reads the Markdown. `cargo book record` runs the command, with `en` or `zh` in the place
//! of `{lang}`, and writes what it prints to that file; the gate runs it again and compares to the
//! byte. The site puts the picture into the page, so that it takes the page's colors.
//!
//! `caption` is what everybody reads. `alt` is what there is to see, for who does not see it. Both are in
//! the page's language.

pub mod svg;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

use crate::fence::Fence;
use crate::page::{Page, code_of};
use crate::printed::session;
use crate::transcript::{Output, Session};
use crate::{Book, Lang, Problem, Problems, style};

/// The language after the backticks.
pub const KIND: &str = "plot";

/// What the two languages say each in its own words.
pub const WORDED: &[&str] = &["caption", "alt"];

static FILE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^plots/[a-z0-9]+(?:-[a-z0-9]+)*\.svg\n$").expect("a constant pattern")
});

/// A block, the file that it shows, and the run that makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plot {
    /// Of the opening fence, counted from 1.
    pub line: usize,
    /// Relative to the repository.
    pub file: PathBuf,
    pub caption: String,
    pub alt: String,
    /// With the page's language in its place.
    pub command: String,
    pub session: Session,
    lang: Lang,
}

impl Plot {
    /// Reads a block of the page at `page`, relative to the repository, or says what it lacks.
    pub fn read(
        page: &Path,
        lang: Lang,
        line: usize,
        fence: Fence,
        code: &str,
    ) -> Result<Self, String> {
        if fence.unknown(&["caption", "alt", "command"]).is_some() {
            return Err(
                "a plot has no other words than caption=\"…\" alt=\"…\" command=\"…\"".into()
            );
        }
        let word = |key: &str, what: &str| match fence.get(key).map(str::trim) {
            Some(value) if !value.is_empty() => Ok(value.to_owned()),
            _ => Err(format!("a plot has {key}=\"…\": {what}")),
        };
        let caption = word("caption", "what it is")?;
        let alt = word("alt", "what there is to see, for who does not see it")?;
        let command = word("command", "what draws it")?;
        if !command.contains("{lang}") {
            return Err("the command tells its program the language: `--lang {lang}`".into());
        }
        if !FILE.is_match(code) {
            return Err("a plot's block holds one name, such as plots/loss.svg".into());
        }
        let command = command.replace("{lang}", lang.dir());
        let file = page.parent().unwrap_or(Path::new("")).join(code.trim_end());
        let session = session(line, fence, command.clone(), String::new())?;
        Ok(Self { line, file, caption, alt, command, session, lang })
    }

    /// The picture as the repository has it, if a page can hold it.
    pub fn picture(&self, book: &Book) -> Result<String, String> {
        let file = self.file.display();
        if !book.path(&self.file).is_file() {
            return Err(format!("there is no {file} yet: `cargo book record` draws it"));
        }
        let text = book.read(&self.file).map_err(|error| format!("{error:#}"))?;
        let text = text.replace("\r\n", "\n");
        svg::check(&text).map_err(|why| format!("{file}: {why}"))?;
        Ok(text)
    }

    /// What the program drew, or why no page can show it.
    pub fn drawn<'o>(&self, output: &'o Output) -> Result<&'o str, String> {
        let text = output.blocks.iter().flatten().next().map_or("", String::as_str);
        let what = |why: String| format!("what `{}` prints is no plot: {why}", self.command);
        svg::check(text).map_err(what)?;
        if self.lang == Lang::Zh {
            style::words(&svg::words(text)).map_err(what)?;
        }
        Ok(text)
    }

    /// Compares the file with what the program drew.
    pub fn compare(&self, book: &Book, page: &Page, output: &Output) -> Problems {
        let found = self.picture(book).and_then(|kept| {
            let drawn = self.drawn(output)?;
            difference(&kept, drawn).map_or(Ok(()), |what| {
                Err(format!(
                    "`{}` draws something else than {}; look why, and `cargo book record` takes it \
                     over: {what}",
                    self.command,
                    self.file.display()
                ))
            })
        });
        found.err().map(|why| Problem::new(&page.file, self.line, why)).into_iter().collect()
    }
}

/// The first line in which two pictures differ.
fn difference(kept: &str, drawn: &str) -> Option<String> {
    if kept == drawn {
        return None;
    }
    let same = kept.lines().zip(drawn.lines()).take_while(|(a, b)| a == b).count();
    let start = |text: &str| match text.lines().nth(same) {
        Some(line) => line.chars().take(100).collect::<String>(),
        None => "nothing".to_owned(),
    };
    Some(format!("line {} was {}\nand is {}", same + 1, start(kept), start(drawn)))
}

/// The plots of a page; the second list says which blocks are none.
pub fn plots(page: &Page) -> (Vec<Plot>, Problems) {
    let mut found = Vec::new();
    let mut problems = Problems::new();
    for (block, fence) in page.fences().filter(|(_, fence)| fence.lang == KIND) {
        match Plot::read(&page.file, page.lang, block.line, fence, &code_of(&block.source)) {
            Ok(plot) => found.push(plot),
            Err(why) => problems.push(Problem::new(&page.file, block.line, why)),
        }
    }
    (found, problems)
}

/// The files that the plots of `pages` show.
pub fn shown(pages: &[Page]) -> BTreeSet<PathBuf> {
    pages.iter().flat_map(|page| plots(page).0).map(|plot| plot.file).collect()
}

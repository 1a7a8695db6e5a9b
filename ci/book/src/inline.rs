//! The few Rust blocks that stand in a page itself.

use crate::page::{Block, Page, code_of};
use crate::{Problem, Problems};

/// Words that may follow `rust` in a block of a page.
const WORDS: &[&str] = &["no_run", "compile_fail", "should_panic", "edition2024"];

/// The Rust blocks of a page that are not included from a listing.
pub fn blocks(page: &Page) -> impl Iterator<Item = &Block> {
    page.fences()
        .filter(|(block, fence)| fence.lang == "rust" && !block.source.contains("{{#include"))
        .map(|(block, _)| block)
}

/// Compiles and runs a block as its words say.
pub fn check(page: &Page, block: &Block) -> Problems {
    let fence = page.fences().find(|(other, _)| other.line == block.line).map(|(_, fence)| fence);
    let fence = fence.unwrap_or_default();
    let at = |message: String| vec![Problem::new(&page.file, block.line, message)];
    let error = fence.attributes.iter().map(|(word, _)| word.as_str()).find(|word| is_code(word));
    let unknown = fence
        .attributes
        .iter()
        .map(|(word, _)| word.as_str())
        .find(|word| !WORDS.contains(word) && !is_code(word));
    if let Some(word) = unknown {
        return at(format!(
            "`{word}` is not used in this book; a block is checked or it is not there"
        ));
    }
    let code = code_of(&block.source);
    let result = match (fence.has("compile_fail"), error) {
        (true, Some(error)) => snippets::check_fails(&code, error),
        (true, None) => Err("say with which code it fails: compile_fail,E0382".to_owned()),
        (false, _) if fence.has("should_panic") => match snippets::check(&code, true) {
            Ok(()) => Err("the page says that this block panics, and it does not".to_owned()),
            Err(why) if why.contains("does not compile and run") => snippets::check(&code, false),
            Err(why) => Err(why),
        },
        (false, _) => snippets::check(&code, !fence.has("no_run")),
    };
    result.map_or_else(at, |()| Problems::new())
}

fn is_code(word: &str) -> bool {
    word.len() == 5 && word.starts_with('E') && word[1..].bytes().all(|byte| byte.is_ascii_digit())
}

//! The few Rust blocks that stand in a page itself.

use crate::fence::Fence;
use crate::include::sole_include;
use crate::page::{Block, Page, code_of};
use crate::{Problem, Problems, load};

/// The Rust blocks of a page that are not included from a listing, each with its words.
pub fn blocks(page: &Page) -> impl Iterator<Item = (&Block, Fence)> {
    page.fences().filter(|(block, fence)| {
        fence.lang == "rust" && sole_include(&code_of(&block.source)).is_none()
    })
}

/// Compiles and runs a block as its words say.
pub fn check(page: &Page, block: &Block, fence: &Fence) -> Problems {
    let at = |message: String| vec![Problem::new(&page.file, block.line, message)];
    let words: Vec<&str> = fence.attributes.iter().map(|(word, _)| word.as_str()).collect();
    let code = code_of(&block.source);
    let _turn = load::turn();
    let result = match words.as_slice() {
        [] => snippets::check(&code, true),
        ["no_run"] => snippets::check(&code, false),
        ["compile_fail", error] if is_code(error) => snippets::check_fails(&code, error),
        ["compile_fail"] => Err("say with which code it fails: compile_fail,E0382".to_owned()),
        other => Err(format!(
            "`{}` is not used in this book: a block is run, `no_run`, or `compile_fail` with one code",
            other.join(",")
        )),
    };
    result.map_or_else(at, |()| Problems::new())
}

fn is_code(word: &str) -> bool {
    word.len() == 5 && word.starts_with('E') && word[1..].bytes().all(|byte| byte.is_ascii_digit())
}

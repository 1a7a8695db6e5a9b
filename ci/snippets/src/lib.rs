//! Compiles and runs the few Rust blocks that stand in a page itself.
//!
//! Nearly all code of the book comes from a listing, where cargo compiles and tests it. What is left,
//! a line that shows a rule of the language or the use of a listing's API, is compiled here by
//! [`skeptic`] with every dependency of this crate at hand.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use first_bytes as _;

/// How long a block may run: one that never ends must not hold up the gate.
const LIMIT: Duration = Duration::from_secs(10);

/// What runs before the block.
fn watchdog(limit: Duration) -> String {
    format!(
        "std::thread::spawn(|| {{
    std::thread::sleep(std::time::Duration::from_millis({}));
    eprintln!(\"the block did not end within {limit:?}\");
    std::process::exit(101);
}});
",
        limit.as_millis()
    )
}

/// The block as a program: hidden lines (`# …`) shown, a `main` around it where it has none, and a
/// limit on its time.
pub fn program(code: &str) -> String {
    program_within(code, LIMIT)
}

fn program_within(code: &str, limit: Duration) -> String {
    let shown: Vec<&str> = code
        .lines()
        .map(|line| match line.trim_start() {
            "#" => "",
            hidden if hidden.starts_with("# ") => &hidden[2..],
            _ => line,
        })
        .collect();
    let body = shown.join("\n");
    let block = if body.contains("fn main(") {
        body.replacen("fn main(", "fn block(", 1)
    } else {
        format!("fn block() {{\n{body}\n}}")
    };
    format!(
        "#![allow(unused)]\n{block}\n\
         fn main() -> impl std::process::Termination {{\n{}block()\n}}\n",
        watchdog(limit)
    )
}

/// Compiles the block and, unless it is only to be compiled, runs it.
///
/// # Errors
///
/// What the compiler or the program says.
pub fn check(code: &str, run: bool) -> Result<(), String> {
    check_within(code, run, LIMIT)
}

fn check_within(code: &str, run: bool, limit: Duration) -> Result<(), String> {
    let text = program_within(code, limit);
    // skeptic compiles for the editions up to 2021; the one that the book teaches is 2024.
    let codes = error_codes(&text)?;
    if !codes.is_empty() {
        return Err(format!("the block does not compile: {}", codes.join(", ")));
    }
    let handle = if run { skeptic::rt::run_test } else { skeptic::rt::compile_test };
    catch_unwind(AssertUnwindSafe(|| {
        handle(
            env!("CARGO_MANIFEST_DIR"),
            env!("SNIPPETS_OUT_DIR"),
            env!("SNIPPETS_TARGET"),
            &text,
        );
    }))
    .map_err(|panic| {
        let why = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("it panicked");
        format!("the block does not {}: {why}", if run { "compile and run" } else { "compile" })
    })
}

/// Compiles a block that must not compile, and holds it to the code of the error.
///
/// # Errors
///
/// When it compiles, or fails with other codes than `code`.
pub fn check_fails(code: &str, error: &str) -> Result<(), String> {
    let codes = error_codes(&program(code))?;
    match codes.as_slice() {
        [] => Err(format!("the block compiles, but the page says that it fails with {error}")),
        [only] if only == error => Ok(()),
        other => Err(format!("the block fails with {}, not with {error}", other.join(", "))),
    }
}

/// The error codes that the compiler reports for a program, sorted.
fn error_codes(text: &str) -> Result<Vec<String>, String> {
    let folder = tempfile::tempdir().map_err(|error| format!("no scratch folder: {error}"))?;
    let file = folder.path().join("block.rs");
    std::fs::write(&file, text).map_err(|error| format!("cannot write the block: {error}"))?;
    let deps = deps_dir();
    let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    rustc.args(["--edition=2024", "--emit=metadata", "--error-format=json"]);
    rustc.arg("--out-dir").arg(folder.path()).arg("-L").arg(&deps);
    for name in listings() {
        if let Some(rlib) = newest_rlib(&deps, &name) {
            rustc.arg("--extern").arg(format!("{name}={}", rlib.display()));
        }
    }
    let output =
        rustc.arg(&file).output().map_err(|error| format!("cannot start rustc: {error}"))?;
    let mut codes: Vec<String> = String::from_utf8_lossy(&output.stderr)
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["level"] == "error")
        .filter_map(|message| message["code"]["code"].as_str().map(str::to_owned))
        .collect();
    codes.sort();
    codes.dedup();
    if codes.is_empty() && !output.status.success() {
        return Err(format!(
            "the block fails without a code: {}",
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    Ok(codes)
}

/// The listings, as crates are named in code.
fn listings() -> Vec<String> {
    std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../listings"))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().replace('-', "_"))
        .collect()
}

/// `target/debug/deps`, seen from `target/debug/build/snippets-…/out`.
fn deps_dir() -> PathBuf {
    Path::new(env!("SNIPPETS_OUT_DIR"))
        .ancestors()
        .find(|dir| dir.file_name().is_some_and(|name| name == "build"))
        .and_then(Path::parent)
        .map(|profile| profile.join("deps"))
        .unwrap_or_default()
}

fn newest_rlib(deps: &Path, name: &str) -> Option<PathBuf> {
    let prefix = format!("lib{name}-");
    std::fs::read_dir(deps)
        .ok()?
        .flatten()
        .filter(|entry| {
            let file = entry.file_name();
            let file = file.to_string_lossy();
            file.starts_with(&prefix)
                && Path::new(&*file).extension().is_some_and(|ext| ext == "rlib")
        })
        .max_by_key(|entry| entry.metadata().and_then(|meta| meta.modified()).ok())
        .map(|entry| entry.path())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{check, check_fails, check_within};

    #[test]
    fn a_block_that_never_ends_fails() {
        let found = check_within("loop {}", true, Duration::from_millis(200));
        assert!(found.unwrap_err().contains("does not compile and run"));
    }

    #[test]
    fn a_sound_block_passes_and_a_panic_does_not() {
        assert_eq!(check("assert_eq!(1 + 1, 2);", true), Ok(()));
        assert!(check("panic!(\"no\");", true).is_err());
        assert_eq!(check("panic!(\"not run\");", false), Ok(()));
        assert_eq!(check("fn main() -> Result<(), u8> {\n    Ok(())\n}", true), Ok(()));
        assert!(check("fn main() -> Result<(), u8> {\n    Err(1)\n}", true).is_err());
    }

    #[test]
    fn an_error_is_held_to_its_code() {
        let moved = "let s = String::new();\nlet t = s;\nlet u = s;";
        assert_eq!(check_fails(moved, "E0382"), Ok(()));
        assert!(check_fails(moved, "E0499").unwrap_err().contains("E0382"));
        assert!(check_fails("let x = 1;", "E0382").unwrap_err().contains("compiles"));
    }

    #[test]
    fn a_block_may_use_a_listing() {
        assert_eq!(check("use first_bytes as _;", false), Ok(()));
        let private = "let _ = first_bytes::Error::Nothing;";
        assert_eq!(check_fails(private, "E0599"), Ok(()));
    }
}

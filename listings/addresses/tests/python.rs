//! A hundred thousand questions before two judges: this crate, and Python's `ipaddress`. Where they
//! differ, `python/differences.md` says why. A difference that it does not list fails, and so does a
//! listed one that does not happen.

#[path = "python/ours.rs"]
mod ours;
#[path = "python/questions.rs"]
mod questions;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::Command;
use std::thread;
use std::time::Duration;

use testkit::{Process, require, within};

const LIMIT: Duration = Duration::from_secs(120);

#[test]
#[ignore = "needs python3: ci/setup.sh"]
fn a_hundred_thousand_answers_agree_with_python() {
    let questions = questions::all();
    assert!(questions.len() >= 100_000, "only {}", questions.len());
    let asked = questions.clone();
    let theirs = within(LIMIT, "Python's answers", move || ask_python(&asked));
    assert_eq!(theirs.len(), questions.len(), "one answer for each question");

    let mut found: BTreeMap<String, (usize, String)> = BTreeMap::new();
    let mut accepted = 0;
    for (question, theirs) in questions.iter().zip(&theirs) {
        let ours = ours::answer(question);
        accepted += usize::from(ours != "error");
        if ours != *theirs {
            let shown = format!("{question:?}: ours {ours:?}, Python's {theirs:?}");
            let name = ours::difference(question, &ours, theirs).unwrap_or_else(|| "?".into());
            found.entry(name).or_insert((0, shown)).0 += 1;
        }
    }
    let mut problems = Vec::new();
    let listed = listed();
    for (name, (count, example)) in &found {
        if !listed.contains_key(name) {
            problems.push(format!("not listed: {name}, {count} times, {example}"));
        }
    }
    let seen: BTreeSet<_> = found.keys().collect();
    for (name, pythons) in &listed {
        if pythons == "all" && !seen.contains(name) {
            problems.push(format!("no difference any more: {name}"));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    let different: usize = found.values().map(|(count, _)| count).sum();
    println!(
        "{} questions, {accepted} with an answer, {different} differences of {} kinds",
        questions.len(),
        found.len()
    );
    for (name, (count, example)) in &found {
        println!("{count:6} {name}: {example}");
    }
}

/// The answers of one Python process, line by line.
fn ask_python(questions: &[String]) -> Vec<String> {
    let judge = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/judge.py");
    let mut command = Command::new(require("python3"));
    command.args(["-X", "utf8", judge]);
    let (python, mut stdin) = Process::stdin_piped(&mut command).unwrap();
    let text = questions.join("\n") + "\n";
    let writing = thread::spawn(move || stdin.write_all(text.as_bytes()));
    let finished = python.finish(LIMIT).unwrap();
    assert!(finished.status.success(), "{}", finished.text());
    writing.join().unwrap().unwrap();
    finished.text().lines().map(str::to_owned).collect()
}

/// The names in the table, and whether all Pythons differ there or only some.
fn listed() -> BTreeMap<String, String> {
    let table =
        include_str!("python/differences.md").lines().filter(|line| line.starts_with("| `"));
    let row = |line: &str| {
        let mut cells = line.trim_matches('|').split(" | ").map(str::trim);
        let name = cells.next()?.trim_matches('`').to_owned();
        Some((name, cells.next()?.to_owned()))
    };
    table.filter_map(row).collect()
}

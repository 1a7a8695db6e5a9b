//! `trials [KIND]…`: puts every server through the same trials, from outside, and prints what came
//! of it. A cell is `ok`, or how the server is declared to fail; anything else ends with status 1.

mod all;
mod client;
mod server;

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use all::{TRIALS, Trial};
use server::{KINDS, Kind};

/// Trials that run at the same time: most of them wait for a limit to pass.
const AT_ONCE: usize = 8;

fn main() -> ExitCode {
    let wanted: Vec<_> = env::args().skip(1).collect();
    if let Some(name) = wanted.iter().find(|&name| !KINDS.iter().any(|kind| kind.name == name)) {
        let known = KINDS.map(|kind| kind.name).join(", ");
        eprintln!("trials: no server is called {name}; there are {known}");
        return ExitCode::FAILURE;
    }
    let chosen = |kind: &&Kind| wanted.is_empty() || wanted.iter().any(|name| name == kind.name);
    let kinds: Vec<_> = KINDS.iter().filter(chosen).collect();
    let results = run(&program(), &kinds);

    let width = |kind: &Kind| kind.name.len().max("FAILED".len());
    let header: String =
        kinds.iter().map(|kind| format!(" {:1$}", kind.name, width(kind))).collect();
    println!("{:26}{}", "", header.trim_end());
    let mut failures = Vec::new();
    for (trial, row) in TRIALS.iter().zip(results.chunks(kinds.len())) {
        let mut line = format!("{:26}", trial.name);
        for (kind, result) in kinds.iter().zip(row) {
            let word = result.as_deref().unwrap_or("FAILED");
            line.push_str(&format!(" {word:0$}", width(kind)));
            if let Err(why) = result {
                failures.push(format!("{}: {}: {why}", kind.name, trial.name));
            }
        }
        println!("{}", line.trim_end());
    }
    for failure in &failures {
        println!("{failure}");
    }
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// All trials of all servers, row by row.
fn run(program: &std::path::Path, kinds: &[&'static Kind]) -> Vec<Result<String, String>> {
    let jobs: Vec<(&Trial, &Kind)> =
        TRIALS.iter().flat_map(|trial| kinds.iter().map(move |&kind| (trial, kind))).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        while let index = next.fetch_add(1, Ordering::Relaxed)
            && let Some((trial, kind)) = jobs.get(index)
        {
            done.push((index, all::verdict(trial, program, kind)));
        }
        done
    };
    let mut results: Vec<_> = thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
    });
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

/// `servers`, beside this program or one folder above, where cargo puts it; else the one in `PATH`.
fn program() -> PathBuf {
    let here = env::current_exe().unwrap_or_default();
    let beside = here.ancestors().skip(1).take(2).map(|folder| folder.join("servers"));
    beside.into_iter().find(|path| path.is_file()).unwrap_or_else(|| "servers".into())
}

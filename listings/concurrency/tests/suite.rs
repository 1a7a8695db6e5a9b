//! Every server, through every trial: the table of the chapter's first page, cell by cell.

#[path = "../examples/trials/all.rs"]
mod all;
#[path = "../examples/trials/client.rs"]
mod client;
#[path = "../examples/trials/server.rs"]
mod server;

use std::path::Path;
use std::thread;

use all::TRIALS;
use server::KINDS;

/// All trials of one server at the same time: most of their time is waiting.
fn passes(name: &str) {
    let kind = KINDS.iter().find(|kind| kind.name == name).unwrap();
    let failures: Vec<_> = thread::scope(|scope| {
        let trials = TRIALS.iter().map(|trial| {
            let program = Path::new(env!("CARGO_BIN_EXE_servers"));
            let run = move || all::verdict(trial, program, kind);
            (trial.name, scope.spawn(run))
        });
        let trials: Vec<_> = trials.collect();
        let results = trials.into_iter().map(|(name, trial)| (name, trial.join().unwrap()));
        results.filter_map(|(name, result)| Some((name, result.err()?))).collect()
    });
    assert!(failures.is_empty(), "{name}: {failures:#?}");
}

macro_rules! suite {
    ($($kind:ident)*) => {
        $(#[test]
        fn $kind() {
            passes(stringify!($kind));
        })*

        #[test]
        fn no_server_is_forgotten() {
            assert_eq!([$(stringify!($kind)),*], KINDS.map(|kind| kind.name));
        }
    };
}

suite!(iterative threads pool level edge executor tokio uring);

//! What the examples of the pages claim, where no other test does.

use std::process::Command;
use std::time::Duration;

use testkit::{Process, example};

const LIMIT: Duration = Duration::from_secs(60);

fn received(seed: &str) -> String {
    let mut command = Command::new(example("bad_path"));
    let process = Process::start(command.arg(seed)).expect("it starts");
    let finished = process.finish(LIMIT).expect("it ends");
    assert!(finished.status.success(), "{}", finished.text());
    let text = finished.text();
    text.lines().find_map(|line| line.strip_prefix("received  ")).expect("a line").to_owned()
}

#[test]
fn a_bad_path_loses_doubles_and_turns_around() {
    // One lost, one twice, one too late: and as many as were sent.
    assert_eq!(received("28"), "2 3 4 6 6 7 5 8 9 10");
    // Most likely there is a fault; without one, nobody can tell that there might have been.
    assert_eq!(received("16"), "1 2 3 4 5 6 7 8 9 10");
}

//! The command line of taptcp. All that TCP does is in the library.

#![cfg_attr(not(target_os = "linux"), allow(dead_code))]

mod arguments;
#[cfg(target_os = "linux")]
mod get;
#[cfg(target_os = "linux")]
mod lines;
#[cfg(target_os = "linux")]
mod pipes;
#[cfg(target_os = "linux")]
mod serve;
#[cfg(target_os = "linux")]
mod setup;
#[cfg(target_os = "linux")]
mod states;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

use arguments::CommandLine;

fn main() -> ExitCode {
    run(&CommandLine::parse()).unwrap_or_else(|error| {
        complain(&format!("{error:#}"));
        ExitCode::FAILURE
    })
}

#[cfg(target_os = "linux")]
fn run(line: &CommandLine) -> anyhow::Result<ExitCode> {
    use arguments::Task;
    let net = setup::start(line.task.host())?;
    let result = match &line.task {
        Task::Serve(arguments) => serve::run(&net, arguments),
        Task::Get(arguments) => get::run(&net, arguments),
        Task::Echo(arguments) => pipes::echo(&net, arguments),
        Task::Discard(arguments) => pipes::discard(&net, arguments),
        Task::Nc(arguments) => pipes::nc(&net, arguments),
    };
    setup::finish(net, line.task.host());
    result
}

#[cfg(not(target_os = "linux"))]
fn run(_: &CommandLine) -> anyhow::Result<ExitCode> {
    anyhow::bail!("TAP devices are Linux's: run it there, or in a virtual machine")
}

/// Prints a line. Nobody is left to tell when stdout is gone.
fn say(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}

fn complain(message: &str) {
    let _ = writeln!(io::stderr(), "taptcp: {message}");
}

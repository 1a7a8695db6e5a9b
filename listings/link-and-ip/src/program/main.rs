//! The command line of tapstack. All that a network does is in the library.

// Elsewhere only the demo is left, and what the other tasks would have used is not.
#![cfg_attr(not(target_os = "linux"), allow(dead_code))]

mod arguments;
#[cfg(target_os = "linux")]
mod arp;
mod demo;
#[cfg(target_os = "linux")]
mod host;
#[cfg(target_os = "linux")]
mod ping;
mod report;
#[cfg(target_os = "linux")]
mod setup;
#[cfg(target_os = "linux")]
mod spoof;
mod summary;

use std::io::{self, Write};
use std::process::ExitCode;

use arguments::Task;

fn main() -> ExitCode {
    let task = Task::parse();
    let result = match &task {
        Task::Demo(arguments) => demo::run(arguments),
        #[cfg(target_os = "linux")]
        Task::Host(arguments) => host::run(arguments),
        #[cfg(target_os = "linux")]
        Task::Ping(arguments) => ping::run(arguments),
        #[cfg(target_os = "linux")]
        Task::Arp(arguments) => arp::run(arguments),
        #[cfg(target_os = "linux")]
        Task::Spoof(arguments) => spoof::run(arguments),
    };
    result.unwrap_or_else(|error| {
        complain(&format!("{error:#}"));
        ExitCode::FAILURE
    })
}

/// Prints a line. Nobody is left to tell when stdout is gone.
fn say(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}

fn complain(message: &str) {
    let _ = writeln!(io::stderr(), "tapstack: {message}");
}

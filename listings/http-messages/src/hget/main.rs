//! `hget`: a small HTTP/1.1 client on the codec of this crate.
//!
//! The codec never sees a socket. Here is what it leaves out: a name becomes a connection
//! (`dial`), the command line a request (`plan`), bytes go both ways at once and not forever
//! (`exchange`), and the user sees what came (`report`) or why nothing did (`failure`).

mod args;
mod dial;
mod exchange;
mod failure;
mod plan;
mod report;

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use http_messages::Class;

use args::Arguments;
use exchange::{Patience, exchange};
use failure::Failure;
use plan::Plan;
use report::Report;

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if !matches!(failure, Failure::NobodyReads) {
                // Unlike `eprintln!` this does not panic when stderr is closed.
                let _ = writeln!(io::stderr(), "hget: {failure}");
            }
            failure.exit_code()
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Failure> {
    let end = arguments.max_time.map(|limit| (Instant::now() + limit, limit));
    let plan = Plan::new(arguments)?;
    let output = arguments.output.clone().filter(|path| path != Path::new("-"));
    let mut report = Report::new(arguments.verbose, arguments.head, output);
    let (host, port) = (plan.url.host_name(), plan.url.port());
    let limit = arguments.max_time.unwrap_or(arguments.connect_timeout);
    let stream = dial::dial(host, port, limit.min(arguments.connect_timeout))?;
    if let Ok(address) = stream.peer_addr() {
        report.note(&format!("connected to {address}"));
    }
    let patience = Patience { silence: arguments.read_timeout, end };
    let response = exchange(stream, plan, patience, &mut report)?;
    match response.status.class() {
        Class::ClientError | Class::ServerError => Err(Failure::Status(response.status)),
        _ => Ok(()),
    }
}

//! `cargo book`: see `cargo book --help`.

use std::process::ExitCode;

use book::verb::{accept, build, check, eject, record, render, serve};
use clap::{Parser, Subcommand};

/// Builds, serves and proves the book, in both languages.
#[derive(Parser)]
#[command(name = "cargo book", bin_name = "cargo book", version)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Serve(serve::Args),
    Build(build::Args),
    Check(check::Args),
    Record(record::Args),
    Accept(accept::Args),
    Eject(eject::Args),
    Render(render::Args),
}

fn main() -> ExitCode {
    // mdBook reports what it does through tracing; a reader wants its warnings.
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::WARN)
        .with_target(false)
        .without_time()
        .with_writer(std::io::stderr)
        .init();
    let result = match Cli::parse().verb {
        Verb::Serve(args) => serve::run(&args),
        Verb::Build(args) => build::run(&args),
        Verb::Check(args) => check::run(&args),
        Verb::Record(args) => record::run(&args),
        Verb::Accept(args) => accept::run(&args),
        Verb::Eject(args) => eject::run(&args),
        Verb::Render(args) => render::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

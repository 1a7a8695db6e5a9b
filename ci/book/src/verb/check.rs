//! `cargo book check`

use anyhow::Result;

use crate::{Book, gate};

/// Run the gate: every block, page and link of the book is a test
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only the checks whose name contains this, such as zh/first-bytes
    filter: Option<String>,
    /// Also run what needs installed programs or time
    #[arg(long)]
    all: bool,
    /// Name the checks and run none
    #[arg(long)]
    list: bool,
}

pub fn run(args: &Args) -> Result<()> {
    let book = Book::find()?;
    let arguments = libtest_mimic::Arguments {
        filter: args.filter.clone(),
        include_ignored: args.all,
        list: args.list,
        ..libtest_mimic::Arguments::default()
    };
    gate::main(&book, &arguments)
}

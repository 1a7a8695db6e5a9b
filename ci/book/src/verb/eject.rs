//! `cargo book eject`

use std::path::PathBuf;

use anyhow::Result;

use crate::{Book, eject};

/// Write a listing as a project of its own, to use outside the book
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The listing: the name of a folder in listings/
    listing: String,
    /// A new or empty folder
    dir: PathBuf,
}

pub fn run(args: &Args) -> Result<()> {
    let book = Book::find()?;
    eject::eject(&book, &args.listing, &args.dir)?;
    println!("{} is in {}: cd there and run cargo test", args.listing, args.dir.display());
    Ok(())
}

//! `cargo book build`

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Result;

use crate::{Book, site};

/// Build both languages into book/html
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where to put the site instead of book/html; what the folder holds is replaced
    #[arg(short, long, value_name = "DIR")]
    dest_dir: Option<PathBuf>,
}

pub fn run(args: &Args) -> Result<()> {
    let book = Book::find()?;
    let dest = args.dest_dir.clone().unwrap_or_else(|| site::default_dest(&book));
    let start = Instant::now();
    site::build(&book, &site::Options::new(&dest))?;
    println!("built {} in {:.2} s", dest.display(), start.elapsed().as_secs_f64());
    Ok(())
}

//! `tcpplot`: pictures of TCP at work, drawn from runs of this crate's connections.
//!
//! Two connections talk over a link in memory, on a clock that jumps from event to event: twenty
//! seconds take a moment, and the same picture comes out each time.

mod figures;
mod run;

use anyhow::{Result, bail};
use clap::{Parser, ValueEnum};

/// Draw a run of TCP as SVG
///
/// Without a name: what there is to draw.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    /// What to draw
    name: Option<String>,
    /// The language of the labels
    #[arg(long, value_enum, default_value_t = Lang::En)]
    lang: Lang,
    /// Print the numbers instead of the picture
    #[arg(long)]
    data: bool,
}

/// The language of a picture's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Lang {
    En,
    Zh,
}

impl Lang {
    /// The words in this language.
    fn pick(self, zh: &'static str, en: &'static str) -> &'static str {
        match self {
            Self::En => en,
            Self::Zh => zh,
        }
    }
}

fn main() -> Result<()> {
    let args = Args::parse();
    let Some(name) = args.name else {
        for (name, what, _) in figures::ALL {
            println!("{name:<14} {what}");
        }
        return Ok(());
    };
    let Some((_, _, draw)) = figures::ALL.iter().find(|(known, _, _)| *known == name) else {
        bail!("there is no picture {name}: `tcpplot` alone lists them");
    };
    let figure = draw(args.lang);
    print!("{}", if args.data { figure.table() } else { figure.svg() });
    Ok(())
}

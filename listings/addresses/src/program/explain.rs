//! Why a text is refused, and what others make of it.

use std::io::{Result, Write};
use std::net::IpAddr;

use addresses::special::{is_global, lookup};
use addresses::text::{inet_aton, parse};

use crate::input::canonical;
use crate::refusal::{WIDTH, wrapped};

/// Says what each text is to this crate and to the C library, with an empty line between two.
/// Answers whether all are accepted.
pub(crate) fn explain(out: &mut impl Write, texts: &[String]) -> Result<bool> {
    let mut accepted = true;
    for (index, text) in texts.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        accepted &= explain_one(out, text)?;
    }
    Ok(accepted)
}

fn explain_one(out: &mut impl Write, text: &str) -> Result<bool> {
    let ours = canonical(text);
    let accepted = ours.is_ok();
    match ours {
        Ok(canonical) => writeln!(out, "accepted   {canonical}")?,
        Err(refusal) => {
            writeln!(out, "{}", refusal.marked())?;
            let why = wrapped(&refusal.why, WIDTH - 11).replace('\n', "\n           ");
            writeln!(out, "refused    {why}")?;
        }
    }
    let library = inet_aton(text);
    let address = parse(text).ok().or(library.map(IpAddr::V4));
    match library {
        Some(address) => writeln!(out, "inet_aton  {address}")?,
        None if !accepted && !text.contains(':') => writeln!(out, "inet_aton  refuses it too")?,
        // It knows nothing of IPv6, of zones and of prefixes.
        None => {}
    }
    if let Some(address) = address {
        let name = lookup(address).map_or("nothing special", addresses::special::Entry::name);
        let reach = if is_global(address) { "global" } else { "not global" };
        writeln!(out, "which is   {name}, {reach}")?;
    }
    Ok(accepted)
}

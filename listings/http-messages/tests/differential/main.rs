//! The corpus before two judges: this codec, and hyper. Where they differ, `differences.md` says
//! why. A difference that it does not list fails, and so does a listed one that is none any more.

// A test is a crate, and nothing is public in it.
#![allow(unreachable_pub)]

#[path = "../corpus_support/mod.rs"]
mod corpus_support;
mod peer;
mod wire;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use corpus_support::drive::whole;
use corpus_support::text::escape;
use corpus_support::{Case, Event, corpus};
use testkit::within;

const LIMIT: Duration = Duration::from_secs(30);

#[test]
fn each_difference_from_hyper_is_listed() {
    let (found, listed) = within(LIMIT, "the corpus before hyper", || (found(), listed()));
    let mut problems = String::new();
    for (name, row) in &found {
        match listed.get(name) {
            None => writeln!(problems, "not listed: {row}"),
            Some(listed) if listed != row => {
                writeln!(problems, "listed:     {listed}\nnow:        {row}")
            }
            Some(_) => Ok(()),
        }
        .expect("a string takes all");
    }
    for (name, row) in &listed {
        if !found.contains_key(name) {
            writeln!(problems, "no difference any more: {row}").expect("a string takes all");
        }
    }
    assert!(problems.is_empty(), "{problems}");
    println!("{} of {} cases differ", found.len(), corpus().len());
}

/// The first difference of each case, as a row of the table.
fn found() -> BTreeMap<String, String> {
    let row = |case: &Case| {
        let (ours, theirs) = (normal(whole(case)), normal(peer::judge(case)));
        let at = (0..ours.len().max(theirs.len()))
            .find(|&index| !alike(ours.get(index), theirs.get(index)))?;
        let (ours, theirs) = (ours.get(at), theirs.get(at));
        let row = format!("| {} | {} | {} |", case.name, show(ours, theirs), show(theirs, ours));
        Some((case.name.clone(), row))
    };
    corpus().iter().filter_map(row).collect()
}

fn listed() -> BTreeMap<String, String> {
    let rows = include_str!("differences.md").lines().filter(|line| {
        line.starts_with("| ") && !line.starts_with("| case |") && !line.starts_with("|--")
    });
    rows.map(|row| {
        let name = row.split(" | ").next().unwrap_or_default().trim_start_matches("| ");
        (name.to_owned(), row.to_owned())
    })
    .collect()
}

/// hyper gives names in lower case and keeps the order of fields of one name only. Interim heads come
/// without their reason.
fn normal(mut events: Vec<Event>) -> Vec<Event> {
    for event in &mut events {
        if let Event::Head { line, fields: Some(fields) } = event {
            for (name, _) in fields.iter_mut() {
                name.make_ascii_lowercase();
            }
            fields.sort_by(|(one, _), (other, _)| one.cmp(other));
            let interim = line.starts_with("HTTP/1.1 1") && !line.starts_with("HTTP/1.1 101");
            if interim {
                line.truncate("HTTP/1.1 100".len());
            }
        }
        if let Event::Trailer(name, _) = event {
            name.make_ascii_lowercase();
        }
    }
    events
}

/// Equal, but that hyper names no reason for a refusal, and sends a status for some.
fn alike(ours: Option<&Event>, theirs: Option<&Event>) -> bool {
    match (ours, theirs) {
        (Some(Event::Refused { status, .. }), Some(Event::Refused { status: sent, .. })) => {
            *sent == 0 || status == sent
        }
        (ours, theirs) => ours == theirs,
    }
}

/// An event in the table, as far as it is of interest beside the `other` one.
fn show(event: Option<&Event>, other: Option<&Event>) -> String {
    let text = match (event, other) {
        (None, _) => return "nothing".to_owned(),
        (Some(Event::Refused { status: 0, .. }), _) => return "refused".to_owned(),
        (Some(Event::Refused { status, name }), _) if name == peer::WHY => {
            return format!("refused: {status}");
        }
        (Some(Event::Refused { status, name }), _) => return format!("refused: {status} {name}"),
        (Some(Event::Head { line, fields }), Some(Event::Head { line: same, fields: others }))
            if line == same =>
        {
            let (fields, others) = (fields.iter().flatten(), others.as_deref().unwrap_or_default());
            let own = fields.filter(|field| !others.contains(field));
            own.map(|(name, value)| format!("field {name}: {}", escape(value))).collect::<String>()
        }
        (Some(Event::Head { line, .. }), _) => format!("head {line}"),
        (Some(event), _) => event.to_string().trim_start_matches("= ").to_owned(),
    };
    let mut short: String = text.chars().take(60).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("`{}`", short.replace('|', "\\|").replace('`', "´"))
}

//! The corpus, given to the codec in every way that a network could deliver it.

mod corpus_support;

use std::collections::HashSet;
use std::time::Duration;

use corpus_support::drive::{drive, whole};
use corpus_support::event::lines;
use corpus_support::text::unescape;
use corpus_support::{Case, Event, Role, corpus};
use testkit::within;

const LIMIT: Duration = Duration::from_secs(30);

/// Positions at which a long case is cut: all of them near its ends, and every so many between.
const LONG: usize = 4096;
const NEAR: usize = 160;
const STEP: usize = 1021;

#[test]
fn each_case_is_decided_as_it_says() {
    within(LIMIT, "the corpus, whole", || {
        let failures: Vec<_> = corpus().iter().filter_map(differs_from_what_it_says).collect();
        assert!(failures.is_empty(), "{}\n{} cases fail", failures.join("\n"), failures.len());
    });
}

#[test]
fn a_cut_at_any_byte_changes_nothing() {
    within(LIMIT, "the corpus, cut in two", || {
        let cases = corpus();
        let failures: Vec<_> = cases
            .iter()
            .filter_map(|case| {
                let whole = whole(case);
                let length = case.bytes().len();
                positions(length).find_map(|at| {
                    compare(case, &whole, &drive(case, &case.cut(at)), &format!("cut at {at}"))
                })
            })
            .collect();
        assert!(failures.is_empty(), "{}\n{} cases fail", failures.join("\n"), failures.len());
    });
}

#[test]
fn byte_by_byte_changes_nothing() {
    within(LIMIT, "the corpus, byte by byte", || {
        let cases = corpus();
        let failures: Vec<_> = cases
            .iter()
            .filter_map(|case| {
                let bytes = drive(case, &case.single_bytes());
                compare(case, &whole(case), &bytes, "byte by byte")
            })
            .collect();
        assert!(failures.is_empty(), "{}\n{} cases fail", failures.join("\n"), failures.len());
    });
}

#[test]
fn the_corpus_is_complete() {
    let cases = corpus();
    assert!(cases.len() >= 150, "{} cases", cases.len());
    let mut names = HashSet::new();
    for case in &cases {
        let Case { name, rfc, why, place, .. } = case;
        assert!(names.insert(name), "{place}: a second {name}");
        assert!(!why.is_empty(), "{place}: why?");
        assert!(rfc.contains(" §"), "{place}: no section of an RFC");
        assert!(!case.expected.is_empty(), "{place}: nothing expected");
        let requests = matches!(case.role, Role::Request);
        assert!(!requests || case.parts.len() == 1, "{place}: next is for responses");
    }
    let refused = |case: &&Case| matches!(case.expected.last(), Some(Event::Refused { .. }));
    let refused = cases.iter().filter(refused).count();
    println!("{} cases, {refused} refused", cases.len());
}

fn positions(length: usize) -> impl Iterator<Item = usize> {
    (1..length).filter(move |at| {
        length <= LONG || *at < NEAR || length - at < NEAR || at.is_multiple_of(STEP)
    })
}

fn differs_from_what_it_says(case: &Case) -> Option<String> {
    let mut expected = case.expected.clone();
    let bytes = case.bytes();
    let mut start = 0;
    for event in &mut expected {
        if let Event::Head { line, fields: fields @ None } = event {
            *fields = Some(plain_split(&bytes, &mut start, line));
        }
    }
    compare(case, &expected, &whole(case), "whole")
}

fn compare(case: &Case, expected: &[Event], found: &[Event], how: &str) -> Option<String> {
    (expected != found).then(|| {
        let (expected, found) = (lines(expected), lines(found));
        format!("{} {}, {how}\n  expected\n{expected}  found\n{found}", case.place, case.name)
    })
}

/// The fields of the next head that starts with `line`, by the plainest of methods: good enough for
/// heads that are accepted, and independent of the codec.
fn plain_split(bytes: &[u8], start: &mut usize, line: &str) -> Vec<(String, Vec<u8>)> {
    let latin = |bytes: &[u8]| bytes.iter().map(|&byte| char::from(byte)).collect::<String>();
    let text = latin(bytes);
    let line = latin(&unescape(line).unwrap_or_default());
    let Some(at) = text[*start..].find(&line) else { return Vec::new() };
    let head = text[*start + at..].split("\r\n\r\n").next().unwrap_or_default();
    *start += at + head.len();
    let field = |line: &str| {
        let (name, value) = line.split_once(':')?;
        let value = value.trim_matches([' ', '\t']).chars().map(|c| c as u8).collect();
        Some((name.to_owned(), value))
    };
    head.split("\r\n").skip(1).filter_map(field).collect()
}

//! Thousands of messages before dnspython: it reads what we write, we read what it writes, the text
//! is the same, and so are the bytes. Where they are not, `python/differences.md` says why.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::net::Ipv6Addr;
use std::process::Command;
use std::thread;
use std::time::Duration;

use fastrand::Rng;
use testkit::{Process, require, within};
use udp_dns::Message;
use udp_dns::message::{Data, MAX_MESSAGE};
use udp_dns::name::Name;

const LIMIT: Duration = Duration::from_secs(120);
const COUNT: usize = 2500;

#[test]
#[ignore = "needs dnspython: ci/setup.sh"]
fn what_dnspython_writes_is_read_and_written_the_same() {
    let lines = within(LIMIT, "dnspython writes", || {
        judge(&["write", "1", &COUNT.to_string()], String::new())
    });
    assert_eq!(lines.len(), COUNT);
    for line in &lines {
        let (wire, theirs) = line.split_once('\t').unwrap();
        let wire = from_hex(wire);
        let message = Message::parse(&wire).unwrap_or_else(|fault| panic!("{fault}: {line}"));
        same_text(&text(&message), theirs, &mut BTreeMap::new());
        let ours = message.encode(MAX_MESSAGE).unwrap();
        assert_eq!(hex(&ours), hex(&wire), "{theirs}");
    }
}

#[test]
#[ignore = "needs dnspython: ci/setup.sh"]
fn what_we_write_is_read_by_dnspython() {
    let seeds = within(LIMIT, "dnspython writes", || {
        judge(&["write", "2", &COUNT.to_string()], String::new())
    });
    let mut rng = Rng::with_seed(7);
    let mut messages: Vec<Message> = seeds
        .iter()
        .map(|line| Message::parse(&from_hex(line.split_once('\t').unwrap().0)).unwrap())
        .collect();
    // Mixed case, which dnspython itself would not write.
    for message in messages.iter_mut().step_by(3) {
        each_name(message, &mut |name| *name = name.with_case(|| rng.bool()));
    }
    let wires: Vec<_> = messages.iter().map(|it| it.encode(MAX_MESSAGE).unwrap()).collect();
    let input = wires.iter().map(|wire| hex(wire) + "\n").collect();
    let answers = within(LIMIT, "dnspython reads", move || judge(&["read"], input));
    assert_eq!(answers.len(), messages.len());
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    for ((message, wire), answer) in messages.iter().zip(&wires).zip(&answers) {
        let (theirs, again) = answer.split_once('\t').unwrap();
        same_text(&text(message), theirs, &mut found);
        let again = from_hex(again);
        if again != *wire {
            // What dnspython wrote has lost case and nothing else.
            let lost = Message::parse(&again).unwrap();
            let name = if lost == *message && again.len() < wire.len() { "case" } else { "?" };
            assert_ne!(name, "?", "ours {}, dnspython's {}", hex(wire), hex(&again));
            *found.entry(name).or_default() += 1;
        }
    }
    println!("{} messages, differences {found:?}", messages.len());
    let table = include_str!("python/differences.md");
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `"));
    let listed: BTreeSet<_> = rows.filter_map(|row| row.split('`').next()).collect();
    assert_eq!(
        found.into_keys().collect::<BTreeSet<_>>(),
        listed,
        "differences.md is not up to date"
    );
}

/// Fails with the place of the first difference that the table does not have: a TXT record can be
/// long.
fn same_text(ours: &str, theirs: &str, found: &mut BTreeMap<&str, usize>) {
    assert_eq!(ours.split('|').count(), theirs.split('|').count());
    for (ours, theirs) in ours.split('|').zip(theirs.split('|')) {
        let address = |line: &str| line.rsplit(' ').next()?.parse::<Ipv6Addr>().ok();
        if ours != theirs && address(ours).is_some() && address(ours) == address(theirs) {
            *found.entry("compatible").or_default() += 1;
            continue;
        }
        let same = ours.bytes().zip(theirs.bytes()).take_while(|(one, other)| one == other).count();
        assert_eq!(ours, theirs, "from byte {same} on");
    }
}

/// The lines that the judge prints.
fn judge(arguments: &[&str], input: String) -> Vec<String> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/judge.py");
    let mut command = Command::new(require("python3"));
    command.arg("-B").arg(script).args(arguments);
    let (python, mut stdin) = Process::stdin_piped(&mut command).unwrap();
    let writing = thread::spawn(move || stdin.write_all(input.as_bytes()));
    let finished = python.finish(LIMIT).unwrap();
    assert!(finished.status.success(), "{}", finished.text());
    writing.join().unwrap().unwrap();
    finished.text().lines().map(str::to_owned).collect()
}

/// The same text as `judge.py` makes of a message.
fn text(message: &Message) -> String {
    let flags = message.flags.to_string().to_uppercase();
    let mut parts = vec![format!("{} {flags} {}", message.id, message.rcode)];
    parts.extend(message.questions.iter().map(|it| format!("{} {}", it.name, it.kind)));
    parts.extend(message.edns.iter().map(|it| format!("edns {} {}", it.version, it.udp_size)));
    let sections = [&message.answers, &message.authorities, &message.additionals];
    for (number, section) in sections.into_iter().enumerate() {
        let line = |record| format!("{number} {record}").replace('\t', " ");
        parts.extend(section.iter().map(line));
    }
    parts.join("|")
}

fn each_name(message: &mut Message, change: &mut dyn FnMut(&mut Name)) {
    message.questions.iter_mut().for_each(|question| change(&mut question.name));
    let sections = [&mut message.answers, &mut message.authorities, &mut message.additionals];
    for record in sections.into_iter().flatten() {
        change(&mut record.name);
        match &mut record.data {
            Data::Ns(name)
            | Data::Cname(name)
            | Data::Ptr(name)
            | Data::Mx { exchange: name, .. }
            | Data::Srv { target: name, .. } => change(name),
            Data::Soa(soa) => {
                change(&mut soa.primary);
                change(&mut soa.mailbox);
            }
            _ => {}
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Vec<u8> {
    let byte = |at| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(byte).collect()
}

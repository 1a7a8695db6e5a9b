//! Our client and `dig` ask a name server that nobody here wrote, Debian's `named`, the same
//! questions: the answers are the same.

use std::collections::BTreeSet;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use testkit::{Process, free_port, require, within};
use udp_dns::message::{Class, Kind, Question, Record};
use udp_dns::resolver::{Client, Settings, Transport};

const LIMIT: Duration = Duration::from_secs(60);
const ZONE: &str = include_str!("names/example.test.zone");
const TABLE: &str = include_str!("names/table.txt");

/// A running `named` with one zone, and the folder that it lives in.
struct Named {
    address: SocketAddr,
    folder: PathBuf,
    /// Killed when dropped.
    _process: Process,
}

impl Named {
    fn start(options: &str) -> Self {
        let port = free_port();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("named-{}-{port}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("example.test.zone"), ZONE).unwrap();
        let path = folder.display();
        let configuration = format!(
            "options {{ directory \"{path}\"; pid-file none; session-keyfile none;
                listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
                recursion no; dnssec-validation no; notify no; check-names primary ignore;
                {options} }};
            controls {{ }};
            zone \"example.test\" {{ type primary; file \"example.test.zone\"; }};\n"
        );
        let file = folder.join("named.conf");
        fs::write(&file, configuration).unwrap();
        let mut command = Command::new(require("named"));
        // -g: in the foreground, and the log on stderr.
        let process = Process::start(command.args(["-g", "-n", "1", "-c"]).arg(&file)).unwrap();
        process.wait_for_text("loaded serial 2026010101", LIMIT).unwrap();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        process.wait_for_port(address, LIMIT).unwrap();
        Self { address, folder, _process: process }
    }
}

impl Drop for Named {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// What both programs say, in one form.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    status: String,
    flags: String,
    question: String,
    answer: BTreeSet<String>,
    authority: BTreeSet<String>,
    additional: BTreeSet<String>,
}

/// One space between columns; hex in one piece and in small letters; `CLASS1` is `IN`.
fn normal(line: &str) -> String {
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = line.replace(" CLASS1 ", " IN ");
    match line.split_once(" \\# ") {
        Some((before, after)) => {
            let (length, hex) = after.split_once(' ').unwrap_or((after, ""));
            let hex = hex.replace(' ', "").to_lowercase();
            format!("{before} \\# {length} {hex}").trim_end().to_owned()
        }
        None => line,
    }
}

/// The lines of a section of dig's.
fn section(text: &str, name: &str) -> BTreeSet<String> {
    let lines = text.lines().skip_while(|line| *line != format!(";; {name} SECTION:")).skip(1);
    lines.take_while(|line| !line.is_empty()).map(normal).collect()
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("no {before:?}: {text}"));
    rest.split(after).next().unwrap()
}

fn dig(server: SocketAddr, name: &str, kind: &str, raw: bool, extra: &[&str]) -> Said {
    let mut command = Command::new(require("dig"));
    command.arg("@127.0.0.1").args(["-p", &server.port().to_string()]);
    command.args(["-q", name, "-t", kind, "+nocookie", "+nocmd", "+nostats", "+tries=1"]);
    command.args(extra);
    if raw {
        command.args(["+unknownformat", "+noauthority", "+noadditional"]);
    }
    let text = Process::start(&mut command).unwrap().finish(LIMIT).unwrap().text();
    let question = section(&text, "QUESTION").into_iter().next().unwrap_or_default();
    let question = question.replace(" RESERVED0 ", " IN ");
    Said {
        status: between(&text, "status: ", ",").to_owned(),
        flags: between(&text, "flags: ", ";").to_owned(),
        question,
        answer: section(&text, "ANSWER"),
        authority: section(&text, "AUTHORITY"),
        additional: section(&text, "ADDITIONAL"),
    }
}

fn lines(records: &[Record]) -> BTreeSet<String> {
    records.iter().map(|record| normal(&record.to_string())).collect()
}

fn ours(server: SocketAddr, name: &str, kind: &str, settings: Settings) -> (Said, Transport) {
    let (name, kind) = (name.parse().unwrap(), kind.parse::<Kind>().unwrap());
    let question = Question { name, kind, class: Class::IN };
    let what = question.to_string();
    let answer = within(LIMIT, &what, move || Client::new(vec![server], settings).ask(question));
    let answer = answer.unwrap_or_else(|failure| panic!("{what}: {failure}"));
    assert_eq!(answer.ignored.total(), 0, "{what}");
    let message = answer.message;
    let said = Said {
        status: message.rcode.to_string(),
        flags: message.flags.to_string(),
        question: normal(&format!(";{}", message.questions[0])),
        answer: lines(&message.answers),
        authority: lines(&message.authorities),
        additional: lines(&message.additionals),
    };
    (said, answer.transport)
}

impl Said {
    /// The same as dig has it with `+unknownformat +noauthority +noadditional`.
    fn raw(mut self, kind: &str) -> Self {
        let number = kind.parse::<Kind>().unwrap();
        let raw = |line: &str| line.replace(&format!(" {number}"), &format!(" TYPE{}", number.0));
        self.question = raw(&self.question);
        self.answer = self.answer.iter().map(|line| raw(line)).collect();
        Self { authority: BTreeSet::new(), additional: BTreeSet::new(), ..self }
    }
}

/// Name, type, and whether dig is to show bytes.
fn table() -> impl Iterator<Item = (&'static str, &'static str, bool)> {
    TABLE.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let words: Vec<_> = line.split(' ').collect();
        (words[0], words[1], words.get(2) == Some(&"+"))
    })
}

#[test]
#[ignore = "needs named and dig: ci/setup.sh"]
fn a_table_of_names_gives_what_dig_gives() {
    let named = Named::start("minimal-responses no;");
    let mut over_tcp = Vec::new();
    let mut statuses = BTreeSet::new();
    let mut count = 0;
    for (name, kind, raw) in table() {
        let theirs = dig(named.address, name, kind, raw, &["+bufsize=1232"]);
        let (ours, transport) = ours(named.address, name, kind, Settings::default());
        let ours = if raw { ours.raw(kind) } else { ours };
        assert_eq!(ours, theirs, "{name} {kind}");
        if transport == Transport::Tcp {
            over_tcp.push(name);
        }
        statuses.insert(ours.status);
        count += 1;
    }
    assert!(count >= 70, "{count} questions");
    assert_eq!(over_tcp, ["big.example.test"]);
    // SERVFAIL is what named says of aliases that lead in a circle.
    let statuses: Vec<_> = statuses.iter().map(String::as_str).collect();
    assert_eq!(statuses, ["NOERROR", "NXDOMAIN", "REFUSED", "SERVFAIL"]);
}

#[test]
#[ignore = "needs named and dig: ci/setup.sh"]
fn the_same_without_edns_over_tcp_and_in_mixed_case() {
    let named = Named::start("minimal-responses yes;");
    let plain = Settings { udp_size: None, ..Settings::default() };
    let tcp = Settings { tcp: true, ..Settings::default() };
    let case = Settings { mixed_case: true, ..Settings::default() };
    let mut over_tcp = Vec::new();
    for (name, kind, raw) in table() {
        let theirs = dig(named.address, name, kind, raw, &["+noedns"]);
        let (said, transport) = ours(named.address, name, kind, plain.clone());
        let said = if raw { said.raw(kind) } else { said };
        assert_eq!(said, theirs, "{name} {kind} without EDNS");
        if transport == Transport::Tcp {
            over_tcp.push(name);
        }
        let (said, transport) = ours(named.address, name, kind, tcp.clone());
        let said = if raw { said.raw(kind) } else { said };
        assert_eq!(said.answer, theirs.answer, "{name} {kind} over TCP");
        assert_eq!(transport, Transport::Tcp);
        let (said, _) = ours(named.address, name, kind, case.clone());
        let said = if raw { said.raw(kind) } else { said };
        assert_eq!(said.status, theirs.status, "{name} {kind} in mixed case");
        assert_eq!(lowered(&said.answer), lowered(&theirs.answer), "{name} {kind} in mixed case");
    }
    assert_eq!(over_tcp, ["big.example.test", "middling.example.test", "many.example.test"]);
}

fn lowered(lines: &BTreeSet<String>) -> BTreeSet<String> {
    lines.iter().map(|line| line.to_lowercase()).collect()
}

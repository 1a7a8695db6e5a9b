//! Ports on a page, and the free ones that stand in for them during a run.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Mutex, PoisonError};

use regex::{Captures, Regex};

use super::Session;

/// The ports that sessions of this process are using; a free port is only free until another takes it.
static RESERVED: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());

/// Stand-ins have four digits, so that lengths and columns stay as they are. They start where no year
/// of a date can be.
const STAND_INS: std::ops::Range<u16> = 2100..10_000;

/// What stands for what.
pub(super) struct Ports {
    /// Port on the page → port in this run.
    real: BTreeMap<String, String>,
    /// The other way round.
    shown: BTreeMap<String, String>,
    /// Held while the ports are used: another gate on this machine looks for them.
    locks: Vec<File>,
}

impl Ports {
    /// Takes the ports of the page where they are free, and others where they are not.
    pub(super) fn choose(session: &Session) -> Result<Self, (usize, String)> {
        let mut ports = Self { real: BTreeMap::new(), shown: BTreeMap::new(), locks: Vec::new() };
        // A number that the page shows must not become a port, or it would be translated back.
        let mut text: String = session.blocks.iter().map(super::Block::code).collect();
        for block in &session.blocks {
            for shown in block.words("ports") {
                if shown.parse::<u16>().is_err() || shown.len() != 4 {
                    return Err((block.line, format!("`{shown}` is not a port of four digits")));
                }
                let (real, lock) = reserve(shown, &text)
                    .ok_or_else(|| (block.line, "no free port of four digits".to_owned()))?;
                text.push_str(&format!(" {real} "));
                ports.locks.push(lock);
                ports.real.insert(shown.to_owned(), real.to_string());
                ports.shown.insert(real.to_string(), shown.to_owned());
            }
        }
        Ok(ports)
    }

    pub(super) fn to_real(&self, text: &str) -> String {
        replace(text, &self.real)
    }

    pub(super) fn to_shown(&self, text: &str) -> String {
        replace(text, &self.shown)
    }
}

/// Each number in one pass, so that what one port becomes is not taken for another.
fn replace(text: &str, table: &BTreeMap<String, String>) -> String {
    let numbers: Vec<&str> = table.keys().map(String::as_str).collect();
    if numbers.is_empty() {
        return text.to_owned();
    }
    let pattern =
        Regex::new(&format!(r"\b(?:{})\b", numbers.join("|"))).expect("digits make a pattern");
    pattern.replace_all(text, |found: &Captures<'_>| table[&found[0]].clone()).into_owned()
}

impl Drop for Ports {
    fn drop(&mut self) {
        let mut reserved = RESERVED.lock().unwrap_or_else(PoisonError::into_inner);
        for port in self.shown.keys().filter_map(|port| port.parse().ok()) {
            reserved.remove(&port);
        }
    }
}

fn reserve(shown: &str, text: &str) -> Option<(u16, File)> {
    let mut reserved = RESERVED.lock().unwrap_or_else(PoisonError::into_inner);
    // Elsewhere in each process, so that two of them rarely want the same port.
    let offset = std::process::id() as usize * 97 % STAND_INS.len();
    let others = STAND_INS.cycle().skip(offset).take(STAND_INS.len());
    let others = others.filter(|port| !text.contains(&port.to_string()));
    let taken = shown.parse().ok().into_iter().chain(others).find_map(|port: u16| {
        if reserved.contains(&port) {
            return None;
        }
        // Only the lock matters. What is there is left alone: the folder is everybody's.
        let place = std::env::temp_dir().join(format!("book-port-{port}"));
        let lock = File::options().create(true).truncate(false).write(true).open(place).ok()?;
        lock.try_lock().ok()?;
        TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok()?;
        Some((port, lock))
    })?;
    reserved.insert(taken.0);
    Some(taken)
}

/// Whether a program listens on `port`, found out without connecting: a connection is something that
/// a page might count.
pub(super) fn is_listening(port: u16) -> bool {
    let tables: Vec<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|table| std::fs::read_to_string(table).ok())
        .collect();
    if tables.is_empty() {
        // Not Linux: who cannot bind knows as much.
        return TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_err();
    }
    let local = format!(":{port:04X}");
    tables.iter().flat_map(|table| table.lines()).any(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        // 0A is the state LISTEN.
        columns.get(1).is_some_and(|address| address.ends_with(&local))
            && columns.get(3) == Some(&"0A")
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::net::TcpListener;

    use super::{is_listening, replace};

    #[test]
    fn replacements_do_not_chain() {
        let table = BTreeMap::from([("8080", "8000"), ("8000", "2345")])
            .into_iter()
            .map(|(from, to)| (from.to_owned(), to.to_owned()))
            .collect();
        assert_eq!(replace("8080 8000 18000", &table), "8000 2345 18000");
    }

    #[test]
    fn a_listener_is_seen_and_its_end_too() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        assert!(is_listening(port));
        drop(listener);
        assert!(!is_listening(port));
    }
}

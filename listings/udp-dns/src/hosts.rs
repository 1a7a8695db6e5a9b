//! `/etc/hosts`: names and addresses that need no server (`hosts(5)`).

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr};

use addresses::text::{Zone, Zoned};

use crate::name::Name;

/// Where it lies.
pub const PATH: &str = "/etc/hosts";

/// Bytes beyond these are not looked at.
pub const MAX_BYTES: usize = 4 << 20;
/// Names of one line beyond these are not looked at.
pub const MAX_ALIASES: usize = 64;

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub address: IpAddr,
    /// The link of an address that does not tell.
    pub zone: Option<Zone>,
    /// The first is the one by which others go; at least one.
    pub names: Vec<Name>,
}

/// The lines that could be read, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hosts {
    entries: Vec<Entry>,
}

impl Hosts {
    /// Reads the file's bytes. Lines without an address or a name are skipped, as glibc does.
    pub fn parse(bytes: &[u8]) -> Self {
        let read = &bytes[..bytes.len().min(MAX_BYTES)];
        let lines = read.split(|&byte| byte == b'\n');
        Self { entries: lines.filter_map(|line| entry(std::str::from_utf8(line).ok()?)).collect() }
    }

    /// Every address of a name or alias, in the file's order, each once. Case does not matter.
    pub fn addresses(&self, name: &Name) -> Vec<IpAddr> {
        let found = self.entries.iter().filter(|entry| entry.names.contains(name));
        let mut seen = HashSet::new();
        found.map(|entry| entry.address).filter(|address| seen.insert(*address)).collect()
    }

    /// The names of an address: the first line that has it, and no other.
    pub fn names(&self, address: IpAddr) -> Option<&[Name]> {
        let entry = self.entries.iter().find(|entry| entry.address == address)?;
        Some(&entry.names)
    }

    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

fn entry(line: &str) -> Option<Entry> {
    let line = line.split('#').next().unwrap_or_default();
    let mut words = line.split_whitespace();
    let first = words.next()?;
    let (address, zone) = if let Ok(address) = first.parse::<Ipv4Addr>() {
        (address.into(), None)
    } else {
        let Zoned { address, zone } = first.parse().ok()?;
        (address.into(), zone)
    };
    let names: Vec<_> = words.filter_map(|word| word.parse().ok()).take(MAX_ALIASES).collect();
    (!names.is_empty()).then_some(Entry { address, zone, names })
}

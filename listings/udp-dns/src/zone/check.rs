//! What makes records a zone: each rule keeps two servers, or a server and a cache, from
//! disagreeing.

use std::collections::BTreeMap;

use super::lookup::size;
use super::{Fault, MAX_RECORDS, MAX_SET, RrSet, Zone};
use crate::message::{Data, Kind, MAX_MESSAGE, Message, Record};
use crate::name::Name;

impl Zone {
    /// Adds a record, if it goes with those that are there.
    pub(super) fn insert(&mut self, record: Record) -> Result<(), Fault> {
        let Record { name, ttl, data, .. } = record;
        let kind = data.kind();
        if !name.is_within(&self.origin) {
            return Err(Fault::OutOfZone(name, self.origin.clone()));
        }
        if kind == Kind::SOA && name != self.origin {
            return Err(Fault::StraySoa);
        }
        if kind == Kind::NS && name.labels().next() == Some(b"*") {
            return Err(Fault::WildcardNs);
        }
        self.make_node(&name);
        let node = self.nodes.entry(name.clone()).or_default();
        if node.keys().any(|other| (*other == Kind::CNAME) != (kind == Kind::CNAME)) {
            return Err(Fault::NotAlone(name));
        }
        let set = node.entry(kind).or_insert_with(|| RrSet { ttl, data: Vec::new() });
        if set.ttl != ttl {
            return Err(Fault::MixedTtl { first: set.ttl, second: ttl });
        }
        // RFC 2181 §5: the same record twice is one record.
        if set.data.contains(&data) {
            return Ok(());
        }
        match kind {
            Kind::SOA if !set.data.is_empty() => return Err(Fault::SecondSoa),
            Kind::CNAME if !set.data.is_empty() => return Err(Fault::NotAlone(name)),
            _ if set.data.len() >= MAX_SET => return Err(Fault::LongSet(name, kind)),
            _ if self.records >= MAX_RECORDS => return Err(Fault::TooManyRecords),
            _ => {}
        }
        set.data.push(data);
        self.records += 1;
        Ok(())
    }

    /// The names between a new one and the zone's top exist from now on, too.
    fn make_node(&mut self, name: &Name) {
        let mut above = name.parent();
        while let Some(name) = above.filter(|name| name.is_within(&self.origin)) {
            if self.nodes.contains_key(&name) {
                break;
            }
            above = name.parent();
            self.nodes.insert(name, BTreeMap::new());
        }
    }

    /// What can be said only when all is there.
    pub(super) fn check(&self) -> Result<(), Fault> {
        let apex = self.nodes.get(&self.origin);
        let has = |kind| apex.is_some_and(|apex| apex.contains_key(&kind));
        if !has(Kind::SOA) {
            return Err(Fault::NoSoa(self.origin.clone()));
        }
        if !has(Kind::NS) {
            return Err(Fault::NoNs(self.origin.clone()));
        }
        for (name, node) in &self.nodes {
            for (kind, set) in node {
                check_size(name, *kind, set)?;
            }
        }
        for record in self.iter() {
            match &record.data {
                Data::Ns(target) => {
                    self.check_target(&record.name, target)?;
                    if target.is_within(&self.origin) && !self.has_address(target) {
                        return Err(Fault::NoAddress(record.name, target.clone()));
                    }
                }
                Data::Mx { exchange: target, .. } | Data::Srv { target, .. } => {
                    self.check_target(&record.name, target)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// RFC 2181 §10.3, RFC 2782: who looks for addresses there must not find an alias.
    fn check_target(&self, name: &Name, target: &Name) -> Result<(), Fault> {
        let node = self.nodes.get(target);
        if node.is_some_and(|node| node.contains_key(&Kind::CNAME)) {
            return Err(Fault::PointsToAlias(name.clone(), target.clone()));
        }
        Ok(())
    }

    /// Glue counts: it stands in this zone's file. So does a server below another delegation, whose
    /// addresses are that zone's affair.
    fn has_address(&self, name: &Name) -> bool {
        let address =
            |node: &super::Node| node.contains_key(&Kind::A) || node.contains_key(&Kind::AAAA);
        self.nodes.get(name).is_some_and(address) || self.is_delegated(name)
    }
}

/// A set goes whole or not at all (RFC 2181 §9), so one that no message holds is never sent: over TCP,
/// too, a client would get TC, and nowhere else to go.
fn check_size(name: &Name, kind: Kind, set: &RrSet) -> Result<(), Fault> {
    if set.data.iter().map(size).sum::<usize>() < MAX_MESSAGE / 2 {
        return Ok(());
    }
    let mut message = Message::query(0, name.clone(), kind);
    message.answers.extend(set.records(name));
    // An OPT record may have to go along.
    let bytes = message.encode(MAX_MESSAGE - 11).unwrap_or_default();
    match Message::peek(&bytes) {
        Some((_, flags, _)) if !flags.truncated => Ok(()),
        _ => Err(Fault::LongSet(name.clone(), kind)),
    }
}

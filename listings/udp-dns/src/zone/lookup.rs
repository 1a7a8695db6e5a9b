//! Questions to a zone (RFC 1034 §4.3.2, with wildcards as in RFC 4592).

use std::iter;

use super::{Node, Zone};
use crate::message::{Class, Data, Kind, Rcode, Record};
use crate::name::Name;

/// How many aliases one answer follows. The client can ask for more.
pub const MAX_CHAIN: usize = 8;

/// DS records stand above the cut that they are about (RFC 4035 §3.1.4.1).
const DS: Kind = Kind(43);

/// What a zone says to a question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    pub rcode: Rcode,
    /// AA: the first name in the answer is this zone's own (RFC 1035 §4.1.1).
    pub authoritative: bool,
    pub answers: Vec<Record>,
    /// Who knows more, or, of a negative answer, how long it is true.
    pub authorities: Vec<Record>,
    /// Addresses of the names above.
    pub additionals: Vec<Record>,
}

/// Where a name leads.
enum Place<'a> {
    /// Someone else answers from this name on down.
    Cut(&'a Name, &'a Node),
    /// The name exists, or a wildcard stands for it.
    Here(&'a Node),
    Nowhere,
}

impl Zone {
    // ANCHOR: lookup
    /// Answers from the zone. The name must be within it.
    pub fn lookup(&self, name: &Name, kind: Kind) -> Found {
        let mut found = Found { authoritative: true, ..Found::default() };
        let mut name = name.clone();
        for _ in 0..=MAX_CHAIN {
            let node = match self.place(&name, kind) {
                Place::Cut(cut, node) => {
                    // An alias that led here was still ours (RFC 1035 §4.1.1).
                    found.authoritative = !found.answers.is_empty();
                    return self.refer(found, cut, node);
                }
                // RFC 6604 §3: the code is about the last name of a chain.
                Place::Nowhere => return self.deny(found, Rcode::NAME_ERROR),
                Place::Here(node) => node,
            };
            if let Some(set) = pick(node, kind) {
                found.answers.extend(set.records(&name));
                return self.with_addresses(found);
            }
            let Some(alias) = node.get(&Kind::CNAME) else {
                return self.deny(found, Rcode::NO_ERROR);
            };
            found.answers.extend(alias.records(&name));
            let [Data::Cname(target)] = &alias.data[..] else { return found };
            // A circle of aliases never gets anywhere; named says so in the same way.
            if found.answers.iter().any(|record| record.name == *target) {
                found.rcode = Rcode::SERVER_FAILURE;
                return found;
            }
            if !target.is_within(&self.origin) {
                return found;
            }
            name = target.clone();
        }
        found
    }
    // ANCHOR_END: lookup

    // ANCHOR: place
    /// From the zone's top down: a delegation on the way ends it, whatever stands below.
    fn place(&self, name: &Name, kind: Kind) -> Place<'_> {
        if let Some((cut, node)) = self.cut_above(name, kind) {
            return Place::Cut(cut, node);
        }
        if let Some(node) = self.nodes.get(name) {
            return Place::Here(node);
        }
        // RFC 4592 §3.3.1: the closest name that exists, data or not, and its wildcard if it has
        // one. A wildcard further up has no say: the names in between exist.
        let encloser = above(name).find(|above| self.nodes.contains_key(above));
        let wildcard = encloser.and_then(|encloser| {
            Name::from_labels(iter::once(&b"*"[..]).chain(encloser.labels())).ok()
        });
        match wildcard.and_then(|wildcard| self.nodes.get(&wildcard)) {
            Some(node) => Place::Here(node),
            None => Place::Nowhere,
        }
    }
    // ANCHOR_END: place

    /// The delegation nearest to the zone's top, of the name or of one above it.
    fn cut_above(&self, name: &Name, kind: Kind) -> Option<(&Name, &Node)> {
        let inner = |above: &Name| above.is_within(&self.origin) && *above != self.origin;
        let path = iter::once(name.clone()).chain(above(name)).take_while(inner);
        let cuts = path.filter_map(|above| self.nodes.get_key_value(&above));
        let cuts = cuts.filter(|(_, node)| node.contains_key(&Kind::NS));
        cuts.filter(|(cut, _)| !(kind == DS && *cut == name)).last()
    }

    /// Whether the name is a delegation's, or below one.
    pub(super) fn is_delegated(&self, name: &Name) -> bool {
        self.cut_above(name, Kind::A).is_some()
    }

    /// A referral: the name servers of the zone below, and how to reach them.
    fn refer(&self, mut found: Found, cut: &Name, node: &Node) -> Found {
        if let Some(servers) = node.get(&Kind::NS) {
            found.authorities.extend(servers.records(cut));
        }
        self.with_addresses(found)
    }

    // ANCHOR: deny
    /// "No such name", or "not of this type". The SOA record says how long that may be kept: not
    /// longer than its own TTL, and not longer than its minimum (RFC 2308 §3).
    fn deny(&self, mut found: Found, rcode: Rcode) -> Found {
        found.rcode = rcode;
        if let Some((soa, ttl)) = self.soa() {
            let (name, ttl) = (self.origin.clone(), ttl.min(soa.minimum));
            let data = Data::Soa(soa.clone());
            found.authorities.push(Record { name, class: Class::IN, ttl, data });
        }
        found
    }
    // ANCHOR_END: deny

    /// The addresses, as far as this zone's file has them, of servers that are named. A client that
    /// does not get them can ask.
    fn with_addresses(&self, mut found: Found) -> Found {
        let records = found.answers.iter().chain(&found.authorities);
        let mut targets: Vec<&Name> = records.filter_map(|record| target(&record.data)).collect();
        targets.sort_unstable();
        targets.dedup();
        let mut additionals = Vec::new();
        for target in targets {
            let Some((owner, node)) = self.nodes.get_key_value(target) else { continue };
            for set in [Kind::A, Kind::AAAA].iter().filter_map(|kind| node.get(kind)) {
                additionals.extend(set.records(owner));
            }
        }
        found.additionals = additionals;
        found
    }
}

/// The name whose addresses go with a record.
fn target(data: &Data) -> Option<&Name> {
    match data {
        Data::Ns(target) | Data::Mx { exchange: target, .. } | Data::Srv { target, .. } => {
            Some(target)
        }
        _ => None,
    }
}

/// The names above, the nearest first, the root last.
fn above(name: &Name) -> impl Iterator<Item = Name> {
    iter::successors(name.parent(), Name::parent)
}

// ANCHOR: pick
/// The set that answers. To ANY, one set is enough, and the smallest one is of least use to those
/// who ask in somebody else's name (RFC 8482 §4.1).
fn pick(node: &Node, kind: Kind) -> Option<&super::RrSet> {
    if kind != Kind::ANY {
        return node.get(&kind);
    }
    node.values().min_by_key(|set| set.data.iter().map(size).sum::<usize>())
}
// ANCHOR_END: pick

/// Roughly how many bytes the data takes.
pub(super) fn size(data: &Data) -> usize {
    12 + match data {
        Data::A(_) => 4,
        Data::Aaaa(_) => 16,
        Data::Ns(name) | Data::Cname(name) | Data::Ptr(name) => name.wire().len(),
        Data::Mx { exchange, .. } => 2 + exchange.wire().len(),
        Data::Txt(strings) => strings.iter().map(|string| 1 + string.len()).sum(),
        Data::Soa(soa) => 20 + soa.primary.wire().len() + soa.mailbox.wire().len(),
        Data::Srv { target, .. } => 6 + target.wire().len(),
        Data::Unknown { bytes, .. } => bytes.len(),
    }
}

//! What an answer says.

use std::fmt;

use crate::message::{Data, Kind, Message, Question, Rcode, Record};
use crate::name::Name;

/// How many CNAMEs in a row are followed. Nobody needs more than a few, and BIND stops at 16 too.
pub const MAX_ALIASES: usize = 16;

/// What an answer says about a question (RFC 1034 §3.6.2, RFC 2308 §2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome<'a> {
    /// There are records of the type asked for. `name` is whose they are, at the aliases' end.
    Found { name: Name, records: Vec<&'a Record> },
    /// The name exists, and has nothing of this type. The server has said so for so many seconds.
    NoData { name: Name, seconds: Option<u32> },
    /// There is no such name, nor any below it (RFC 8020 §2).
    NoSuchName { name: Name, seconds: Option<u32> },
    /// The aliases lead to a name about which this server says nothing.
    Unfinished { name: Name },
    /// Others are to be asked: those who have this zone.
    Referral { zone: Name },
    /// The aliases lead in a circle, or there are more than [`MAX_ALIASES`].
    Loop { name: Name },
    /// The server could or would not say.
    Failed(Rcode),
}

impl<'a> Outcome<'a> {
    // ANCHOR: of
    /// Reads the answer to a question. Records that the question does not lead to count for
    /// nothing: a server has no say about names that it was not asked for.
    pub fn of(message: &'a Message, question: &Question) -> Self {
        if message.rcode != Rcode::NO_ERROR && message.rcode != Rcode::NAME_ERROR {
            return Self::Failed(message.rcode);
        }
        let mut name = &question.name;
        for aliases in 0..=MAX_ALIASES {
            let records = records_of(message, name, question);
            if !records.is_empty() {
                return Self::Found { name: name.clone(), records };
            }
            match alias_of(message, name, question) {
                Some(target) => name = target,
                None => return Self::nothing(message, name, aliases > 0),
            }
        }
        Self::Loop { name: name.clone() }
    }
    // ANCHOR_END: of

    /// Nothing about `name` stands in the answer section (RFC 2308 §2.1, §2.2).
    fn nothing(message: &Message, name: &Name, is_alias: bool) -> Self {
        let name = name.clone();
        let seconds = negative_ttl(message, &name);
        if message.rcode == Rcode::NAME_ERROR {
            return Self::NoSuchName { name, seconds };
        }
        // With NS and without SOA: a referral, unless the server speaks for the name itself.
        match zone_of(message, &name) {
            Some(zone) if seconds.is_none() && !message.flags.authoritative => {
                Self::Referral { zone: zone.clone() }
            }
            _ if seconds.is_none() && is_alias => Self::Unfinished { name },
            _ => Self::NoData { name, seconds },
        }
    }
}

/// The zone around `name` whose servers are told.
fn zone_of<'a>(message: &'a Message, name: &Name) -> Option<&'a Name> {
    let told = |record: &&Record| record.data.kind() == Kind::NS && name.is_within(&record.name);
    message.authorities.iter().find(told).map(|record| &record.name)
}

fn records_of<'a>(message: &'a Message, name: &Name, question: &Question) -> Vec<&'a Record> {
    let wanted = |record: &&Record| {
        let kind = question.kind == Kind::ANY || record.data.kind() == question.kind;
        kind && record.class == question.class && record.name == *name
    };
    message.answers.iter().filter(wanted).collect()
}

fn alias_of<'a>(message: &'a Message, name: &Name, question: &Question) -> Option<&'a Name> {
    message.answers.iter().find_map(|record| match &record.data {
        Data::Cname(target) if record.name == *name && record.class == question.class => {
            Some(target)
        }
        _ => None,
    })
}

// ANCHOR: negative
/// How long "there is none" may be kept: the lesser of the SOA record's own TTL and its MINIMUM
/// (RFC 2308 §5).
fn negative_ttl(message: &Message, name: &Name) -> Option<u32> {
    message.authorities.iter().find_map(|record| match &record.data {
        Data::Soa(soa) if name.is_within(&record.name) => Some(soa.minimum.min(record.ttl)),
        _ => None,
    })
}
// ANCHOR_END: negative

impl fmt::Display for Outcome<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Found { name, records } => write!(f, "{name} has {}", count(records.len())),
            Self::NoData { name, seconds } => {
                write!(f, "{name} exists and has none of these{}", keep(*seconds))
            }
            Self::NoSuchName { name, seconds } => {
                write!(f, "there is no {name}{}", keep(*seconds))
            }
            Self::Unfinished { name } => write!(f, "an alias for {name}, which is asked elsewhere"),
            Self::Referral { zone } => write!(f, "the servers of {zone} know"),
            Self::Loop { name } => write!(f, "aliases without end, at {name}"),
            Self::Failed(rcode) => write!(f, "the server says {rcode}"),
        }
    }
}

fn count(records: usize) -> String {
    format!("{records} record{}", if records == 1 { "" } else { "s" })
}

fn keep(seconds: Option<u32>) -> String {
    seconds.map_or_else(String::new, |seconds| format!(", which holds for {seconds} s"))
}

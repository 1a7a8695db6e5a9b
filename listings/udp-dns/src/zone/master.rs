//! Entries of a master file become records (RFC 1035 §5.1, RFC 2308 §4).

use super::data::Fields;
use super::tokens::{Entries, Entry};
use super::{Fault, MAX_FILE, MAX_TTL, Zone};
use crate::message::{Class, Record};
use crate::name::Name;

/// What one line leaves to the next.
struct State {
    origin: Name,
    owner: Option<Name>,
    /// `$TTL`'s value.
    default_ttl: Option<u32>,
    /// The last one that a record stated: what counts without `$TTL` (RFC 1035 §5.1).
    last_ttl: Option<u32>,
}

/// Reads the text into the zone; the line and the fault if it cannot.
pub(super) fn read(text: &str, zone: &mut Zone) -> Result<(), (usize, Fault)> {
    if text.len() > MAX_FILE {
        return Err((1, Fault::TooLarge));
    }
    let (owner, default_ttl, last_ttl) = (None, None, None);
    let mut state = State { origin: zone.origin().clone(), owner, default_ttl, last_ttl };
    let mut entries = Entries::new(text);
    while let Some(entry) = entries.next_entry()? {
        let record = state.entry(&entry).map_err(|fault| (entry.line, fault))?;
        if let Some(record) = record {
            zone.insert(record).map_err(|fault| (entry.line, fault))?;
        }
    }
    Ok(())
}

impl State {
    /// A directive, or a record: `[owner] [TTL] [class] type data`, TTL and class in any order.
    fn entry(&mut self, entry: &Entry<'_>) -> Result<Option<Record>, Fault> {
        let mut fields = Fields::new(&entry.tokens);
        if !entry.same_owner {
            if let Some(directive) = fields.peek().filter(|word| word.starts_with('$')) {
                let directive = directive.to_ascii_uppercase();
                fields.word("a directive")?;
                self.directive(&directive, &mut fields)?;
                return Ok(None);
            }
            self.owner = Some(fields.name("an owner", &self.origin)?);
        }
        let owner = self.owner.clone().ok_or(Fault::NoOwner)?;
        let (mut ttl, mut class) = (None, None);
        while let Some(word) = fields.peek() {
            if ttl.is_none() && word.starts_with(|c: char| c.is_ascii_digit()) {
                ttl = Some(fields.ttl()?);
            } else if class.is_none() && is_class(word) {
                class = Some(fields.word("a class")?);
            } else {
                break;
            }
        }
        if let Some(class) = class.filter(|class| class.parse() != Ok(Class::IN)) {
            return Err(Fault::Class(class.to_owned()));
        }
        let kind = fields.kind()?;
        let data = fields.data(kind, &self.origin)?;
        fields.end()?;
        self.last_ttl = ttl.or(self.last_ttl);
        let ttl = ttl.or(self.default_ttl).or(self.last_ttl).ok_or(Fault::NoTtl)?;
        Ok(Some(Record { name: owner, class: Class::IN, ttl, data }))
    }

    fn directive(&mut self, directive: &str, fields: &mut Fields<'_>) -> Result<(), Fault> {
        match directive {
            "$ORIGIN" => self.origin = fields.name("an origin", &self.origin)?,
            "$TTL" => self.default_ttl = Some(fields.ttl()?),
            other => return Err(Fault::Directive(other.to_owned())),
        }
        fields.end()
    }
}

fn is_class(word: &str) -> bool {
    let word = word.to_ascii_uppercase();
    matches!(&word[..], "IN" | "CH" | "HS" | "CS")
        || word.strip_prefix("CLASS").is_some_and(|number| number.parse::<u16>().is_ok())
}

/// Seconds, or numbers with units as BIND takes them: `1h30m`.
pub(super) fn ttl(text: &str) -> Option<u32> {
    if let Ok(seconds) = text.parse::<u32>() {
        return (seconds <= MAX_TTL && !text.starts_with('+')).then_some(seconds);
    }
    let (mut total, mut number) = (0_u64, None);
    for c in text.chars() {
        if let Some(digit) = c.to_digit(10) {
            let larger = number.unwrap_or(0_u64) * 10 + u64::from(digit);
            number = Some(larger).filter(|larger| *larger <= MAX_TTL.into());
            number?;
        } else {
            let unit = match c.to_ascii_lowercase() {
                's' => 1,
                'm' => 60,
                'h' => 3600,
                'd' => 86_400,
                'w' => 604_800,
                _ => return None,
            };
            // Each number is below 2^31 and a text has finitely many: no overflow before the check.
            total += number.take()? * unit;
            if total > MAX_TTL.into() {
                return None;
            }
        }
    }
    // A number without a unit at the end, as in 1h30, is a slip of the pen.
    number.is_none().then_some(total as u32)
}

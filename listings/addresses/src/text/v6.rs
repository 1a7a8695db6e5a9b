//! IPv6: eight groups, `::` for zeros, IPv4 at the end (RFC 4291 §2.2).

use std::net::Ipv6Addr;

use super::error::Groups as GroupCount;
use super::{AddressError, MAX_LENGTH, Reason, parse_v4};

/// Reads an IPv6 address in any of the forms of RFC 4291 §2.2.
///
/// Upper or lower case, leading zeros in a group, `::` once for one group of zeros or more, and an
/// IPv4 address in place of the last two groups. No zone (see [`Zoned`](super::Zoned)) and no
/// brackets (see [`Endpoint`](super::Endpoint)).
///
/// # Errors
///
/// What is wrong, and where.
// ANCHOR: parse
pub fn parse_v6(text: &str) -> Result<Ipv6Addr, AddressError> {
    let whole = || 0..text.len();
    if text.is_empty() {
        return Err(AddressError::new(whole(), Reason::Empty));
    }
    if text.len() > MAX_LENGTH {
        return Err(AddressError::new(whole(), Reason::TooLong(text.len())));
    }
    if let Some((address, zone)) = text.split_once('%') {
        let reason = Reason::ZoneHere(zone.into());
        return Err(AddressError::new(address.len()..text.len(), reason));
    }
    let compression = find_compression(text)?;
    let mut groups = Groups::default();
    let Some(at) = compression else {
        groups.read(text, 0, true)?;
        let missing = AddressError::new(
            text.len()..text.len(),
            Reason::TooFewGroups(GroupCount(groups.count)),
        );
        return if groups.count == 8 { Ok(groups.bits.into()) } else { Err(missing) };
    };
    groups.read(&text[..at], 0, false)?;
    let head = groups.count;
    groups.read(&text[at + 2..], at + 2, true)?;
    if groups.count == 8 {
        return Err(AddressError::new(at..at + 2, Reason::NothingToCompress));
    }
    // What stands after "::" was read right behind the groups before it. It goes to the end.
    let tail = groups.count - head;
    groups.bits.copy_within(head..groups.count, 8 - tail);
    groups.bits[head..8 - tail].fill(0);
    Ok(groups.bits.into())
}
// ANCHOR_END: parse

/// Where `::` begins, if it is there.
fn find_compression(text: &str) -> Result<Option<usize>, AddressError> {
    let refuse = |at, length, reason| Err(AddressError::new(at..at + length, reason));
    if let Some(at) = text.find(":::") {
        return refuse(at, 3, Reason::ThreeColons);
    }
    let first = text.find("::");
    if let Some(second) = text.rfind("::").filter(|second| Some(*second) != first) {
        return refuse(second, 2, Reason::SecondCompression);
    }
    if text.starts_with(':') && first != Some(0) {
        return refuse(0, 1, Reason::ColonFirst);
    }
    if text.ends_with(':') && first != Some(text.len() - 2) {
        return refuse(text.len() - 1, 1, Reason::ColonLast);
    }
    Ok(first)
}

/// The groups that have been read.
#[derive(Default)]
struct Groups {
    bits: [u16; 8],
    count: usize,
}

impl Groups {
    /// Reads groups with single colons between them. `start` is where `text` stands in the whole,
    /// and `ends` whether the whole ends with it.
    fn read(&mut self, text: &str, mut start: usize, ends: bool) -> Result<(), AddressError> {
        if text.is_empty() {
            return Ok(());
        }
        let mut parts = text.split(':').peekable();
        while let Some(part) = parts.next() {
            let span = start..start + part.len();
            if part.contains('.') {
                if !ends || parts.peek().is_some() {
                    return Err(AddressError::new(span, Reason::Ipv4NotLast));
                }
                self.push_v4(part).map_err(|error| error.after(start))?;
            } else {
                let group = group(part, self.count + 1).map_err(|error| error.after(start))?;
                self.push(group).map_err(|reason| AddressError::new(span, reason))?;
            }
            start += part.len() + 1;
        }
        Ok(())
    }

    fn push(&mut self, group: u16) -> Result<(), Reason> {
        *self.bits.get_mut(self.count).ok_or(Reason::TooManyGroups)? = group;
        self.count += 1;
        Ok(())
    }

    fn push_v4(&mut self, text: &str) -> Result<(), AddressError> {
        let [a, b, c, d] = parse_v4(text).map_err(in_v6)?.octets();
        if self.count > 6 {
            return Err(AddressError::new(
                0..text.len(),
                Reason::Ipv4NoRoom(GroupCount(8 - self.count)),
            ));
        }
        self.bits[self.count] = u16::from_be_bytes([a, b]);
        self.bits[self.count + 1] = u16::from_be_bytes([c, d]);
        self.count += 2;
        Ok(())
    }
}

/// What is wrong with an IPv4 address, less what only `inet_aton` knows: it reads no IPv6.
fn in_v6(error: AddressError) -> AddressError {
    let reason = match error.reason {
        Reason::Octets(count, _) => Reason::Octets(count, None),
        Reason::OctetLeadingZero { number, text, decimal: Some(decimal), .. } => {
            Reason::OctetLeadingZero { number, text, decimal: Some(decimal), octal: None }
        }
        reason => reason,
    };
    AddressError { reason: Reason::Ipv4(Box::new(reason)), ..error }
}

/// One group, the `number`th of those that are written.
fn group(text: &str, number: usize) -> Result<u16, AddressError> {
    if let Some((at, odd)) = text.char_indices().find(|(_, c)| !c.is_ascii_hexdigit()) {
        let reason = Reason::GroupCharacter(number, odd);
        return Err(AddressError::new(at..at + odd.len_utf8(), reason));
    }
    match u16::from_str_radix(text, 16) {
        Ok(bits) if text.len() <= 4 => Ok(bits),
        _ => Err(AddressError::new(0..text.len(), Reason::GroupLength(number, text.len()))),
    }
}

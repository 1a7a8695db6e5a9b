//! IPv4: four decimal octets, and nothing else.

use std::net::Ipv4Addr;

use super::error::Octets;
use super::{AddressError, MAX_LENGTH, Reason, inet_aton};

/// Reads an IPv4 address: exactly four decimal octets without leading zeros (RFC 3986 §3.2.2).
///
/// The forms of `inet_aton` are refused: `127.1`, `0177.0.0.1`, `0x7f.0.0.1`, `2130706433`. No two
/// programs agree on them, and a filter that reads such a text in one way and a C library that
/// reads it in another have let requests into networks that the filter was to protect.
///
/// # Errors
///
/// What is wrong, and where.
// ANCHOR: parse
pub fn parse_v4(text: &str) -> Result<Ipv4Addr, AddressError> {
    let refuse = |reason| Err(AddressError::new(0..text.len(), reason));
    if text.is_empty() {
        return refuse(Reason::Empty);
    }
    if text.len() > MAX_LENGTH {
        return refuse(Reason::TooLong(text.len()));
    }
    let count = text.split('.').count();
    let wrong_count = || refuse(Reason::Octets(Octets(count), inet_aton(text)));
    if count != 4 && inet_aton(text).is_some() {
        // A form of inet_aton: there is nothing wrong with the single numbers.
        return wrong_count();
    }
    let mut octets = [0; 4];
    let mut start = 0;
    for (index, part) in text.split('.').enumerate() {
        let value = octet(part, index + 1).map_err(|error| error.after(start))?;
        if let Some(octet) = octets.get_mut(index) {
            *octet = value;
        }
        start += part.len() + 1;
    }
    if count == 4 { Ok(octets.into()) } else { wrong_count() }
}
// ANCHOR_END: parse

// ANCHOR: octet
/// One octet, the `number`th of its address.
fn octet(text: &str, number: usize) -> Result<u8, AddressError> {
    let refuse = |reason| Err(AddressError::new(0..text.len(), reason));
    let hex = text.strip_prefix("0x").or(text.strip_prefix("0X"));
    if hex.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit())) {
        return refuse(Reason::OctetHex(number, text.into()));
    }
    if let Some((at, odd)) = text.char_indices().find(|(_, c)| !c.is_ascii_digit()) {
        let reason = Reason::OctetCharacter(number, odd);
        return Err(AddressError::new(at..at + odd.len_utf8(), reason));
    }
    match text.as_bytes() {
        [] => refuse(Reason::OctetEmpty(number)),
        [b'0', _, ..] => refuse(leading_zero(text, number)),
        _ => text.parse().or_else(|_| refuse(Reason::OctetRange(number, text.into()))),
    }
}
// ANCHOR_END: octet

/// Why a number with a leading zero is refused: it means one thing to C and another to people.
fn leading_zero(text: &str, number: usize) -> Reason {
    let decimal = text.parse().ok();
    let octal = u8::from_str_radix(text, 8).ok();
    match (decimal, octal) {
        (None, None) => Reason::OctetRange(number, text.into()),
        _ => Reason::OctetLeadingZero { number, text: text.into(), decimal, octal },
    }
}

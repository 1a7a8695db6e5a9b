//! What the C library makes of a text.

use std::net::Ipv4Addr;

/// The address that `inet_aton` of the GNU C library reads from `text`, or `None` if it refuses.
///
/// **Never to accept an address with**: it is here to show what a program sees that hands a text on
/// to `getaddrinfo`, `ping` or a C library. Numbers are C's (`0x7f` is hexadecimal, `0177` is
/// octal), there may be one to four of them, and the last one fills all octets that are left. What
/// follows a blank is not looked at.
///
/// ```
/// use addresses::text::inet_aton;
///
/// for text in ["127.1", "0177.0.0.1", "0x7f.1", "2130706433", "127.0.0.1 is home"] {
///     assert_eq!(inet_aton(text), Some([127, 0, 0, 1].into()));
/// }
/// assert_eq!(inet_aton("0189.0.0.1"), None);
/// ```
pub fn inet_aton(text: &str) -> Option<Ipv4Addr> {
    let end = text.find(|c: char| c.is_ascii_whitespace() || c == '\x0b').unwrap_or(text.len());
    let mut parts = text[..end].split('.');
    let mut last = c_number(parts.next()?)?;
    let mut address = 0;
    // Octets that are still free, the last number's among them.
    let mut free = 4;
    for part in parts {
        free -= 1;
        if free == 0 || last > 0xff {
            return None;
        }
        address |= last << (8 * free);
        last = c_number(part)?;
    }
    let fits = last < 1 << (8 * free);
    fits.then(|| Ipv4Addr::from_bits((address | last) as u32))
}

/// A number as C writes it, without a sign; what is too large for 32 bits is refused.
fn c_number(text: &str) -> Option<u64> {
    let (digits, radix) = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (&text[2..], 16),
        [b'0', _, ..] => (&text[1..], 8),
        _ => (text, 10),
    };
    if digits.is_empty() {
        return None;
    }
    digits.chars().try_fold(0_u64, |value, digit| {
        let value = value * u64::from(radix) + u64::from(digit.to_digit(radix)?);
        u32::try_from(value).ok().map(u64::from)
    })
}

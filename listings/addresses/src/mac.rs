//! The 48-bit address of a network card, by which Ethernet knows it.

use std::fmt;
use std::str::FromStr;

/// A MAC address (EUI-48), in the order of the wire.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mac(pub [u8; 6]);

impl Mac {
    /// Everyone on the link.
    pub const BROADCAST: Self = Self([0xff; 6]);

    /// The bytes in the order of the wire.
    pub const fn octets(self) -> [u8; 6] {
        self.0
    }

    /// Whether it names a group of cards; the broadcast address is one.
    pub const fn is_group(self) -> bool {
        self.0[0] & 1 == 1
    }

    /// Whether nobody but the local administrator assigned it.
    pub const fn is_local(self) -> bool {
        self.0[0] & 2 == 2
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.map(|octet| format!("{octet:02x}")).join(":"))
    }
}

impl fmt::Debug for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is no MAC address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a MAC address is six bytes of two hexadecimal digits, as in 02:00:00:00:00:01")]
pub struct MacError;

impl FromStr for Mac {
    type Err = MacError;

    /// Reads `02:00:00:00:00:01` or, as Windows writes it, `02-00-00-00-00-01`.
    fn from_str(text: &str) -> Result<Self, MacError> {
        let separator = if text.contains('-') { '-' } else { ':' };
        let mut parts = text.split(separator);
        let mut octets = [0; 6];
        for octet in &mut octets {
            let digits = parts.next().filter(|part| part.len() == 2).ok_or(MacError)?;
            let number = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            *octet =
                number.then(|| u8::from_str_radix(digits, 16).ok()).flatten().ok_or(MacError)?;
        }
        if parts.next().is_some() { Err(MacError) } else { Ok(Self(octets)) }
    }
}

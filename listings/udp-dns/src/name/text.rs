//! Names as text, in the way of master files (RFC 1035 §5.1).

use std::fmt::{self, Write};
use std::str::FromStr;

use super::{Builder, MAX_LABEL, Name, NameError};

impl FromStr for Name {
    type Err = NameError;

    /// Master-file text (RFC 1035 §5.1): `\.`, `\\` and `\065` are escapes. A dot at the end is
    /// allowed and not needed.
    fn from_str(text: &str) -> Result<Self, NameError> {
        if text == "." {
            return Ok(Self::root());
        }
        let mut name = Builder::default();
        let mut label = Vec::new();
        let mut rest = text.as_bytes();
        while let Some((&byte, after)) = rest.split_first() {
            rest = after;
            match byte {
                b'.' => {
                    name.push(&label)?;
                    label.clear();
                    continue;
                }
                b'\\' => label.push(unescape(&mut rest)?),
                0..=0x7f => label.push(byte),
                _ => return Err(NameError::NotAscii),
            }
            if label.len() > MAX_LABEL {
                return Err(NameError::LongLabel);
            }
        }
        // After a dot at the end there is no label; after nothing at all there is an empty one.
        if !label.is_empty() || text.is_empty() {
            name.push(&label)?;
        }
        Ok(name.finish())
    }
}

/// Whether the text is of an absolute name: its last dot is one, and no escaped character.
pub(crate) fn ends_in_dot(text: &str) -> bool {
    text.strip_suffix('.').is_some_and(|rest| {
        let backslashes = rest.bytes().rev().take_while(|&byte| byte == b'\\').count();
        backslashes % 2 == 0
    })
}

/// What follows a backslash: three digits, or any other character of ASCII.
fn unescape(rest: &mut &[u8]) -> Result<u8, NameError> {
    let (&first, after) = rest.split_first().ok_or(NameError::Escape)?;
    if !first.is_ascii_digit() {
        *rest = after;
        return if first.is_ascii() { Ok(first) } else { Err(NameError::NotAscii) };
    }
    let (digits, after) = rest.split_first_chunk::<3>().ok_or(NameError::Escape)?;
    *rest = after;
    let digits = str::from_utf8(digits).map_err(|_| NameError::Escape)?;
    // `parse` would take "+65" too; the first character is a digit.
    digits.parse().map_err(|_| NameError::Escape)
}

impl fmt::Display for Name {
    /// With the dot at the end, and whatever is not printable, or means something in a master file,
    /// escaped. What comes out can be read again and gives the same bytes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_root() {
            return f.write_str(".");
        }
        for label in self.labels() {
            for &byte in label {
                match byte {
                    b'"' | b'(' | b')' | b'.' | b';' | b'\\' | b'@' | b'$' => {
                        write!(f, "\\{}", char::from(byte))?;
                    }
                    b'!'..=b'~' => f.write_char(char::from(byte))?,
                    _ => write!(f, "\\{byte:03}")?,
                }
            }
            f.write_char('.')?;
        }
        Ok(())
    }
}

//! The sets of bytes that the grammar is made of.

/// `tchar`, what tokens are made of: methods, field names, chunk extension names (RFC 9110 §5.6.2).
pub(crate) const fn is_tchar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'.'
                | b'^'
                | b'_'
                | b'`'
                | b'|'
                | b'~'
        )
}

/// What a field value or a reason phrase may hold: visible characters, SP, HTAB and obs-text
/// (RFC 9110 §5.5). No CR, LF or NUL.
pub(crate) const fn is_value_byte(byte: u8) -> bool {
    matches!(byte, b'\t' | b' '..=b'~' | 0x80..)
}

/// Optional whitespace (RFC 9110 §5.6.3).
pub(crate) const fn is_ows(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// What a request target may hold. RFC 3986 §2 leaves out ``[]\^`{|}`` in a path or query, but
/// browsers send them as they are; the others that it leaves out are refused.
const fn is_target_byte(byte: u8) -> bool {
    matches!(byte, b'!'..=b'~') && !matches!(byte, b'"' | b'#' | b'<' | b'>')
}

/// What the name of a host may hold: `reg-name` without percent-encoding (RFC 3986 §3.2.2).
const fn is_host_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'!' | b'$' | b'&' | b'\'')
        || matches!(byte, b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=')
}

/// A set of bytes as a table: the target and `Host` are checked on the way of every request.
macro_rules! table {
    ($is_in:ident) => {{
        let mut table = [false; 256];
        let mut byte = 0;
        while byte < 256 {
            table[byte] = $is_in(byte as u8);
            byte += 1;
        }
        table
    }};
}

pub(crate) static TARGET_BYTES: [bool; 256] = table!(is_target_byte);
pub(crate) static HOST_BYTES: [bool; 256] = table!(is_host_byte);

/// Without the whitespace at both ends.
pub(crate) fn trim_ows(mut value: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = value
        && is_ows(*first)
    {
        value = rest;
    }
    while let [rest @ .., last] = value
        && is_ows(*last)
    {
        value = rest;
    }
    value
}

/// A byte as an error message shows it: `'a'`, `0x00`.
pub(crate) struct Shown(pub(crate) u8);

impl std::fmt::Display for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            b'\t' => f.write_str("HTAB"),
            b'\r' => f.write_str("CR"),
            b'\n' => f.write_str("LF"),
            b' ' => f.write_str("a space"),
            byte @ b'!'..=b'~' => write!(f, "'{}'", char::from(byte)),
            byte => write!(f, "0x{byte:02x}"),
        }
    }
}

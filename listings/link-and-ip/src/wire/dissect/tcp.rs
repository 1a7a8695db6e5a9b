//! A TCP header and its options, field by field.

use super::{Cursor, number, verdict};
use crate::field::Table;
use crate::wire::tcp::{
    HEADER, LENGTH, MSS, SACK, SACK_BLOCK, SACK_PERMITTED, TIMESTAMPS, WINDOW_SCALE, kind,
};

/// RFC 9293 §3.1.
pub(super) fn tcp(cursor: &mut Cursor<'_>, sum: u16) -> Option<()> {
    let quoted = !cursor.quoted.is_empty();
    let header = cursor.header(&HEADER, "tcp", |name, value| match name {
        "data offset" => Some(format!("{value}: {} bytes", value * 4)),
        "checksum" if quoted => Some(format!("{value:#06x}")),
        "checksum" => Some(verdict(value, sum)),
        _ => None,
    })?;
    let length = number(header, &HEADER, "data offset") * 4;
    options(cursor, cursor.at + length.saturating_sub(LENGTH))
}

/// RFC 9293 §3.2: the options before `end`. What is none is shown as data.
fn options(cursor: &mut Cursor<'_>, end: usize) -> Option<()> {
    while cursor.at < end.min(cursor.end) {
        let left = &cursor.left()[..end.min(cursor.end) - cursor.at];
        let kind = left[0];
        if kind == kind::END {
            // Whatever follows it fills the last word.
            cursor.push(left.len(), "tcp", vec!["end of options".to_owned()]);
            return Some(());
        }
        if kind == kind::NO_OPERATION {
            cursor.push(1, "tcp", vec!["no operation".to_owned()]);
            continue;
        }
        let length = usize::from(*left.get(1)?);
        if !(2..=left.len()).contains(&length) {
            return None;
        }
        option(cursor, kind, length)?;
    }
    Some(())
}

/// One option that is whole.
fn option(cursor: &mut Cursor<'_>, kind: u8, length: usize) -> Option<()> {
    let (table, name): (&Table, _) = match kind {
        kind::MSS => (&MSS, "maximum segment size"),
        kind::WINDOW_SCALE => (&WINDOW_SCALE, "window scale"),
        kind::SACK_PERMITTED => (&SACK_PERMITTED, "SACK permitted"),
        kind::SACK => (&SACK, "SACK"),
        kind::TIMESTAMPS => (&TIMESTAMPS, "timestamps"),
        _ => {
            cursor.push(length, "tcp", vec![format!("option {kind}")]);
            return Some(());
        }
    };
    let blocks = (length - 2) / SACK_BLOCK.length();
    let rest = if kind == kind::SACK { blocks * SACK_BLOCK.length() } else { 0 };
    if length != table.length() + rest {
        cursor.push(length, "tcp", vec![format!("{name}, with a bad length")]);
        return Some(());
    }
    cursor.header(table, "tcp", |field, value| match field {
        "kind" => Some(format!("{value}: {name}")),
        "length" => Some(format!("{value} bytes")),
        "shift count" => Some(format!("{value}: times {}", 1_u64 << value.min(14))),
        _ => None,
    })?;
    for _ in 0..rest / SACK_BLOCK.length() {
        cursor.header(&SACK_BLOCK, "tcp", |_, _| None)?;
    }
    Some(())
}

//! Bytes as `hexdump -C` shows them: offset, hex, text.

use std::fmt::Write;

/// Bytes on a line. With an offset below 2^32 a line has 78 columns, below 2^40 it still has 80.
pub const PER_LINE: usize = 16;

// ANCHOR: hexdump
/// Appends `bytes` to `text`, 16 on a line; the first one stands at `offset` of its stream.
///
/// Unlike `hexdump -C` it never replaces equal lines by a `*`: who looks at a stream wants to
/// count.
pub fn dump(text: &mut String, offset: u64, bytes: &[u8]) {
    for (index, line) in bytes.chunks(PER_LINE).enumerate() {
        let at = offset.wrapping_add((index * PER_LINE) as u64);
        // Writing to a String cannot fail.
        let _ = write!(text, "{at:08x}  ");
        for column in 0..PER_LINE {
            match line.get(column) {
                Some(byte) => {
                    let _ = write!(text, "{byte:02x} ");
                }
                None => text.push_str("   "),
            }
            if column == PER_LINE / 2 - 1 {
                text.push(' ');
            }
        }
        text.push_str(" |");
        text.extend(line.iter().copied().map(printable));
        text.push_str("|\n");
    }
}

/// The byte as a character of one column. Only ASCII is one byte and one column, all else is a dot.
pub fn printable(byte: u8) -> char {
    if byte.is_ascii_graphic() || byte == b' ' { char::from(byte) } else { '.' }
}
// ANCHOR_END: hexdump

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_like_hexdump() {
        let mut text = String::new();
        dump(&mut text, 0x20, b"GET / HTTP/1.1\r\nHost: a");
        assert_eq!(
            text,
            "00000020  47 45 54 20 2f 20 48 54  54 50 2f 31 2e 31 0d 0a  |GET / HTTP/1.1..|\n\
             00000030  48 6f 73 74 3a 20 61                              |Host: a|\n"
        );
    }

    #[test]
    fn chinese_is_three_bytes_a_character() {
        let mut text = String::new();
        dump(&mut text, 0, "你好".as_bytes());
        assert_eq!(text, "00000000  e4 bd a0 e5 a5 bd                                 |......|\n");
    }

    #[test]
    fn equal_lines_are_all_shown() {
        let mut text = String::new();
        dump(&mut text, 0, &[0; 64]);
        assert_eq!(text.lines().count(), 4);
    }

    #[test]
    fn nothing_is_no_line() {
        let mut text = String::new();
        dump(&mut text, 7, b"");
        assert_eq!(text, "");
    }
}

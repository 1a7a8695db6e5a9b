//! Hex dumps inside a transcript. A port or a date that varies is in their bytes as well, where no
//! pattern over the text would find it; so a dump is read back to bytes, changed and printed again.

use std::sync::LazyLock;

use regex::Regex;

/// `00000000  47 45 54 …  |GET …|`
static LINE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[0-9a-f]{8}  ((?:[0-9a-f]{2} {1,2}){1,16}) *\|.{0,16}\|$")
        .expect("a constant pattern")
});

/// Bytes on a line.
const PER_LINE: usize = 16;

/// Applies `change` to the bytes of each dump in `text`, as one character a byte; what it returns has
/// to be as long as what it got, or the dump is left as it is.
pub(super) fn map(text: &str, change: &dyn Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let Some(first) = bytes_of(line) else {
            out.push_str(line);
            continue;
        };
        let mut dump = vec![line];
        let mut bytes = first;
        while bytes.len() == dump.len() * PER_LINE
            && let Some(more) = lines.peek().and_then(|line| bytes_of(line))
        {
            bytes.extend(more);
            dump.extend(lines.next());
        }
        let old: String = bytes.iter().copied().map(char::from).collect();
        let new: Vec<u8> = change(&old).chars().map(|c| u8::try_from(c).unwrap_or(b'?')).collect();
        if new.len() == bytes.len() && new != bytes {
            for (line, chunk) in dump.into_iter().zip(new.chunks(PER_LINE)) {
                out.push_str(&line[..10]);
                out.push_str(&render(chunk));
            }
        } else {
            out.extend(dump);
        }
    }
    out
}

fn bytes_of(line: &str) -> Option<Vec<u8>> {
    let captures = LINE.captures(line.trim_end_matches('\n'))?;
    captures[1].split_whitespace().map(|pair| u8::from_str_radix(pair, 16).ok()).collect()
}

/// The hex and text columns of one line.
fn render(bytes: &[u8]) -> String {
    let mut hex = String::new();
    for column in 0..PER_LINE {
        hex.push_str(&bytes.get(column).map_or("   ".to_owned(), |byte| format!("{byte:02x} ")));
        if column == PER_LINE / 2 - 1 {
            hex.push(' ');
        }
    }
    let text: String = bytes
        .iter()
        .map(|byte| if (0x20..0x7f).contains(byte) { char::from(*byte) } else { '.' })
        .collect();
    format!("{hex} |{text}|\n")
}

#[cfg(test)]
mod tests {
    use super::map;

    const DUMP: &str = "\
#1 client → server  20 bytes at 0
00000000  47 45 54 20 31 32 37 2e  30 2e 30 2e 31 3a 38 30  |GET 127.0.0.1:80|
00000010  38 30 0d 0a                                       |80..|
#1 closed
";

    #[test]
    fn a_port_across_two_lines_is_found() {
        let changed = map(DUMP, &|text| text.replace("8080", "4242"));
        assert!(changed.contains("30 2e 31 3a 34 32  |GET 127.0.0.1:42|\n"), "{changed}");
        assert!(
            changed
                .contains("00000010  34 32 0d 0a                                       |42..|\n")
        );
        assert_eq!(map(&changed, &|text| text.replace("4242", "8080")), DUMP, "and back");
    }

    #[test]
    fn other_lengths_and_other_text_stay() {
        assert_eq!(map(DUMP, &|text| text.replace("8080", "1")), DUMP);
        assert_eq!(map("no dump\n", &|_| "x".into()), "no dump\n");
    }
}

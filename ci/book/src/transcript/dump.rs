//! Bytes inside a transcript. A port or a date that varies is in their hex digits as well, where no
//! pattern over the text would find it; so a dump is read back to bytes, changed and printed again.

use std::sync::LazyLock;

use regex::{Captures, Regex};

/// `00000000  47 45 54 …  |GET …|`, as `hexdump -C` prints it.
static DUMP: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^([0-9a-f]{8}  )((?:[0-9a-f]{2} {1,2}){1,16}) *\|.{0,16}\|$")
        .expect("a constant pattern")
});
/// `0036    47 45 54 20 2f 68 65 6c  http      GET /hel`, the data at the end of a table of fields.
static FIELD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^([0-9a-f]{4}    )((?:[0-9a-f]{2} ?){1,8}) *((?:http|data) +).{0,8}$")
        .expect("a constant pattern")
});

/// How a line shows its bytes.
#[derive(Clone, PartialEq, Eq)]
enum Style {
    Dump,
    Field { owner: String },
}

struct Line {
    offset: String,
    bytes: Vec<u8>,
    style: Style,
}

impl Line {
    fn parse(line: &str) -> Option<Self> {
        let line = line.trim_end_matches('\n');
        let of = |found: &Captures<'_>, style| {
            let bytes = found[2].split_whitespace().map(|pair| u8::from_str_radix(pair, 16));
            Some(Self {
                offset: found[1].to_owned(),
                bytes: bytes.collect::<Result<_, _>>().ok()?,
                style,
            })
        };
        if let Some(found) = DUMP.captures(line) {
            return of(&found, Style::Dump);
        }
        let found = FIELD.captures(line)?;
        of(&found, Style::Field { owner: found[3].to_owned() })
    }

    fn is_full(&self) -> bool {
        self.bytes.len() == if self.style == Style::Dump { 16 } else { 8 }
    }

    fn render(&self) -> String {
        let hex: Vec<String> = self.bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let text: String = self
            .bytes
            .iter()
            .map(|byte| if (0x20..0x7f).contains(byte) { char::from(*byte) } else { '.' })
            .collect();
        let line = match &self.style {
            Style::Dump => {
                let (left, right) = hex.split_at(hex.len().min(8));
                format!("{}{:24} {:24} |{text}|", self.offset, left.join(" "), right.join(" "))
            }
            Style::Field { owner } => {
                let line = format!("{}{:25}{owner}{text}", self.offset, hex.join(" "));
                line.trim_end().to_owned()
            }
        };
        line + "\n"
    }
}

/// Applies `change` to the bytes of each dump in `text`, as one character a byte; what it returns has
/// to be as long as what it got, or the dump is left as it is.
pub(super) fn map(text: &str, change: &dyn Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let Some(first) = Line::parse(line) else {
            out.push_str(line);
            continue;
        };
        let style = first.style.clone();
        let (mut raw, mut dump) = (vec![line], vec![first]);
        while dump.last().is_some_and(Line::is_full)
            && let Some(more) = lines.peek().and_then(|line| Line::parse(line))
            && more.style == style
        {
            dump.push(more);
            raw.extend(lines.next());
        }
        let old: Vec<u8> = dump.iter().flat_map(|line| line.bytes.clone()).collect();
        let shown: String = old.iter().copied().map(char::from).collect();
        let new: Vec<u8> =
            change(&shown).chars().map(|c| u8::try_from(c).unwrap_or(b'?')).collect();
        if new.len() != old.len() || new == old {
            out.extend(raw);
            continue;
        }
        let mut rest = new.as_slice();
        for mut line in dump {
            let (now, later) = rest.split_at(line.bytes.len());
            now.clone_into(&mut line.bytes);
            rest = later;
            out.push_str(&line.render());
        }
    }
    out
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

    const FIELDS: &str = "\
0034    00 00                    tcp       urgent pointer 0
0036    47 45 54 20 31 3a 38 30  http      GET 1:80
003e    38 30 0d 0a 20           http      80..
";

    #[test]
    fn a_port_across_two_lines_is_found() {
        let changed = map(DUMP, &|text| text.replace("8080", "4242"));
        assert!(changed.contains("30 2e 31 3a 34 32  |GET 127.0.0.1:42|\n"), "{changed}");
        let second = "00000010  34 32 0d 0a                                       |42..|\n";
        assert!(changed.contains(second), "{changed}");
        assert_eq!(map(&changed, &|text| text.replace("4242", "8080")), DUMP, "and back");
    }

    #[test]
    fn fields_too() {
        let changed = map(FIELDS, &|text| text.replace("8080", "4242"));
        assert!(changed.contains("3a 34 32  http      GET 1:42\n"), "{changed}");
        assert!(changed.contains("003e    34 32 0d 0a 20           http      42..\n"), "{changed}");
        assert_eq!(map(&changed, &|text| text.replace("4242", "8080")), FIELDS, "and back");
    }

    #[test]
    fn other_lengths_and_other_text_stay() {
        assert_eq!(map(DUMP, &|text| text.replace("8080", "1")), DUMP);
        assert_eq!(map("no dump\n", &|_| "x".into()), "no dump\n");
    }
}

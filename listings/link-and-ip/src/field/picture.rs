//! A table as a picture, for the program `header`.

use std::fmt::Write;

use super::Table;

/// Bits in a row.
const ROW: usize = 32;
/// Columns before the box, for the number of a row's first byte.
const MARGIN: usize = 4;

impl Table {
    /// The header drawn in ASCII, 32 bits a row, with the number of each row's first byte before it.
    ///
    /// A name that does not fit is a letter, and the lines below say which. What has no fixed length
    /// is drawn with a dashed frame.
    pub fn picture(&self) -> String {
        let grid = Grid::new(self);
        let mut text = numbers();
        let mut legend = Vec::new();
        let labels = grid.labels(&mut legend);
        for row in 0..=grid.rows {
            let border: String = (0..=2 * ROW).map(|x| grid.border(row, x)).collect();
            let _ = writeln!(text, "{:MARGIN$}{}", "", border.trim_end());
            if row < grid.rows {
                let line = grid.line(row, &labels);
                let _ = writeln!(text, "{:>3} {}", row * ROW / 8, line.trim_end());
            }
        }
        for (number, line) in lines(&legend).iter().enumerate() {
            // Colons one above the other would be drawn as a dashed line.
            if number > 0 {
                text.push('\n');
            }
            let _ = writeln!(text, "{:MARGIN$}{line}", "");
        }
        text
    }
}

/// The legend in lines no wider than the picture.
fn lines(legend: &[String]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for entry in legend {
        match lines.last_mut() {
            Some(line) if line.len() + 2 + entry.len() <= 2 * ROW => {
                line.push_str(", ");
                line.push_str(entry);
            }
            _ => lines.push(entry.clone()),
        }
    }
    lines
}

/// The numbers of the bits, tens above ones.
fn numbers() -> String {
    let ten = |bit| if bit % 10 == 0 { format!(" {}", bit / 10) } else { "  ".to_owned() };
    let tens: String = (0..ROW).map(ten).collect();
    let ones: String = (0..ROW).map(|bit| format!(" {}", bit % 10)).collect();
    format!("{:MARGIN$}{}\n{:MARGIN$}{ones}\n", "", tens.trim_end(), "")
}

/// Who owns which bit. The tail counts as one field more.
struct Grid<'a> {
    table: &'a Table,
    rows: usize,
    /// The end of the fields, and of all, in bits.
    fixed: usize,
    end: usize,
}

/// A name and where it stands.
struct Label {
    row: usize,
    column: usize,
    text: String,
}

impl<'a> Grid<'a> {
    fn new(table: &'a Table) -> Self {
        let fixed = table.length() * 8;
        let end = match table.tail {
            Some(_) => fixed.next_multiple_of(ROW) + ROW,
            None => fixed,
        };
        Self { table, rows: end.div_ceil(ROW), fixed, end }
    }

    /// The field that a bit belongs to; outside of the picture there is none.
    fn owner(&self, row: Option<usize>, bit: Option<usize>) -> Option<usize> {
        let bit = row? * ROW + bit.filter(|bit| *bit < ROW)?;
        if bit >= self.end {
            return None;
        }
        let fields = self.table.fields;
        Some(fields.iter().position(|field| bit < field.end()).unwrap_or(fields.len()))
    }

    fn is_tail(&self, owner: Option<usize>) -> bool {
        owner == Some(self.table.fields.len())
    }

    /// The line above `bit` of `row`, if there is one.
    fn horizontal(&self, row: usize, bit: Option<usize>) -> Option<char> {
        let above = self.owner(row.checked_sub(1), bit);
        let below = self.owner(Some(row), bit);
        (above != below).then(|| if self.is_tail(above) { '~' } else { '-' })
    }

    /// The line before `bit` of `row`, if there is one.
    fn vertical(&self, row: Option<usize>, bit: usize) -> Option<char> {
        let left = self.owner(row, bit.checked_sub(1));
        let right = self.owner(row, Some(bit));
        let open = [left, right].iter().all(|side| side.is_none() || self.is_tail(*side));
        (left != right).then_some(if open { ':' } else { '|' })
    }

    /// The character at `x` of the line above `row`.
    fn border(&self, row: usize, x: usize) -> char {
        let bit = x / 2;
        if x % 2 == 1 {
            return self.horizontal(row, Some(bit)).unwrap_or(' ');
        }
        let sides = [self.horizontal(row, bit.checked_sub(1)), self.horizontal(row, Some(bit))];
        let ends = [self.vertical(row.checked_sub(1), bit), self.vertical(Some(row), bit)];
        match (sides.iter().flatten().next(), ends.iter().flatten().next()) {
            (Some(_), Some(_)) => '+',
            (Some(line), None) | (None, Some(line)) => *line,
            (None, None) => ' ',
        }
    }

    fn line(&self, row: usize, labels: &[Label]) -> String {
        let border =
            |x: usize| (x.is_multiple_of(2)).then(|| self.vertical(Some(row), x / 2)).flatten();
        let mut line: Vec<char> = (0..=2 * ROW).map(|x| border(x).unwrap_or(' ')).collect();
        for label in labels.iter().filter(|label| label.row == row) {
            for (place, character) in line[label.column..].iter_mut().zip(label.text.chars()) {
                *place = character;
            }
        }
        line.into_iter().collect()
    }

    /// Each name in the middle of its field's widest row.
    fn labels(&self, legend: &mut Vec<String>) -> Vec<Label> {
        let fields = self.table.fields.iter().map(|field| (field.name, field.offset, field.end()));
        let tail = self.table.tail.map(|tail| (tail, self.fixed, self.end));
        let mut short = Vec::new();
        let label = |(name, from, to): (&str, usize, usize)| {
            let spans = (from / ROW..=(to - 1) / ROW).map(|row| {
                (row, from.max(row * ROW) - row * ROW, to.min((row + 1) * ROW) - row * ROW)
            });
            let spans: Vec<_> = spans.collect();
            let widest = spans.iter().map(|(_, from, to)| to - from).max()?;
            let widest: Vec<_> = spans.iter().filter(|(_, from, to)| to - from == widest).collect();
            let (row, from, to) = *widest[(widest.len() - 1) / 2];
            let room = (to - from) * 2 - 1;
            let mut text = name.to_owned();
            if text.len() > room {
                let letters = name.chars().chain(name.chars().map(|c| c.to_ascii_lowercase()));
                let free = letters.filter(char::is_ascii_alphanumeric);
                let letter = { free }.find(|letter| !short.contains(letter)).unwrap_or('?');
                short.push(letter);
                text = letter.to_string();
                legend.push(format!("{letter}: {name}"));
            }
            Some(Label { row, column: from * 2 + 1 + (room - text.len()) / 2, text })
        };
        fields.chain(tail).filter_map(label).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::field::{Field, Table};

    #[test]
    fn a_small_table_drawn() {
        const A: Field = Field::first("kind", 8);
        const B: Field = A.then("flag", 1);
        const C: Field = B.then("address", 55);
        const TABLE: Table = Table::new("small", "", &[A, B, C]).followed_by("data");
        let picture = "\
\x20    0                   1                   2                   3
\x20    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
\x20   +---------------+-+---------------------------------------------+
\x20 0 |     kind      |f|                                             |
\x20   +---------------+-+                                             |
\x20 4 |                            address                            |
\x20   +---------------------------------------------------------------+
\x20 8 :                             data                              :
\x20   +~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~+
\x20   f: flag
";
        assert_eq!(TABLE.picture(), picture);
    }
}

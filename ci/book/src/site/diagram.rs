//! ASCII diagrams as inline SVG in the colour of the text.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use svgbob::Settings;
use unicode_width::UnicodeWidthChar;

static SIZE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"width="([0-9.]+)" height="([0-9.]+)" class="svgbob""#)
        .expect("a constant pattern")
});

/// Draws `ascii`; `name` keeps its ids apart from other diagrams on the same (print) page.
pub(super) fn draw(ascii: &str, name: &str, title: &str) -> String {
    let settings = Settings {
        stroke_color: "currentColor".into(),
        fill_color: "currentColor".into(),
        background: "transparent".into(),
        font_family: "inherit".into(),
        include_backdrop: false,
        stroke_width: 1.5,
        // The font's letters are half as wide as it is high: eight pixels, as a cell of the grid is.
        font_size: 16,
        ..Settings::default()
    };
    let (spelled, words) = spell(ascii);
    let svg = unspell(&svgbob::to_svg_with_settings(&spelled, &settings), &words);
    let svg = svg
        .replace(".svgbob ", &format!(".{name} "))
        .replace("url(#", &format!("url(#{name}-"))
        .replace("id=\"", &format!("id=\"{name}-"));
    let title = super::escape(title);
    let svg = SIZE.replace(&svg, |size: &regex::Captures<'_>| {
        format!(
            "width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" class=\"svgbob {name}\" role=\"img\" \
             aria-labelledby=\"{name}-title\"",
            &size[1], &size[2]
        )
    });
    let svg = svg.replacen('>', &format!("><title id=\"{name}-title\">{title}</title>"), 1);
    // A blank line would end the HTML block in Markdown.
    svg.lines()
        .filter(|line| !line.trim().is_empty())
        .map(str::trim_end)
        .collect::<Vec<_>>()
        .join("\n")
}

/// The signs of which svgbob draws lines, arrows and circles where a line is near: the `v` of
/// "Service" below a corner becomes an arrow.
const SIGNS: &str = "vVoOxX-_/.'()";
/// A cell of svgbob's grid, in pixels.
const CELL: (usize, usize) = (8, 16);

static TEXT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(<text x="(\d+)" y="(\d+)"[^>]*>)([^<]*)"#).expect("a constant pattern")
});

/// Signs that are part of a word, by row and column.
type Words = BTreeMap<(usize, usize), char>;

/// Replaces the signs that are part of a word by a letter that is nothing but text to svgbob.
fn spell(ascii: &str) -> (String, Words) {
    let mut words = Words::new();
    let mut out = String::with_capacity(ascii.len());
    for (row, line) in ascii.lines().enumerate() {
        let line: Vec<char> = line.chars().collect();
        let (mut column, mut quoted) = (0, false);
        for (at, c) in line.iter().enumerate() {
            // svgbob takes what is in quotes for text, and the quotes away.
            quoted ^= *c == '"';
            let part = !quoted && is_part_of_word(&line, at);
            if part {
                words.insert((row, column), *c);
            }
            out.push(if part { 'n' } else { *c });
            column += c.width().unwrap_or(0);
        }
        out.push('\n');
    }
    (out, words)
}

fn is_part_of_word(line: &[char], at: usize) -> bool {
    let word =
        |at: Option<usize>| at.and_then(|at| line.get(at)).is_some_and(char::is_ascii_alphanumeric);
    let (before, after) = (word(at.checked_sub(1)), word(Some(at + 1)));
    match line[at] {
        c if !SIGNS.contains(c) => false,
        '(' => after,
        ')' => before,
        c if c.is_ascii_alphabetic() => before || after,
        _ => before && after,
    }
}

/// Puts the signs back where their words are drawn.
fn unspell(svg: &str, words: &Words) -> String {
    let restored = TEXT.replace_all(svg, |text: &Captures<'_>| {
        let cell = |pixels: &str, size: usize| pixels.parse::<usize>().unwrap_or(0) / size;
        let (mut column, row) = (cell(&text[2], CELL.0), cell(&text[3], CELL.1));
        let mut out = text[1].to_owned();
        let mut entity = false;
        for c in text[4].chars() {
            out.push(*words.get(&(row, column)).filter(|_| c == 'n').unwrap_or(&c));
            // `&amp;` is one character.
            entity = (entity || c == '&') && c != ';';
            column += if entity { 0 } else { c.width().unwrap_or(0) };
        }
        out
    });
    restored.into_owned()
}

#[cfg(test)]
mod tests {
    use super::{draw, spell};

    #[test]
    fn a_word_below_a_corner_stays_a_word() {
        let header = "+-+-+-+-+-+\n| Service |\n+-+-+-+-+-+\n|a&b x-y (8)|\n+-+-+-+-+-+\n";
        let svg = draw(header, "d1", "t");
        for word in [">Service<", ">a&amp;b<", ">x-y<", ">(8)<"] {
            assert!(svg.contains(word), "{word} is not in {svg}");
        }
        let drawn = "--> (  ) a--b v o \"x-y\"\n";
        assert_eq!(spell(drawn).0, drawn, "what is part of no word is drawn");
    }

    #[test]
    fn a_diagram_has_a_title_ids_of_its_own_and_no_blank_line() {
        let svg = draw("+---+\n| 客 |-->\n+---+\n", "d1", "A & B");
        assert!(
            svg.contains("role=\"img\"")
                && svg.contains("<title id=\"d1-title\">A &amp; B</title>")
        );
        assert!(svg.contains("viewBox=") && svg.contains("客"));
        assert!(!svg.contains("\n\n") && !svg.contains("url(#arrow"));
    }
}

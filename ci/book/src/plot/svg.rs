//! What an SVG may hold to stand in a page: shapes, text and classes, and nothing that runs, links,
//! fetches, or could meet an id of the page.
//!
//! The grammar is a small part of XML. A program of ours writes these files, so whatever is not in
//! it is a mistake, and nobody has to know all that a browser would make of it.

use std::sync::LazyLock;

use regex::Regex;

/// In bytes: a picture is drawn anew on every page that it stands on, and on the page to print.
pub const LARGEST: usize = 60 * 1024;

const ELEMENTS: &[&str] =
    &["svg", "g", "path", "polyline", "line", "rect", "circle", "text", "tspan"];
/// Colors and fonts are the site's: a class says what a shape is.
const ATTRIBUTES: &[&str] = &[
    "class",
    "cx",
    "cy",
    "d",
    "dx",
    "dy",
    "height",
    "points",
    "r",
    "text-anchor",
    "transform",
    "viewBox",
    "width",
    "x",
    "x1",
    "x2",
    "y",
    "y1",
    "y2",
];

/// The first tag, which the site adds the role and the text alternative to.
pub const OPENING: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 ";

static TAG: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^<(/?)([a-z]+)((?: [A-Za-z0-9-]+="[^"<>&]*")*)(/?)>"#)
        .expect("a constant pattern")
});
static ATTRIBUTE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#" ([A-Za-z0-9-]+)="([^"]*)""#).expect("a constant pattern"));
/// No `#` and no `:`, so nothing is referred to.
static VALUE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^[A-Za-z0-9 .,()-]*$").expect("a constant pattern"));
/// Braces would be read by mdBook.
static TEXT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:[^&{}<>]|&(?:amp|lt|gt|quot);)*$").expect("a constant pattern")
});

/// Says why a page may not hold the picture, and in which line.
pub fn check(svg: &str) -> Result<(), String> {
    if svg.len() > LARGEST {
        return Err(format!("{} bytes are more than {LARGEST}: draw fewer points", svg.len()));
    }
    if !svg.starts_with(OPENING) {
        return Err(format!("it does not begin with {OPENING}"));
    }
    if svg.lines().any(|line| line.trim().is_empty()) {
        return Err("an empty line would end the HTML that it stands in".to_owned());
    }
    let mut open: Vec<&str> = Vec::new();
    let mut at = 0;
    while at < svg.len() {
        let rest = &svg[at..];
        let read = match rest.find('<') {
            Some(0) => tag(rest, &mut open),
            end => text(&rest[..end.unwrap_or(rest.len())], open.last().copied()),
        };
        let line = svg[..at].matches('\n').count() + 1;
        at += read.map_err(|why| format!("line {line}: {why}"))?;
        if open.is_empty() && !svg[at..].trim().is_empty() {
            return Err(format!("line {line}: something follows </svg>"));
        }
    }
    open.last().map_or(Ok(()), |name| Err(format!("<{name}> is not closed")))
}

/// Reads the tag at the beginning of `rest`, and gives its length.
fn tag(rest: &str, open: &mut Vec<&'static str>) -> Result<usize, String> {
    let shown = || rest.lines().next().unwrap_or_default().chars().take(60).collect::<String>();
    let found = TAG.captures(rest).ok_or_else(|| format!("{:?} is no tag of a plot", shown()))?;
    let (name, words, alone) = (&found[2], &found[3], !found[4].is_empty());
    let known = ELEMENTS.iter().find(|known| **known == name);
    let name = known.ok_or_else(|| format!("<{name}> is not among {}", ELEMENTS.join(", ")))?;
    attributes(words)?;
    if found[1].is_empty() {
        if !alone {
            open.push(name);
        }
    } else if alone || !words.is_empty() || open.pop() != Some(name) {
        return Err(format!("{:?} closes what is not open", shown()));
    }
    Ok(found[0].len())
}

fn attributes(words: &str) -> Result<(), String> {
    let mut seen = Vec::new();
    for word in ATTRIBUTE.captures_iter(words) {
        let (name, value) = (word[1].to_owned(), &word[2]);
        // The one value that is an address, which nobody fetches.
        let namespace = name == "xmlns" && value == "http://www.w3.org/2000/svg";
        if !namespace && !ATTRIBUTES.contains(&name.as_str()) {
            return Err(format!("the attribute {name} is not among {}", ATTRIBUTES.join(", ")));
        }
        if !namespace && !VALUE.is_match(value) {
            return Err(format!("{name}={value:?} is more than words and numbers"));
        }
        if seen.contains(&name) {
            return Err(format!("{name} stands twice"));
        }
        seen.push(name);
    }
    Ok(())
}

/// Reads the text up to the next tag, and gives its length.
fn text(text: &str, inside: Option<&str>) -> Result<usize, String> {
    if !TEXT.is_match(text) {
        return Err(format!("{:?} has a brace, a control character or a bare &", text.trim()));
    }
    if !text.trim().is_empty() && !matches!(inside, Some("text" | "tspan")) {
        return Err(format!("{:?} is not inside <text>", text.trim()));
    }
    Ok(text.len())
}

/// The words that a reader sees, one run a line.
pub fn words(svg: &str) -> String {
    let runs = svg.split('>').filter_map(|piece| piece.split_once('<')).map(|(run, _)| run.trim());
    runs.filter(|run| !run.is_empty()).map(|run| format!("{run}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::{LARGEST, OPENING, check, words};

    fn around(inside: &str) -> String {
        format!("{OPENING}9 9\">\n{inside}\n</svg>\n")
    }

    #[test]
    fn shapes_text_and_classes_are_enough() {
        let svg = around(
            "<g class=\"p-line s1\"><path d=\"M1 2.5h-3\"/></g>\n<text x=\"1\">a &lt; 报文</text>",
        );
        assert_eq!(check(&svg), Ok(()));
        assert_eq!(words(&svg), "a &lt; 报文\n");
    }

    #[test]
    fn all_else_is_refused() {
        let cases = [
            ("<script>1</script>", "<script> is not among"),
            ("<style>p{}</style>", "<style> is not among"),
            ("<image x=\"1\"/>", "<image> is not among"),
            ("<a href=\"x\">y</a>", "<a> is not among"),
            ("<foreignObject/>", "is no tag of a plot"),
            ("<g onload=\"x\"/>", "the attribute onload is not among"),
            ("<g id=\"x\"/>", "the attribute id is not among"),
            ("<g style=\"fill: red\"/>", "the attribute style is not among"),
            ("<g fill=\"red\"/>", "the attribute fill is not among"),
            ("<g class=\"a\" class=\"b\"/>", "class stands twice"),
            ("<g class=\"url(#a)\"/>", "more than words and numbers"),
            ("<g xmlns=\"http://example.org/\"/>", "the attribute xmlns is not among"),
            ("<g class='x'/>", "is no tag of a plot"),
            ("<!-- x -->", "is no tag of a plot"),
            ("<![CDATA[x]]>", "is no tag of a plot"),
            ("<g>", "closes what is not open"),
            ("</g>", "closes what is not open"),
            ("<g></g class=\"x\">", "closes what is not open"),
            ("</svg><svg>", "something follows"),
            ("loose", "is not inside <text>"),
            ("<text>{{x}}</text>", "a brace"),
            ("<text>&nbsp;</text>", "a bare &"),
            ("<text>a</text>\n\n<g/>", "an empty line"),
        ];
        for (inside, why) in cases {
            let found = check(&around(inside)).expect_err(inside);
            assert!(found.contains(why), "{inside}: {found}");
        }
        let open = check(&format!("{OPENING}9 9\"><g>")).expect_err("open");
        assert!(open.contains("<g> is not closed"), "{open}");
        assert!(check("<g/>").is_err_and(|why| why.contains("does not begin with")));
        let large = around(&"<g/>".repeat(LARGEST / 4));
        assert!(check(&large).is_err_and(|why| why.contains("draw fewer points")));
    }
}

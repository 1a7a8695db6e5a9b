//! ASCII diagrams as inline SVG in the colour of the text.

use std::sync::LazyLock;

use regex::Regex;
use svgbob::Settings;

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
        ..Settings::default()
    };
    let svg = svgbob::to_svg_with_settings(ascii, &settings);
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

#[cfg(test)]
mod tests {
    use super::draw;

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

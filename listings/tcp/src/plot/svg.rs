//! From a figure to SVG.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::scale::short;
use super::{Figure, Mark, Scale, Series, Shape};

/// Of the whole picture. On a phone it is half as wide, so all sizes leave room for letters that
/// the site makes larger there.
const WIDTH: f64 = 640.0;
/// Room for the labels of the y axis, and for half of the last label of the x axis.
const LEFT: f64 = 74.0;
const RIGHT: f64 = 22.0;
/// Of the field that the series are drawn in.
const HEIGHT: f64 = 260.0;
/// A row of the legend, and of the label below it.
const ROW: f64 = 26.0;
/// From the label of the y axis to the field: the first tick must not touch it.
const BELOW: f64 = 24.0;
/// Room for the labels of the x axis and its name.
const BOTTOM: f64 = 62.0;

/// The whole picture.
pub(super) fn draw(figure: &Figure) -> String {
    let (x, y) = figure.scales();
    let top = ROW * (figure.series.len() as f64 + 1.0) + BELOW;
    let field = Field { x, y, top };
    let height = top + HEIGHT + BOTTOM;
    let mut out =
        format!("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\">\n");
    legend(&mut out, &figure.series);
    axes(&mut out, &field);
    text(&mut out, "p-label", 0.0, top - BELOW, &figure.y.label, None);
    let bottom = height - 6.0;
    text(&mut out, "p-label", WIDTH - RIGHT, bottom, &figure.x.label, Some("end"));
    for (number, series) in (1..).zip(&figure.series) {
        let places: Vec<_> = series.points.iter().map(|point| field.place(*point)).collect();
        shape(&mut out, series.shape, number, &places);
    }
    out.push_str("</svg>\n");
    out
}

/// Where the points go.
struct Field {
    x: Scale,
    y: Scale,
    top: f64,
}

impl Field {
    fn place(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let across = LEFT + self.x.place(x) * (WIDTH - LEFT - RIGHT);
        (across, self.top + (1.0 - self.y.place(y)) * HEIGHT)
    }
}

/// One row for each series: a piece of it, and its name.
fn legend(out: &mut String, series: &[Series]) {
    for (number, series) in (1..).zip(series) {
        let middle = ROW * f64::from(number) - 6.0;
        let sample = match series.shape {
            // It hangs below its point.
            Shape::Marks(Mark::Bar) => vec![(LEFT + 14.0, middle - 10.0)],
            Shape::Marks(_) => vec![(LEFT + 14.0, middle)],
            Shape::Line | Shape::Steps => vec![(LEFT - 4.0, middle), (LEFT + 28.0, middle)],
        };
        shape(out, series.shape, number, &sample);
        text(out, "p-key", LEFT + 38.0, middle + 6.0, &series.name, None);
    }
}

/// The grid, with a number at each of its lines.
fn axes(out: &mut String, field: &Field) {
    let (left, right, floor) = (LEFT, WIDTH - RIGHT, field.top + HEIGHT);
    let mut grid = String::new();
    for (tick, label) in &field.y.ticks {
        let y = field.top + (1.0 - field.y.place(*tick)) * HEIGHT;
        let _ = write!(grid, "M{} {}H{}", n(left), n(y), n(right));
        text(out, "p-tick", left - 8.0, y + 6.0, label, Some("end"));
    }
    for (tick, label) in &field.x.ticks {
        let x = left + field.x.place(*tick) * (right - left);
        let _ = write!(grid, "M{} {}V{}", n(x), n(field.top), n(floor));
        text(out, "p-tick", x, floor + 28.0, label, Some("middle"));
    }
    path(out, "p-grid", &grid);
    path(out, "p-axis", &format!("M{} {}V{}H{}", n(left), n(field.top), n(floor), n(right)));
}

fn shape(out: &mut String, shape: Shape, number: u32, places: &[(f64, f64)]) {
    match shape {
        Shape::Line => path(out, &format!("p-line s{number}"), &line(places)),
        Shape::Steps => path(out, &format!("p-line s{number}"), &steps(places)),
        Shape::Marks(mark) => path(out, &format!("p-mark s{number}"), &marks(mark, places)),
    }
}

fn line(places: &[(f64, f64)]) -> String {
    let mut d = String::new();
    let mut last = None;
    for (x, y) in places {
        let here = (n(*x), n(*y));
        if last.as_ref() != Some(&here) {
            let _ = write!(d, "{}{} {}", if d.is_empty() { "M" } else { "L" }, here.0, here.1);
        }
        last = Some(here);
    }
    d
}

fn steps(places: &[(f64, f64)]) -> String {
    let mut d = String::new();
    let mut level = None;
    for (index, (x, y)) in places.iter().enumerate() {
        let (x, y) = (n(*x), n(*y));
        match level.as_ref() {
            None => d.push_str(&format!("M{x} {y}")),
            Some(old) if *old != y => d.push_str(&format!("H{x}V{y}")),
            Some(_) if index + 1 == places.len() => d.push_str(&format!("H{x}")),
            Some(_) => {}
        }
        level = Some(y);
    }
    d
}

/// All marks of a series as one path: what stands where another stands already is left out.
fn marks(mark: Mark, places: &[(f64, f64)]) -> String {
    let form = match mark {
        Mark::Dot => "m-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0z",
        Mark::Square => "m-4-4h8v8h-8z",
        Mark::Triangle => "m0-5l5 9h-10z",
        Mark::Cross => "m-4-4l8 8m0-8l-8 8",
        Mark::Bar => "m0 5v9",
    };
    let mut seen = BTreeSet::new();
    let mut d = String::new();
    for (x, y) in places {
        let place = format!("M{} {}", n(*x), n(*y));
        if !seen.contains(&place) {
            d.push_str(&place);
            d.push_str(form);
            seen.insert(place);
        }
    }
    d
}

fn path(out: &mut String, class: &str, d: &str) {
    if !d.is_empty() {
        let _ = writeln!(out, "<path class=\"{class}\" d=\"{d}\"/>");
    }
}

fn text(out: &mut String, class: &str, x: f64, y: f64, words: &str, anchor: Option<&str>) {
    let words = words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let anchor = anchor.map_or_else(String::new, |anchor| format!(" text-anchor=\"{anchor}\""));
    let _ = writeln!(
        out,
        "<text x=\"{}\" y=\"{}\"{anchor} class=\"{class}\">{words}</text>",
        n(x),
        n(y)
    );
}

/// A coordinate.
fn n(value: f64) -> String {
    short(value, 1)
}

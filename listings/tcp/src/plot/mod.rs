//! A small plotter: numbers in, SVG out, and the same bytes each time.
//!
//! A figure has two axes, a few series and a legend. It knows no colors and no fonts: a shape says
//! in its `class` what it is (`p-line s2`), and the page that holds the SVG says what that looks
//! like. Series are told apart without color as well, by dashes and by the form of their marks.
//!
//! It leaves out: a second y axis, text beside a point, and anything that moves.
//!
//! ```
//! use tcp::plot::{Axis, Figure, Mark, Shape};
//!
//! let figure = Figure::new(Axis::new("time (s)"), Axis::new("segments"))
//!     .with("window", Shape::Steps, vec![(0.0, 1.0), (0.1, 2.0), (0.2, 4.0)])
//!     .with("timeouts", Shape::Marks(Mark::Cross), vec![(0.2, 4.0)]);
//! let svg = figure.svg();
//! assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 640 "));
//! assert!(svg.contains("<text x=\"112\" y=\"26\" class=\"p-key\">window</text>"));
//! assert!(figure.table().contains("    0.2     4\n"));
//! ```

mod scale;
mod svg;

pub use scale::{Axis, Scale};

use std::fmt::Write as _;

/// How a series is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// From point to point.
    Line,
    /// A value holds until the next one: windows and other numbers that jump.
    Steps,
    /// Each point for itself.
    Marks(Mark),
}

/// The form of a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Dot,
    Cross,
    Square,
    Triangle,
    /// A short upright line that hangs below its point, so that another mark can stand there.
    Bar,
}

/// One set of points, in the order in which they are drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    pub name: String,
    pub shape: Shape,
    pub points: Vec<(f64, f64)>,
}

/// A picture of some series over the same two axes.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    pub x: Axis,
    pub y: Axis,
    pub series: Vec<Series>,
}

impl Figure {
    pub fn new(x: Axis, y: Axis) -> Self {
        Self { x, y, series: Vec::new() }
    }

    /// Adds a series. The site knows how to draw six.
    #[must_use]
    pub fn with(mut self, name: &str, shape: Shape, points: Vec<(f64, f64)>) -> Self {
        self.series.push(Series { name: name.to_owned(), shape, points });
        self
    }

    /// The picture. Coordinates are rounded to a tenth of a unit of a picture that is 640 wide.
    pub fn svg(&self) -> String {
        svg::draw(self)
    }

    /// The numbers of the picture, for tests and for readers who would rather read: each series with
    /// its name, then a point on each line.
    pub fn table(&self) -> String {
        let mut text = String::new();
        for series in &self.series {
            // Writing to a string does not fail.
            let _ = writeln!(text, "{}\n  {} | {}", series.name, self.x.label, self.y.label);
            for (x, y) in &series.points {
                let _ = writeln!(text, "{:>7} {:>5}", scale::short(*x, 4), scale::short(*y, 4));
            }
        }
        text
    }

    /// Both axes, wide enough for every point.
    fn scales(&self) -> (Scale, Scale) {
        let all = || self.series.iter().flat_map(|series| &series.points);
        (self.x.scale(all().map(|(x, _)| *x), 8), self.y.scale(all().map(|(_, y)| *y), 6))
    }
}

#[cfg(test)]
mod tests {
    use super::{Axis, Figure, Mark, Shape};

    fn figure() -> Figure {
        let climb = (0..50).map(|n| (f64::from(n) * 0.1, f64::from(n * n))).collect();
        Figure::new(Axis::new("time <s>"), Axis::new("bytes & more"))
            .with("climb", Shape::Line, climb)
            .with(
                "steps",
                Shape::Steps,
                vec![(0.0, 100.0), (1.0, 200.0), (2.0, 200.0), (3.0, 50.0)],
            )
            .with(
                "drops",
                Shape::Marks(Mark::Cross),
                vec![(1.0, 500.0), (1.0, 500.0), (2.0, 700.0)],
            )
    }

    #[test]
    fn the_same_numbers_give_the_same_bytes() {
        assert_eq!(figure().svg(), figure().svg());
        assert_eq!(figure().table(), figure().table());
    }

    #[test]
    fn words_are_escaped_and_nothing_is_colored() {
        let svg = figure().svg();
        assert!(svg.contains(">time &lt;s&gt;</text>") && svg.contains(">bytes &amp; more</text>"));
        for word in ["fill", "stroke", "style", "font", "href", "id=", "\n\n"] {
            assert!(!svg.contains(word), "{word:?} in {svg}");
        }
    }

    #[test]
    fn a_step_keeps_its_value_until_the_next() {
        let steps = vec![(0.0, 0.0), (5.0, 10.0), (10.0, 10.0)];
        let figure = Figure::new(Axis::new("x"), Axis::new("y")).with("s", Shape::Steps, steps);
        // From the lower left corner along the floor, up in the middle, and on to the right.
        let svg = figure.svg();
        assert!(svg.contains("class=\"p-line s1\" d=\"M74 336H346V76H618\""), "{svg}");
    }

    #[test]
    fn marks_in_the_same_place_are_one() {
        let svg = figure().svg();
        let marks = svg.lines().find(|line| line.contains("class=\"p-mark s3\" d=\"M1")).unwrap();
        assert_eq!(marks.matches('M').count(), 2, "{marks}");
    }

    #[test]
    fn no_number_breaks_a_picture() {
        for points in [
            vec![],
            vec![(0.0, 0.0)],
            vec![(f64::NAN, f64::INFINITY), (1.0, 1.0)],
            vec![(1e300, -1e300)],
        ] {
            for axis in [Axis::new("x"), Axis::new("x").logarithmic()] {
                let figure = Figure::new(axis.clone(), axis).with("s", Shape::Line, points.clone());
                let svg = figure.svg();
                assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
                assert!(svg.len() < 20_000, "{} bytes", svg.len());
            }
        }
    }
}

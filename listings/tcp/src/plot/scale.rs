//! Axes: from numbers to places, and the ticks that a reader counts by.

/// What an axis says, and how far it reaches.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// With the unit: `time (s)`.
    pub label: String,
    logarithmic: bool,
    range: Option<(f64, f64)>,
}

impl Axis {
    /// From zero, or below, as far as the points reach.
    pub fn new(label: &str) -> Self {
        Self { label: label.to_owned(), logarithmic: false, range: None }
    }

    /// Equal steps multiply. Points at or below zero have no place on it, and stand at its start.
    #[must_use]
    pub fn logarithmic(mut self) -> Self {
        self.logarithmic = true;
        self
    }

    /// From here to there, whatever the points are. What is beyond stands at the edge.
    #[must_use]
    pub fn range(mut self, from: f64, to: f64) -> Self {
        self.range = Some((from, to));
        self
    }

    /// The scale for these values, with at most `ticks` ticks or so.
    pub(super) fn scale(&self, values: impl Iterator<Item = f64>, ticks: u8) -> Scale {
        let usable = |value: &f64| value.abs() < 1e12 && (!self.logarithmic || *value > 1e-12);
        let seen = values.filter(usable).fold(None, |range, value| match range {
            None => Some((value, value)),
            Some((low, high)) => Some((f64::min(low, value), f64::max(high, value))),
        });
        let (low, high) = self.range.or(seen).unwrap_or((1.0, 2.0));
        if self.logarithmic {
            Scale::logarithmic(low, high)
        } else {
            let low = if self.range.is_some() { low } else { low.min(0.0) };
            Scale::linear(low, high, self.range.is_some(), ticks)
        }
    }
}

/// Maps values to places between 0 and 1, and names some of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    from: f64,
    to: f64,
    logarithmic: bool,
    /// Ascending, inside the scale, each with its label.
    pub ticks: Vec<(f64, String)>,
}

/// Ticks on an axis; more would be in each other's way.
const MOST: u8 = 8;

impl Scale {
    /// The ends are on ticks, unless the range is `fixed`.
    fn linear(low: f64, high: f64, fixed: bool, ticks: u8) -> Self {
        let high = if high > low { high } else { low + 1.0 };
        let step = step((high - low) / f64::from(ticks));
        // A hair's breadth: 0.3 / 0.1 is less than 3.
        let (first, last) = if fixed {
            ((low / step - 1e-9).ceil(), (high / step + 1e-9).floor())
        } else {
            ((low / step + 1e-9).floor(), (high / step - 1e-9).ceil())
        };
        let decimals = (0_u8..12).find(|n| step * 10_f64.powi(i32::from(*n)) > 0.999);
        let decimals = decimals.map_or(12, usize::from);
        let ticks = (0..=2 * MOST).map(|n| first + f64::from(n)).take_while(|n| *n < last + 0.5);
        let ticks = ticks.map(|n| n * step);
        let ticks: Vec<_> = ticks.map(|tick| (tick, grouped(tick, decimals))).collect();
        let (from, to) = if fixed { (low, high) } else { (first * step, last * step) };
        Self { from, to, logarithmic: false, ticks }
    }

    /// From a tick to a tick of 1, 2, 5, 10, 20, 50 …
    fn logarithmic(low: f64, high: f64) -> Self {
        let low = low.max(1e-12);
        let nice = |power: i32| [1.0, 2.0, 5.0].map(|digit| digit * 10_f64.powi(power));
        let all: Vec<f64> = (-12..=12).flat_map(nice).collect();
        let first = all.iter().rposition(|tick| *tick <= low * (1.0 + 1e-9)).unwrap_or(0);
        let last = all.iter().position(|tick| *tick >= high * (1.0 - 1e-9));
        let last = last.unwrap_or(all.len() - 1).max((first + 1).min(all.len() - 1));
        let ticks = all[first..=last].iter().map(|tick| (*tick, short(*tick, 12))).collect();
        Self { from: all[first], to: all[last], logarithmic: true, ticks }
    }

    /// Where a value stands: 0 at the start, 1 at the end, never beyond.
    pub fn place(&self, value: f64) -> f64 {
        let (value, from, to) = if self.logarithmic {
            (value.max(self.from).ln(), self.from.ln(), self.to.ln())
        } else {
            (value, self.from, self.to)
        };
        let place = (value - from) / (to - from);
        if place.is_nan() { 0.0 } else { place.clamp(0.0, 1.0) }
    }
}

/// The smallest of 1, 2, 5, 10, 20, 50 … that is not below `least`.
fn step(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0]
        .map(|digit| digit * power)
        .into_iter()
        .find(|step| *step >= least * (1.0 - 1e-9))
        .unwrap_or(10.0 * power)
}

/// `12,000`, `0.25`: with so many decimals, and commas between thousands.
fn grouped(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let (sign, text) = text.strip_prefix('-').map_or(("", &*text), |text| ("-", text));
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut out = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    let zero = !format!("{out}{rest}").contains(|c: char| c.is_ascii_digit() && c != '0');
    format!("{}{out}{rest}", if zero { "" } else { sign })
}

/// As few decimals as say the same, and no more than `most`.
pub(super) fn short(value: f64, most: usize) -> String {
    let text = format!("{value:.most$}");
    let text =
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // none of these numbers is rounded
mod tests {
    use super::{Axis, grouped, short, step};

    fn labels(axis: &Axis, values: &[f64]) -> String {
        let scale = axis.scale(values.iter().copied(), 6);
        scale.ticks.iter().map(|(_, label)| label.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn ticks_are_numbers_that_one_counts_by() {
        let axis = Axis::new("x");
        assert_eq!(labels(&axis, &[0.0, 1.0]), "0.0 0.2 0.4 0.6 0.8 1.0");
        assert_eq!(labels(&axis, &[3.0, 9.7]), "0 2 4 6 8 10");
        assert_eq!(labels(&axis, &[62_000.0]), "0 20,000 40,000 60,000 80,000");
        assert_eq!(labels(&axis, &[-4.0, 4.0]), "-4 -2 0 2 4");
        assert_eq!(labels(&axis, &[0.3]), "0.00 0.05 0.10 0.15 0.20 0.25 0.30");
        assert_eq!(labels(&Axis::new("x").range(0.5, 3.2), &[9.0]), "0.5 1.0 1.5 2.0 2.5 3.0");
        assert_eq!(labels(&Axis::new("x").logarithmic(), &[0.1, 7.0]), "0.1 0.2 0.5 1 2 5 10");
        assert_eq!(labels(&Axis::new("x").logarithmic(), &[1.0]), "1 2");
    }

    #[test]
    fn places_are_between_the_ends() {
        let scale = Axis::new("x").scale([0.0, 10.0].into_iter(), 6);
        assert_eq!(
            [-5.0, 0.0, 2.5, 10.0, 50.0].map(|x| scale.place(x)),
            [0.0, 0.0, 0.25, 1.0, 1.0]
        );
        let scale = Axis::new("x").logarithmic().scale([0.1, 10.0].into_iter(), 6);
        assert!((scale.place(1.0) - 0.5).abs() < 1e-9);
        assert_eq!([0.0, -1.0, 100.0].map(|x| scale.place(x)), [0.0, 0.0, 1.0]);
    }

    #[test]
    fn numbers_as_people_write_them() {
        assert_eq!(
            [grouped(1_234_567.0, 0), grouped(-0.0, 1), grouped(-1000.5, 1)],
            ["1,234,567", "0.0", "-1,000.5"]
        );
        assert_eq!([short(0.25, 4), short(3.0, 4), short(-0.000_01, 4)], ["0.25", "3", "0"]);
        assert_eq!([step(0.3), step(1.0), step(6.0)], [0.5, 1.0, 10.0]);
    }
}

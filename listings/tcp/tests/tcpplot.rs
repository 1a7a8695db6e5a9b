//! What `tcpplot` draws is what the RFCs say: the numbers behind the pictures.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use testkit::{Process, within};

const LIMIT: Duration = Duration::from_secs(60);
const NAMES: [&str; 6] =
    ["slow-start", "sequence", "newreno", "timeout", "zero-window", "loss-goodput"];

fn tcpplot(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tcpplot"));
    let finished = Process::start(command.args(arguments)).unwrap().finish(LIMIT).unwrap();
    assert!(finished.status.success(), "{}", finished.text());
    finished.text()
}

type Points = Vec<(f64, f64)>;

/// The series of a picture by name.
fn data(name: &str) -> BTreeMap<String, Points> {
    let mut series: BTreeMap<String, Points> = BTreeMap::new();
    let mut current = String::new();
    for line in tcpplot(&[name, "--data"]).lines() {
        if line.contains(" | ") {
            continue;
        }
        if !line.starts_with(' ') && line.parse::<f64>().is_err() && !line.contains("  ") {
            line.clone_into(&mut current);
            series.entry(current.clone()).or_default();
        } else {
            let mut numbers = line.split_whitespace().map(|number| number.parse().unwrap());
            let point = (numbers.next().unwrap(), numbers.next().unwrap());
            series.get_mut(&current).unwrap().push(point);
        }
    }
    series
}

/// The value that holds at a moment.
fn at(points: &Points, x: f64) -> f64 {
    points.iter().take_while(|(other, _)| *other <= x).last().unwrap().1
}

fn same(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9
}

#[test]
fn every_picture_is_small_and_the_same_in_both_languages() {
    within(LIMIT, "the pictures", || {
        let listed = tcpplot(&[]);
        for name in NAMES {
            assert!(listed.contains(name), "{listed}");
            let [en, zh] = ["en", "zh"].map(|lang| tcpplot(&[name, "--lang", lang]));
            assert!(en.len() < 40_000, "{name}: {} bytes", en.len());
            // Only the words differ.
            let shapes = |svg: &str| {
                let lines = svg.lines().filter(|line| line.starts_with("<path"));
                lines.map(str::to_owned).collect::<Vec<_>>()
            };
            assert_eq!(shapes(&en), shapes(&zh));
            assert_ne!(en, zh);
        }
    });
}

#[test]
fn an_unknown_picture_is_refused() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tcpplot"));
    let finished = Process::start(command.arg("nothing")).unwrap().finish(LIMIT).unwrap();
    assert!(!finished.status.success());
    assert!(finished.text().contains("there is no picture nothing"), "{}", finished.text());
}

/// RFC 5681 §3.1: each round trip without loss doubles the window, and the peer's window is the limit.
#[test]
fn slow_start_doubles() {
    let figure = data("slow-start");
    let window = &figure["congestion window"];
    for round in 1..=3 {
        let [before, after] =
            [0.0, 0.1].map(|later| at(window, 0.099 + 0.1 * f64::from(round) + later));
        assert!((1.8..=2.1).contains(&(after / before)), "{before} → {after}");
    }
    let most = figure["data on its way"].iter().map(|(_, y)| *y).fold(0.0, f64::max);
    let offered = at(&figure["the peer's window"], 0.8);
    assert!(most <= offered && most > 0.95 * offered, "{most} of {offered}");
}

/// RFC 5681 §3.2: the third duplicate brings the lost segment, and only that one, again.
#[test]
fn the_third_duplicate_repairs_a_loss() {
    let figure = data("sequence");
    let (lost, again) = (&figure["the one that got lost"], &figure["sent again"]);
    assert_eq!((lost.len(), again.len()), (1, 1));
    assert!(same(lost[0].1, again[0].1), "the same number");
    let duplicates = &figure["duplicate acknowledgment"];
    assert!(same(duplicates[2].0, again[0].0), "at the moment of the third duplicate");
    assert!(again[0].0 - lost[0].0 < 0.2, "long before the timer");
    assert!(same(at(&figure["acknowledged"], 0.7), 60.0), "and all of it arrives");
}

/// RFC 5681 §3.1: a loss halves the window; only a timeout brings it down to one segment.
#[test]
fn a_loss_halves_the_window() {
    let figure = data("newreno");
    let window = &figure["congestion window (in recovery: the threshold)"];
    let losses = &figure["fast retransmit"];
    assert!(losses.len() > 20, "{losses:?}");
    for (when, to) in losses {
        // A loss soon after another finds more on its way than the window that the first one left.
        let recent = window.iter().filter(|(x, _)| (when - 0.2..=*when).contains(x));
        let before = recent.map(|(_, y)| *y).fold(at(window, when - 0.001), f64::max);
        assert!(*to <= (before / 2.0 + 2.0).max(2.0), "{before} → {to} at {when}");
    }
    assert!(figure["timeout"].iter().all(|(_, y)| same(*y, 1.0)));
}

/// RFC 6298 §5.5: each timeout doubles the next; and a measurement ends it (§5, below rule 5.7).
#[test]
fn the_timer_backs_off() {
    let figure = data("timeout");
    let sent = &figure["sent again after a timeout"];
    assert!(sent.len() >= 6, "{sent:?}");
    for pair in sent.windows(2) {
        assert!((pair[1].1 / pair[0].1 - 2.0).abs() < 0.01, "{sent:?}");
        assert!((pair[1].0 - pair[0].0 - pair[0].1).abs() < 0.01, "{sent:?}");
    }
    assert!(at(&figure["RTO"], 16.0) < 0.5, "{:?}", figure["RTO"]);
}

/// RFC 9293 §3.8.6.1: probes go on at growing intervals, and the transfer once somebody reads.
#[test]
fn a_closed_window_is_probed() {
    let figure = data("zero-window");
    let probes = &figure["window probe"];
    let gaps: Vec<f64> = probes.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    assert!(probes.len() >= 5 && gaps.is_sorted(), "{probes:?}");
    assert!(at(&figure["acknowledged"], 7.9) < 33.0);
    assert!(same(at(&figure["acknowledged"], 10.0), 100.0));
}

/// RFC 5348 §3.1: within a factor of two of what TCP is expected to do at each loss rate.
#[test]
fn goodput_follows_the_equation() {
    let figure = data("loss-goodput");
    let measured = &figure["this chapter's TCP"];
    for (loss, goodput) in measured {
        let expected = figure["the equation of RFC 5348"]
            .iter()
            .min_by(|(a, _), (b, _)| (a - loss).abs().total_cmp(&(b - loss).abs()))
            .unwrap()
            .1;
        let ratio = goodput / expected;
        assert!((0.67..=2.0).contains(&ratio), "{loss} %: {goodput} is {ratio} of {expected}");
    }
    assert!(measured.windows(2).all(|pair| pair[1].1 < pair[0].1), "{measured:?}");
}

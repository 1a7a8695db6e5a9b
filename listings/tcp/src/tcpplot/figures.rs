//! The pictures, each with the run that it shows.

use std::time::Duration;

use link_and_ip::link::memory::Conditions;
use tcp::connection::{Config, Stats};
use tcp::plot::{Axis, Figure, Mark, Shape};

use crate::Lang;
use crate::run::{Log, Plan, Sample, run};

/// A picture in one language.
type Draw = fn(Lang) -> Figure;

/// Every picture: its name, what it shows, and what draws it.
pub(crate) const ALL: &[(&str, &str, Draw)] = &[
    (
        "slow-start",
        "the congestion window doubles, until the peer's window is the limit",
        slow_start,
    ),
    ("sequence", "one lost segment, three duplicates, and its retransmission", sequence),
    ("newreno", "20 s with 1 % loss: the sawtooth", newreno),
    ("timeout", "the timer backs off while the link is dead", timeout),
    (
        "zero-window",
        "a receiver that does not read, and the probes that ask whether it does",
        zero_window,
    ),
    ("loss-goodput", "goodput against loss, beside what RFC 5348 §3.1 expects", loss_goodput),
];

/// Bytes of data in a full segment.
const SEGMENT: u16 = 1460;

/// Both ends: no options that take room in a segment, and no help from selective acknowledgments.
fn config(buffer: usize) -> Config {
    Config {
        receive_buffer: buffer,
        send_buffer: 2 * buffer,
        mss: SEGMENT,
        timestamps: false,
        sack: false,
        ..Config::default()
    }
}

fn plan(buffer: usize, round_trip: Duration) -> Plan {
    let conditions = Conditions { delay: round_trip / 2, ..Conditions::default() };
    Plan { conditions, sender: config(buffer), receiver: config(buffer), ..Plan::default() }
}

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn seconds(lang: Lang) -> Axis {
    Axis::new(lang.pick("时间（秒）", "time (s)"))
}

fn kilo(bytes: u32) -> f64 {
    f64::from(bytes) / 1000.0
}

fn segments(bytes: u32) -> f64 {
    f64::from(bytes) / f64::from(SEGMENT)
}

/// A value over time. What changes it by less than `least` is left out, so that a picture of thousands
/// of acknowledgments stays small.
fn course(log: &Log, least: f64, value: impl Fn(&Sample) -> f64) -> Vec<(f64, f64)> {
    let mut points: Vec<(f64, f64)> = Vec::new();
    for sample in &log.samples {
        let value = value(sample);
        if points.last().is_none_or(|(_, last)| (value - last).abs() >= least) {
            points.push((sample.at.as_secs_f64(), value));
        }
    }
    let end = log.samples.last().map(|last| (last.at.as_secs_f64(), value(last)));
    points.extend(end);
    points
}

/// The moments at which a counter grew, at the height of a value.
fn moments(
    log: &Log,
    counter: fn(&Stats) -> u64,
    value: impl Fn(&Sample) -> f64,
) -> Vec<(f64, f64)> {
    log.whenever(counter).map(|sample| (sample.at.as_secs_f64(), value(sample))).collect()
}

// A link without loss and without a limit: only the two windows hold the sender back.
fn slow_start(lang: Lang) -> Figure {
    let log = run(plan(200_000, ms(100)), ms(800));
    let size = Axis::new(lang.pick("字节数（kB）", "bytes (kB)"));
    Figure::new(seconds(lang), size)
        .with(
            lang.pick("拥塞窗口", "congestion window"),
            Shape::Steps,
            course(&log, 0.5, |sample| kilo(sample.snapshot.cwnd)),
        )
        .with(
            lang.pick("对端通告的窗口", "the peer's window"),
            Shape::Steps,
            course(&log, 0.5, |sample| kilo(sample.snapshot.snd_wnd)),
        )
        .with(
            lang.pick("在途数据", "data on its way"),
            Shape::Steps,
            course(&log, 0.5, |sample| kilo(sample.snapshot.flight)),
        )
}

// The fourteenth segment gets lost. The link carries 4 Mbit/s, so that segments stand apart.
const LOST: u32 = 14;

fn sequence(lang: Lang) -> Figure {
    let mut plan = plan(200_000, ms(100));
    plan.conditions.bandwidth = Some(4_000_000);
    plan.lose = Some(LOST);
    plan.bytes = Some(60_000);
    let log = run(plan, ms(700));
    let at = |sent: &crate::run::Sent| (sent.at.as_secs_f64(), kilo(sent.seq()));
    let (mut first, mut again, mut next) = (Vec::new(), Vec::new(), 0);
    for sent in log.data() {
        if sent.seq() < next {
            again.push(at(sent));
        } else {
            first.push(at(sent));
        }
        next = next.max(sent.seq() + sent.length);
    }
    // The cross stands alone.
    let lost = vec![first.remove(LOST as usize - 1)];
    let una = |sample: &Sample| kilo(sample.snapshot.snd_una.0.saturating_sub(1));
    Figure::new(seconds(lang), Axis::new(lang.pick("序号（kB）", "sequence number (kB)")))
        .with(lang.pick("报文段", "segment"), Shape::Marks(Mark::Dot), first)
        .with(lang.pick("丢失的报文段", "the one that got lost"), Shape::Marks(Mark::Cross), lost)
        .with(lang.pick("确认号", "acknowledged"), Shape::Steps, course(&log, 0.1, una))
        .with(
            lang.pick("重复确认", "duplicate acknowledgment"),
            Shape::Marks(Mark::Bar),
            moments(&log, |stats| stats.duplicate_acks, una),
        )
        .with(lang.pick("重传", "sent again"), Shape::Marks(Mark::Triangle), again)
}

// In fast recovery the window is inflated by each duplicate (RFC 5681 §3.2); the picture shows
// what it is to come down to.
fn newreno(lang: Lang) -> Figure {
    let mut plan = plan(256_000, ms(50));
    plan.conditions.loss = 0.01;
    plan.seed = 2;
    let log = run(plan, ms(20_000));
    let window = |sample: &Sample| {
        let snapshot = &sample.snapshot;
        segments(if sample.recovering { snapshot.ssthresh } else { snapshot.cwnd })
    };
    let threshold = log.samples.iter().filter(|sample| sample.snapshot.ssthresh < 1_000_000);
    let threshold =
        threshold.map(|sample| (sample.at.as_secs_f64(), segments(sample.snapshot.ssthresh)));
    Figure::new(seconds(lang), Axis::new(lang.pick("报文段数", "segments")))
        .with(
            lang.pick(
                "拥塞窗口（恢复期间取阈值）",
                "congestion window (in recovery: the threshold)",
            ),
            Shape::Steps,
            course(&log, 0.5, window),
        )
        .with(
            lang.pick("慢启动阈值（ssthresh）", "slow start threshold (ssthresh)"),
            Shape::Steps,
            threshold.collect(),
        )
        .with(
            lang.pick("快速重传", "fast retransmit"),
            Shape::Marks(Mark::Triangle),
            moments(&log, |stats| stats.fast_retransmits, window),
        )
        .with(
            lang.pick("超时", "timeout"),
            Shape::Marks(Mark::Cross),
            moments(&log, |stats| stats.timeouts, window),
        )
}

// Dead from second 2 to second 9.
fn timeout(lang: Lang) -> Figure {
    let mut plan = plan(32_000, ms(100));
    plan.outage = Some((ms(2000), ms(9000)));
    let log = run(plan, ms(16_000));
    let rto = |sample: &Sample| sample.snapshot.rto.as_secs_f64();
    Figure::new(
        seconds(lang),
        Axis::new(lang.pick("重传超时 RTO（秒）", "retransmission timeout (s)")),
    )
    .with("RTO", Shape::Steps, course(&log, 0.05, rto))
    .with(
        lang.pick("超时后重传", "sent again after a timeout"),
        Shape::Marks(Mark::Triangle),
        moments(&log, |stats| stats.timeouts, rto),
    )
    .with(
        lang.pick("链路中断", "the link is dead"),
        Shape::Line,
        vec![(2.0, 14.0), (9.0, 14.0)],
    )
}

// Nobody reads before second 8.
fn zero_window(lang: Lang) -> Figure {
    let mut plan = plan(32_000, ms(100));
    plan.bytes = Some(100_000);
    plan.reads_from = ms(8000);
    let log = run(plan, ms(10_000));
    let window = |sample: &Sample| kilo(sample.snapshot.snd_wnd);
    let una = |sample: &Sample| kilo(sample.snapshot.snd_una.0.saturating_sub(1));
    Figure::new(seconds(lang).range(0.0, 10.0), Axis::new(lang.pick("字节数（kB）", "bytes (kB)")))
        .with(lang.pick("已确认", "acknowledged"), Shape::Steps, course(&log, 0.5, una))
        .with(lang.pick("通告窗口", "the window on offer"), Shape::Steps, course(&log, 0.5, window))
        .with(
            lang.pick("窗口探测", "window probe"),
            Shape::Marks(Mark::Cross),
            moments(&log, |stats| stats.probes, window),
        )
}

/// Of the link that goodput is measured on.
const ROUND_TRIP: Duration = ms(100);
/// Loss rates in percent.
const LOSSES: [f64; 6] = [0.2, 0.5, 1.0, 2.0, 5.0, 10.0];
/// How long each is measured, in seconds of the link: slow start is a small part of it.
const MEASURED_FOR: u64 = 100;

fn loss_goodput(lang: Lang) -> Figure {
    let measured = LOSSES.map(|percent| (percent, goodput(percent / 100.0)));
    let curve: Vec<f64> = (0..=40).map(|n| 0.2 * 50_f64.powf(f64::from(n) / 40.0)).collect();
    let points = |law: fn(f64) -> f64| curve.iter().map(|p| (*p, law(p / 100.0))).collect();
    Figure::new(
        Axis::new(lang.pick("丢包率（%）", "loss (%)")).logarithmic(),
        Axis::new(lang.pick("有效吞吐（Mbit/s）", "goodput (Mbit/s)")).logarithmic(),
    )
    .with(lang.pick("本章的 TCP", "this chapter's TCP"), Shape::Marks(Mark::Dot), measured.to_vec())
    .with(
        lang.pick("RFC 5348 的公式", "the equation of RFC 5348"),
        Shape::Line,
        points(|p| equation(p, ROUND_TRIP) / 1e6),
    )
    .with(
        lang.pick("只与丢包率的平方根成反比", "one over the square root of the loss"),
        Shape::Line,
        points(|p| f64::from(SEGMENT) * 8.0 / ROUND_TRIP.as_secs_f64() * (1.5 / p).sqrt() / 1e6),
    )
}

/// Mbit/s that arrive and are read, with this share of the segments lost. Acknowledgments get
/// lost as often.
fn goodput(loss: f64) -> f64 {
    let mut plan = plan(512_000, ROUND_TRIP);
    plan.conditions.loss = loss;
    plan.seed = 7;
    let log = run(plan, Duration::from_secs(MEASURED_FOR));
    log.read as f64 * 8.0 / MEASURED_FOR as f64 / 1e6
}

/// What TCP is expected to send, in bits a second, if it loses `p` of its segments (RFC 5348 §3.1,
/// with the RFC's `b` = 1 and `t_RTO` = 4 `R`).
fn equation(p: f64, round_trip: Duration) -> f64 {
    let r = round_trip.as_secs_f64();
    let recovered = r * (2.0 * p / 3.0).sqrt();
    let timed_out = 4.0 * r * 3.0 * (3.0 * p / 8.0).sqrt() * p * (1.0 + 32.0 * p * p);
    f64::from(SEGMENT) * 8.0 / (recovered + timed_out)
}

//! The kinds in turns, and their ratios.

use std::hint::black_box;
use std::time::Instant;

use crate::exchange::{Codec, Floor, Hyper};
use crate::{Bare, Parts, REQUESTS};

/// Each round runs each kind so many times in a row.
const RUNS: u32 = 500;
const ROUNDS: usize = 401;

type Kind<'a> = (&'static str, Box<dyn FnMut() -> usize + 'a>);

pub(crate) fn print() {
    println!("\n{ROUNDS} rounds of {RUNS} runs each, in turns; medians");
    println!("{:32} {:>8} {:>10} {:>10}", "", "bytes", "ns", "ratio");
    for (name, request) in REQUESTS {
        let length = request.len();
        let (mut bare, mut codec) = (Bare::new(), Codec::new());
        let parse: Vec<Kind<'_>> = vec![
            ("httparse alone", Box::new(|| bare.parse(request))),
            ("codec", Box::new(|| codec.parse(request))),
        ];
        section(&format!("parse a {name}"), length, parse);

        let (mut parts, mut same) = (Parts::of(request), Parts::of(request));
        let write: Vec<Kind<'_>> =
            vec![("plain loop", Box::new(|| parts.plain())), ("codec", Box::new(|| same.codec()))];
        section(&format!("write a {name}"), length, write);

        let (mut floor, mut codec, mut hyper) = (Floor::new(), Codec::new(), Hyper::new());
        let exchange: Vec<Kind<'_>> = vec![
            ("httparse, fixed answer", Box::new(|| floor.exchange(request))),
            ("codec", Box::new(|| codec.exchange(request))),
            ("hyper", Box::new(|| hyper.exchange(request))),
        ];
        section(&format!("exchange for a {name}"), length, exchange);
    }
}

/// Times the kinds in turns. The first one is the floor.
fn section(title: &str, length: usize, mut kinds: Vec<Kind<'_>>) {
    let mut times = vec![Vec::new(); kinds.len()];
    // One round more, which only warms up.
    for round in 0..=ROUNDS {
        for ((_, run), times) in kinds.iter_mut().zip(&mut times) {
            let start = Instant::now();
            for _ in 0..RUNS {
                black_box(run());
            }
            if round > 0 {
                times.push(start.elapsed().as_secs_f64() * 1e9 / f64::from(RUNS));
            }
        }
    }
    println!("{title:32} {length:8}");
    for ((name, _), of_kind) in kinds.iter().zip(&times) {
        let ratios = of_kind.iter().zip(&times[0]).map(|(time, floor)| time / floor);
        let (time, ratio) = (median(of_kind.clone()), median(ratios.collect()));
        println!("  {name:30} {:8} {time:10.0} {ratio:10.2}", "");
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

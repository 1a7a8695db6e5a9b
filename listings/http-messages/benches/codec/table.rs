//! The kinds in turns, and their ratios.

use std::array;
use std::cell::RefCell;
use std::hint::black_box;
use std::rc::Rc;
use std::time::Instant;

use bytes::BytesMut;

use crate::exchange::{Codec, Floor, Hyper};
use crate::{Parts, REQUESTS, parse_bare};

/// Runs that are timed together. A clock costs some 30 ns, and 32 buffers stay in the cache.
const BATCH: usize = 32;
const ROUNDS: usize = 4001;

/// Something to measure: a name, what is timed, and what makes ready for the next time.
struct Kind<'a> {
    name: &'static str,
    run: Box<dyn FnMut() -> usize + 'a>,
    reset: Box<dyn FnMut() + 'a>,
}

impl<'a> Kind<'a> {
    /// One that needs nothing between two runs.
    fn new(name: &'static str, mut once: impl FnMut() -> usize + 'a) -> Self {
        let run = Box::new(move || (0..BATCH).map(|_| black_box(once())).sum());
        Self { name, run, reset: Box::new(|| {}) }
    }
}

pub(crate) fn print() {
    println!("\n{ROUNDS} rounds of {BATCH} runs each, in turns; medians");
    println!("{:32} {:>8} {:>10} {:>10}", "", "bytes", "ns", "ratio");
    for (name, request) in REQUESTS {
        let length = request.len();
        let (mut parts, mut same) = (Parts::of(request), Parts::of(request));
        let (mut floor, mut codec, mut hyper) = (Floor::new(), Codec::new(), Hyper::new());
        let parse = section(&format!("parse a {name}"), length, parse(request));
        let write = section(
            &format!("write a {name}"),
            length,
            vec![Kind::new("plain loop", || parts.plain()), Kind::new("codec", || same.codec())],
        );
        println!("parse and write a {name}");
        println!("  {:30} {:8} {:10.0} {:10.2}", "floors", "", parse[0] + write[0], 1.0);
        let both = parse[1] + write[1];
        println!("  {:30} {:8} {both:10.0} {:10.2}", "codec", "", both / (parse[0] + write[0]));
        section(
            &format!("exchange for a {name}"),
            length,
            vec![
                Kind::new("httparse, fixed answer", || floor.exchange(request)),
                Kind::new("codec", || codec.exchange(request)),
                Kind::new("hyper", || hyper.exchange(request)),
            ],
        );
    }
}

/// A connection gives one head until it is answered, so each run of a batch has its own.
fn parse(request: &'static str) -> Vec<Kind<'static>> {
    let buffers: [_; BATCH] = array::from_fn(|_| BytesMut::from(request));
    let bare = move || buffers.iter().map(|bytes| parse_bare(bytes)).sum();
    let connections: [_; BATCH] = array::from_fn(|_| {
        let mut codec = Codec::new();
        codec.receive(request);
        codec
    });
    let connections = Rc::new(RefCell::new(connections));
    let again = Rc::clone(&connections);
    let codec = Kind {
        name: "codec",
        run: Box::new(move || {
            let mut connections = connections.borrow_mut();
            connections.iter_mut().map(|codec| black_box(codec.parse()).fields.len()).sum()
        }),
        reset: Box::new(move || {
            for codec in again.borrow_mut().iter_mut() {
                codec.dismiss();
                codec.receive(request);
            }
        }),
    };
    vec![Kind { name: "httparse alone", run: Box::new(bare), reset: Box::new(|| {}) }, codec]
}

/// Times the kinds in turns; the first one is the floor. Gives the medians.
fn section(title: &str, length: usize, mut kinds: Vec<Kind<'_>>) -> Vec<f64> {
    let mut times = vec![Vec::new(); kinds.len()];
    // A tenth more, which only warms up.
    for round in 0..ROUNDS + ROUNDS / 10 {
        for (kind, times) in kinds.iter_mut().zip(&mut times) {
            let start = Instant::now();
            black_box((kind.run)());
            if round >= ROUNDS / 10 {
                times.push(start.elapsed().as_secs_f64() * 1e9 / BATCH as f64);
            }
            (kind.reset)();
        }
    }
    println!("{title:32} {length:8}");
    let medians: Vec<f64> = times.into_iter().map(median).collect();
    for (kind, time) in kinds.iter().zip(&medians) {
        println!("  {:30} {:8} {time:10.0} {:10.2}", kind.name, "", time / medians[0]);
    }
    medians
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

//! What a lookup costs in a table of 100,000 prefixes: `cargo bench -p addresses --bench table`.
//!
//! The tables are made from a seed (`table/made.rs`). The kinds take turns, so that a busy moment of
//! the machine hits all of them, and the medians count. The kinds:
//!
//! - **trie**: [`addresses::table::Table`], which changes in place.
//! - **compiled**: [`addresses::table::Compiled`], made from it for lookups alone.
//! - **prefix-trie**: the crate of that name, which takes several bits a step and changes in place.
//! - **scan**: look at every prefix.
//!
//! Each looks up the same addresses: "anywhere" are random ones of the assigned space, most of which
//! no prefix contains in IPv6; "inside" are random ones of random prefixes.

#[path = "table/made.rs"]
mod made;

use std::fs;
use std::hint::black_box;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::process::Command;
use std::time::Instant;

use addresses::table::Table;
use addresses::{Address, Prefix};
use prefix_trie::PrefixMap;

use made::{LENGTHS_V4, LENGTHS_V6, Random, prefixes};

const PREFIXES: usize = 100_000;
/// Addresses that are timed together.
const BATCH: usize = 10_000;
const ROUNDS: usize = 101;
/// How many addresses a scan gets to see in a round.
const SCANNED: usize = 4;
/// What stands at a prefix: enough to name a next hop.
type Value = u32;

/// A prefix as prefix-trie has it.
trait Foreign: Address {
    type Key: prefix_trie::Prefix + Copy + Eq + std::fmt::Debug;
    fn key(prefix: Prefix<Self>) -> Self::Key;
}

impl Foreign for Ipv4Addr {
    type Key = (u32, u8);
    fn key(prefix: Prefix<Self>) -> Self::Key {
        (prefix.network().to_bits(), prefix.length())
    }
}

impl Foreign for Ipv6Addr {
    type Key = (u128, u8);
    fn key(prefix: Prefix<Self>) -> Self::Key {
        (prefix.network().to_bits(), prefix.length())
    }
}

fn ours<A: Address>(prefixes: &[Prefix<A>]) -> Table<A, Value> {
    let mut table = Table::default();
    for (value, prefix) in (0..).zip(prefixes) {
        table.insert(*prefix, value);
    }
    table
}

fn theirs<A: Foreign>(prefixes: &[Prefix<A>]) -> PrefixMap<A::Key, Value> {
    (0..).zip(prefixes).map(|(value, prefix)| (A::key(*prefix), value)).collect()
}

fn scan<A: Address>(prefixes: &[Prefix<A>], address: A) -> Option<Prefix<A>> {
    let all = prefixes.iter().copied().filter(|prefix| prefix.contains(address));
    all.max_by_key(|prefix| prefix.length())
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--memory") {
        println!("{}", memory(&arguments[at + 1..]));
    } else if arguments.iter().any(|argument| argument == "--bench") {
        println!("{PREFIXES} prefixes, medians of {ROUNDS} rounds of {BATCH} lookups, in turns;");
        println!("the last two: how many times as fast as prefix-trie\n");
        measure::<Ipv4Addr>("IPv4", &LENGTHS_V4);
        measure::<Ipv6Addr>("IPv6", &LENGTHS_V6);
    }
}

fn measure<A: Foreign>(name: &str, lengths: &[(u8, u64)]) {
    let mut random = Random(4);
    let prefixes = prefixes::<A>(&mut random, lengths, PREFIXES);
    let (trie, theirs) = (ours(&prefixes), theirs(&prefixes));
    let compiled = trie.compile();
    println!(
        "{:17} {:>8} {:>8} {:>8} {:>11} {:>6} {:>8}",
        format!("{name}, {:.1} deep", depth(&trie, &prefixes)),
        "scan",
        "trie",
        "compiled",
        "prefix-trie",
        "trie",
        "compiled"
    );
    for what in ["anywhere", "inside"] {
        let mut address = || {
            if what == "anywhere" {
                return random.anywhere();
            }
            let nth = random.below(PREFIXES as u64) as usize;
            random.within(prefixes[nth])
        };
        let addresses: Vec<A> = (0..BATCH).map(|_| address()).collect();
        let keys: Vec<A::Key> = addresses
            .iter()
            .filter_map(|address| Prefix::containing(*address, A::BITS).map(A::key))
            .collect();
        let mut times = [const { Vec::new() }; 4];
        // A tenth more, which only warms up.
        for round in 0..ROUNDS + ROUNDS / 10 {
            let our_time = time(&mut || {
                for address in &addresses {
                    black_box(trie.longest_match(black_box(*address)));
                }
            });
            let compiled_time = time(&mut || {
                for address in &addresses {
                    black_box(compiled.longest_match(black_box(*address)));
                }
            });
            let their_time = time(&mut || {
                for key in &keys {
                    black_box(theirs.get_lpm(black_box(key)));
                }
            });
            let scan_time = time(&mut || {
                for address in &addresses[..SCANNED] {
                    black_box(scan(&prefixes, black_box(*address)));
                }
            });
            if round >= ROUNDS / 10 {
                times[0].push(our_time / BATCH as f64);
                times[1].push(compiled_time / BATCH as f64);
                times[2].push(their_time / BATCH as f64);
                times[3].push(scan_time / SCANNED as f64);
            }
        }
        row(&format!("ns, {what}"), &times);
    }
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..5 {
        let mut built = Table::default();
        let trie = time(&mut || built = ours(&prefixes));
        let compile = time(&mut || drop(black_box(built.compile())));
        let theirs = time(&mut || drop(black_box(self::theirs(&prefixes))));
        let kinds = [trie, trie + compile, theirs];
        times.iter_mut().zip(kinds).for_each(|(times, time)| times.push(time / PREFIXES as f64));
    }
    row("ns to insert one", &times);
    let memory = ["trie", "compiled", "theirs"].map(|kind| spawn(&["--memory", name, kind]));
    row("bytes for one", &memory.map(|bytes| vec![bytes]));
    println!();
}

/// Prints the medians of trie, compiled, prefix-trie and, if it is there, scan, and of the ratios.
fn row(what: &str, times: &[Vec<f64>]) {
    let mut columns: Vec<_> =
        times.iter().map(|times| format!("{:.1}", median(times.clone()))).collect();
    columns.resize(4, "-".into());
    let ratio =
        |kind: usize| median(times[2].iter().zip(&times[kind]).map(|(a, b)| a / b).collect());
    let [trie, compiled, theirs, scan] = &columns[..] else { return };
    let ratios = format!("{:>6.2} {:>8.2}", ratio(0), ratio(1));
    println!("{what:17} {scan:>8} {trie:>8} {compiled:>8} {theirs:>11} {ratios}");
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// In nanoseconds.
fn time(work: &mut dyn FnMut()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64() * 1e9
}

/// How many nodes a lookup passes, on average over an address of each prefix.
fn depth<A: Address>(table: &Table<A, Value>, prefixes: &[Prefix<A>]) -> f64 {
    let passed = |prefix: &Prefix<A>| table.walk(prefix.network()).count();
    prefixes.iter().map(passed).sum::<usize>() as f64 / prefixes.len() as f64
}

/// This program again, since memory that was used once is not given back.
fn spawn(arguments: &[&str]) -> f64 {
    let program = std::env::current_exe();
    let output = program.and_then(|program| Command::new(program).args(arguments).output());
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    text.ok().and_then(|text| text.trim().parse().ok()).unwrap_or(f64::NAN)
}

/// How much the process grows by a table, in bytes for each prefix; not a number elsewhere than on
/// Linux.
fn memory(arguments: &[String]) -> f64 {
    fn grown<A: Foreign>(lengths: &[(u8, u64)], kind: &str) -> f64 {
        let prefixes = prefixes::<A>(&mut Random(4), lengths, PREFIXES);
        let before = resident();
        let kept = match kind {
            "theirs" => (None, Some(theirs(&prefixes))),
            _ => (Some(ours(&prefixes)), None),
        };
        let compiled = kept.0.as_ref().filter(|_| kind == "compiled").map(Table::compile);
        let after = resident();
        black_box((&kept, compiled));
        (after - before) / PREFIXES as f64
    }
    match arguments {
        [version, kind] if version == "IPv4" => grown::<Ipv4Addr>(&LENGTHS_V4, kind),
        [_, kind] => grown::<Ipv6Addr>(&LENGTHS_V6, kind),
        _ => f64::NAN,
    }
}

/// The memory of this process that is in use, in bytes.
fn resident() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok());
    kib.unwrap_or(f64::NAN) * 1024.0
}

//! The trials. Each gets a server of its own and returns what a reader of the table has to know:
//! it came out as `expect` says, or why not.

use std::collections::VecDeque;
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use concurrency::session::{MAX_LINE, TOO_LONG};
use concurrency::settings::BUSY;

use crate::client::{Client, text};
use crate::server::{Kind, LIMIT, Server};

/// What a trial is called where a server declares that it fails it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Name {
    Bytes,
    Chunks,
    HalfClose,
    Thousand,
    NeverReads,
    NeverWrites,
    Storm,
    Descriptors,
    Cap,
    FourEmpty,
    Stop,
    Lines,
    TooLong,
    Hundred,
}

/// What the server is declared to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expect {
    /// Everybody is served.
    Served,
    /// Whoever comes second is served when the first has gone.
    Waits,
}

use Expect::{Served, Waits};

type Run = fn(&Path, &Kind, Expect) -> Result<(), String>;

/// A trial.
pub(crate) struct Trial {
    pub(crate) id: Name,
    pub(crate) name: &'static str,
    run: Run,
}

/// All trials, in the order of the table.
pub(crate) const TRIALS: [Trial; 14] = [
    Trial { id: Name::Bytes, name: "one byte at a time", run: bytes },
    Trial { id: Name::Chunks, name: "chunks of any size", run: chunks },
    Trial { id: Name::HalfClose, name: "half-close", run: half_close },
    Trial { id: Name::Thousand, name: "1,000 connections", run: thousand },
    Trial { id: Name::NeverReads, name: "a client never reads", run: never_reads },
    Trial { id: Name::NeverWrites, name: "a client never writes", run: never_writes },
    Trial { id: Name::Storm, name: "2,000 come and go", run: storm },
    Trial { id: Name::Descriptors, name: "no descriptors left", run: descriptors },
    Trial { id: Name::Cap, name: "connection cap", run: cap },
    Trial { id: Name::FourEmpty, name: "four empty connections", run: four_empty },
    Trial { id: Name::Stop, name: "stop with bytes in flight", run: stop },
    Trial { id: Name::Lines, name: "upper: lines", run: lines },
    Trial { id: Name::TooLong, name: "upper: line too long", run: too_long },
    Trial { id: Name::Hundred, name: "upper: 100 at once", run: hundred },
];

/// Runs a trial: the word for the table, or why it failed. A server that does better than it is
/// declared to do has failed as well: the table would be wrong.
pub(crate) fn verdict(trial: &Trial, program: &Path, kind: &Kind) -> Result<String, String> {
    let expect = if kind.waits.contains(&trial.id) { Waits } else { Served };
    (trial.run)(program, kind, expect)?;
    Ok(if expect == Waits { "waits" } else { "ok" }.to_owned())
}

/// Every segment carries one byte.
fn bytes(program: &Path, kind: &Kind, _: Expect) -> Result<(), String> {
    let server = Server::start(program, kind, "")?;
    let client = Client::connect(server.address)?;
    let sent: Vec<u8> = (0..=u8::MAX).collect();
    for byte in &sent {
        client.send(&[*byte])?;
    }
    client.expect(&sent)?;
    drop(client);
    server.stop(LIMIT)
}

/// A mebibyte in pieces of 0 to 9,999 bytes, while what comes back is read.
fn chunks(program: &Path, kind: &Kind, _: Expect) -> Result<(), String> {
    let server = Server::start(program, kind, "")?;
    let mut random = Random(0x5eed);
    let sent: Vec<u8> = (0..1 << 20).map(|_| random.next().to_le_bytes()[0]).collect();
    let client = Client::connect(server.address)?;
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut rest = &sent[..];
            while !rest.is_empty() {
                let count = (random.next() % 10_000).min(rest.len() as u64) as usize;
                client.send(&rest[..count])?;
                rest = &rest[count..];
            }
            client.half_close()
        });
        client.expect_last(&sent)?;
        writer.join().map_err(|_| "the writer panicked".to_owned())?
    })?;
    server.stop(LIMIT)
}

/// The client ends its side first, and still gets everything.
fn half_close(program: &Path, kind: &Kind, _: Expect) -> Result<(), String> {
    let server = Server::start(program, kind, "")?;
    let client = Client::connect(server.address)?;
    let sent = vec![b'x'; 100_000];
    client.send(&sent)?;
    client.half_close()?;
    client.expect_last(&sent)?;
    let client = Client::connect(server.address)?;
    client.half_close()?;
    client.expect_last(b"")?;
    server.stop(LIMIT)
}

/// All open at the same time, and all answered.
fn thousand(program: &Path, kind: &Kind, expect: Expect) -> Result<(), String> {
    let server = Server::start(program, kind, "--connections 1100")?;
    let clients: Result<VecDeque<_>, _> =
        (0..1_000).map(|_| Client::connect(server.address)).collect();
    let mut clients = clients?;
    for client in &clients {
        client.send(b"?")?;
    }
    if expect == Waits {
        clients[0].expect(b"?")?;
        clients[1].expect_silence()?;
        while let Some(client) = clients.pop_front() {
            client.half_close()?; // and now the next one's turn has come
            client.expect_end()?;
        }
        return server.stop(LIMIT);
    }
    clients.iter().try_for_each(|client| client.expect(b"?"))?;
    clients.iter().rev().try_for_each(|client| client.round_trip(b"!"))?;
    drop(clients);
    server.stop(LIMIT)
}

/// It sends until nothing moves any more. The server holds little for it, serves the others, and
/// closes the connection after the idle time.
fn never_reads(program: &Path, kind: &Kind, expect: Expect) -> Result<(), String> {
    // Long enough for the silence before it is over.
    let first = if expect == Waits { 2.0 } else { 0.5 };
    patiently(first, |idle| {
        let server = Server::start(program, kind, &format!("--idle {idle}"))?;
        let before = server.resident();
        let greedy = Client::connect(server.address)?;
        fill(&greedy)?;
        let other = Client::connect(server.address)?;
        other.send(b"other")?;
        if expect == Waits {
            other.expect_silence()?;
        } else {
            other.expect(b"other")?;
            let grown = server.resident().saturating_sub(before);
            if grown > 4096 {
                return Err(format!("{grown} KiB more for one client that does not read"));
            }
        }
        gone(&greedy)?;
        if expect == Waits {
            other.expect(b"other")?;
        }
        drop(other);
        server.stop(LIMIT)
    })
}

/// It opens a connection and sends nothing. The others are served, and the idle time ends it.
fn never_writes(program: &Path, kind: &Kind, expect: Expect) -> Result<(), String> {
    let first = if expect == Waits { 1.0 } else { 0.5 };
    patiently(first, |idle| {
        let server = Server::start(program, kind, &format!("--idle {idle}"))?;
        let silent = Client::connect(server.address)?;
        let other = Client::connect(server.address)?;
        other.send(b"other")?;
        if expect == Waits {
            other.expect_silence()?;
        } else {
            other.expect(b"other")?;
        }
        silent.expect_last(b"")?;
        if expect == Waits {
            other.expect(b"other")?;
        }
        drop(other);
        server.stop(LIMIT)
    })
}

/// 2,000 connections that end at once, three of four with a reset; then an ordinary client.
fn storm(program: &Path, kind: &Kind, _: Expect) -> Result<(), String> {
    let server = Server::start(program, kind, "")?;
    thread::scope(|scope| {
        let waves = [(); 4].map(|()| {
            scope.spawn(|| {
                (0..500).try_for_each(|round| {
                    let client = Client::connect(server.address)?;
                    if round % 2 == 0 {
                        client.send(b"nobody reads this")?;
                    }
                    if round % 4 == 0 { Ok(()) } else { client.reset() }
                })
            })
        });
        waves
            .into_iter()
            .try_for_each(|wave| wave.join().map_err(|_| "a client panicked".to_owned())?)
    })?;
    Client::connect(server.address)?.round_trip(b"still there?")?;
    server.stop(LIMIT)
}

/// 40 clients, and 32 descriptors. Whoever gets none reads that the server is busy, those that
/// have one are served, and nothing spins.
fn descriptors(program: &Path, kind: &Kind, expect: Expect) -> Result<(), String> {
    let server = Server::start_limited(program, kind, 32)?;
    let clients: Result<Vec<_>, _> = (0..40).map(|_| Client::connect(server.address)).collect();
    let clients = clients?;
    clients[0].round_trip(b"first")?;
    if expect == Waits {
        clients[1].expect_silence()?;
    } else {
        clients[39].expect_last(BUSY)?;
        clients[0].round_trip(b"again")?;
    }
    let before = server.used();
    thread::sleep(Duration::from_millis(300)); // not a wait: the time that is measured
    let used = server.used().saturating_sub(before);
    if used > Duration::from_millis(150) {
        return Err(format!("{used:?} of processor time in 300 ms with nothing to do"));
    }
    drop(clients);
    eventually_served(&server)?;
    server.stop(LIMIT)
}

/// Four places, all taken: the fifth client reads why, and no reset, although it has sent bytes
/// that nobody reads.
fn cap(program: &Path, kind: &Kind, expect: Expect) -> Result<(), String> {
    let server = Server::start(program, kind, "--connections 4")?;
    let mut clients = Vec::new();
    for _ in 0..4 {
        clients.push(Client::connect(server.address)?);
        clients[0].round_trip(b"in")?;
        if expect == Served {
            clients[clients.len() - 1].round_trip(b"in")?;
        }
    }
    let fifth = Client::connect(server.address)?;
    if expect == Waits {
        fifth.send(b"in")?;
        fifth.expect_silence()?;
    } else {
        let _ = fifth.send(&[b'x'; 1000]);
        fifth.expect_last(BUSY)?;
        clients[3].round_trip(b"undisturbed")?;
    }
    drop(clients);
    if expect == Waits {
        fifth.expect(b"in")?;
        drop(fifth);
    }
    eventually_served(&server)?;
    server.stop(LIMIT)
}

/// Four clients that connect and say nothing, and four workers.
fn four_empty(program: &Path, kind: &Kind, expect: Expect) -> Result<(), String> {
    let server = Server::start(program, kind, "--workers 4")?;
    let empty: Result<Vec<_>, _> = (0..4).map(|_| Client::connect(server.address)).collect();
    let empty = empty?;
    let fifth = Client::connect(server.address)?;
    fifth.send(b"fifth")?;
    if expect == Waits {
        fifth.expect_silence()?;
        drop(empty);
    }
    fifth.expect(b"fifth")?;
    drop(fifth);
    server.stop(LIMIT)
}

/// 20 clients have sent 10,000 bytes each when the server is told to end. Each gets all of them
/// back, the next client is refused, and the server ends by itself.
fn stop(program: &Path, kind: &Kind, _: Expect) -> Result<(), String> {
    let server = Server::start(program, kind, "--quiet 60")?;
    let clients: Result<Vec<_>, _> = (0..20).map(|_| Client::connect(server.address)).collect();
    let clients = clients?;
    let sent = vec![b'x'; 10_000];
    for client in &clients {
        client.send(&sent[..9_000])?;
    }
    clients[0].expect(&sent[..1])?; // it is at work, not starting
    server.process.terminate();
    let start = Instant::now();
    thread::scope(|scope| {
        let readers: Vec<_> = clients
            .iter()
            .enumerate()
            .map(|(index, client)| {
                let expected = &sent[usize::from(index == 0)..];
                scope.spawn(|| {
                    client.send(&sent[9_000..])?;
                    client.expect(expected)?;
                    client.half_close()?;
                    client.expect_last(b"")
                })
            })
            .collect();
        readers
            .into_iter()
            .try_for_each(|reader| reader.join().map_err(|_| "a client panicked".to_owned())?)
    })?;
    // The signal may need a moment to arrive; whoever comes before it is served.
    while Client::connect(server.address).is_ok() {
        if start.elapsed() > LIMIT {
            return Err("it still accepts after the stop".to_owned());
        }
        thread::sleep(Duration::from_millis(5));
    }
    server.ends(LIMIT)
}

/// Lines in pieces, and several in one piece.
fn lines(program: &Path, kind: &Kind, _: Expect) -> Result<(), String> {
    let server = Server::start(program, kind, "--service upper")?;
    let client = Client::connect(server.address)?;
    client.send(b"one\ntw")?;
    client.expect(b"ONE\n")?;
    client.send(b"o\n\nThree 3\nhalf a line")?;
    client.half_close()?;
    client.expect_last(b"TWO\n\nTHREE 3\n")?;
    server.stop(LIMIT)
}

/// A line without an end, and the rest of it still on its way when the server gives up.
fn too_long(program: &Path, kind: &Kind, _: Expect) -> Result<(), String> {
    let server = Server::start(program, kind, "--service upper")?;
    let client = Client::connect(server.address)?;
    client.send(&vec![b'x'; 10 * MAX_LINE])?;
    client.expect_last(TOO_LONG)?;
    server.stop(LIMIT)
}

/// 100 clients want 10 ms of work each: one after the other that is a second. Whoever is quicker once
/// does not serve them in turn; a machine with other things to do may need a second and a third try.
fn hundred(program: &Path, kind: &Kind, expect: Expect) -> Result<(), String> {
    let once = || hundred_once(program, kind, expect);
    once().or_else(|_| once()).or_else(|_| once())
}

fn hundred_once(program: &Path, kind: &Kind, expect: Expect) -> Result<(), String> {
    const IN_TURN: Duration = Duration::from_secs(1);
    let server = Server::start(program, kind, "--service upper")?;
    let clients: Result<VecDeque<_>, _> =
        (0..100).map(|_| Client::connect(server.address)).collect();
    let mut clients = clients?;
    let start = Instant::now();
    clients.iter().try_for_each(|client| client.send(b"line\n"))?;
    while let Some(client) = clients.pop_front() {
        client.expect(b"LINE\n")?;
    }
    let took = start.elapsed();
    let in_turn = if took < IN_TURN { IN_TURN } else { one_after_the_other(&server)? };
    server.stop(LIMIT)?;
    match expect {
        Served if took < in_turn / 2 || took < IN_TURN => Ok(()),
        Waits if took >= IN_TURN => Ok(()),
        _ => Err(format!("took {took:?}, and {in_turn:?} in turn")),
    }
}

/// How long it takes on this machine, now, if each line is sent after the last one's answer.
fn one_after_the_other(server: &Server) -> Result<Duration, String> {
    let client = Client::connect(server.address)?;
    let start = Instant::now();
    for _ in 0..100 {
        client.send(b"line\n")?;
        client.expect(b"LINE\n")?;
    }
    Ok(start.elapsed())
}

/// A trial with an idle time: on a busy machine we may be late ourselves by as much, and are cut.
/// Then the same with more time.
fn patiently(idle: f64, once: impl Fn(f64) -> Result<(), String>) -> Result<(), String> {
    once(idle).or_else(|_| once(idle * 10.0))
}

/// Sends until the buffers on the way have been full for a while.
fn fill(client: &Client) -> Result<(), String> {
    const FULL: Duration = Duration::from_millis(100);
    const MOST: usize = 64 << 20;
    client.0.set_write_timeout(Some(FULL)).map_err(text("write timeout"))?;
    let piece = vec![b'x'; 64 << 10];
    let mut sent = 0;
    while sent < MOST {
        match (&client.0).write(&piece) {
            Ok(count) => sent += count,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                return Ok(());
            }
            Err(error) => return Err(format!("write: {error}")),
        }
    }
    Err(format!("{MOST} bytes went somewhere"))
}

/// The server has closed a connection whose bytes nobody reads: writing fails in the end.
fn gone(client: &Client) -> Result<(), String> {
    let deadline = Instant::now() + LIMIT;
    // Much at a time: the buffers may have seemed full only because the server was not at work.
    let piece = vec![b'x'; 64 << 10];
    while Instant::now() < deadline {
        match (&client.0).write(&piece) {
            Ok(_) => thread::sleep(Duration::from_millis(5)),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(_) => return Ok(()),
        }
    }
    Err("it keeps a client that never reads".to_owned())
}

/// The places of those who have gone are free, if not at once.
fn eventually_served(server: &Server) -> Result<(), String> {
    let deadline = Instant::now() + LIMIT;
    loop {
        match Client::connect(server.address)?.round_trip(b"free?") {
            Ok(()) => return Ok(()),
            Err(why) if Instant::now() >= deadline => return Err(why),
            Err(_) => thread::sleep(Duration::from_millis(5)),
        }
    }
}

/// Numbers that are the same in every run (`SplitMix64`).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

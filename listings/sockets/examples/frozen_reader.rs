//! Three people in a chat: ann speaks, ben listens, and cat stops reading.
//!
//! Ann goes on when ben has heard what she said before, so ben is never late.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result};
use socket2::{Domain, SockRef, Socket, Type};

/// More lines than the kernel keeps for somebody who does not read them.
const LINES: usize = 5000;

/// Lines that ann says before she waits for ben: fewer than anybody's outbox holds.
const AT_ONCE: usize = 10;

/// Bytes in a line.
const LENGTH: usize = 900;

/// After so long, what has not come counts as not coming.
const PATIENCE: Duration = Duration::from_millis(500);

type Person = BufReader<TcpStream>;

fn main() -> Result<()> {
    let address: SocketAddr = env::args().nth(1).context("say where: HOST:PORT")?.parse()?;
    let (mut ann, mut ben) = (enter(address, "ann")?, enter(address, "ben")?);
    let before = speak(&mut ann, &mut ben, 100)?;
    println!("ann and ben are there: ben hears {before} of 100 lines");
    let mut cat = enter(address, "cat")?;
    let heard = speak(&mut ann, &mut ben, LINES)?;
    if heard == LINES {
        println!("cat does not read:     ben hears {LINES} of {LINES} lines");
    } else {
        println!("cat does not read:     a line does not reach ben within {PATIENCE:?}");
    }
    let dan = if enter(address, "dan").is_ok() { "is let in" } else { "is not let in" };
    println!("dan comes:             {dan}");
    if heard == LINES {
        println!("cat reads again:       {}", skipped(&mut cat)?);
    } else {
        drop(cat);
        let line = format!("line {}", heard + 1);
        let found = finds(&mut ben, |text| text.starts_with(&line));
        println!("cat leaves:            ben {} that line", if found { "hears" } else { "misses" });
    }
    Ok(())
}

/// Connects, says a name, and waits until it comes back: then everybody's lines do, too.
fn enter(address: SocketAddr, name: &str) -> Result<Person> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    if name == "cat" {
        // A small buffer fills soon.
        socket.set_recv_buffer_size(4096)?;
    }
    socket.connect(&address.into())?;
    let mut stream = BufReader::new(TcpStream::from(socket));
    stream.get_ref().set_read_timeout(Some(PATIENCE))?;
    stream.get_mut().write_all(format!("{name}\n").as_bytes())?;
    anyhow::ensure!(finds(&mut stream, |line| line.contains(name)), "{name} is not let in");
    Ok(stream)
}

/// Ann says lines; returns how many of them ben hears.
fn speak(ann: &mut Person, ben: &mut Person, count: usize) -> Result<usize> {
    for first in (1..=count).step_by(AT_ONCE) {
        let numbers = first..first + AT_ONCE;
        let text = |number| format!("line {number} {}\n", ".".repeat(LENGTH));
        let lines: String = numbers.clone().map(text).collect();
        ann.get_mut().write_all(lines.as_bytes())?;
        for number in numbers {
            let wanted = format!("line {number} ");
            if !finds(ben, |line| line.contains(&wanted)) {
                return Ok(number - 1);
            }
        }
    }
    Ok(count)
}

/// Cat reads on until she is told of a gap.
fn skipped(cat: &mut Person) -> Result<&'static str> {
    // And now in a hurry.
    SockRef::from(cat.get_ref()).set_recv_buffer_size(1 << 20)?;
    let told = finds(cat, |line| line.starts_with('*') && line.ends_with("lines skipped\n"));
    Ok(if told { "she is told how many lines she missed" } else { "she is told nothing" })
}

/// Reads lines until the one that is wanted, or until none has come for too long.
fn finds(person: &mut Person, wanted: impl Fn(&str) -> bool) -> bool {
    let mut line = String::new();
    while person.read_line(&mut line).is_ok_and(|count| count > 0) {
        if wanted(&line) {
            return true;
        }
        line.clear();
    }
    false
}

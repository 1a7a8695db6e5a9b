//! A chat for two people on one thread, which reads from one and then from the other; and two
//! people who do not take turns.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

/// The longest line, in bytes.
const LINE: u64 = 1000;

/// After so long, what has not come counts as not coming.
const PATIENCE: Duration = Duration::from_millis(300);

// ANCHOR: serve
/// Carries lines between two people.
fn serve(mut ann: BufReader<TcpStream>, mut ben: BufReader<TcpStream>) -> io::Result<()> {
    loop {
        if carry(&mut ann, &mut ben)? == 0 || carry(&mut ben, &mut ann)? == 0 {
            return Ok(());
        }
    }
}

/// Carries one line; returns its length.
fn carry(from: &mut BufReader<TcpStream>, to: &mut BufReader<TcpStream>) -> io::Result<usize> {
    let mut line = String::new();
    let count = from.take(LINE).read_line(&mut line)?;
    to.get_mut().write_all(line.as_bytes())?;
    Ok(count)
}
// ANCHOR_END: serve

fn main() -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let (ann, first) = (TcpStream::connect(address)?, listener.accept()?.0);
    let (ben, second) = (TcpStream::connect(address)?, listener.accept()?.0);
    thread::spawn(|| serve(BufReader::new(first), BufReader::new(second)));
    let (mut ann, mut ben) = (Person::new("ann", ann)?, Person::new("ben", ben)?);

    ann.says("are you there?")?;
    ben.listens()?;
    ann.says("hello?")?;
    ben.listens()?;
    ben.says("I was on the phone")?;
    ann.listens()?;
    ben.listens()
}

struct Person {
    name: &'static str,
    stream: BufReader<TcpStream>,
}

impl Person {
    fn new(name: &'static str, stream: TcpStream) -> io::Result<Self> {
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { name, stream: BufReader::new(stream) })
    }

    fn says(&mut self, text: &str) -> anyhow::Result<()> {
        println!("{} says   {text}", self.name);
        Ok(writeln!(self.stream.get_mut(), "{text}")?)
    }

    fn listens(&mut self) -> anyhow::Result<()> {
        let mut line = String::new();
        match self.stream.by_ref().take(LINE).read_line(&mut line) {
            Ok(_) => println!("{} hears  {}", self.name, line.trim_end()),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                println!("{} hears nothing for {PATIENCE:?}", self.name);
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }
}

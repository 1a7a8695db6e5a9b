//! A chat with a thread for each person, and one list of everybody. It has a famous bug, which
//! `frozen_reader` shows.

use std::env;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// The longest line, in bytes.
const LINE: u64 = 1000;

/// Everyone who is there, for writing.
static EVERYONE: Mutex<Vec<TcpStream>> = Mutex::new(Vec::new());

// ANCHOR: many
fn serve(listener: &TcpListener) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept()?;
        // Each line is whole, and waits for nothing.
        stream.set_nodelay(true)?;
        let ears = stream.try_clone()?;
        let mut everyone = EVERYONE.lock().unwrap_or_else(PoisonError::into_inner);
        everyone.push(ears);
        // The newcomer is told when lines begin to reach it.
        say(&mut everyone, "* somebody is here\n");
        thread::spawn(|| listen(stream));
    }
}

/// Passes on what one person says.
fn listen(stream: TcpStream) {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    while matches!(stream.by_ref().take(LINE).read_line(&mut line), Ok(1..)) {
        let mut everyone = EVERYONE.lock().unwrap_or_else(PoisonError::into_inner);
        say(&mut everyone, &line);
        line.clear();
    }
    // The list has another handle of this socket, which would keep it open.
    let _ = stream.get_ref().shutdown(Shutdown::Both);
}

/// Tells everyone, and forgets those who are gone.
fn say(everyone: &mut Vec<TcpStream>, line: &str) {
    everyone.retain_mut(|person| person.write_all(line.as_bytes()).is_ok());
}
// ANCHOR_END: many

fn main() -> anyhow::Result<()> {
    let address = env::args().nth(1).unwrap_or("127.0.0.1:0".into());
    let listener = TcpListener::bind(&address)?;
    println!("listening on {}", listener.local_addr()?);
    Ok(serve(&listener)?)
}

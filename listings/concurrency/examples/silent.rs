//! `silent ADDRESS NUMBER`: so many clients that say nothing, then one that says something, then one
//! of the silent ones says something after all.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use anyhow::Context;

/// How long the silent ones go on being silent.
const AFTER_ALL: Duration = Duration::from_millis(200);

/// How long a client waits for its answer.
const PATIENCE: Duration = Duration::from_millis(500);

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: silent ADDRESS NUMBER";
    let address: SocketAddr = arguments.next().context(usage)?.parse()?;
    let number: usize = arguments.next().context(usage)?.parse()?;
    let mut silent = Vec::new();
    for _ in 0..number {
        silent.push(TcpStream::connect(address)?);
    }
    println!("{number} connected, and silent");
    println!("one more says hello: {}", ask(&TcpStream::connect(address)?, "hello")?);
    if let Some(last) = silent.last() {
        thread::sleep(AFTER_ALL);
        println!("a silent one says sorry: {}", ask(last, "sorry")?);
    }
    Ok(())
}

/// What comes back.
fn ask(mut stream: &TcpStream, word: &str) -> anyhow::Result<String> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut answer = [0; 64];
    let asked = stream.write_all(word.as_bytes()).and_then(|()| stream.read(&mut answer));
    Ok(match asked {
        Ok(0) => "closed".to_owned(),
        Ok(count) => String::from_utf8_lossy(&answer[..count]).trim_end().to_owned(),
        Err(error) if late(&error) => format!("nothing for {} s", PATIENCE.as_secs_f32()),
        Err(error) => error.kind().to_string(),
    })
}

fn late(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

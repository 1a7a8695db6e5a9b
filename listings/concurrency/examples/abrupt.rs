//! `abrupt ADDRESS:PORT`: an echo server as in the first chapter of many books. It ends when it is
//! told to, at once, with whatever it has in its hands.

use std::env;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};

// ANCHOR: main
fn main() -> anyhow::Result<()> {
    let address = env::args().nth(1).unwrap_or("127.0.0.1:0".to_owned());
    ctrlc::set_handler(|| std::process::exit(0))?;
    let listener = TcpListener::bind(address)?;
    println!("listening on {}", listener.local_addr()?);
    for stream in listener.incoming() {
        let _ = echo(stream?); // the next one waits
    }
    Ok(())
}
// ANCHOR_END: main

fn echo(mut stream: TcpStream) -> io::Result<()> {
    let mut buffer = [0; 16 << 10];
    loop {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        stream.write_all(&buffer[..count])?;
    }
}

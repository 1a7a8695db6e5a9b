//! `brusque silent|busy ADDRESS:PORT`: an overloaded server that closes each connection at once.

use std::env;
use std::io::Write;
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use anyhow::bail;
use concurrency::settings::BUSY;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [how, address] = &arguments[..] else { bail!("usage: brusque silent|busy ADDRESS:PORT") };
    let listener = TcpListener::bind(address)?;
    println!("listening");
    for stream in listener.incoming() {
        let mut stream = stream?;
        thread::sleep(Duration::from_millis(50)); // long enough for a request to arrive
        if how == "busy" {
            stream.write_all(BUSY)?;
        }
        drop(stream);
    }
    Ok(())
}

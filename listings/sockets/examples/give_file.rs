//! `give_file FILE PATH`: opens a file, reads a line, and gives the open file to whoever connects to
//! the Unix socket PATH; when that one is done, it reads on.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::net::UnixListener;
use std::time::Duration;

use anyhow::{bail, ensure};
use sockets::descriptors::send;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, path] = &arguments[..] else { bail!("usage: give_file FILE PATH") };

    // ANCHOR: give
    let mut file = File::open(file)?;
    let listener = UnixListener::bind(path)?;
    println!("descriptor {}: {}", file.as_raw_fd(), line(&mut file)?);

    let (mut taker, _) = listener.accept()?;
    send(&taker, b"x", &[file.as_fd()])?;
    // It closes its end when it is done.
    taker.set_read_timeout(Some(Duration::from_secs(10)))?;
    ensure!(taker.read(&mut [0])? == 0, "the taker has nothing to say");
    println!("descriptor {}: {}", file.as_raw_fd(), line(&mut file)?);
    // ANCHOR_END: give
    fs::remove_file(path)?;
    Ok(())
}

/// The next line of at most 80 bytes, read byte by byte: a buffer would read ahead, and so move the
/// place at which the other process goes on.
fn line(file: &mut File) -> io::Result<String> {
    let mut line = Vec::new();
    let mut byte = [0];
    while line.len() < 80 && file.read(&mut byte)? == 1 && byte[0] != b'\n' {
        line.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&line).into_owned())
}

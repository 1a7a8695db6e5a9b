//! `stolen_path`: a Unix socket's path outlives its socket, and "remove it first" takes it away from
//! one that lives.

use std::fs;
use std::io;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;

fn main() -> anyhow::Result<()> {
    let path = Path::new("stolen.sock");
    // What an earlier run has left is not part of the story.
    let _ = fs::remove_file(path);

    drop(UnixListener::bind(path)?);
    println!("the listener is gone, the file is there: {}", path.exists());
    println!("connect: {}", said(UnixStream::connect(path)));
    println!("bind:    {}", said(UnixListener::bind(path)));

    println!("a server that removes the path first, twice:");
    let first = remove_and_bind(path)?;
    let second = remove_and_bind(path)?;
    let _client = UnixStream::connect(path)?;
    for (name, server) in [("first", first), ("second", second)] {
        server.set_nonblocking(true)?;
        println!("  {name}: accept: {}", said(server.accept()));
    }
    fs::remove_file(path)?;

    let long = "x".repeat(108);
    println!("a path of 108 bytes: {}", said(UnixListener::bind(long)));
    Ok(())
}

fn said<T>(result: io::Result<T>) -> String {
    result.map_or_else(|error| error.to_string(), |_| "Ok".to_owned())
}

// ANCHOR: remove_and_bind
fn remove_and_bind(path: &Path) -> io::Result<UnixListener> {
    let _ = fs::remove_file(path);
    UnixListener::bind(path)
}
// ANCHOR_END: remove_and_bind

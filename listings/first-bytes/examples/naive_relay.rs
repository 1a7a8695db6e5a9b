//! `naive_relay MISTAKE LISTEN TARGET`: three relays that look right and are wrong.
//!
//! Each of them works with `curl` and a small page on a fast machine, which is why one meets them
//! so often. `tests/naive.rs` shows how each fails, and that the real relay passes the same test.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::ExitCode;
use std::thread;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [mistake, listen, target] = &arguments[..] else {
        eprintln!("usage: naive_relay one-thread|close-both|one-read LISTEN TARGET");
        return ExitCode::from(2);
    };
    let relay = match &mistake[..] {
        "one-thread" => one_thread,
        "close-both" => close_both,
        "one-read" => one_read,
        _ => {
            eprintln!("naive_relay: no mistake is called {mistake}");
            return ExitCode::from(2);
        }
    };
    match run(relay, listen, target) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("naive_relay: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(relay: Mistake, listen: &str, target: &str) -> io::Result<()> {
    for client in TcpListener::bind(listen)?.incoming() {
        // Whether an error shows here is a matter of timing; what the client gets is not.
        let _ = relay(client?, TcpStream::connect(target)?);
    }
    Ok(())
}

pub(crate) type Mistake = fn(TcpStream, TcpStream) -> io::Result<()>;

// ANCHOR: one_thread
/// First the whole request, then the whole answer. But a client that wants to use its connection
/// again does not end its stream after the request: the first line waits for an end that comes only
/// after the answer.
pub(crate) fn one_thread(mut client: TcpStream, mut server: TcpStream) -> io::Result<()> {
    io::copy(&mut client, &mut server)?;
    server.shutdown(Shutdown::Write)?;
    io::copy(&mut server, &mut client)?;
    Ok(())
}
// ANCHOR_END: one_thread

// ANCHOR: close_both
/// Two threads, and whichever is done first ends the connection. But the end of the request is not
/// the end of the connection: the answer is still to come, and nobody is left to carry it.
pub(crate) fn close_both(client: TcpStream, server: TcpStream) -> io::Result<()> {
    let (from_client, to_client) = (client.try_clone()?, client);
    let (to_server, from_server) = (server.try_clone()?, server);
    let there = thread::spawn(move || copy_then_close(from_client, to_server));
    copy_then_close(from_server, to_client)?;
    there.join().unwrap_or(Ok(()))
}

fn copy_then_close(mut source: TcpStream, mut destination: TcpStream) -> io::Result<()> {
    io::copy(&mut source, &mut destination)?;
    for stream in [source, destination] {
        // It fails where the other thread was first.
        let _ = stream.shutdown(Shutdown::Both);
    }
    Ok(())
}
// ANCHOR_END: close_both

// ANCHOR: one_read
/// One read for the request, since it is short. But a read returns what has arrived, and that may
/// be its first byte.
pub(crate) fn one_read(mut client: TcpStream, mut server: TcpStream) -> io::Result<()> {
    let mut request = [0; 4096];
    let count = client.read(&mut request)?;
    server.write_all(&request[..count])?;
    io::copy(&mut server, &mut client)?;
    Ok(())
}
// ANCHOR_END: one_read

//! Ends a read that another thread is blocked in.

use std::io::{self, Read};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

// ANCHOR: unblock
fn main() -> anyhow::Result<()> {
    let (stream, _peer) = connection()?;
    let reading = stream.try_clone()?;
    let result = read_on_a_thread(reading);

    drop(stream);
    println!("dropped:    {}", look(&result, 300));

    let (stream, _peer) = connection()?;
    let reading = stream.try_clone()?;
    let result = read_on_a_thread(reading);
    stream.shutdown(Shutdown::Both)?;
    println!("shut down:  {}", look(&result, 10_000));
    Ok(())
}

fn read_on_a_thread(mut stream: TcpStream) -> Receiver<io::Result<usize>> {
    let (sender, result) = mpsc::channel();
    thread::spawn(move || {
        let _ = sender.send(stream.read(&mut [0; 100])); // nobody writes: it blocks
    });
    result
}
// ANCHOR_END: unblock

fn look(result: &Receiver<io::Result<usize>>, patience: u64) -> String {
    match result.recv_timeout(Duration::from_millis(patience)) {
        Err(_) => "the thread still reads".to_owned(),
        Ok(Ok(count)) => format!("read has returned {count}"),
        Ok(Err(error)) => format!("read has failed: {error}"),
    }
}

fn connection() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let near = TcpStream::connect(listener.local_addr()?)?;
    let (far, _) = listener.accept()?;
    Ok((near, far))
}

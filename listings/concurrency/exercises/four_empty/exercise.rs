//! Exercise: silent clients hold no worker.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

// ANCHOR: exercise
/// Accepts `total` connections and echoes what they send, with `workers` threads, until all of them
/// have ended. Who says nothing may stay for ever, and keeps nobody from being served.
pub(crate) fn serve(listener: &TcpListener, workers: usize, total: usize) -> io::Result<()> {
    let (queue, jobs) = mpsc::channel::<TcpStream>();
    let jobs = Mutex::new(jobs);
    let next = || jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
    thread::scope(|threads| {
        for _ in 0..workers {
            threads.spawn(|| {
                while let Ok(mut stream) = next() {
                    while turn(&mut stream).unwrap_or(false) {}
                }
            });
        }
        for stream in listener.incoming().take(total) {
            let _ = queue.send(stream?);
        }
        drop(queue);
        Ok(())
    })
}

/// One read, and what was read goes back. False at the end of the stream.
fn turn(stream: &mut TcpStream) -> io::Result<bool> {
    let mut buffer = [0; 4096];
    let count = stream.read(&mut buffer)?;
    stream.write_all(&buffer[..count])?;
    Ok(count > 0)
}
// ANCHOR_END: exercise

//! `naive_pool ADDRESS WORKERS [SECONDS]`: the thread pool of the textbooks, as an echo server. With
//! a limit, a connection that is silent for so long is closed.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use anyhow::Context;

// ANCHOR: pool
fn serve(listener: &TcpListener, workers: usize, idle: Option<Duration>) -> io::Result<()> {
    let (queue, jobs) = mpsc::sync_channel(1024);
    let jobs = Mutex::new(jobs);
    let next = || jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
    thread::scope(|threads| {
        for _ in 0..workers {
            threads.spawn(|| {
                while let Ok(stream) = next() {
                    let _ = echo(stream, idle); // its error is nobody else's
                }
            });
        }
        for stream in listener.incoming() {
            queue.send(stream?).expect("the workers live as long as the queue");
        }
        Ok(())
    })
}

fn echo(mut stream: TcpStream, idle: Option<Duration>) -> io::Result<()> {
    stream.set_read_timeout(idle)?;
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer)? {
            0 => return Ok(()),
            count => stream.write_all(&buffer[..count])?,
        }
    }
}
// ANCHOR_END: pool

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: naive_pool ADDRESS WORKERS [SECONDS]";
    let listener = TcpListener::bind(arguments.next().context(usage)?)?;
    let workers = arguments.next().context(usage)?.parse()?;
    let idle = arguments.next().map(|seconds| seconds.parse().map(Duration::from_secs_f64));
    println!("listening on {}", listener.local_addr()?);
    Ok(serve(&listener, workers, idle.transpose()?)?)
}

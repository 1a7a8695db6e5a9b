//! Solution: one thread waits for all of them, and a worker gets who has something to say.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

use rustix::event::{PollFd, PollFlags, poll};

// ANCHOR: solution
/// Accepts `total` connections and echoes what they send, with `workers` threads, until all of them
/// have ended. Who says nothing may stay for ever, and keeps nobody from being served.
pub(crate) fn serve(listener: &TcpListener, workers: usize, total: usize) -> io::Result<()> {
    let (queue, jobs) = mpsc::channel::<TcpStream>();
    let (back, returned) = mpsc::channel::<Option<TcpStream>>();
    let (mut woken, waker) = io::pipe()?;
    let jobs = Mutex::new(jobs);
    let next = || jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
    thread::scope(|threads| {
        let queue = queue; // dropped at the end of this closure, also by an error
        for _ in 0..workers {
            threads.spawn(|| {
                while let Ok(mut stream) = next() {
                    let more = turn(&mut stream).unwrap_or(false);
                    let _ = back.send(more.then_some(stream));
                    let _ = (&waker).write(&[0]);
                }
            });
        }
        let (mut silent, mut accepted, mut ended) = (Vec::<TcpStream>::new(), 0, 0);
        while ended < total {
            let accepting = if accepted < total { PollFlags::IN } else { PollFlags::empty() };
            let mut asked = vec![PollFd::new(&woken, PollFlags::IN)];
            asked.push(PollFd::new(listener, accepting));
            asked.extend(silent.iter().map(|stream| PollFd::new(stream, PollFlags::IN)));
            poll(&mut asked, None)?;
            let ready: Vec<_> = asked.iter().map(|asked| !asked.revents().is_empty()).collect();
            let mut speaks = ready[2..].iter();
            for stream in silent.extract_if(.., |_| speaks.next() == Some(&true)) {
                let _ = queue.send(stream);
            }
            if ready[1] {
                accepted += 1;
                silent.push(listener.accept()?.0);
            }
            if ready[0] {
                let _ = woken.read(&mut [0])?; // a byte for each that comes back
                match returned.recv() {
                    Ok(Some(stream)) => silent.push(stream),
                    _ => ended += 1,
                }
            }
        }
        Ok(())
    })
}
// ANCHOR_END: solution

/// One read, and what was read goes back. False at the end of the stream.
fn turn(stream: &mut TcpStream) -> io::Result<bool> {
    let mut buffer = [0; 4096];
    let count = stream.read(&mut buffer)?;
    stream.write_all(&buffer[..count])?;
    Ok(count > 0)
}

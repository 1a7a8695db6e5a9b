//! `interrupted`: Ctrl-C, and the program has a handler for it. What becomes of its read?

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use rustix::process::{Signal, getpid, kill_process};

fn main() -> anyhow::Result<()> {
    ctrlc::set_handler(|| {})?;
    let read = |stream: &mut TcpStream| stream.read(&mut [0; 5]);
    let read_exact = |stream: &mut TcpStream| stream.read_exact(&mut [0; 5]).map(|()| 5);
    let limit = Some(Duration::from_secs(5));
    println!("no time limit, read:        {}", try_it(None, read)?);
    println!("5 s, read:                  {}", try_it(limit, read)?);
    println!("5 s, read_exact:            {}", try_it(limit, read_exact)?);
    Ok(())
}

// ANCHOR: try_it
/// Reads while another thread sends this process a few signals, and five bytes after that.
fn try_it(
    limit: Option<Duration>,
    read: fn(&mut TcpStream) -> io::Result<usize>,
) -> io::Result<String> {
    let (mut near, mut far) = pair()?;
    near.set_read_timeout(limit)?;
    let signaling = thread::spawn(move || -> io::Result<()> {
        // One is enough, if it comes while the other thread is in its read.
        for _ in 0..5 {
            thread::sleep(Duration::from_millis(30));
            kill_process(getpid(), Signal::INT)?;
        }
        far.write_all(b"bytes")
    });
    let result = match read(&mut near) {
        Ok(count) => format!("{count} bytes"),
        Err(error) => format!("{:?}", error.kind()),
    };
    signaling.join().unwrap_or_else(|_| Err(io::Error::other("the other thread panicked")))?;
    Ok(result)
}
// ANCHOR_END: try_it

fn pair() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let near = TcpStream::connect(listener.local_addr()?)?;
    Ok((near, listener.accept()?.0))
}

//! `rounds`: a question in two writes, over and over, with and without the options that are said to
//! help.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use socket2::SockRef;

/// How often each question is asked. The first few are quick: at the start of a connection Linux
/// acknowledges at once.
const ROUNDS: usize = 7;
/// A round that takes so long has waited for a timer, and not for a processor.
const WAITED: Duration = Duration::from_millis(20);

fn main() -> anyhow::Result<()> {
    println!("two writes               {}", rounds(|_, _| Ok(()))?);
    println!("TCP_NODELAY              {}", rounds(|client, _| client.set_tcp_nodelay(true))?);
    println!("TCP_NODELAY, other side  {}", rounds(|_, server| server.set_tcp_nodelay(true))?);
    #[cfg(target_os = "linux")]
    {
        let quick = |_: &SockRef<'_>, server: &SockRef<'_>| server.set_tcp_quickack(true);
        println!("TCP_QUICKACK, set once   {}", rounds(quick)?);
    }
    Ok(())
}

// ANCHOR: rounds
fn rounds(set: impl Fn(&SockRef<'_>, &SockRef<'_>) -> io::Result<()>) -> io::Result<&'static str> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let mut client = TcpStream::connect(listener.local_addr()?)?;
    let (mut server, _) = listener.accept()?;
    set(&SockRef::from(&client), &SockRef::from(&server))?;
    let answering = thread::spawn(move || {
        let mut question = [0; 200];
        while server.read_exact(&mut question).is_ok() && server.write_all(b"!").is_ok() {}
    });
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        client.write_all(&[0; 100])?;
        client.write_all(&[0; 100])?;
        client.read_exact(&mut [0])?;
        times.push(start.elapsed());
    }
    drop(client);
    answering.join().map_err(|_| io::Error::other("the server panicked"))?;
    times.sort_unstable();
    let median = times[ROUNDS / 2];
    Ok(if median > WAITED { "waits" } else { "does not wait" })
}
// ANCHOR_END: rounds

//! `gone keepalive|user-timeout|both ADDRESS`: a connection whose peer vanishes, and what tells us.
//!
//! For a lab: ADDRESS belongs to somebody who answers the SYN and nothing after it.

#[cfg(target_os = "linux")]
fn main() -> anyhow::Result<()> {
    linux::main()
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("needs a lab, and labs are Linux's");
}

#[cfg(target_os = "linux")]
mod linux {
    use std::io::{self, Read, Write};
    use std::net::TcpStream;
    use std::time::{Duration, Instant};

    use anyhow::bail;
    use socket2::{SockRef, TcpKeepalive};

    const SECOND: Duration = Duration::from_secs(1);

    // ANCHOR: gone
    fn keepalive(socket: &SockRef<'_>) -> io::Result<()> {
        let settings = TcpKeepalive::new().with_time(SECOND).with_interval(SECOND).with_retries(1);
        socket.set_tcp_keepalive(&settings)
    }

    fn wait(mut stream: TcpStream, question: &[u8]) -> io::Error {
        let waiting = stream.write_all(question).and_then(|()| stream.read(&mut [0; 16]));
        waiting.err().unwrap_or_else(|| io::Error::other("an answer, though nobody is there"))
    }
    // ANCHOR_END: gone

    pub(super) fn main() -> anyhow::Result<()> {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let [how, address] = words[..] else { bail!("usage: gone HOW ADDRESS") };

        let stream = TcpStream::connect(address)?;
        let socket = SockRef::from(&stream);
        let question: &[u8] = match how {
            "keepalive" => {
                keepalive(&socket)?;
                b""
            }
            "user-timeout" => {
                socket.set_tcp_user_timeout(Some(SECOND / 2))?;
                b"question"
            }
            // Keep-alive alone, and something to send.
            "both" => {
                keepalive(&socket)?;
                b"question"
            }
            _ => bail!("HOW is keepalive, user-timeout or both"),
        };
        println!("connected");
        let start = Instant::now();
        let error = wait(stream, question);
        // The kernel looks when a timer of its own ends, which is later on a busy machine.
        let soon = if start.elapsed() < 5 * SECOND { "within 5 s" } else { "after a long time" };
        println!("{soon}: {error}");
        Ok(())
    }
}

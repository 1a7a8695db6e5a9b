//! `edge_lost reader|writer|end|greedy`: what goes wrong when an edge-triggered epoll is used as if
//! it were level triggered.

#[cfg(target_os = "linux")]
fn main() -> anyhow::Result<()> {
    linux::main()
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("edge_lost: epoll is Linux's own; macOS has kqueue");
}

#[cfg(target_os = "linux")]
mod linux {
    use std::io::{ErrorKind, Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::OwnedFd;

    use anyhow::bail;
    use rustix::buffer::spare_capacity;
    use rustix::event::Timespec;
    use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};

    const EVERYTHING: EventFlags =
        EventFlags::IN.union(EventFlags::OUT).union(EventFlags::RDHUP).union(EventFlags::ET);

    pub(super) fn main() -> anyhow::Result<()> {
        match std::env::args().nth(1).as_deref() {
            Some("reader") => reader(),
            Some("writer") => writer(),
            Some("end") => end(),
            Some("greedy") => greedy(),
            _ => bail!("usage: edge_lost reader|writer|end|greedy"),
        }
    }

    // ANCHOR: reader
    /// One read for each event.
    fn reader() -> anyhow::Result<()> {
        let (epoll, mut stream, mut client) = connected(EventFlags::IN | EventFlags::ET)?;
        client.write_all(b"firsthalf|secondhalf")?;
        while next(&epoll)?.is_some() {
            let mut buffer = [0; 10];
            let count = stream.read(&mut buffer)?;
            println!("event, read: {}", String::from_utf8_lossy(&buffer[..count]));
        }
        println!("no event for 0.2 s; in the socket: {}", left(&mut stream)?);
        Ok(())
    }
    // ANCHOR_END: reader

    // ANCHOR: writer
    /// One write for each event, of the five that there are to do.
    fn writer() -> anyhow::Result<()> {
        let (epoll, mut stream, mut client) = connected(EventFlags::OUT | EventFlags::ET)?;
        let mut to_do = 5;
        while to_do > 0 && next(&epoll)?.is_some() {
            stream.write_all(b"a piece")?;
            to_do -= 1;
            let count = client.read(&mut [0; 64])?;
            println!("event, written; the client has read {count} bytes");
        }
        println!("no event for 0.2 s; still to write: {to_do}");
        Ok(())
    }
    // ANCHOR_END: writer

    // ANCHOR: end
    /// Reads until a read is short, and waits for the next event then.
    fn end() -> anyhow::Result<()> {
        let (epoll, mut stream, mut client) = connected(EVERYTHING)?;
        next(&epoll)?; // room to write: known
        client.write_all(b"goodbye")?;
        drop(client);
        while let Some(flags) = next(&epoll)? {
            let count = stream.read(&mut [0; 64])?;
            println!("event {}, read {count} bytes of 64 possible", names(flags));
        }
        println!("no event for 0.2 s; the next read: {} bytes", stream.read(&mut [0; 64])?);
        Ok(())
    }
    // ANCHOR_END: end

    // ANCHOR: greedy
    /// Reads until nothing is left, from a client that is as fast as we are.
    fn greedy() -> anyhow::Result<()> {
        for (name, budget) in [("all there is", 10_000), ("4 reads, then the others", 4)] {
            let (_epoll, mut stream, mut client) = connected(EVERYTHING)?;
            let mut reads = 0;
            while reads < budget {
                client.write_all(b"more")?;
                if stream.read(&mut [0; 64])? == 0 {
                    break;
                }
                reads += 1;
            }
            println!("{name}: {reads} reads before the next connection has its turn");
        }
        Ok(())
    }
    // ANCHOR_END: greedy

    /// A connection that an epoll watches, and its client.
    fn connected(flags: EventFlags) -> anyhow::Result<(OwnedFd, TcpStream, TcpStream)> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let client = TcpStream::connect(listener.local_addr()?)?;
        let (stream, _) = listener.accept()?;
        stream.set_nonblocking(true)?;
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        epoll::add(&epoll, &stream, EventData::new_u64(0), flags)?;
        Ok((epoll, stream, client))
    }

    /// The next event; `None` if there is none for 0.2 s.
    fn next(epoll: &OwnedFd) -> anyhow::Result<Option<EventFlags>> {
        let mut events: Vec<Event> = Vec::with_capacity(1);
        let limit = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };
        epoll::wait(epoll, spare_capacity(&mut events), Some(&limit))?;
        Ok(events.first().map(|event| event.flags))
    }

    /// What nobody has read.
    fn left(stream: &mut TcpStream) -> anyhow::Result<String> {
        let mut rest = [0; 64];
        match stream.read(&mut rest) {
            Ok(count) => Ok(String::from_utf8_lossy(&rest[..count]).into_owned()),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok("nothing".to_owned()),
            Err(error) => Err(error.into()),
        }
    }

    fn names(flags: EventFlags) -> String {
        let all = [
            (EventFlags::IN, "IN"),
            (EventFlags::OUT, "OUT"),
            (EventFlags::RDHUP, "RDHUP"),
            (EventFlags::HUP, "HUP"),
        ];
        let names = all.into_iter().filter(|&(flag, _)| flags.contains(flag));
        names.map(|(_, name)| name).collect::<Vec<_>>().join("|")
    }
}

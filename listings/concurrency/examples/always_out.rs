//! `always_out`: how often epoll wakes a program in a tenth of a second in which nothing happens.

#[cfg(target_os = "linux")]
fn main() -> anyhow::Result<()> {
    linux::main()
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("always_out: epoll is Linux's own; macOS has kqueue");
}

#[cfg(target_os = "linux")]
mod linux {
    use std::net::{TcpListener, TcpStream};
    use std::time::{Duration, Instant};

    use rustix::buffer::spare_capacity;
    use rustix::event::Timespec;
    use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};

    const WATCHED: Duration = Duration::from_millis(100);

    pub(super) fn main() -> anyhow::Result<()> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let _client = TcpStream::connect(listener.local_addr()?)?;
        let (stream, _) = listener.accept()?;
        let both = EventFlags::IN | EventFlags::OUT;
        for (name, flags) in
            [("IN", EventFlags::IN), ("IN|OUT", both), ("IN|OUT|ET", both | EventFlags::ET)]
        {
            let count = wake_ups(&stream, flags)?;
            let count = if count > 1000 { "more than 1000".to_owned() } else { count.to_string() };
            println!("{name:10} {count} wake-ups");
        }
        Ok(())
    }

    // ANCHOR: wake_ups
    fn wake_ups(stream: &TcpStream, flags: EventFlags) -> anyhow::Result<usize> {
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        epoll::add(&epoll, stream, EventData::new_u64(0), flags)?;
        let end = Instant::now() + WATCHED;
        let mut events = Vec::with_capacity(8);
        let mut count = 0;
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            events.clear();
            count +=
                epoll::wait(&epoll, spare_capacity(&mut events), Some(&Timespec::try_from(left)?))?;
        }
        Ok(count)
    }
    // ANCHOR_END: wake_ups
}

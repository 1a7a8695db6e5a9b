//! `who_is_ready`: what it costs to ask, with `poll` and with `epoll`, when 10 of many are ready.

#[cfg(target_os = "linux")]
fn main() -> anyhow::Result<()> {
    linux::main()
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("who_is_ready: epoll is Linux's own; macOS has kqueue");
}

#[cfg(target_os = "linux")]
mod linux {
    use std::os::fd::OwnedFd;
    use std::time::{Duration, Instant};

    use rustix::buffer::spare_capacity;
    use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
    use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd, poll};
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    const READY: u32 = 10;
    const ROUNDS: usize = 200;

    pub(super) fn main() -> anyhow::Result<()> {
        let most = getrlimit(Resource::Nofile).maximum;
        setrlimit(Resource::Nofile, Rlimit { current: most, maximum: most })?;
        println!("  open  ready   poll, µs  epoll, µs");
        for open in [50, 500, 5000] {
            let fds = open_some(open)?;
            let (poll, epoll) = (time_poll(&fds)?, time_epoll(&fds)?);
            println!("{open:6} {READY:6} {:10.1} {:10.1}", micros(poll), micros(epoll));
        }
        Ok(())
    }

    /// Event counters: a socket's readiness without a socket. The first ones are ready.
    fn open_some(count: u32) -> rustix::io::Result<Vec<OwnedFd>> {
        (0..count).map(|index| eventfd(u32::from(index < READY), EventfdFlags::CLOEXEC)).collect()
    }

    // ANCHOR: poll
    /// All are handed over at each call, and all are looked at.
    fn time_poll(fds: &[OwnedFd]) -> anyhow::Result<Duration> {
        let mut asked: Vec<_> = fds.iter().map(|fd| PollFd::new(fd, PollFlags::IN)).collect();
        fastest(|| Ok(poll(&mut asked, None)?))
    }

    /// All are handed over once. What becomes ready is put on a list, and a call reads the list.
    fn time_epoll(fds: &[OwnedFd]) -> anyhow::Result<Duration> {
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        for (index, fd) in fds.iter().enumerate() {
            epoll::add(&epoll, fd, EventData::new_u64(index as u64), EventFlags::IN)?;
        }
        let mut events = Vec::with_capacity(256);
        fastest(|| {
            events.clear();
            Ok(epoll::wait(&epoll, spare_capacity(&mut events), None)?)
        })
    }
    // ANCHOR_END: poll

    /// The fastest call of many: the others were interrupted by something.
    fn fastest(mut ask: impl FnMut() -> anyhow::Result<usize>) -> anyhow::Result<Duration> {
        let mut fastest = Duration::MAX;
        for _ in 0..ROUNDS {
            let start = Instant::now();
            let ready = ask()?;
            fastest = fastest.min(start.elapsed());
            anyhow::ensure!(ready == READY as usize, "{ready} are ready");
        }
        Ok(fastest)
    }

    fn micros(time: Duration) -> f64 {
        time.as_secs_f64() * 1e6
    }
}

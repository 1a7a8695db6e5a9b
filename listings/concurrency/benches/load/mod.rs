//! A load, from a process of its own: one thread and one epoll, as plain as can be, so that it
//! costs less than what it measures.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};

/// Bytes of a request, and of its answer.
pub(crate) const MESSAGE: usize = 64;

/// What a load found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Answers within the time.
    pub(crate) answers: u64,
    /// Microseconds of each answer; only in an open loop.
    pub(crate) times: Vec<u32>,
}

/// A connection, and when the requests on it were due that are not answered yet.
struct Client {
    stream: TcpStream,
    due: VecDeque<Instant>,
    /// Bytes of the next answer that have come.
    come: usize,
}

struct Load {
    poller: rustix::fd::OwnedFd,
    clients: Vec<Client>,
    message: Vec<u8>,
}

/// Every client sends its next request when it has the answer to the last: as many as the server
/// can take. For how many answers there are, not for how long they take.
pub(crate) fn closed(
    address: SocketAddr,
    count: usize,
    time: Duration,
    line: bool,
) -> anyhow::Result<Found> {
    let mut load = Load::new(address, count, line)?;
    for client in &mut load.clients {
        client.send(&load.message, Instant::now())?;
    }
    let mut found = Found::default();
    let mut events = Vec::with_capacity(count);
    let end = Instant::now() + time;
    while Instant::now() < end {
        load.wait(&mut events, Some(Duration::from_millis(10)))?;
        for event in events.drain(..) {
            let client = &mut load.clients[event.data.u64() as usize];
            if client.receive(load.message.len(), |_| found.answers += 1)? > 0 {
                client.send(&load.message, end)?;
            }
        }
    }
    Ok(found)
}

/// `rate` requests a second, each sent when it is due, whether the one before is answered or not.
/// An answer takes from when its request was due: a server that stops for a second has made all
/// requests of that second wait, also those that a slower client would not have sent meanwhile.
// ANCHOR: open
pub(crate) fn open(
    address: SocketAddr,
    count: usize,
    rate: u32,
    time: Duration,
) -> anyhow::Result<Found> {
    let mut load = Load::new(address, count, false)?;
    let mut found = Found::default();
    let mut events = Vec::with_capacity(count);
    let start = Instant::now();
    let mut sent = 0;
    loop {
        let due = start + Duration::from_secs(1) * sent / rate;
        let now = Instant::now();
        if due <= now && due < start + time {
            let client = &mut load.clients[sent as usize % count];
            client.send(&load.message, due)?; // its clock runs since it was due
            sent += 1;
        } else if found.answers == u64::from(sent) && due >= start + time {
            return Ok(found);
        } else if now > start + time + OVERDUE {
            bail!("{} of {sent} requests were answered", found.answers);
        }
        load.wait(&mut events, Some(Duration::ZERO))?; // it spins: no sleep makes it late
        for event in events.drain(..) {
            load.clients[event.data.u64() as usize].receive(MESSAGE, |due| {
                found.answers += 1;
                found.times.push(due.elapsed().as_micros() as u32);
            })?;
        }
    }
}
// ANCHOR_END: open

/// How long the last answers may take.
const OVERDUE: Duration = Duration::from_secs(5);

/// `count` connections, each of which has had one answer and is silent then.
pub(crate) fn idle(address: SocketAddr, count: usize) -> anyhow::Result<Vec<TcpStream>> {
    let mut streams = Vec::with_capacity(count);
    // In groups, so that the backlog does not overflow.
    while streams.len() < count {
        let group = streams.len();
        for _ in 0..100.min(count - group) {
            let mut stream = TcpStream::connect(address)?;
            stream.set_read_timeout(Some(OVERDUE))?;
            stream.write_all(&[b'x'; MESSAGE])?;
            streams.push(stream);
        }
        for stream in &mut streams[group..] {
            stream.read_exact(&mut [0; MESSAGE])?;
        }
    }
    Ok(streams)
}

impl Load {
    fn new(address: SocketAddr, count: usize, line: bool) -> anyhow::Result<Self> {
        let poller = epoll::create(CreateFlags::CLOEXEC)?;
        let mut message = vec![b'x'; MESSAGE];
        if line {
            message[MESSAGE - 1] = b'\n';
        }
        let mut clients = Vec::with_capacity(count);
        for index in 0..count {
            let stream = TcpStream::connect(address).context("connect")?;
            stream.set_nodelay(true)?;
            stream.set_nonblocking(true)?;
            epoll::add(&poller, &stream, EventData::new_u64(index as u64), EventFlags::IN)?;
            clients.push(Client { stream, due: VecDeque::new(), come: 0 });
        }
        Ok(Self { poller, clients, message })
    }

    fn wait(&self, events: &mut Vec<Event>, limit: Option<Duration>) -> io::Result<()> {
        let limit = limit.map(|limit| Timespec::try_from(limit).unwrap_or_default());
        epoll::wait(&self.poller, rustix::buffer::spare_capacity(events), limit.as_ref())?;
        Ok(())
    }
}

impl Client {
    fn send(&mut self, message: &[u8], due: Instant) -> anyhow::Result<()> {
        let count = self.stream.write(message).context("the server does not read")?;
        if count < message.len() {
            bail!("the server does not read");
        }
        self.due.push_back(due);
        Ok(())
    }

    /// Reads once; calls `answered` for each answer that is complete now, and counts them.
    fn receive(
        &mut self,
        length: usize,
        mut answered: impl FnMut(Instant),
    ) -> anyhow::Result<usize> {
        match self.stream.read(&mut [0; 4096]) {
            Ok(0) => bail!("the server has closed a connection"),
            Ok(count) => self.come += count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error.into()),
        }
        let complete = self.come / length;
        self.come %= length;
        for due in self.due.drain(..complete.min(self.due.len())) {
            answered(due);
        }
        Ok(complete)
    }
}

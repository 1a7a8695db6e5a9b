//! A few threads for all connections: a worker for each request, not for each connection.
//!
//! One thread waits for all connections that have nothing to read (or no room to write), and hands
//! a connection to the workers when it has. A worker does what can be done without waiting for the
//! client, and gives it back. So a silent client holds a descriptor and some memory, and no thread.
//!
//! A connection is in one place at a time: with the waiting thread, in the queue, or with a worker.
//! So the queue is no longer than [`Settings::connections`].

use std::collections::VecDeque;
use std::io::{self, ErrorKind, PipeReader, PipeWriter, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::accept::{Accepted, Acceptor, PAUSE};
use crate::iterative::again;
use crate::session::{Session, Step};
use crate::settings::{FOREVER, READ, Settings, UNWANTED};
use crate::stop::Stop;

/// Connections that are accepted before the others are looked at.
const ACCEPTS: usize = 64;

/// Serves until `stop`, then finishes what is in flight.
// ANCHOR: run
pub fn run(listener: TcpListener, settings: &Settings, stop: &Stop) -> io::Result<()> {
    let (woken, waker) = io::pipe()?;
    let desk = Desk::new(waker);
    let mut hall = Hall::new(Acceptor::new(listener)?, settings, woken);
    thread::scope(|threads| {
        let closing = CloseOnDrop(&desk); // whatever happens below: the workers end
        for _ in 0..settings.workers.max(1) {
            thread::Builder::new().spawn_scoped(threads, || work(&desk))?;
        }
        while !hall.over() {
            hall.wait(&desk, stop)?;
        }
        drop(closing);
        Ok(())
    })
}

/// A worker: takes a connection that has something to do, does it, and gives the connection back.
fn work(desk: &Desk) {
    let mut buffer = vec![0; READ];
    while let Some(mut client) = desk.next() {
        let turn = catch_unwind(AssertUnwindSafe(|| client.turn(&mut buffer)));
        // Its error, or its panic, is the end of this connection, and of no other.
        let waits = turn.ok().and_then(Result::ok).unwrap_or(Waits::Over);
        desk.give_back(client, waits);
    }
}
// ANCHOR_END: run

/// What a connection waits for when it has had its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waits {
    /// Bytes.
    Read,
    /// Room for bytes.
    Write,
    /// Nothing but a worker.
    Turn,
    /// It is over.
    Over,
}

#[derive(Debug)]
struct Client {
    stream: TcpStream,
    session: Session,
    waits: Waits,
    /// When the last byte went either way.
    moved: Instant,
    /// Bytes that came after our side had ended; `None` before.
    unwanted: Option<usize>,
}

// ANCHOR: turn
impl Client {
    /// What can be done without waiting for the client: at most one read, and the work for one line.
    fn turn(&mut self, buffer: &mut [u8]) -> io::Result<Waits> {
        let (mut read, mut worked) = (false, false);
        loop {
            match self.session.step() {
                Step::Read if read => return Ok(Waits::Read),
                Step::Read => {
                    read = true;
                    self.read(buffer)?;
                }
                Step::Work(_) if worked => return Ok(Waits::Turn),
                Step::Work(time) => {
                    worked = true;
                    thread::sleep(time);
                    self.session.worked();
                }
                Step::Write => match self.stream.write(self.session.output()) {
                    Ok(count) => {
                        self.session.sent(count);
                        self.moved = Instant::now();
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Waits::Write),
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                },
                Step::End => return self.farewell(buffer),
            }
        }
    }
}
// ANCHOR_END: turn

impl Client {
    fn new(stream: TcpStream, settings: &Settings) -> Self {
        let session = Session::new(settings.service);
        Self { stream, session, waits: Waits::Read, moved: Instant::now(), unwanted: None }
    }

    fn read(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        match self.stream.read(buffer) {
            Ok(0) => self.session.ended(),
            Ok(count) => {
                self.session.received(&buffer[..count]);
                self.moved = Instant::now();
            }
            Err(error) if again(&error) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Ends our side, and reads what the client still sends until it ends its own: closed with bytes
    /// unread, the connection would be reset, and the last answer might be lost with it.
    fn farewell(&mut self, buffer: &mut [u8]) -> io::Result<Waits> {
        if self.unwanted.is_none() {
            self.stream.shutdown(Shutdown::Write)?;
        }
        let unwanted = self.unwanted.unwrap_or(0);
        let count = match self.stream.read(buffer) {
            Ok(0) => return Ok(Waits::Over),
            Ok(count) => count,
            Err(error) if again(&error) => 0,
            Err(error) => return Err(error),
        };
        self.unwanted = Some(unwanted + count);
        Ok(if unwanted + count > UNWANTED { Waits::Over } else { Waits::Read })
    }

    /// When it has been silent for too long.
    fn deadline(&self, settings: &Settings, stopped: Option<Instant>) -> Instant {
        match stopped {
            None => self.moved + settings.idle.min(FOREVER),
            Some(at) => self.moved.max(at) + settings.quiet.min(FOREVER),
        }
    }
}

/// Where connections change hands.
#[derive(Debug)]
struct Desk {
    /// For the workers. `None`: go home.
    jobs: Mutex<Option<VecDeque<Client>>>,
    more: Condvar,
    /// Back from the workers; `None` is a connection that is over.
    back: Mutex<Vec<Option<Client>>>,
    /// Wakes the thread that waits. A mutex cannot: it waits in `poll`.
    waker: PipeWriter,
}

impl Desk {
    /// The next connection that has something to do; `None` at the end.
    fn next(&self) -> Option<Client> {
        let empty =
            |jobs: &mut Option<VecDeque<Client>>| jobs.as_ref().is_some_and(VecDeque::is_empty);
        let jobs = self.more.wait_while(lock(&self.jobs), empty);
        jobs.unwrap_or_else(PoisonError::into_inner).as_mut()?.pop_front()
    }

    fn hand_out(&self, client: Client) {
        if let Some(jobs) = lock(&self.jobs).as_mut() {
            jobs.push_back(client);
        }
        self.more.notify_one();
    }

    fn give_back(&self, mut client: Client, waits: Waits) {
        client.waits = waits;
        let client = (waits != Waits::Over).then_some(client);
        let mut back = lock(&self.back);
        back.push(client);
        if back.len() == 1 {
            // One byte for all that are in the list, so the pipe is never full.
            let _ = (&self.waker).write(&[0]);
        }
    }
}

impl Desk {
    fn new(waker: PipeWriter) -> Self {
        let jobs = Mutex::new(Some(VecDeque::new()));
        Self { jobs, more: Condvar::new(), back: Mutex::new(Vec::new()), waker }
    }
}

/// Sends the workers home.
struct CloseOnDrop<'a>(&'a Desk);

impl Drop for CloseOnDrop<'_> {
    fn drop(&mut self) {
        *lock(&self.0.jobs) = None;
        self.0.more.notify_all();
    }
}

/// The thread that waits, and the connections that it waits for.
struct Hall<'a> {
    settings: &'a Settings,
    /// `None` after the stop.
    acceptor: Option<Acceptor>,
    /// No connection is accepted until then.
    pause: Option<Instant>,
    woken: PipeReader,
    waiting: Vec<Client>,
    /// How many are in the queue or with a worker.
    away: usize,
    /// When the stop was seen.
    stopped: Option<Instant>,
}

impl<'a> Hall<'a> {
    fn new(acceptor: Acceptor, settings: &'a Settings, woken: PipeReader) -> Self {
        let (waiting, away) = (Vec::new(), 0);
        let acceptor = Some(acceptor);
        Self { settings, acceptor, pause: None, woken, waiting, away, stopped: None }
    }

    /// Whether nobody is left, or nobody is waited for any longer.
    fn over(&self) -> bool {
        self.stopped.is_some_and(|at| {
            let cut = at + self.settings.drain.min(FOREVER);
            self.waiting.is_empty() && self.away == 0 || cut <= Instant::now()
        })
    }

    /// Waits until something can be done, for whichever connection, and has it done.
    fn wait(&mut self, desk: &Desk, stop: &Stop) -> io::Result<()> {
        let limit = Timespec::try_from(self.limit()).ok();
        let open = self.acceptor.as_ref().filter(|_| self.pause.is_none());
        // Once seen, the stop would be reported without end. No flags do not help: poll reports a
        // pipe that has lost its writer (POLLHUP) whatever it was asked for. So its place is taken.
        let stop = Some(stop).filter(|_| self.stopped.is_none());
        let nobody = || PollFd::from_borrowed_fd(self.woken.as_fd(), PollFlags::empty());
        let mut fds = vec![
            PollFd::new(&self.woken, PollFlags::IN),
            open.map_or_else(nobody, |acceptor| PollFd::new(acceptor, PollFlags::IN)),
            stop.map_or_else(nobody, |stop| PollFd::new(stop, PollFlags::IN)),
        ];
        fds.extend(self.waiting.iter().map(Client::fd));
        match poll(&mut fds, limit.as_ref()) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let ready: Vec<bool> = fds.iter().map(|fd| !fd.revents().is_empty()).collect();
        self.sort(&ready[3..], desk);
        if ready[0] {
            self.take_back(desk)?;
        }
        self.accept(ready[1]);
        if ready[2] && self.stopped.is_none() {
            self.stop();
        }
        Ok(())
    }

    // ANCHOR: sort
    /// Hands the ready ones to the workers, and closes those that were silent for too long.
    fn sort(&mut self, ready: &[bool], desk: &Desk) {
        let (now, mut ready) = (Instant::now(), ready.iter());
        for client in std::mem::take(&mut self.waiting) {
            if ready.next() == Some(&true) {
                self.away += 1;
                desk.hand_out(client);
            } else if client.deadline(self.settings, self.stopped) > now {
                self.waiting.push(client);
            }
        }
    }
    // ANCHOR_END: sort

    /// How long nothing happens by itself.
    fn limit(&self) -> Duration {
        let now = Instant::now();
        let silent = self.waiting.iter().map(|client| client.deadline(self.settings, self.stopped));
        let cut = self.stopped.map(|at| at + self.settings.drain.min(FOREVER));
        let first = silent.chain(cut).chain(self.pause).min();
        let limit = first.map_or(FOREVER, |at| at.saturating_duration_since(now));
        let looks = self.acceptor.as_ref().and_then(Acceptor::timeout);
        limit.min(looks.unwrap_or(FOREVER))
    }

    fn take_back(&mut self, desk: &Desk) -> io::Result<()> {
        let mut bytes = [0; 64];
        let _ = self.woken.read(&mut bytes)?;
        // After the byte, so that whoever comes now writes another.
        let back = std::mem::take(&mut *lock(&desk.back));
        for client in back {
            self.away -= 1;
            match client {
                Some(client) if client.waits == Waits::Turn => {
                    self.away += 1;
                    desk.hand_out(client);
                }
                client => self.waiting.extend(client),
            }
        }
        Ok(())
    }

    /// Takes who waits in the backlog, if anybody does.
    fn accept(&mut self, anybody: bool) {
        self.pause = self.pause.filter(|&until| until > Instant::now());
        let Some(acceptor) = &mut self.acceptor else { return };
        acceptor.sweep();
        for _ in 0..if anybody { ACCEPTS } else { 0 } {
            let full = self.waiting.len() + self.away >= self.settings.connections;
            match acceptor.accept() {
                Accepted::Stream(stream) if full => acceptor.refuse(stream),
                Accepted::Stream(stream) => self.waiting.push(Client::new(stream, self.settings)),
                Accepted::Nothing => break,
                Accepted::Later => {
                    self.pause = Some(Instant::now() + PAUSE);
                    break;
                }
            }
        }
    }

    fn stop(&mut self) {
        self.stopped = Some(Instant::now());
        let room = self.settings.connections.saturating_sub(self.waiting.len() + self.away);
        let rest = self.acceptor.take().map(|acceptor| acceptor.rest(room));
        let clients = rest.into_iter().flatten().map(|stream| Client::new(stream, self.settings));
        self.waiting.extend(clients);
    }
}

impl Client {
    /// For `poll`: what this connection waits for.
    fn fd(&self) -> PollFd<'_> {
        let flags = if self.waits == Waits::Write { PollFlags::OUT } else { PollFlags::IN };
        PollFd::new(&self.stream, flags)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is in them is moved in and out whole, so a panic leaves nothing half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

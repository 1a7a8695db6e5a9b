//! `chat`: a chat server in which nobody waits for anybody.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind, PipeReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::{Parser, value_parser};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use sockets::room::{Id, Room};
use sockets::stop;

/// People at once. More wait in the kernel's queue until somebody leaves.
const PEOPLE: usize = 200;

/// The most that is read from one person before the others have their turn.
const PORTION: usize = 4 << 10;

/// How long a dismissed person has for reading the last line.
const FAREWELL: Duration = Duration::from_secs(1);

/// How long nobody is let in after `accept` has failed, for want of descriptors, say.
const PAUSE: Duration = Duration::from_millis(100);

/// A chat server for netcats: a line is a message, and the first line is the name.
///
/// Ctrl-C ends it with status 0.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Where to listen, as HOST:PORT; port 0 takes a free one and says which
    address: String,
    /// How long somebody may take to say a name, or to read anything while lines wait
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = value_parser!(u16).range(1..))]
    patience: u16,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("chat: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    let listener = TcpListener::bind(&arguments.address)
        .with_context(|| format!("cannot listen on {}", arguments.address))?;
    listener.set_nonblocking(true)?;
    let stop = stop::on_signal().context("cannot listen for Ctrl-C")?;
    println!("listening on {}", listener.local_addr()?);
    let patience = Duration::from_secs(arguments.patience.into());
    let mut server = Server {
        listener,
        stop,
        room: Room::new(),
        visitors: BTreeMap::new(),
        patience,
        paused: None,
    };
    while server.turn()? {}
    Ok(())
}

/// The edge: sockets and time. What is said and heard is the room's.
struct Server {
    listener: TcpListener,
    stop: PipeReader,
    room: Room,
    visitors: BTreeMap<Id, Visitor>,
    patience: Duration,
    /// Until when nobody is let in.
    paused: Option<Instant>,
}

struct Visitor {
    stream: TcpStream,
    /// By when there must be progress: a name, or, once there is one, a byte taken of the outbox.
    /// After the last line: when the connection is closed.
    deadline: Option<Instant>,
    /// Everything was sent to a person who is leaving.
    finished: bool,
}

impl Server {
    // ANCHOR: turn
    /// Waits until something can be done, and does all of it; false after Ctrl-C.
    fn turn(&mut self) -> io::Result<bool> {
        let ready = self.wait()?;
        if ready.stop {
            return Ok(false);
        }
        if ready.listener {
            self.let_in();
        }
        for id in ready.readable {
            self.hear(id);
        }
        // What was heard is in the outboxes now, and most sockets can take it at once.
        for id in self.visitors.keys().copied().collect::<Vec<_>>() {
            self.tell(id);
        }
        Ok(true)
    }

    /// Reads one portion; the end or an error is a farewell.
    fn hear(&mut self, id: Id) {
        let Some(visitor) = self.visitors.get_mut(&id) else { return };
        let mut portion = [0; PORTION];
        match visitor.stream.read(&mut portion) {
            Ok(0) => self.show_out(id),
            Ok(count) => self.room.received(id, &portion[..count]),
            Err(error) if not_now(&error) => {}
            Err(_) => self.show_out(id),
        }
    }

    /// Writes what the socket takes; what it does not take stays in the outbox.
    fn tell(&mut self, id: Id) {
        let Some(visitor) = self.visitors.get_mut(&id) else { return };
        let now = Instant::now();
        while !self.room.outbox(id).is_empty() {
            match visitor.stream.write(self.room.outbox(id)) {
                Ok(count) => {
                    self.room.taken(id, count);
                    // For a name there is one time in all, however many bad ones are said.
                    visitor.deadline = visitor.deadline.filter(|_| !self.room.is_named(id));
                }
                Err(error) if not_now(&error) => break,
                Err(_) => return self.show_out(id),
            }
        }
        if !visitor.finished {
            let waits = !self.room.outbox(id).is_empty() || !self.room.is_named(id);
            visitor.deadline = waits.then(|| visitor.deadline.unwrap_or(now + self.patience));
        }
        self.see_off(id, now);
    }
    // ANCHOR_END: turn

    /// Ends the visits of those who were dismissed or made us wait too long.
    fn see_off(&mut self, id: Id, now: Instant) {
        let Some(visitor) = self.visitors.get_mut(&id) else { return };
        let sent = self.room.outbox(id).is_empty();
        if self.room.is_leaving(id) && sent && !visitor.finished {
            // To close with unread bytes would reset the connection, and the last line might go
            // with it. So: say the end first, and listen a little longer.
            visitor.finished = true;
            visitor.deadline = Some(now + FAREWELL);
            let _ = visitor.stream.shutdown(Shutdown::Write);
        }
        if visitor.deadline.is_some_and(|deadline| deadline <= now) {
            self.show_out(id);
        }
    }

    fn show_out(&mut self, id: Id) {
        self.visitors.remove(&id);
        self.room.leave(id);
    }

    fn let_in(&mut self) {
        while self.visitors.len() < PEOPLE {
            match self.listener.accept() {
                Ok((stream, _)) => {
                    // Lines are whole: Nagle's algorithm would only hold them up.
                    if stream.set_nonblocking(true).and(stream.set_nodelay(true)).is_err() {
                        continue;
                    }
                    let id = self.room.enter();
                    let visitor = Visitor { stream, deadline: None, finished: false };
                    self.visitors.insert(id, visitor);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
                Err(error) => {
                    // Out of descriptors, most likely. The listener stays readable, so it has to
                    // be left alone for a while.
                    let _ = writeln!(io::stderr(), "chat: cannot let anybody in: {error}");
                    self.paused = Some(Instant::now() + PAUSE);
                    return;
                }
            }
        }
    }

    fn wait(&mut self) -> io::Result<Ready> {
        let now = Instant::now();
        self.paused = self.paused.filter(|until| *until > now);
        let open = self.paused.is_none() && self.visitors.len() < PEOPLE;
        let first = if open { PollFlags::IN } else { PollFlags::empty() };
        let mut fds = vec![
            PollFd::from_borrowed_fd(self.stop.as_fd(), PollFlags::IN),
            PollFd::from_borrowed_fd(self.listener.as_fd(), first),
        ];
        for (id, visitor) in &self.visitors {
            let waits = !self.room.outbox(*id).is_empty();
            let out = if waits { PollFlags::OUT } else { PollFlags::empty() };
            fds.push(PollFd::from_borrowed_fd(visitor.stream.as_fd(), PollFlags::IN | out));
        }
        let deadlines = self.visitors.values().filter_map(|visitor| visitor.deadline);
        let limit = deadlines.chain(self.paused).min().map(|at| at.saturating_duration_since(now));
        match poll(&mut fds, limit.and_then(|limit| Timespec::try_from(limit).ok()).as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let answers: Vec<_> = fds.iter().map(PollFd::revents).collect();
        let spoke = PollFlags::IN | PollFlags::HUP | PollFlags::ERR;
        let readable = self.visitors.keys().zip(&answers[2..]);
        let readable = readable.filter(|(_, flags)| flags.intersects(spoke)).map(|(id, _)| *id);
        Ok(Ready {
            stop: !answers[0].is_empty(),
            listener: open && !answers[1].is_empty(),
            readable: readable.collect(),
        })
    }
}

/// Who can be dealt with without waiting.
struct Ready {
    stop: bool,
    listener: bool,
    readable: Vec<Id>,
}

fn not_now(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

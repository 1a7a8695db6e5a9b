//! One thread for all connections: it waits for events instead of bytes, and never for one client.
//!
//! The loop is the same for both triggers of epoll(7). **Level triggered**, epoll reports a socket as
//! often as it is asked and something can be done; so it must be told, for each connection, what can
//! be made use of now. **Edge triggered**, it reports only a change; so it is told once to report
//! everything, and the connection has to remember what it was told.
//!
//! It leaves out: more than one thread. Several of these loops, with a listener each
//! (`SO_REUSEPORT`), would use several cores.

mod connection;
mod table;

use std::collections::VecDeque;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::io::Errno;

use crate::accept::{Accepted, Acceptor, PAUSE};
use crate::session::Session;
use crate::settings::{FOREVER, READ, Settings};
use crate::stop::Stop;

use connection::{Connection, Turn};
use table::{Table, Timers, Token};

/// Events that one wait takes.
const EVENTS: usize = 256;

/// Connections that are accepted before the others have their turn.
const ACCEPTS: usize = 64;

/// Serves until `stop`, then finishes what is in flight. Level triggered.
pub fn run_level(listener: TcpListener, settings: &Settings, stop: &Stop) -> io::Result<()> {
    Server::new(listener, settings, stop, Trigger::Level)?.run()
}

/// The same, edge triggered.
pub fn run_edge(listener: TcpListener, settings: &Settings, stop: &Stop) -> io::Result<()> {
    Server::new(listener, settings, stop, Trigger::Edge)?.run()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trigger {
    Level,
    Edge,
}

#[derive(Debug)]
struct Server<'a> {
    epoll: OwnedFd,
    settings: &'a Settings,
    stop: &'a Stop,
    trigger: Trigger,
    /// `None` after the stop.
    acceptor: Option<Acceptor>,
    connections: Table<Connection>,
    timers: Timers,
    /// Whose turn it is. Each is in it once.
    queue: VecDeque<Token>,
    /// For the reads of all connections: bytes do not stay in it.
    buffer: Vec<u8>,
    /// When the stop was seen.
    stopped: Option<Instant>,
    /// The drain is over: nobody is waited for any more.
    cut: bool,
}

impl<'a> Server<'a> {
    fn new(
        listener: TcpListener,
        settings: &'a Settings,
        stop: &'a Stop,
        trigger: Trigger,
    ) -> io::Result<Self> {
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        let acceptor = Acceptor::new(listener)?;
        // Both level triggered: one event may stand for a thousand clients, not all taken at once.
        epoll::add(&epoll, &acceptor, data(Token::LISTENER), EventFlags::IN)?;
        epoll::add(&epoll, stop, data(Token::STOP), EventFlags::IN)?;
        Ok(Self {
            epoll,
            settings,
            stop,
            trigger,
            acceptor: Some(acceptor),
            connections: Table::new(),
            timers: Timers::default(),
            queue: VecDeque::new(),
            buffer: vec![0; READ],
            stopped: None,
            cut: false,
        })
    }

    // ANCHOR: run
    fn run(mut self) -> io::Result<()> {
        let mut events = Vec::with_capacity(EVENTS);
        while self.stopped.is_none() || !(self.cut || self.connections.is_empty()) {
            self.wait(&mut events)?;
            let now = Instant::now();
            for event in events.drain(..) {
                match Token::from_number(event.data.u64()) {
                    Token::STOP => self.stop(now)?,
                    Token::LISTENER => self.accept(now)?,
                    token => self.note(token, event.flags),
                }
            }
            while let Some(token) = self.timers.expired(now) {
                match token {
                    Token::STOP => self.cut = true,
                    Token::LISTENER => self.listen_again()?,
                    token => self.expire(token, now),
                }
            }
            // One turn each: whoever has more to do queues up again, behind the others.
            for _ in 0..self.queue.len() {
                if let Some(token) = self.queue.pop_front() {
                    self.turn(token, now);
                }
            }
        }
        Ok(())
    }
    // ANCHOR_END: run

    /// Waits for events, at most until the next timer.
    fn wait(&mut self, events: &mut Vec<Event>) -> io::Result<()> {
        let now = Instant::now();
        let timer = self.timers.first().map(|at| at.saturating_duration_since(now));
        let looks = self.acceptor.as_mut().and_then(|acceptor| {
            acceptor.sweep();
            acceptor.timeout()
        });
        let busy = (!self.queue.is_empty()).then_some(Duration::ZERO);
        let limit = [timer, looks, busy].into_iter().flatten().min();
        // What the kernel's type cannot hold is no limit.
        let limit = limit.and_then(|limit| Timespec::try_from(limit).ok());
        match epoll::wait(&self.epoll, spare_capacity(events), limit.as_ref()) {
            Ok(_) | Err(Errno::INTR) => Ok(()), // a signal: nothing has come
            Err(error) => Err(error.into()),
        }
    }

    /// Takes who waits in the backlog.
    fn accept(&mut self, now: Instant) -> io::Result<()> {
        for _ in 0..ACCEPTS {
            let Some(acceptor) = &mut self.acceptor else { break };
            match acceptor.accept() {
                Accepted::Stream(stream) if self.connections.len() >= self.settings.connections => {
                    acceptor.refuse(stream);
                }
                // Without a place in epoll it is closed: nobody would ever look at it.
                Accepted::Stream(stream) => drop(self.admit(stream, now)),
                Accepted::Nothing => break,
                Accepted::Later => {
                    // It would be reported without end, and nothing could be done about it.
                    epoll::modify(
                        &self.epoll,
                        acceptor,
                        data(Token::LISTENER),
                        EventFlags::empty(),
                    )?;
                    self.timers.add(now + PAUSE, Token::LISTENER);
                    break;
                }
            }
        }
        Ok(())
    }

    fn admit(&mut self, stream: TcpStream, now: Instant) -> io::Result<()> {
        let session = Session::new(self.settings.service);
        let mut connection = Connection::new(stream, session, now);
        connection.interest = match self.trigger {
            Trigger::Level => connection.wanted(),
            Trigger::Edge => EventFlags::ET | EventFlags::IN | EventFlags::OUT | EventFlags::RDHUP,
        };
        connection.timer = connection.deadline(self.settings, self.stopped);
        let (interest, timer) = (connection.interest, connection.timer);
        let token = self.connections.insert(connection);
        self.timers.add(timer, token);
        let Some(connection) = self.connections.get(token) else { return Ok(()) };
        let added = epoll::add(&self.epoll, &connection.stream, data(token), interest);
        if added.is_err() {
            self.close(token);
        }
        Ok(added?)
    }

    /// An event: remembered, and acted upon when it is the connection's turn.
    fn note(&mut self, token: Token, flags: EventFlags) {
        let Some(connection) = self.connections.get(token) else { return }; // a stale event
        if connection.note(flags) {
            self.line_up(token);
        } else {
            self.close(token);
        }
    }

    fn line_up(&mut self, token: Token) {
        let Some(connection) = self.connections.get(token) else { return };
        if !connection.queued {
            connection.queued = true;
            self.queue.push_back(token);
        }
    }

    // ANCHOR: turn
    fn turn(&mut self, token: Token, now: Instant) {
        let Some(connection) = self.connections.get(token) else { return };
        connection.queued = false;
        match connection.turn(&mut self.buffer, now) {
            Ok(Turn::End) | Err(_) => self.close(token), // its error is nobody else's
            // Level triggered, epoll reports it again by itself.
            Ok(Turn::Again) if self.trigger == Trigger::Edge => self.line_up(token),
            Ok(Turn::Again | Turn::Wait) => self.tell(token),
        }
        self.schedule(token);
    }

    /// Tells a level-triggered epoll what is wanted now, if it does not know.
    fn tell(&mut self, token: Token) {
        if self.trigger == Trigger::Edge {
            return;
        }
        let Some(connection) = self.connections.get(token) else { return };
        let wanted = connection.wanted();
        if wanted == connection.interest {
            return;
        }
        connection.interest = wanted;
        if epoll::modify(&self.epoll, &connection.stream, data(token), wanted).is_err() {
            self.close(token);
        }
    }
    // ANCHOR_END: turn

    /// Each connection has one timer, at its deadline or before. A byte only moves the deadline
    /// away; the timer stays, and is moved when it goes off.
    fn schedule(&mut self, token: Token) {
        let Some(connection) = self.connections.get(token) else { return };
        let deadline = connection.deadline(self.settings, self.stopped);
        if deadline < connection.timer {
            self.timers.remove(connection.timer, token);
            self.timers.add(deadline, token);
            connection.timer = deadline;
        }
    }

    fn expire(&mut self, token: Token, now: Instant) {
        let Some(connection) = self.connections.get(token) else { return };
        let deadline = connection.deadline(self.settings, self.stopped);
        connection.timer = deadline;
        if deadline > now {
            self.timers.add(deadline, token); // bytes have come meanwhile
        } else if connection.work.is_some() {
            // A new timer is set when the turn is over.
            connection.timer = now + FOREVER;
            self.timers.add(connection.timer, token);
            self.line_up(token);
        } else {
            self.close(token); // silent for too long
        }
    }

    /// No more clients after those in the backlog, and less patience with those who are here.
    fn stop(&mut self, now: Instant) -> io::Result<()> {
        // It stays readable: level triggered, it would be reported without end.
        epoll::delete(&self.epoll, self.stop)?;
        self.stopped = Some(now);
        let room = self.settings.connections.saturating_sub(self.connections.len());
        let rest = self.acceptor.take().map(|acceptor| acceptor.rest(room));
        for stream in rest.into_iter().flatten() {
            let _ = self.admit(stream, now); // as in `accept`
        }
        for token in self.connections.tokens() {
            self.schedule(token);
        }
        self.timers.add(now + self.settings.drain.min(FOREVER), Token::STOP);
        Ok(())
    }

    /// The pause after [`Accepted::Later`] is over.
    fn listen_again(&self) -> io::Result<()> {
        match &self.acceptor {
            Some(acceptor) => {
                Ok(epoll::modify(&self.epoll, acceptor, data(Token::LISTENER), EventFlags::IN)?)
            }
            None => Ok(()),
        }
    }

    /// Closed, its descriptor leaves epoll by itself: it has no duplicate.
    fn close(&mut self, token: Token) {
        if let Some(connection) = self.connections.remove(token) {
            self.timers.remove(connection.timer, token);
        }
    }
}

fn data(token: Token) -> EventData {
    EventData::new_u64(token.number())
}

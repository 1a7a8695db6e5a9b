//! One thread for all connections, on `io_uring`: it asks for bytes, and is told when it has them.
//!
//! epoll says that a call would not have to wait, and the call is still to be made. A ring takes the
//! calls themselves, many at a time, and gives back their results. The kernel reads and writes the
//! memory of a call in between, so each belongs to the [`ring`] until it has completed.

mod ring;

use std::collections::BTreeSet;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, OwnedFd};
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::accept::{Accepted, Acceptor, PAUSE};
use crate::session::{Session, Step};
use crate::settings::{FOREVER, READ, Settings, UNWANTED};
use crate::stop::Stop;

use ring::{Completion, Filled, Id, Ring};

/// Reads after the last answer.
const FAREWELL: usize = UNWANTED / READ;
/// The alarm of the listener.
const LISTENER: usize = usize::MAX;

/// Serves until `stop`, then finishes what is in flight.
///
/// # Errors
///
/// [`io::ErrorKind::Unsupported`] or [`io::ErrorKind::PermissionDenied`] if the kernel has no
/// `io_uring` for us, with a message that says so.
pub fn run(listener: TcpListener, settings: &Settings, stop: &Stop) -> io::Result<()> {
    let ring = Ring::new(READ).map_err(explained)?;
    Server::new(ring, listener, settings, stop)?.run()
}

/// Who has to do what, so that there is an `io_uring`.
fn explained(error: io::Error) -> io::Error {
    let reason = match error.kind() {
        io::ErrorKind::PermissionDenied => {
            "the kernel refuses io_uring: see /proc/sys/kernel/io_uring_disabled, or the seccomp \
             profile of the container; the other servers run without it"
        }
        io::ErrorKind::Unsupported => {
            "this kernel has no io_uring; the other servers run without it"
        }
        _ => return error,
    };
    io::Error::new(error.kind(), reason)
}

struct Server<'a> {
    ring: Ring,
    settings: &'a Settings,
    /// `None` after the stop.
    acceptor: Option<Acceptor>,
    /// The operation that accepts, while there is one.
    accepting: Option<Id>,
    /// What the ring accepts from; `None` after the stop, for as long as it is open the kernel
    /// completes handshakes.
    listener: Option<Rc<OwnedFd>>,
    connections: Vec<Option<Connection>>,
    free: Vec<usize>,
    alarms: BTreeSet<(Instant, usize)>,
    /// After the stop: when the last connection is cut.
    cut: Option<Instant>,
}

struct Connection {
    socket: Rc<OwnedFd>,
    session: Session,
    doing: Doing,
    /// When it is too late for what it is doing.
    deadline: Instant,
    /// Its place in `alarms`, at the deadline or before it.
    alarm: Option<Instant>,
    /// Reads that are left after the last answer; `None` before it.
    farewell: Option<usize>,
}

enum Doing {
    /// The kernel does this operation.
    Waiting(Id),
    /// The same, and it has been asked to stop; then the connection is closed, and not before.
    Ending,
    /// The work for a line.
    Working,
}

impl<'a> Server<'a> {
    fn new(
        mut ring: Ring,
        listener: TcpListener,
        settings: &'a Settings,
        stop: &Stop,
    ) -> io::Result<Self> {
        let acceptor = Acceptor::new(listener)?;
        let listener = Rc::new(acceptor.as_fd().try_clone_to_owned()?);
        ring.poll(&Rc::new(stop.as_fd().try_clone_to_owned()?))?;
        let accepting = Some(ring.accept(&listener)?);
        Ok(Self {
            ring,
            settings,
            acceptor: Some(acceptor),
            accepting,
            listener: Some(listener),
            connections: Vec::new(),
            free: Vec::new(),
            alarms: BTreeSet::new(),
            cut: None,
        })
    }

    // ANCHOR: run
    fn run(mut self) -> io::Result<()> {
        while self.acceptor.is_some() || self.free.len() < self.connections.len() {
            let patience = self.patience();
            self.ring.wait(patience)?;
            while let Some(completion) = self.ring.next() {
                match completion {
                    Completion::Accepted(socket) => self.accepted(socket)?,
                    Completion::Readable => self.stop()?,
                    Completion::Received(token, filled) => self.received(token, filled)?,
                    Completion::Sent(token, count) => self.sent(token, count.ok())?,
                }
            }
            self.ring_alarms()?;
        }
        Ok(())
    }
    // ANCHOR_END: run

    /// How long nothing can happen but a completion.
    fn patience(&mut self) -> Option<Duration> {
        let looks = self.acceptor.as_mut().and_then(|acceptor| {
            acceptor.sweep();
            acceptor.timeout()
        });
        let alarm = self.alarms.first().map(|(at, _)| at.saturating_duration_since(Instant::now()));
        looks.into_iter().chain(alarm).min()
    }

    /// A connection, or why there is none.
    fn accepted(&mut self, socket: io::Result<OwnedFd>) -> io::Result<()> {
        self.accepting = None;
        match socket {
            Ok(socket) => self.admit(socket.into())?,
            Err(_) if self.cut.is_some() => {} // cancelled
            // Why, the acceptor finds out, by trying again; it has a descriptor to spare. Then comes a
            // pause, even if nobody waits any more: the next try would fail at once as well.
            Err(_) => match self.acceptor.as_mut().map(Acceptor::accept) {
                Some(Accepted::Stream(stream)) => self.admit(stream)?,
                Some(Accepted::Later | Accepted::Nothing) => {
                    self.alarms.insert((Instant::now() + PAUSE, LISTENER));
                    return Ok(());
                }
                None => {}
            },
        }
        self.accept_again()
    }

    fn accept_again(&mut self) -> io::Result<()> {
        match (self.accepting, self.cut, &self.listener) {
            (None, None, Some(listener)) => self.accepting = Some(self.ring.accept(listener)?),
            (None, Some(_), _) => self.rest()?, // without the ring, to the end of the backlog
            _ => {}
        }
        Ok(())
    }

    fn admit(&mut self, stream: TcpStream) -> io::Result<()> {
        if self.connections.len() - self.free.len() < self.settings.connections {
            return self.serve(stream);
        }
        if let Some(acceptor) = &mut self.acceptor
            && stream.set_nonblocking(true).is_ok()
        {
            acceptor.refuse(stream);
        }
        Ok(())
    }

    fn serve(&mut self, stream: TcpStream) -> io::Result<()> {
        // One of the acceptor does not block; for the ring that means to fail instead of to wait.
        if stream.set_nodelay(true).and_then(|()| stream.set_nonblocking(false)).is_err() {
            return Ok(()); // it is gone
        }
        let token = self.free.pop().unwrap_or_else(|| {
            self.connections.push(None);
            self.connections.len() - 1
        });
        self.connections[token] = Some(Connection {
            socket: Rc::new(stream.into()),
            session: Session::new(self.settings.service),
            doing: Doing::Working,
            deadline: Instant::now(),
            alarm: None,
            farewell: None,
        });
        self.go_on(token)
    }

    fn received(&mut self, token: usize, filled: io::Result<Option<Filled>>) -> io::Result<()> {
        let Some(connection) = &mut self.connections[token] else { return Ok(()) };
        let alive = match &filled {
            Ok(Some(filled)) if !filled.bytes().is_empty() => {
                connection.take(filled.bytes());
                true
            }
            Ok(_) => {
                connection.session.ended();
                connection.farewell.is_none()
            }
            // All buffers were in use; the ones of this turn have been lent again by now.
            Err(error) => error.raw_os_error() == Some(rustix::io::Errno::NOBUFS.raw_os_error()),
        };
        if let Ok(Some(filled)) = filled {
            self.ring.give_back(filled)?;
        }
        self.completed(token, alive)
    }

    /// `None` if the client is gone.
    fn sent(&mut self, token: usize, count: Option<usize>) -> io::Result<()> {
        let Some(connection) = &mut self.connections[token] else { return Ok(()) };
        connection.session.sent(count.unwrap_or(0));
        self.completed(token, count.is_some())
    }

    /// The kernel has nothing of the connection any more: it can go on, or be closed.
    fn completed(&mut self, token: usize, alive: bool) -> io::Result<()> {
        match &self.connections[token] {
            Some(connection) if alive && !matches!(connection.doing, Doing::Ending) => {
                self.go_on(token)
            }
            _ => {
                self.close(token);
                Ok(())
            }
        }
    }

    // ANCHOR: go_on
    /// Asks the kernel for what the session needs next.
    fn go_on(&mut self, token: usize) -> io::Result<()> {
        if self.cut.is_some_and(|cut| cut <= Instant::now()) {
            self.close(token); // the kernel has nothing of it now
            return Ok(());
        }
        let mut limit = self.limit();
        let Some(connection) = &mut self.connections[token] else { return Ok(()) };
        connection.doing = match connection.session.step() {
            Step::Read => Doing::Waiting(self.ring.receive(&connection.socket, token)?),
            Step::Write => {
                let bytes = connection.session.output().to_vec();
                Doing::Waiting(self.ring.send(&connection.socket, bytes, token)?)
            }
            Step::Work(time) => {
                limit = time;
                Doing::Working
            }
            Step::End if connection.say_farewell() => {
                Doing::Waiting(self.ring.receive(&connection.socket, token)?)
            }
            Step::End => {
                self.close(token);
                return Ok(());
            }
        };
        self.set_deadline(token, Instant::now() + limit);
        Ok(())
    }
    // ANCHOR_END: go_on

    /// How long an operation may take.
    fn limit(&self) -> Duration {
        match self.cut {
            None => self.settings.idle.min(FOREVER),
            Some(cut) => self.settings.quiet.min(cut.saturating_duration_since(Instant::now())),
        }
    }

    fn close(&mut self, token: usize) {
        if let Some(connection) = self.connections[token].take() {
            self.free.push(token);
            if let Some(at) = connection.alarm {
                self.alarms.remove(&(at, token));
            }
        }
    }

    /// A later deadline costs nothing: the alarm that is set rings too early, and finds that out.
    fn set_deadline(&mut self, token: usize, deadline: Instant) {
        let Some(connection) = &mut self.connections[token] else { return };
        connection.deadline = deadline;
        if connection.alarm.is_some_and(|at| at <= deadline) {
            return;
        }
        if let Some(at) = connection.alarm.replace(deadline) {
            self.alarms.remove(&(at, token));
        }
        self.alarms.insert((deadline, token));
    }

    fn ring_alarms(&mut self) -> io::Result<()> {
        let now = Instant::now();
        while let Some(&(at, token)) = self.alarms.first().filter(|(at, _)| *at <= now) {
            self.alarms.remove(&(at, token));
            match self.connections.get_mut(token) {
                Some(Some(connection)) => {
                    connection.alarm = None;
                    let deadline = connection.deadline;
                    if deadline > now {
                        self.set_deadline(token, deadline);
                    } else {
                        self.expired(token)?;
                    }
                }
                _ => self.accept_again()?, // the pause is over
            }
        }
        Ok(())
    }

    // ANCHOR: expired
    /// The work is done; or it took too long, and the kernel is asked to give the operation up. It
    /// has the memory until it answers, so nothing else happens before.
    fn expired(&mut self, token: usize) -> io::Result<()> {
        let Some(connection) = &mut self.connections[token] else { return Ok(()) };
        match connection.doing {
            Doing::Working => {
                connection.session.worked();
                self.go_on(token)
            }
            Doing::Waiting(operation) => {
                connection.doing = Doing::Ending;
                self.ring.cancel(operation)
            }
            Doing::Ending => Ok(()),
        }
    }
    // ANCHOR_END: expired

    /// Nobody new; and who is silent now does not wait for the idle time.
    fn stop(&mut self) -> io::Result<()> {
        let now = Instant::now();
        self.cut = Some(now + self.settings.drain.min(FOREVER));
        let limit = self.limit();
        for token in 0..self.connections.len() {
            if let Some(Connection { doing: Doing::Waiting(_), .. }) = self.connections[token] {
                self.set_deadline(token, now + limit);
            }
        }
        match self.accepting {
            Some(accepting) => self.ring.cancel(accepting),
            None => self.rest(),
        }
    }

    /// After the stop: who is in the backlog has finished the handshake, and is served.
    fn rest(&mut self) -> io::Result<()> {
        let Some(acceptor) = self.acceptor.take() else { return Ok(()) };
        self.listener = None;
        let served = self.connections.len() - self.free.len();
        for stream in acceptor.rest(self.settings.connections.saturating_sub(served)) {
            self.serve(stream)?;
        }
        Ok(())
    }
}

impl Connection {
    fn take(&mut self, bytes: &[u8]) {
        if self.farewell.is_none() {
            self.session.received(bytes);
        }
    }

    /// Ends our side, and says whether to read on: closed with bytes unread, the connection would be
    /// reset, and the last answer might be lost with it.
    fn say_farewell(&mut self) -> bool {
        let reads = self.farewell.unwrap_or(FAREWELL);
        self.farewell = reads.checked_sub(1);
        if reads == FAREWELL {
            return rustix::net::shutdown(&self.socket, rustix::net::Shutdown::Write).is_ok();
        }
        reads > 0
    }
}

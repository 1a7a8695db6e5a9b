//! The relay: accept, connect, and pump bytes both ways until both streams have ended.

mod link;
mod stop;

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, scope};
use std::time::{Duration, Instant, SystemTime};

use crate::Error;
use crate::event::{Connection, Direction, Event, Observer};
use link::Link;
pub use link::{BUFFER_SIZE, WRITE_TICK};
pub use stop::Stop;

/// Connections at once, unless the caller says otherwise. Each costs two threads and two file
/// descriptors, so where the system allows fewer of those (`ulimit -n`), this must be lowered: a
/// client that is accepted when no descriptor is left for its server can only be refused.
pub const MAX_AT_ONCE: usize = 1024;

/// How long the target may take to answer a SYN. The kernel's own limit is minutes, far beyond a
/// client's patience.
pub const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// How long to wait before accepting again after a failure.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Failures in a row, with no connection open, after which the listener counts as broken.
const ACCEPT_RETRIES: u32 = 20;

/// How many connections [`serve`] takes.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// At the same time. One more waits in the listener's queue, which costs us nothing, until
    /// another one ends.
    pub at_once: usize,
    /// In all; `None` is no limit. After the last one `serve` returns by itself.
    pub in_total: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { at_once: MAX_AT_ONCE, in_total: None }
    }
}

/// What [`serve`] has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Connections accepted.
    pub connections: u64,
    /// Those of them for which the target could not be reached.
    pub unreachable: u64,
    /// Bytes from clients to the server.
    pub to_server: u64,
    /// Bytes from the server to clients.
    pub to_client: u64,
}

/// Binds `address`, a HOST:PORT. `:PORT` means 127.0.0.1, because a relay that shows passwords
/// should not listen on the network by accident. Port 0 takes any free port.
pub fn listen(address: &str) -> Result<TcpListener, Error> {
    let full = if address.starts_with(':') { &format!("127.0.0.1{address}") } else { address };
    TcpListener::bind(full).map_err(|source| Error::Listen { address: address.to_owned(), source })
}

/// Turns a HOST:PORT into the addresses to try, in order. `:PORT` means 127.0.0.1.
pub fn resolve(target: &str) -> Result<Vec<SocketAddr>, Error> {
    let full = if target.starts_with(':') { &format!("127.0.0.1{target}") } else { target };
    let failed = |source| Error::Resolve { target: target.to_owned(), source };
    let addresses: Vec<_> = full.to_socket_addrs().map_err(failed)?.collect();
    if addresses.is_empty() {
        return Err(failed(io::Error::new(io::ErrorKind::NotFound, "the name has no address")));
    }
    Ok(addresses)
}

// ANCHOR: serve
/// Relays every connection that `listener` gets to the first of `targets` that answers.
///
/// Returns when `limits.in_total` connections are done or `stop` says so, and never before the last
/// byte of the last connection is delivered and `observer` knows of it.
pub fn serve(
    listener: &TcpListener,
    targets: &[SocketAddr],
    observer: &dyn Observer,
    limits: Limits,
    stop: &Stop,
) -> Result<Summary, Error> {
    stop.wakes(listener);
    let relay = Relay { targets, observer, stop, summary: Mutex::default() };
    scope(|threads| {
        let mut number = 0;
        while limits.in_total.is_none_or(|total| number < total) {
            let Some(slot) = stop.wait_for_slot(limits.at_once) else { break };
            let Some((client, address)) = relay.accept(listener)? else { break };
            number += 1;
            let relay = &relay;
            let connection = move || {
                relay.handle(number, client, address);
                drop(slot);
            };
            // Only the kernel's lack of memory or threads ends here; the client sees its connection
            // closed.
            let _ = Builder::new().spawn_scoped(threads, connection);
        }
        stop.need_not_wake();
        Ok(())
    })?;
    Ok(relay.summary.into_inner().unwrap_or_else(PoisonError::into_inner))
}
// ANCHOR_END: serve

/// What the threads of all connections share.
struct Relay<'a> {
    targets: &'a [SocketAddr],
    observer: &'a dyn Observer,
    stop: &'a Stop,
    summary: Mutex<Summary>,
}

impl Relay<'_> {
    /// The next client, or `None` if the relay is to stop.
    fn accept(&self, listener: &TcpListener) -> Result<Option<(TcpStream, SocketAddr)>, Error> {
        let mut failures = 0;
        loop {
            let result = listener.accept();
            if self.stop.is_requested() {
                return Ok(None);
            }
            match result {
                Ok(accepted) => return Ok(Some(accepted)),
                // Out of file descriptors, most likely. A connection that ends frees two.
                Err(source) => {
                    failures = if self.stop.others_are_open() { 0 } else { failures + 1 };
                    if failures > ACCEPT_RETRIES {
                        return Err(Error::Accept { source });
                    }
                    self.stop.pause(ACCEPT_PAUSE);
                }
            }
        }
    }

    /// One connection, from its client's arrival to the last `Closed`.
    fn handle(&self, number: u64, client: TcpStream, address: SocketAddr) {
        let (accepted, start) = (SystemTime::now(), Instant::now());
        let (server, result) = connect(self.targets);
        let connection = Connection { number, client: canonical(address), server, accepted };
        let tell = |event: Event<'_>| self.observer.observe(&connection, start.elapsed(), event);

        let [to_server, to_client] = match Link::new(client, result) {
            Ok(link) => {
                let link = Arc::new(link);
                tell(Event::Opened);
                self.stop.enroll(number, &link);
                let moved = pump_both(&link, &tell);
                if self.stop.dismiss(number) {
                    tell(Event::CutOff);
                }
                moved
            }
            Err(error) => {
                tell(Event::Unreachable { error: &error });
                self.count(|summary| summary.unreachable += 1);
                [0, 0]
            }
        };
        tell(Event::Closed { to_server, to_client });
        self.count(|summary| {
            summary.connections += 1;
            summary.to_server += to_server;
            summary.to_client += to_client;
        });
    }

    fn count(&self, change: impl FnOnce(&mut Summary)) {
        change(&mut self.summary.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Connects the first target that answers; returns the address which it tried last as well.
fn connect(targets: &[SocketAddr]) -> (SocketAddr, io::Result<TcpStream>) {
    let nowhere = SocketAddr::from(([0, 0, 0, 0], 0));
    let no_target = io::Error::new(io::ErrorKind::InvalidInput, "there is no target");
    let mut last = (nowhere, Err(no_target));
    for &target in targets {
        last = (target, TcpStream::connect_timeout(&target, CONNECT_LIMIT));
        if last.1.is_ok() {
            break;
        }
    }
    last
}

/// A listener on `[::]` sees an IPv4 client as `::ffff:192.0.2.1`; this is the address that the
/// client has.
fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

// ANCHOR: pump
/// Moves bytes both ways until both directions have ended, and returns how many each has moved.
fn pump_both(link: &Link, tell: &(dyn Fn(Event<'_>) + Sync)) -> [u64; 2] {
    let moved = scope(|threads| {
        // A thread for each direction: while one waits for the client to speak, the other can carry
        // the answer.
        let there = Builder::new().spawn_scoped(threads, || pump(link, Direction::ToServer, tell));
        if there.is_err() {
            link.cut();
        }
        let back = pump(link, Direction::ToClient, tell);
        [there.map_or(0, |thread| thread.join().unwrap_or(0)), back]
    });
    if link.is_broken() {
        link.cut();
    }
    moved
}

/// Moves bytes one way until the source has no more, then tells the destination so, and nothing
/// else: the destination may still have an answer to give (half-close, RFC 9293 §3.6).
fn pump(link: &Link, direction: Direction, tell: &dyn Fn(Event<'_>)) -> u64 {
    let (source, destination) = link.ends(direction);
    let mut buffer = vec![0; BUFFER_SIZE];
    let mut offset = 0;
    loop {
        let count = match link.read(source, &mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) => {
                if link.breaks() {
                    tell(Event::Reset { by: direction.source(), error: &error });
                }
                link.cut();
                return offset;
            }
        };
        let bytes = &buffer[..count];
        tell(Event::Bytes { direction, offset, bytes });
        offset += count as u64;
        if let Err(error) = link.write_all(destination, bytes) {
            if link.breaks() {
                tell(Event::Reset { by: direction.destination(), error: &error });
            }
            link.give_up(direction, &mut buffer);
            return offset;
        }
    }
    if link.end(direction) {
        tell(Event::EndOfStream { direction });
        // It fails if the destination is gone, which the other direction finds out and tells.
        let _ = destination.shutdown(Shutdown::Write);
    }
    offset
}
// ANCHOR_END: pump

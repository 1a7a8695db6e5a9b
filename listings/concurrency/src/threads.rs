//! A thread for each connection. The scheduler of the kernel decides whose turn it is.

use std::io;
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::accept::Acceptor;
use crate::iterative::serve;
use crate::settings::Settings;
use crate::stop::Stop;
use crate::wait::Patience;

/// Stack of a connection's thread, in bytes: a read buffer and some calls deep. std's default is
/// 2 MiB. Only pages that are touched cost memory, but all of them are mapped.
pub const STACK: usize = 128 << 10;

/// Serves until `stop`, then finishes what is in flight.
// ANCHOR: run
pub fn run(listener: TcpListener, settings: &Settings, stop: &Stop) -> io::Result<()> {
    let mut acceptor = Acceptor::new(listener)?;
    let places = Arc::new(Places::new(settings.connections));
    let shared = Arc::new((settings.clone(), stop.clone()));
    while let Some(stream) = acceptor.next(stop)? {
        let Some(place) = Places::take(&places) else {
            acceptor.refuse(stream);
            continue;
        };
        if let Err(stream) = spawn(stream, place, &shared) {
            acceptor.refuse(stream); // no thread left is one more way to be busy
        }
    }
    for stream in acceptor.rest(places.free()) {
        if let Some(place) = Places::take(&places) {
            let _ = spawn(stream, place, &shared);
        }
    }
    places.wait_until_empty();
    Ok(())
}
// ANCHOR_END: run

/// What all threads know.
type Shared = Arc<(Settings, Stop)>;

/// Serves `stream` on a thread of its own, which holds `place` until it ends, by a panic as well.
/// Without a thread to be had, the connection comes back.
fn spawn(stream: TcpStream, place: Place, shared: &Shared) -> Result<(), TcpStream> {
    // A closure that is not started is dropped with all that it owns; so the stream is lent to it.
    let (stream, shared) = (Arc::new(Mutex::new(Some(stream))), Arc::clone(shared));
    let lent = Arc::clone(&stream);
    let spawned = thread::Builder::new().stack_size(STACK).spawn(move || {
        let _place = place;
        let (settings, stop) = &*shared;
        let stream = lock(&lent).take();
        if let Some(stream) = stream {
            // An error is the end of this connection, and of no other.
            let _ = serve(stream, settings, &mut Patience::new(settings, stop));
        }
    });
    match spawned {
        Ok(_) => Ok(()),
        Err(_) => lock(&stream).take().map_or(Ok(()), Err),
    }
}

// ANCHOR: places
/// Room for so many connections.
#[derive(Debug)]
struct Places {
    free: Mutex<usize>,
    freed: Condvar,
    all: usize,
}

/// One of them; dropped, it is free again.
#[derive(Debug)]
struct Place(Arc<Places>);

impl Places {
    /// Looks and takes in one step: nobody can come between.
    fn take(places: &Arc<Self>) -> Option<Place> {
        let mut free = lock(&places.free);
        *free = free.checked_sub(1)?;
        Some(Place(Arc::clone(places)))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        *lock(&self.0.free) += 1;
        self.0.freed.notify_all();
    }
}
// ANCHOR_END: places

impl Places {
    fn new(all: usize) -> Self {
        Self { free: Mutex::new(all), freed: Condvar::new(), all }
    }

    fn free(&self) -> usize {
        *lock(&self.free)
    }

    /// Each thread ends by itself in time: its patience does.
    fn wait_until_empty(&self) {
        let waited = self.freed.wait_while(lock(&self.free), |free| *free < self.all);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A number, or a stream that is taken: a panic cannot leave either half changed.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_gives_its_place_back_and_ends_nobody_else() {
        let places = Arc::new(Places::new(1));
        let place = Places::take(&places).unwrap();
        assert!(Places::take(&places).is_none());
        let thread = thread::spawn(move || {
            let _place = place;
            panic!("on purpose");
        });
        assert!(thread.join().is_err());
        assert_eq!(places.free(), 1);
    }
}

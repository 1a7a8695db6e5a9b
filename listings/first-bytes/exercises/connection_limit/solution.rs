//! Solution: wait first, accept then. A client that is not accepted waits in the kernel's queue.

use std::io;
use std::net::{TcpListener, TcpStream};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;

// ANCHOR: solution
/// Accepts `total` connections and gives each to `handle`, on a thread of its own, at most `limit`
/// at the same time.
///
/// A client too many waits until another one is done, and is served then.
pub(crate) fn serve(
    listener: &TcpListener,
    limit: usize,
    total: usize,
    handle: &(dyn Fn(TcpStream) + Sync),
) -> io::Result<()> {
    let (open, ended) = (Mutex::new(0), Condvar::new());
    let lock = || open.lock().unwrap_or_else(PoisonError::into_inner);
    thread::scope(|threads| {
        for _ in 0..total {
            let mut count = ended
                .wait_while(lock(), |count| *count >= limit)
                .unwrap_or_else(PoisonError::into_inner);
            *count += 1;
            // Nobody may wait for this lock while we wait for a client.
            drop(count);
            let (client, _) = listener.accept()?;
            threads.spawn(|| {
                handle(client);
                *lock() -= 1;
                ended.notify_one();
            });
        }
        Ok(())
    })
}
// ANCHOR_END: solution

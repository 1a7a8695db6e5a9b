//! Exercise: at most so many connections at once, and nobody is turned away.

use std::io;
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

// ANCHOR: exercise
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
    let open = AtomicUsize::new(0);
    thread::scope(|threads| {
        for _ in 0..total {
            let (client, _) = listener.accept()?;
            if open.load(Ordering::SeqCst) >= limit {
                // Too many. It may try again later.
                drop(client);
                continue;
            }
            open.fetch_add(1, Ordering::SeqCst);
            threads.spawn(|| {
                handle(client);
                open.fetch_sub(1, Ordering::SeqCst);
            });
        }
        Ok(())
    })
}
// ANCHOR_END: exercise

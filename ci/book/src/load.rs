//! Turns at the processor.
//!
//! Most checks wait for other programs, and many can wait at once. A few compile: more of these at once
//! than there are cores would take no less time in all, and would starve the programs that are timed.

use std::sync::{Condvar, Mutex, PoisonError};

/// How many checks run at once for each core.
const WAITING: usize = 4;

/// The turns that are left; empty until somebody asks.
static FREE: Mutex<Option<usize>> = Mutex::new(None);
static RETURNED: Condvar = Condvar::new();

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// How many checks run at once.
pub fn threads() -> usize {
    WAITING * cores()
}

/// Held by whoever keeps a core busy.
#[derive(Debug)]
#[must_use]
pub struct Turn(());

/// Waits for a turn. Who has one must not ask for another, nor wait for somebody who asks.
pub fn turn() -> Turn {
    let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        let left = free.get_or_insert_with(cores);
        if *left > 0 {
            *left -= 1;
            return Turn(());
        }
        free = RETURNED.wait(free).unwrap_or_else(PoisonError::into_inner);
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
        *free.get_or_insert_with(cores) += 1;
        RETURNED.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::{cores, turn};

    #[test]
    fn no_more_turns_than_cores() {
        static NOW: AtomicUsize = AtomicUsize::new(0);
        testkit::within(Duration::from_secs(20), "turns", || {
            std::thread::scope(|scope| {
                for _ in 0..4 * cores() {
                    scope.spawn(|| {
                        let _turn = turn();
                        assert!(NOW.fetch_add(1, Ordering::SeqCst) < cores());
                        std::thread::yield_now();
                        NOW.fetch_sub(1, Ordering::SeqCst);
                    });
                }
            });
        });
    }
}

//! Waiting for a time.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use super::Core;

// ANCHOR: timers
/// Who waits for which time, the earliest first. The number tells apart who waits for the same.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    waiting: BTreeMap<(Instant, u64), Waker>,
    count: u64,
}

impl Timers {
    /// How long the loop may sleep; `None`: nobody waits.
    pub(crate) fn next(&self) -> Option<Duration> {
        let ((at, _), _) = self.waiting.first_key_value()?;
        Some(at.saturating_duration_since(Instant::now()))
    }

    /// Takes out everyone whose time has come.
    pub(crate) fn expired(&mut self, wakers: &mut Vec<Waker>) {
        let now = Instant::now();
        while let Some(first) = self.waiting.first_entry()
            && first.key().0 <= now
        {
            wakers.push(first.remove());
        }
    }

    fn entry(&mut self, at: Instant) -> (Instant, u64) {
        self.count += 1;
        (at, self.count)
    }
}

/// A time to wait for. Dropped, it is forgotten.
pub struct Sleep {
    core: Rc<Core>,
    at: Instant,
    /// The entry in [`Timers`], from the first poll on.
    entry: Option<(Instant, u64)>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if Instant::now() >= self.at {
            self.cancel();
            return Poll::Ready(());
        }
        let this = &mut *self;
        let mut timers = this.core.timers.borrow_mut();
        let entry = *this.entry.get_or_insert_with(|| timers.entry(this.at));
        timers.waiting.insert(entry, context.waker().clone());
        Poll::Pending
    }
}
// ANCHOR_END: timers

impl Sleep {
    /// What it waits for.
    pub fn at(&self) -> Instant {
        self.at
    }

    fn cancel(&mut self) {
        if let Some(entry) = self.entry.take() {
            self.core.timers.borrow_mut().waiting.remove(&entry);
        }
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.cancel();
    }
}

/// Waits until `at`; not at all, if that is over.
///
/// # Panics
///
/// Outside of [`run`](super::run).
pub fn sleep_until(at: Instant) -> Sleep {
    Sleep { core: Core::current(), at, entry: None }
}

/// Waits for `time`. More than a century is a century.
///
/// # Panics
///
/// Outside of [`run`](super::run).
pub fn sleep(time: Duration) -> Sleep {
    sleep_until(Instant::now() + time.min(CENTURY))
}

/// What an [`Instant`] can be moved by on every system.
const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

//! Two threads at a wake-up, small enough for loom to try every order: one wakes a task, the other
//! is the executor's loop. The loop's sleep is until the other thread has ended; if the bell has not
//! rung by then, it never will, and the loop would sleep for ever.

use std::collections::VecDeque;
use std::sync::PoisonError;
use std::sync::atomic::AtomicUsize;

use loom::sync::Arc;
use loom::sync::Mutex;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread::{self, JoinHandle};

use super::queue::{Bell, Queue, Ticket};

/// What happened in one order, for the page. Not loom's mutex: it shall not add orders.
pub(crate) type Log = std::sync::Arc<std::sync::Mutex<Vec<&'static str>>>;

/// The number of the one task.
const TASK: u64 = 1;

/// A bell without a kernel: what rings before the sleep is not lost, as with an eventfd.
#[derive(Debug, Default)]
pub(crate) struct Rung(AtomicBool);

impl Bell for Rung {
    fn ring(&self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl Rung {
    /// Sleeps until the bell; `false`: for ever.
    fn sleep(&self, other: &mut Option<JoinHandle<()>>) -> bool {
        if let Some(other) = other.take() {
            other.join().unwrap();
        }
        self.0.swap(false, Ordering::SeqCst)
    }
}

/// The queue of the executor: announce the sleep, then look. Whether it wakes up.
pub(crate) fn announce_then_look() -> bool {
    let queue = Arc::new(Queue::new(Rung::default()));
    let shared = queue.clone();
    let mut waking = Some(thread::spawn(move || shared.push(TASK)));
    let mut tasks = VecDeque::new();
    while tasks.is_empty() {
        if queue.may_sleep() && !queue.bell().sleep(&mut waking) {
            return false;
        }
        queue.awake();
        queue.take(&mut tasks);
    }
    tasks == [TASK]
}

/// The tempting order: look, and if there is nothing, announce the sleep. Whether it wakes up.
pub(crate) fn look_then_announce(log: &Log) -> bool {
    let queue = Arc::new((Mutex::new(VecDeque::new()), AtomicBool::new(false), Rung::default()));
    let (shared, events) = (queue.clone(), log.clone());
    log.lock().unwrap_or_else(PoisonError::into_inner).clear();
    let mut waking = Some(thread::spawn(move || {
        let (ready, asleep, bell) = &*shared;
        ready.lock().unwrap().push_back(TASK);
        say(&events, "waker  queues the task");
        if asleep.swap(false, Ordering::SeqCst) {
            say(&events, "waker  rings");
            bell.ring();
        } else {
            say(&events, "waker  rings for nobody: the loop is awake");
        }
    }));
    // ANCHOR: wrong
    let (ready, asleep, bell) = &*queue;
    while ready.lock().unwrap().is_empty() {
        say(log, "loop   looks: nothing");
        asleep.store(true, Ordering::SeqCst);
        say(log, "loop   announces that it sleeps");
        if !bell.sleep(&mut waking) {
            return false;
        }
    }
    // ANCHOR_END: wrong
    true
}

fn say(log: &Log, event: &'static str) {
    log.lock().unwrap_or_else(PoisonError::into_inner).push(event);
}

/// How a task that is taken out of the queue and polled stops counting as queued.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Clear {
    /// As the executor does it: `redeem`, then the poll.
    SwapFirst,
    /// With a store, then the poll.
    StoreFirst,
    /// The poll, then `redeem`.
    Last,
}

/// A task that looks at `news` when it is polled, and another thread that writes them and wakes the
/// task. Whether the task gets the news.
pub(crate) fn wake_during_poll(clear: Clear) -> bool {
    let shared = Arc::new((Queue::new(Rung::default()), Ticket::new(TASK), AtomicBool::new(false)));
    let theirs = shared.clone();
    let (queue, ticket, news) = &*shared;
    ticket.wake(queue); // the first poll, which every task gets
    let mut waking = Some(thread::spawn(move || {
        let (queue, ticket, news) = &*theirs;
        news.store(true, Ordering::Relaxed); // to order it is the waker's part
        ticket.wake(queue);
    }));
    let mut tasks = VecDeque::new();
    loop {
        queue.take(&mut tasks);
        for _ in tasks.drain(..) {
            match clear {
                Clear::SwapFirst => ticket.redeem(),
                Clear::StoreFirst => ticket.queued.store(false, Ordering::SeqCst),
                Clear::Last => {}
            }
            if news.load(Ordering::Relaxed) {
                return true; // the poll is ready
            }
            if let Clear::Last = clear {
                ticket.redeem();
            }
        }
        if queue.may_sleep() && !queue.bell().sleep(&mut waking) {
            return false;
        }
        queue.awake();
    }
}

/// Runs `model` in every order: how many there are, and in how many of them it sleeps for ever.
/// `lost` is called after each of the latter.
pub(crate) fn try_all(
    model: impl Fn() -> bool + Sync + Send + 'static,
    lost: impl Fn() + Sync + Send + 'static,
) -> (usize, usize) {
    use std::sync::Arc;

    let counts = Arc::new((AtomicUsize::new(0), AtomicUsize::new(0)));
    let counted = counts.clone();
    loom::model(move || {
        counted.0.fetch_add(1, Ordering::SeqCst);
        if !model() {
            counted.1.fetch_add(1, Ordering::SeqCst);
            lost();
        }
    });
    (counts.0.load(Ordering::SeqCst), counts.1.load(Ordering::SeqCst))
}

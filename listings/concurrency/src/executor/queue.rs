//! The tasks that are ready: the one thing that other threads may touch.

use std::collections::VecDeque;
use std::mem;
use std::sync::PoisonError;

use super::sync::{AtomicBool, Mutex, Ordering};

/// Wakes the loop from its sleep, and from one that it is about to begin.
pub(crate) trait Bell {
    fn ring(&self);
}

/// The tasks to poll, by number, in the order in which they were woken.
#[derive(Debug)]
pub(crate) struct Queue<B> {
    ready: Mutex<VecDeque<u64>>,
    /// Whether the loop sleeps or is about to. Without it, each wake-up costs a system call, also
    /// those that the loop itself causes while it is awake.
    asleep: AtomicBool,
    bell: B,
}

// ANCHOR: queue
impl<B: Bell> Queue<B> {
    /// Queues `task`, and rings if the loop might not see it otherwise.
    pub(crate) fn push(&self, task: u64) {
        self.lock().push_back(task);
        if self.asleep.swap(false, Ordering::Relaxed) {
            self.bell.ring();
        }
    }

    /// Whether the loop may sleep until the bell. It announces first, and looks then: a `push`
    /// either comes before the look, which finds its task, or it finds the announcement: the lock
    /// sees to that order.
    pub(crate) fn may_sleep(&self) -> bool {
        self.asleep.store(true, Ordering::Relaxed);
        let empty = self.lock().is_empty();
        if !empty {
            self.awake();
        }
        empty
    }

    /// The loop is back: nobody needs to ring.
    pub(crate) fn awake(&self) {
        self.asleep.store(false, Ordering::Relaxed);
    }
}
// ANCHOR_END: queue

impl<B> Queue<B> {
    pub(crate) fn new(bell: B) -> Self {
        Self { ready: Mutex::new(VecDeque::new()), asleep: AtomicBool::new(false), bell }
    }

    pub(crate) fn bell(&self) -> &B {
        &self.bell
    }

    /// Moves everything that is ready into `tasks`, which has to be empty.
    pub(crate) fn take(&self, tasks: &mut VecDeque<u64>) {
        mem::swap(&mut *self.lock(), tasks);
    }

    fn lock(&self) -> impl std::ops::DerefMut<Target = VecDeque<u64>> {
        // Nothing between lock and unlock leaves the queue half changed.
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sees to it that a task is in the queue once, however often it is woken.
#[derive(Debug)]
pub(crate) struct Ticket {
    task: u64,
    pub(super) queued: AtomicBool,
}

// ANCHOR: ticket
impl Ticket {
    /// Puts the task into `queue`, unless it is there.
    pub(crate) fn wake<B: Bell>(&self, queue: &Queue<B>) {
        if !self.queued.swap(true, Ordering::AcqRel) {
            queue.push(self.task);
        }
    }

    /// The task is out of the queue and will be polled. Said *before* the poll: what comes during
    /// the poll has to queue the task again. And with a `swap`, not a `store`: a wake-up that found
    /// the task queued did nothing, so the poll must see what it was for.
    pub(crate) fn redeem(&self) {
        self.queued.swap(false, Ordering::AcqRel);
    }
}
// ANCHOR_END: ticket

impl Ticket {
    pub(crate) fn new(task: u64) -> Self {
        Self { task, queued: AtomicBool::new(false) }
    }
}

//! An executor on epoll: task, waker, reactor, timer.
//!
//! One thread, which [`run`] keeps until its future is done. It polls tasks that were woken, each
//! once in a turn, and between two turns asks epoll who else is ready; if there is nobody, it sleeps.
//!
//! | module | what |
//! |---|---|
//! | `queue` | the tasks that are ready, and the wake-ups from other threads |
//! | `reactor` | from file descriptors to wakers: [`Source`] |
//! | `timer` | from times to wakers: [`Sleep`] |
//! | `slab` | numbers for tasks and for descriptors |
//! | `net`, `race` | what is built from them |
//!
//! Left out: more than one thread, the result of a task, and everything that can be built outside.
//!
//! ```
//! use std::time::Duration;
//! use concurrency::executor::{run, sleep, spawn};
//!
//! run(async {
//!     spawn(async { println!("hello") });
//!     sleep(Duration::from_millis(1)).await;
//! })?;
//! # Ok::<(), std::io::Error>(())
//! ```

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use self::queue::{Queue, Ticket};
use self::reactor::{Eventfd, Reactor};
use self::slab::Slab;
use self::timer::Timers;

mod net;
mod queue;
mod race;
mod reactor;
mod slab;
mod sync;
mod timer;

pub use race::{Either, race, timeout};
pub use reactor::{Direction, Source};
pub use timer::{Sleep, sleep, sleep_until};

/// How many calls a task may make in one poll. A peer that sends without a pause would keep its
/// task busy otherwise, and all others waiting.
const SHARE: u32 = 32;

/// What a task does, and gives nothing for it.
type Job = Pin<Box<dyn Future<Output = ()>>>;

// ANCHOR: task
/// A future that is polled when it was woken, until it is done.
struct Task {
    /// Taken out while it is polled, so that it can spawn others.
    future: Option<Job>,
    alarm: Arc<Alarm>,
}

/// Behind a [`Waker`]. It holds no task: it may live in another thread, and longer than ours.
struct Alarm {
    ticket: Ticket,
    queue: Arc<Queue<Eventfd>>,
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.ticket.wake(&self.queue);
    }
}
// ANCHOR_END: task

/// What belongs to one [`run`].
struct Core {
    queue: Arc<Queue<Eventfd>>,
    tasks: RefCell<Slab<Task>>,
    reactor: RefCell<Reactor>,
    timers: RefCell<Timers>,
    /// How many calls the task that is polled may still make.
    share: Cell<u32>,
}

thread_local! {
    static CURRENT: RefCell<Option<Rc<Core>>> = const { RefCell::new(None) };
}

// ANCHOR: run
/// Polls `main`, and what it spawns, until `main` is done. What is left then is dropped.
///
/// # Errors
///
/// If the system gives no epoll instance or no eventfd.
///
/// # Panics
///
/// Inside of another `run`, and if `main` does.
pub fn run<F: Future>(main: F) -> io::Result<F::Output> {
    let core = Core::enter()?;
    let _leave = Leave(&core);
    let alarm = core.alarm(MAIN);
    let waker = Waker::from(alarm.clone());
    let mut main = pin!(main);
    let mut ready = VecDeque::from([MAIN]);
    loop {
        for key in ready.drain(..) {
            if key != MAIN {
                core.poll(key);
                continue;
            }
            alarm.ticket.redeem();
            core.share.set(SHARE);
            if let Poll::Ready(output) = main.as_mut().poll(&mut Context::from_waker(&waker)) {
                return Ok(output);
            }
        }
        core.wait()?;
        core.queue.take(&mut ready);
    }
}

/// Adds a task. It is polled from the next turn on, until it is done or panics; nobody waits for it.
///
/// # Panics
///
/// Outside of [`run`].
pub fn spawn(future: impl Future<Output = ()> + 'static) {
    let core = Core::current();
    let key = core
        .tasks
        .borrow_mut()
        .insert_with(|key| Task { future: Some(Box::pin(future)), alarm: core.alarm(key) });
    if let Some(task) = core.tasks.borrow_mut().get_mut(key) {
        task.alarm.wake_by_ref();
    }
}
// ANCHOR_END: run

/// Wakes every task. Each looks at what it waits for and goes on waiting, unless it finds that
/// something has changed; so whoever has a message for all of them needs no list of who waits.
///
/// # Panics
///
/// Outside of [`run`].
pub fn wake_all() {
    let core = Core::current();
    for task in core.tasks.borrow_mut().iter_mut() {
        task.alarm.wake_by_ref();
    }
}

/// The future of [`run`] is a task without a place in the slab.
const MAIN: u64 = u64::MAX;

// ANCHOR: turn
impl Core {
    /// Polls one task.
    fn poll(&self, key: u64) {
        // Nobody there: it was woken once more, and is done.
        let Some((mut future, alarm)) = self.take_out(key) else { return };
        alarm.ticket.redeem();
        self.share.set(SHARE);
        let waker = Waker::from(alarm);
        let poll = || future.as_mut().poll(&mut Context::from_waker(&waker));
        // A panic is the end of this task, and of no other.
        if let Ok(Poll::Pending) = catch_unwind(AssertUnwindSafe(poll)) {
            if let Some(task) = self.tasks.borrow_mut().get_mut(key) {
                task.future = Some(future);
            }
        } else {
            drop(self.tasks.borrow_mut().remove(key)); // without its future, which is dropped last
        }
    }

    /// Wakes who waited for a descriptor or a time, and sleeps before that if no task is ready.
    fn wait(&self) -> io::Result<()> {
        let limit =
            if self.queue.may_sleep() { self.timers.borrow().next() } else { Some(Duration::ZERO) };
        let mut wakers = Vec::new();
        let waited = self.reactor.borrow_mut().wait(limit, &mut wakers);
        self.queue.awake();
        self.timers.borrow_mut().expired(&mut wakers);
        wakers.into_iter().for_each(Waker::wake);
        waited
    }
}
// ANCHOR_END: turn

impl Core {
    fn enter() -> io::Result<Rc<Self>> {
        let queue = Arc::new(Queue::new(Eventfd::new()?));
        let reactor = Reactor::new(queue.bell())?;
        let core = Rc::new(Self {
            queue,
            tasks: RefCell::new(Slab::new()),
            reactor: RefCell::new(reactor),
            timers: RefCell::default(),
            share: Cell::new(SHARE),
        });
        CURRENT.with_borrow_mut(|current| {
            assert!(current.is_none(), "an executor runs in this thread already: spawn instead");
            *current = Some(core.clone());
        });
        Ok(core)
    }

    fn current() -> Rc<Self> {
        CURRENT.with_borrow(Option::clone).expect("no executor: call this inside `run`")
    }

    fn alarm(&self, key: u64) -> Arc<Alarm> {
        Arc::new(Alarm { ticket: Ticket::new(key), queue: self.queue.clone() })
    }

    fn take_out(&self, key: u64) -> Option<(Job, Arc<Alarm>)> {
        let mut tasks = self.tasks.borrow_mut();
        let task = tasks.get_mut(key)?;
        Some((task.future.take()?, task.alarm.clone()))
    }

    /// Whether the task that is polled may make one more call.
    fn spend(&self) -> bool {
        let left = self.share.get();
        self.share.set(left.saturating_sub(1));
        left > 0
    }
}

/// Drops the tasks at the end of [`run`], also if its future panics.
struct Leave<'a>(&'a Core);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        loop {
            // Outside of the borrow, since a future that is dropped may spawn another one.
            let tasks = self.0.tasks.borrow_mut().drain();
            if tasks.is_empty() {
                break;
            }
            drop(tasks);
        }
        CURRENT.with_borrow_mut(Option::take);
    }
}

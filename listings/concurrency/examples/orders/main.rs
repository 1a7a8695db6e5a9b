//! Tries every order in which a wake-up and the executor's loop can meet, in the right version and
//! in the wrong ones, and says in how many of them the loop sleeps for ever.

mod models;
#[path = "../../src/executor/queue.rs"]
mod queue;

/// What the queue is built of, here: threads that loom switches.
mod sync {
    pub(crate) use loom::sync::Mutex;
    pub(crate) use loom::sync::atomic::{AtomicBool, Ordering};
}

use std::sync::OnceLock;

use models::{Clear, Log, announce_then_look, look_then_announce, try_all, wake_during_poll};

/// The first order that is lost.
static LOST: OnceLock<Vec<&str>> = OnceLock::new();

fn main() {
    report("announce, then look", try_all(announce_then_look, || ()));
    let log = Log::default();
    let losing = log.clone();
    let found = try_all(
        move || look_then_announce(&log),
        move || {
            LOST.get_or_init(|| losing.lock().map(|log| log.clone()).unwrap_or_default());
        },
    );
    report("look, then announce", found);
    for event in LOST.get().into_iter().flatten() {
        println!("    {event}");
    }
    for (what, clear) in [
        ("clear by swap, then poll", Clear::SwapFirst),
        ("clear by store, then poll", Clear::StoreFirst),
        ("poll, then clear", Clear::Last),
    ] {
        report(what, try_all(move || wake_during_poll(clear), || ()));
    }
}

fn report(what: &str, (orders, lost): (usize, usize)) {
    println!("{what:26} {orders:3} orders, {lost:2} of them sleep for ever");
}

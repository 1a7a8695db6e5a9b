//! No order of two threads loses a wake-up, and loom would have seen it: in the wrong orders it does.

#[path = "../examples/orders/models.rs"]
mod models;
#[path = "../src/executor/queue.rs"]
mod queue;

mod sync {
    pub(crate) use loom::sync::Mutex;
    pub(crate) use loom::sync::atomic::{AtomicBool, Ordering};
}

use models::{Clear, Log, announce_then_look, look_then_announce, try_all, wake_during_poll};

#[test]
fn the_executors_queue_loses_no_wake_up() {
    let (orders, lost) = try_all(announce_then_look, || ());
    assert!(orders > 10, "{orders} orders of a push and a sleep are too few to be all");
    assert_eq!(lost, 0, "of {orders} orders of a push and a sleep");
    let (orders, lost) = try_all(|| wake_during_poll(Clear::SwapFirst), || ());
    assert!(orders > 10, "{orders} orders of a wake and a poll are too few to be all");
    assert_eq!(lost, 0, "of {orders} orders of a wake and a poll");
}

#[test]
fn the_wrong_orders_lose_one() {
    let log = Log::default();
    let (orders, lost) = try_all(move || look_then_announce(&log), || ());
    assert!(lost > 0, "look, then announce: {orders} orders");
    for clear in [Clear::StoreFirst, Clear::Last] {
        let (orders, lost) = try_all(move || wake_during_poll(clear), || ());
        assert!(lost > 0, "{clear:?}: {orders} orders");
    }
}

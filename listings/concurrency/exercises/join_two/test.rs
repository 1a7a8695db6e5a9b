//! `cargo test -p concurrency --test join_two`

#[cfg_attr(feature = "solutions", path = "solution.rs")]
#[cfg_attr(not(feature = "solutions"), path = "exercise.rs")]
mod exercise;

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use exercise::join;

/// A waker that counts.
#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Something to wait for, set by the test.
#[derive(Default)]
struct Event {
    done: Cell<bool>,
    polls: Cell<u32>,
    waker: RefCell<Option<Waker>>,
}

impl Event {
    async fn wait(&self) {
        poll_fn(|context| {
            self.polls.update(|polls| polls + 1);
            if self.done.get() {
                return Poll::Ready(());
            }
            *self.waker.borrow_mut() = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
    }

    fn set(&self) {
        self.done.set(true);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

#[test]
fn both_outputs() {
    let mut both = pin!(join(async { 1 }, async { "two" }));
    let polled = both.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert_eq!(polled, Poll::Ready((1, "two")));
}

#[test]
fn each_of_the_two_wakes_the_task() {
    for second_first in [false, true] {
        let (one, two) = (Event::default(), Event::default());
        let count = Arc::new(Count::default());
        let waker = Waker::from(count.clone());
        let mut context = Context::from_waker(&waker);
        let mut both = pin!(join(one.wait(), two.wait()));
        assert_eq!(both.as_mut().poll(&mut context), Poll::Pending);
        let (earlier, later) = if second_first { (&two, &one) } else { (&one, &two) };
        earlier.set();
        assert_eq!(count.0.load(Ordering::SeqCst), 1, "the one that is done did not wake the task");
        assert_eq!(both.as_mut().poll(&mut context), Poll::Pending);
        later.set();
        assert_eq!(count.0.load(Ordering::SeqCst), 2, "the other one did not wake the task");
        assert_eq!(both.as_mut().poll(&mut context), Poll::Ready(((), ())));
    }
}

#[test]
fn what_is_done_is_not_polled_again() {
    let (one, two) = (Event::default(), Event::default());
    let mut context = Context::from_waker(Waker::noop());
    let mut both = pin!(join(one.wait(), two.wait()));
    assert_eq!(both.as_mut().poll(&mut context), Poll::Pending);
    two.set();
    assert_eq!(both.as_mut().poll(&mut context), Poll::Pending);
    let polls = two.polls.get();
    assert_eq!(both.as_mut().poll(&mut context), Poll::Pending);
    assert_eq!(two.polls.get(), polls);
    one.set();
    assert_eq!(both.as_mut().poll(&mut context), Poll::Ready(((), ())));
}

#[test]
fn both_run_at_the_same_time() {
    let order = RefCell::new(Vec::new());
    let work = async |name: &'static str| {
        for step in 0..2 {
            order.borrow_mut().push((name, step));
            let mut waited = false;
            poll_fn(|_| {
                if std::mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
        }
    };
    let mut context = Context::from_waker(Waker::noop());
    let mut both = pin!(join(work("a"), work("b")));
    while both.as_mut().poll(&mut context).is_pending() {}
    assert_eq!(*order.borrow(), [("a", 0), ("b", 0), ("a", 1), ("b", 1)]);
}

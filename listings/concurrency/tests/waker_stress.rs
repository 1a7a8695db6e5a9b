//! Wake-ups from many threads, in an order that nobody chose. Loom tries all orders of the small
//! model; this tries a few hundred thousand of the real thing, with an eventfd and a kernel.
#![cfg(target_os = "linux")]

use std::future::poll_fn;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use concurrency::executor::run;
use testkit::within;

const LIMIT: Duration = Duration::from_secs(60);
const THREADS: u32 = 3;
const ROUNDS: u32 = 10_000;

/// Each thread adds one and wakes, then waits until the task has seen it: if one wake-up is lost,
/// both wait for ever.
#[test]
fn no_wake_up_is_lost() {
    within(LIMIT, "wake-ups from other threads", || {
        let seen: Arc<Vec<AtomicU32>> = Arc::new((0..THREADS).map(|_| AtomicU32::new(0)).collect());
        let said: Arc<Vec<AtomicU32>> = Arc::new((0..THREADS).map(|_| AtomicU32::new(0)).collect());
        let waker = Arc::new(Mutex::new(Waker::noop().clone()));
        let threads: Vec<_> = (0..THREADS as usize)
            .map(|index| {
                let (seen, said, waker) = (seen.clone(), said.clone(), waker.clone());
                thread::spawn(move || {
                    for round in 1..=ROUNDS {
                        said[index].store(round, Ordering::Release);
                        let waker = waker.lock().unwrap().clone();
                        waker.wake();
                        while seen[index].load(Ordering::Acquire) < round {
                            thread::yield_now();
                        }
                    }
                })
            })
            .collect();
        run(poll_fn(move |context| {
            waker.lock().unwrap().clone_from(context.waker());
            let mut done = true;
            for (said, seen) in said.iter().zip(seen.iter()) {
                let round = said.load(Ordering::Acquire);
                seen.store(round, Ordering::Release);
                done &= round == ROUNDS;
            }
            if done { Poll::Ready(()) } else { Poll::Pending }
        }))
        .unwrap();
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

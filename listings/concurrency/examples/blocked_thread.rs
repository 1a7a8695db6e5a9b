//! Work of 200 ms in one task, and another task that wants to run every 10 ms.

use std::thread;
use std::time::{Duration, Instant};

use tokio::task::spawn_blocking;
use tokio::time::{interval, sleep};

const WORK: Duration = Duration::from_millis(200);

#[tokio::main(flavor = "current_thread")]
async fn main() {
    // ANCHOR: works
    let work = async { thread::sleep(WORK) };
    println!("thread::sleep         the other task {}", beside(work).await);

    let work = async { sleep(WORK).await };
    println!("tokio::time::sleep    the other task {}", beside(work).await);

    let work = async { spawn_blocking(|| thread::sleep(WORK)).await.expect("no panic") };
    println!("spawn_blocking        the other task {}", beside(work).await);
    // ANCHOR_END: works
}

/// What becomes of the other task while `work` is done.
async fn beside(work: impl Future<Output = ()>) -> &'static str {
    let other = tokio::spawn(async {
        let mut tick = interval(Duration::from_millis(10));
        let mut ticks = 0;
        let start = Instant::now();
        while start.elapsed() < WORK {
            tick.tick().await;
            ticks += 1;
        }
        ticks
    });
    tokio::task::yield_now().await; // its first tick
    work.await;
    // At most the ticks before and after the work.
    if other.await.expect("no panic") <= 3 { "waits" } else { "runs" }
}

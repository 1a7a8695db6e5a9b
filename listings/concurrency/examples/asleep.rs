//! Three tasks that sleep: in the executor, and in spite of it.

use std::thread;
use std::time::Duration;

#[cfg(target_os = "linux")]
fn main() -> anyhow::Result<()> {
    use concurrency::executor::{run, sleep, spawn};

    const NAP: Duration = Duration::from_millis(50);

    let blocks = std::env::args().nth(1).is_some_and(|word| word == "thread");
    run(async move {
        for name in ["a", "b", "c"] {
            // ANCHOR: nap
            spawn(async move {
                println!("{name} falls asleep");
                if blocks {
                    thread::sleep(NAP);
                } else {
                    sleep(NAP).await;
                }
                println!("{name} wakes up");
            });
            // ANCHOR_END: nap
        }
        sleep(4 * NAP).await;
    })?;
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn main() {
    let _ = thread::sleep(Duration::ZERO);
    eprintln!("the executor needs epoll, which only Linux has");
    std::process::exit(1);
}

//! An `async fn` is called, and nothing happens. Then somebody polls what it gave.

use std::pin::pin;
use std::task::{Context, Waker};

#[expect(clippy::unused_async, reason = "it shall be one, and do nothing")]
// ANCHOR: all
async fn greet() -> u32 {
    println!("    hello");
    42
}

fn main() {
    println!("called");
    let future = greet();
    println!("asked for its size: {} byte", size_of_val(&future));
    let mut future = pin!(future);
    println!("polled");
    let polled = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    println!("it is {polled:?}");
}
// ANCHOR_END: all

//! Two futures in one task.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use super::timer::sleep;

/// Which of two was done first, and what it gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Either<A, B> {
    First(A),
    Second(B),
}

// ANCHOR: race
/// Waits for both, and drops the one that is not done first, wherever it is. The first of the two is
/// asked first.
pub async fn race<A: Future, B: Future>(first: A, second: B) -> Either<A::Output, B::Output> {
    let mut first = pin!(first);
    let mut second = pin!(second);
    poll_fn(|context| match first.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Either::First(output)),
        Poll::Pending => second.as_mut().poll(context).map(Either::Second),
    })
    .await
}

/// What `future` gives, or `None` if it takes longer than `limit`.
///
/// # Panics
///
/// Outside of [`run`](super::run).
pub async fn timeout<F: Future>(limit: Duration, future: F) -> Option<F::Output> {
    match race(future, sleep(limit)).await {
        Either::First(output) => Some(output),
        Either::Second(()) => None,
    }
}
// ANCHOR_END: race

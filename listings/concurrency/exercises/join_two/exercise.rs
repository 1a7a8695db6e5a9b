//! Exercise: two futures in one task, and both outputs.

use std::pin::Pin;
use std::task::{Context, Poll};

/// One of the two: still running, or what it gave.
enum Half<F: Future> {
    Running(Pin<Box<F>>),
    Done(Option<F::Output>),
}

// ANCHOR: exercise
/// Waits for both futures, at the same time, and gives both outputs.
pub(crate) struct Join<A: Future, B: Future> {
    first: Half<A>,
    second: Half<B>,
}

impl<A, B> Future for Join<A, B>
where
    A: Future<Output: Unpin>,
    B: Future<Output: Unpin>,
{
    type Output = (A::Output, B::Output);

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // Both are needed, so there is nothing to do for the second before the first is done.
        if !self.first.advance(context) {
            return Poll::Pending;
        }
        if !self.second.advance(context) {
            return Poll::Pending;
        }
        Poll::Ready((self.first.output(), self.second.output()))
    }
}
// ANCHOR_END: exercise

pub(crate) fn join<A: Future, B: Future>(first: A, second: B) -> Join<A, B> {
    Join { first: Half::Running(Box::pin(first)), second: Half::Running(Box::pin(second)) }
}

impl<F: Future> Half<F> {
    /// Polls it, unless it is done. Whether it is done now.
    fn advance(&mut self, context: &mut Context<'_>) -> bool {
        if let Half::Running(future) = self {
            match future.as_mut().poll(context) {
                Poll::Ready(output) => *self = Half::Done(Some(output)),
                Poll::Pending => return false,
            }
        }
        true
    }

    /// Once, and when it is done.
    fn output(&mut self) -> F::Output {
        match self {
            Half::Done(output) => output.take().expect("polled after it was ready"),
            Half::Running(_) => unreachable!("asked before it was done"),
        }
    }
}

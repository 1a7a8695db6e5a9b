//! A connection in memory, and a loop that polls until nothing moves any more. No runtime and no
//! clock, so that a run is the same every time. The benchmark uses it too.

#![allow(dead_code, unreachable_pub)]

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Wake, Waker};

use hyper::rt::{Read, ReadBufCursor, Write};

/// The end that hyper holds; clones are the same connection.
#[derive(Clone, Default)]
pub struct Wire(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    incoming: Vec<u8>,
    read: usize,
    eof: bool,
    written: Vec<u8>,
    reader: Option<Waker>,
}

impl Wire {
    pub fn receive(&self, bytes: &[u8]) {
        let mut state = self.state();
        if state.read == state.incoming.len() {
            state.incoming.clear();
            state.read = 0;
        }
        state.incoming.extend_from_slice(bytes);
        state.reader.take().into_iter().for_each(Waker::wake);
    }

    pub fn receive_end(&self) {
        let mut state = self.state();
        state.eof = true;
        state.reader.take().into_iter().for_each(Waker::wake);
    }

    pub fn written(&self) -> Vec<u8> {
        self.state().written.clone()
    }

    /// Throws away what was written; how much it was.
    pub fn take_written(&self) -> usize {
        let mut state = self.state();
        let written = state.written.len();
        state.written.clear();
        written
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("nobody panics while holding it")
    }
}

impl Read for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let mut state = self.state();
        let rest = &state.incoming[state.read..];
        if rest.is_empty() && !state.eof {
            state.reader = Some(context.waker().clone());
            return Poll::Pending;
        }
        let count = rest.len().min(buffer.remaining());
        buffer.put_slice(&rest[..count]);
        state.read += count;
        Poll::Ready(Ok(()))
    }
}

impl Write for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.state().written.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Remembers whether somebody asked to be polled again.
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Polls both until neither asks for more. What has finished is put in its place.
pub fn settle<A, B>(
    (first, first_done): (&mut Pin<Box<dyn Future<Output = A>>>, &mut Option<A>),
    (second, second_done): (&mut Pin<Box<dyn Future<Output = B>>>, &mut Option<B>),
) {
    let flag = Arc::new(Flag(AtomicBool::new(true)));
    let waker = Waker::from(Arc::clone(&flag));
    let mut context = Context::from_waker(&waker);
    while flag.0.swap(false, Ordering::Relaxed) {
        poll(first, first_done, &mut context);
        poll(second, second_done, &mut context);
    }
}

fn poll<T>(
    future: &mut Pin<Box<dyn Future<Output = T>>>,
    done: &mut Option<T>,
    context: &mut Context<'_>,
) {
    if done.is_none()
        && let Poll::Ready(value) = future.as_mut().poll(context)
    {
        *done = Some(value);
    }
}

//! The end of a server, as something to wait for: a pipe whose writer goes away.

use std::io::{self, PipeReader, PipeWriter};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::time::Duration;

use crate::wait::{self, Waited};

/// Tells every holder of the [`Stop`] that the server shall end, when it is dropped.
#[derive(Debug)]
pub struct Stopper(#[expect(dead_code, reason = "its end is the message")] PipeWriter);

/// Becomes readable, for good, when the [`Stopper`] is dropped. Clones see the same end.
#[derive(Debug, Clone)]
pub struct Stop(Arc<PipeReader>);

/// A stop, and what triggers it.
pub fn pair() -> io::Result<(Stopper, Stop)> {
    let (reader, writer) = io::pipe()?;
    Ok((Stopper(writer), Stop(Arc::new(reader))))
}

impl Stop {
    /// Whether the server shall end.
    pub fn requested(&self) -> bool {
        matches!(wait::readable(self, None, Some(Duration::ZERO)), Ok(Waited::Ready))
    }
}

/// What `poll` and `epoll` wait for: readable means stop.
impl AsFd for Stop {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

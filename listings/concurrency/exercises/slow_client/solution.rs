//! Solution: a queue and a writer for each client, and a hub that waits for none of them.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Lines that may wait for one client.
pub(crate) const BEHIND: usize = 16;

/// What the hub learns.
pub(crate) enum News<W> {
    /// A client that gets every line from now on.
    Joins(W),
    /// A line, with its `\n`.
    Says(String),
}

// ANCHOR: solution
/// For one line. Without it, a client that never reads would keep the hub from returning.
const PATIENCE: Duration = Duration::from_secs(10);

/// Gives each line to every client. Returns when the news have ended and all lines are written.
///
/// A client waits for no other client. One that is more than `BEHIND` lines behind is put out: it
/// may still read those, and then there is the end of the stream. Never is a line left out between
/// two others. Who takes longer than 10 seconds for a line is gone, and nobody waits for it.
pub(crate) async fn hub<W>(mut news: mpsc::Receiver<News<W>>)
where
    W: AsyncWrite + Send + Unpin + 'static,
{
    let mut queues = Vec::<mpsc::Sender<Arc<str>>>::new();
    let mut writers = JoinSet::new();
    while let Some(news) = news.recv().await {
        match news {
            News::Joins(client) => {
                let (queue, lines) = mpsc::channel(BEHIND);
                writers.spawn(write(client, lines));
                queues.push(queue);
            }
            News::Says(line) => {
                let line = Arc::from(line); // one copy for all of them
                // Full, or its writer has ended: the queue is dropped, and nothing follows.
                queues.retain(|queue| queue.try_send(Arc::clone(&line)).is_ok());
            }
        }
        while writers.try_join_next().is_some() {} // or those who are gone would be kept
    }
    drop(queues);
    while writers.join_next().await.is_some() {}
}

/// The only one who waits for this client.
async fn write<W: AsyncWrite + Unpin>(mut client: W, mut lines: mpsc::Receiver<Arc<str>>) {
    while let Some(line) = lines.recv().await {
        // A write that is given up may have written half of the line. Nothing comes after it.
        let Ok(Ok(())) = timeout(PATIENCE, client.write_all(line.as_bytes())).await else { return };
    }
}
// ANCHOR_END: solution

//! Exercise: everybody hears everything, and one of them does not read.

use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;

/// Lines that may wait for one client.
pub(crate) const BEHIND: usize = 16;

/// What the hub learns.
pub(crate) enum News<W> {
    /// A client that gets every line from now on.
    Joins(W),
    /// A line, with its `\n`.
    Says(String),
}

// ANCHOR: exercise
/// Gives each line to every client. Returns when the news have ended and all lines are written.
///
/// A client waits for no other client. One that is more than `BEHIND` lines behind is put out: it
/// may still read those, and then there is the end of the stream. Never is a line left out between
/// two others. Who takes longer than 10 seconds for a line is gone, and nobody waits for it.
pub(crate) async fn hub<W>(mut news: mpsc::Receiver<News<W>>)
where
    W: AsyncWrite + Send + Unpin + 'static,
{
    let mut clients = Vec::new();
    while let Some(news) = news.recv().await {
        match news {
            News::Joins(client) => clients.push(client),
            News::Says(line) => {
                for client in &mut clients {
                    let _ = client.write_all(line.as_bytes()).await;
                }
            }
        }
    }
}
// ANCHOR_END: exercise

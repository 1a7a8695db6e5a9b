//! A client that sends 64 MiB and reads nothing, and two echo servers.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;

const MIB: usize = 1 << 20;
const ALL: usize = 64 * MIB;
const HALF: usize = ALL / 2;
/// Without progress for so long, the client is held back.
const PATIENCE: Duration = Duration::from_millis(300);

type Held = Arc<AtomicUsize>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let held = Held::default();
    let sent = flood(|stream| tokio::spawn(one_buffer(stream, Arc::clone(&held)))).await?;
    report("one buffer", sent, &held);
    let held = Held::default();
    let sent = flood(|stream| tokio::spawn(two_tasks(stream, Arc::clone(&held)))).await?;
    report("unbounded", sent, &held);
    Ok(())
}

fn report(server: &str, sent: usize, held: &Held) {
    let client = if sent >= ALL { "sends all 64 MiB" } else { "is held back" };
    let held = match held.load(Ordering::Relaxed) {
        0..MIB => "less than 1 MiB",
        MIB..=HALF => "up to 32 MiB",
        _ => "more than 32 MiB",
    };
    println!("{server:11} the client {client:16} the server holds {held}");
}

/// Sends until everything is sent or nothing moves any more.
async fn flood<T>(serve: impl FnOnce(TcpStream) -> T) -> io::Result<usize> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let client = TcpSocket::new_v4()?;
    client.set_send_buffer_size(64 << 10)?; // the kernel's own buffers are not what is shown
    client.set_recv_buffer_size(64 << 10)?;
    let mut client = client.connect(listener.local_addr()?).await?;
    let (stream, _) = listener.accept().await?;
    let _server = serve(stream);
    let mut sent = 0;
    let bytes = vec![b'x'; 64 << 10];
    while sent < ALL {
        match timeout(PATIENCE, client.write(&bytes)).await {
            Ok(count) => sent += count?,
            Err(_) => break,
        }
    }
    tokio::task::yield_now().await;
    Ok(sent)
}

// ANCHOR: one_buffer
/// Reads nothing before it has written what it has.
async fn one_buffer(mut stream: TcpStream, held: Held) -> io::Result<()> {
    let mut buffer = vec![0; 16 << 10];
    loop {
        let count = stream.read(&mut buffer).await?;
        held.store(count, Ordering::Relaxed);
        if count == 0 {
            return Ok(());
        }
        stream.write_all(&buffer[..count]).await?;
    }
}
// ANCHOR_END: one_buffer

// ANCHOR: two_tasks
/// One task reads, another writes, so that neither waits for the other.
async fn two_tasks(stream: TcpStream, held: Held) -> io::Result<()> {
    let (mut reader, mut writer) = stream.into_split();
    let (sender, mut receiver) = mpsc::unbounded_channel::<Vec<u8>>();
    let queued = Arc::clone(&held);
    tokio::spawn(async move {
        while let Some(bytes) = receiver.recv().await {
            writer.write_all(&bytes).await?;
            held.fetch_sub(bytes.len(), Ordering::Relaxed);
        }
        io::Result::Ok(())
    });
    loop {
        let mut buffer = vec![0; 16 << 10];
        let count = reader.read(&mut buffer).await?;
        buffer.truncate(count);
        queued.fetch_add(count, Ordering::Relaxed);
        if count == 0 || sender.send(buffer).is_err() {
            return Ok(());
        }
    }
}
// ANCHOR_END: two_tasks

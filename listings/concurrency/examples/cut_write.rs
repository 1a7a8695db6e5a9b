//! A reader who takes his time, and a writer who gives up and writes something else.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    // Both ends of a stream in memory with room for 8 bytes, and a clock that does not wait.
    let (stream, peer) = duplex(8);
    let reader = tokio::spawn(slow_reader(peer));
    naive(stream).await;
    println!("write_all cut short: {:?}", reader.await.expect("no panic"));

    let (stream, peer) = duplex(8);
    let reader = tokio::spawn(slow_reader(peer));
    by_a_task(stream).await;
    println!("a task that writes:  {:?}", reader.await.expect("no panic"));
}

async fn slow_reader(mut stream: DuplexStream) -> String {
    sleep(Duration::from_secs(2)).await;
    let mut text = String::new();
    stream.read_to_string(&mut text).await.expect("UTF-8");
    text
}

// ANCHOR: naive
async fn naive(mut stream: DuplexStream) {
    let news = stream.write_all(b"first message\n");
    if timeout(Duration::from_secs(1), news).await.is_err() {
        // Too late for the first one. Then let us say the second.
    }
    let _ = stream.write_all(b"second message\n").await;
}
// ANCHOR_END: naive

// ANCHOR: by_a_task
async fn by_a_task(mut stream: DuplexStream) {
    let (messages, mut queue) = mpsc::channel::<&[u8]>(1);
    tokio::spawn(async move {
        while let Some(message) = queue.recv().await {
            let _ = stream.write_all(message).await; // nobody drops this one
        }
    });
    for message in [&b"first message\n"[..], b"second message\n", b"third message\n"] {
        // What is dropped here is a whole message, or none.
        let _ = timeout(Duration::from_millis(500), messages.send(message)).await;
    }
}
// ANCHOR_END: by_a_task

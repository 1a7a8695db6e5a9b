//! How much memory a task holds while it waits, with its buffer in the future and outside of it.

use std::future::poll_fn;
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Poll, ready};

use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf};
use tokio::net::TcpStream;

const READ: usize = 16 << 10;

// ANCHOR: across
async fn across(mut stream: TcpStream) -> io::Result<usize> {
    let mut buffer = [0; READ];
    stream.read(&mut buffer).await
}
// ANCHOR_END: across

async fn inside(mut stream: TcpStream) -> io::Result<usize> {
    poll_fn(|context| {
        let mut space = [MaybeUninit::uninit(); READ];
        let mut buffer = ReadBuf::uninit(&mut space);
        ready!(Pin::new(&mut stream).poll_read(context, &mut buffer))?;
        Poll::Ready(Ok(buffer.filled().len()))
    })
    .await
}

fn main() {
    // What a function makes has a size before anything runs.
    println!("a buffer across the await: {}", size(across));
    println!("a buffer inside of a poll: {}", size(inside));
}

/// Of the future that `function` returns.
fn size<F>(_function: fn(TcpStream) -> F) -> &'static str {
    match size_of::<F>() >> 10 {
        0 => "less than 1 KiB",
        1..16 => "less than 16 KiB",
        _ => "more than 16 KiB",
    }
}

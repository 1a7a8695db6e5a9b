//! `dropped_bytes naive|pinned|buffered ADDRESS:PORT`: one connection, messages of 4 bytes, and
//! something to do every 50 ms.

use std::env;
use std::io::ErrorKind;
use std::pin::pin;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::io::{AsyncReadExt, Result};
use tokio::net::{TcpListener, TcpStream};
use tokio::select;
use tokio::time::interval;

const TICK: Duration = Duration::from_millis(50);

type Message = [u8; 4];

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [how, address] = &arguments[..] else { bail!("usage: dropped_bytes HOW ADDRESS:PORT") };
    let listener = TcpListener::bind(address).await.with_context(|| format!("bind {address}"))?;
    println!("listening");
    let (stream, _) = listener.accept().await?;
    let result = match how.as_str() {
        "naive" => naive(stream).await,
        "pinned" => pinned(stream).await,
        "buffered" => buffered(stream).await,
        _ => bail!("naive, pinned or buffered"),
    };
    match result {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
            println!("the end, inside of a message");
        }
        result => println!("{}", result.map(|()| "the end")?),
    }
    Ok(())
}

fn show(message: &[u8]) {
    println!("message: {}", message.escape_ascii());
}

/// Something that has to be done in time, whether messages come or not.
fn do_something() {}

// ANCHOR: naive
async fn naive(mut stream: TcpStream) -> Result<()> {
    let mut tick = interval(TICK);
    loop {
        let mut message = Message::default();
        select! {
            read = stream.read_exact(&mut message) => {
                read?;
                show(&message);
            }
            _ = tick.tick() => do_something(),
        }
    }
}
// ANCHOR_END: naive

// ANCHOR: pinned
async fn pinned(mut stream: TcpStream) -> Result<()> {
    let mut tick = interval(TICK);
    loop {
        let mut message = Message::default();
        let mut read = pin!(stream.read_exact(&mut message));
        loop {
            select! {
                read = &mut read => {
                    read?;
                    break;
                }
                _ = tick.tick() => do_something(),
            }
        }
        show(&message);
    }
}
// ANCHOR_END: pinned

// ANCHOR: buffered
async fn buffered(mut stream: TcpStream) -> Result<()> {
    let mut tick = interval(TICK);
    let mut came = Vec::new();
    loop {
        select! {
            read = stream.read_buf(&mut came) => {
                if read? == 0 {
                    let inside = !came.is_empty();
                    return if inside { Err(ErrorKind::UnexpectedEof.into()) } else { Ok(()) };
                }
                while let Some((message, rest)) = came.split_first_chunk::<4>() {
                    show(message);
                    came = rest.to_vec();
                }
            }
            _ = tick.tick() => do_something(),
        }
    }
}
// ANCHOR_END: buffered

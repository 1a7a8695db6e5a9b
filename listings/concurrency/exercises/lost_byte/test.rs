//! `cargo test -p concurrency --test lost_byte`

#[cfg_attr(feature = "solutions", path = "solution.rs")]
#[cfg_attr(not(feature = "solutions"), path = "exercise.rs")]
mod exercise;

use std::io::ErrorKind;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use exercise::Frames;
use testkit::within;
use tokio::io::{AsyncRead, AsyncWriteExt, DuplexStream, duplex};
use tokio::runtime::Builder;
use tokio::select;
use tokio::task::yield_now;
use tokio::time::{interval, sleep};

const LIMIT: Duration = Duration::from_secs(20);
/// More than a test sends: no write here waits for a read.
const ROOM: usize = 1 << 20;

/// Runs it with a clock that moves only when nobody has anything to do.
fn run<F: Future>(what: &str, test: impl FnOnce() -> F + Send + 'static) {
    within(LIMIT, what, || {
        let runtime = Builder::new_current_thread().enable_all().start_paused(true).build();
        runtime.unwrap().block_on(test());
    });
}

/// The stream of three frames: nothing, a word, and more than 255 bytes.
fn three() -> (Vec<Vec<u8>>, Vec<u8>) {
    let frames = vec![vec![], b"hello".to_vec(), (0..=255).chain(0..=43).collect()];
    let bytes = frames.iter().flat_map(|frame| encode(frame)).collect();
    (frames, bytes)
}

fn encode(frame: &[u8]) -> Vec<u8> {
    let length = u16::try_from(frame.len()).unwrap();
    [&length.to_be_bytes(), frame].concat()
}

/// Asks for a frame, once, and loses patience. A frame, if it was there.
async fn look<R: AsyncRead + Unpin>(frames: &mut Frames<R>) -> Option<Vec<u8>> {
    yield_now().await; // or tokio lets nobody read any more, after 128 times without a pause
    let next = pin!(frames.next()); // dropped at the end of this function
    match next.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(frame) => Some(frame.unwrap().expect("no end")),
        Poll::Pending => None,
    }
}

#[test]
fn whole_frames_and_the_end() {
    run("frames at once", async || {
        let (expected, bytes) = three();
        let (mut peer, stream) = duplex(ROOM);
        let mut frames = Frames::new(stream);
        peer.write_all(&bytes).await.unwrap();
        drop(peer);
        for frame in expected {
            assert_eq!(frames.next().await.unwrap(), Some(frame));
        }
        assert_eq!(frames.next().await.unwrap(), None);
    });
}

#[test]
fn an_end_inside_of_a_frame_is_an_error() {
    run("half a frame", async || {
        let whole = encode(b"hello");
        for count in 1..whole.len() {
            let (mut peer, stream) = duplex(ROOM);
            let mut frames = Frames::new(stream);
            peer.write_all(&whole[..count]).await.unwrap();
            drop(peer);
            let got = frames.next().await.map_err(|error| error.kind());
            assert_eq!(got, Err(ErrorKind::UnexpectedEof), "an end after {count} bytes");
        }
    });
}

#[test]
fn a_future_that_is_dropped_loses_nothing() {
    run("a future dropped at each byte", async || {
        let (expected, bytes) = three();
        for cut in 0..bytes.len() {
            let (mut peer, stream) = duplex(ROOM);
            let mut frames = Frames::new(stream);
            let mut came = Vec::new();
            peer.write_all(&bytes[..cut]).await.unwrap();
            while let Some(frame) = look(&mut frames).await {
                came.push(frame);
            }
            peer.write_all(&bytes[cut..]).await.unwrap();
            drop(peer);
            let end = loop {
                match frames.next().await {
                    Ok(Some(frame)) => came.push(frame),
                    end => break end,
                }
            };
            let after = format!("patience was lost after {cut} bytes");
            assert!(came == expected, "{after}: {came:?}");
            assert!(matches!(end, Ok(None)), "{after}: {end:?}");
        }
    });
}

#[test]
fn a_tick_after_each_byte() {
    run("a byte each second, two ticks a second", async || {
        let (expected, bytes) = three();
        let (peer, stream) = duplex(ROOM);
        let sender = tokio::spawn(a_byte_each_second(peer, bytes.clone()));
        let mut frames = Frames::new(stream);
        let (mut came, mut ticks) = (Vec::new(), 0);
        let mut tick = interval(Duration::from_millis(500));
        loop {
            select! {
                frame = frames.next() => match frame.expect("no frame lost a byte") {
                    Some(frame) => came.push(frame),
                    None => break,
                },
                _ = tick.tick() => ticks += 1,
            }
        }
        assert!(came == expected, "instead of three frames: {came:?}");
        assert!(ticks >= bytes.len(), "{ticks} ticks");
        sender.await.unwrap();
    });
}

async fn a_byte_each_second(mut peer: DuplexStream, bytes: Vec<u8>) {
    for byte in bytes {
        peer.write_all(&[byte]).await.unwrap();
        sleep(Duration::from_secs(1)).await;
    }
}

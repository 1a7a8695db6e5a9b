//! `cargo test -p concurrency --test slow_client`

#[cfg_attr(feature = "solutions", path = "solution.rs")]
#[cfg_attr(not(feature = "solutions"), path = "exercise.rs")]
mod exercise;

use std::time::Duration;

use exercise::{BEHIND, News, hub};
use testkit::within;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader, DuplexStream, duplex};
use tokio::runtime::Builder;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

const LIMIT: Duration = Duration::from_secs(20);
/// From the moment a line is said until a client who reads must have it.
const SOON: Duration = Duration::from_millis(100);
/// Bytes on the way to a client: three lines and a half.
const ROOM: usize = 35;

/// Runs it with a clock that moves only when nobody has anything to do.
fn run<F: Future>(what: &str, test: impl FnOnce() -> F + Send + 'static) {
    within(LIMIT, what, || {
        let runtime = Builder::new_current_thread().enable_all().start_paused(true).build();
        runtime.unwrap().block_on(test());
    });
}

/// A running hub, and the way to tell it something.
struct Hub {
    news: mpsc::Sender<News<DuplexStream>>,
    running: JoinHandle<()>,
}

impl Hub {
    fn new() -> Self {
        let (news, told) = mpsc::channel(1);
        Self { news, running: tokio::spawn(hub(told)) }
    }

    async fn tell(&self, news: News<DuplexStream>) {
        let told = timeout(SOON, self.news.send(news)).await;
        assert!(told.is_ok(), "the hub does not listen: it waits for a client");
        assert!(told.unwrap().is_ok(), "the hub has returned");
    }

    async fn joins(&self) -> BufReader<DuplexStream> {
        let (client, ours) = duplex(ROOM);
        self.tell(News::Joins(ours)).await;
        BufReader::new(client)
    }

    /// So many silent clients more.
    async fn join_who_never_read(&self, count: usize) -> Vec<BufReader<DuplexStream>> {
        let mut clients = Vec::new();
        for _ in 0..count {
            clients.push(self.joins().await);
        }
        clients
    }

    async fn end(self) {
        drop(self.news);
        let ended = timeout(Duration::from_secs(60), self.running).await;
        ended.expect("the hub returns, whoever does not read").unwrap();
    }
}

fn line(number: usize) -> String {
    format!("line {number:04}\n")
}

/// Says the lines, and each of the readers gets each of them soon.
async fn talk(hub: &Hub, readers: &mut [BufReader<DuplexStream>], count: usize) {
    for number in 0..count {
        hub.tell(News::Says(line(number))).await;
        for reader in &mut *readers {
            let mut got = String::new();
            let read = timeout(SOON, reader.read_line(&mut got)).await;
            assert!(read.is_ok(), "who reads has to wait for line {number}");
            assert_eq!(got, line(number));
        }
    }
}

#[test]
fn everybody_hears_everything() {
    run("three clients", async || {
        let hub = Hub::new();
        let mut clients = hub.join_who_never_read(3).await;
        talk(&hub, &mut clients, 100).await;
        hub.end().await;
        for mut client in clients {
            assert_eq!(client.read(&mut [0]).await.unwrap(), 0);
        }
    });
}

#[test]
fn who_does_not_read_holds_up_nobody() {
    run("fifty who do not read", async || {
        let hub = Hub::new();
        let _silent = hub.join_who_never_read(50).await;
        let mut readers = [hub.joins().await, hub.joins().await];
        talk(&hub, &mut readers, 1000).await;
        hub.end().await;
    });
}

#[test]
fn what_waits_is_bounded_and_has_no_gap() {
    run("one who wakes up late", async || {
        let hub = Hub::new();
        let (mut late, mut readers) = (hub.joins().await, [hub.joins().await]);
        talk(&hub, &mut readers, 1000).await;
        let mut text = String::new();
        let read = timeout(SOON, late.read_to_string(&mut text)).await;
        read.expect("who was put out sees the end of the stream").unwrap();
        let lines: Vec<_> = text.split_inclusive('\n').collect();
        let expected: Vec<_> = (0..lines.len()).map(line).collect();
        assert_eq!(lines, expected, "whole lines, from the first on");
        // Besides those in the queue: what is on its way, and the line that is being written.
        let most = BEHIND + ROOM.div_ceil(line(0).len()) + 1;
        assert!((BEHIND..=most).contains(&lines.len()), "{} lines have waited", lines.len());
        hub.end().await;
    });
}

#[test]
fn a_pause_is_no_reason() {
    run("one who pauses", async || {
        let hub = Hub::new();
        let mut clients = [hub.joins().await];
        for number in 0..BEHIND {
            hub.tell(News::Says(line(number))).await;
        }
        sleep(Duration::from_secs(5)).await;
        for number in 0..BEHIND {
            let mut got = String::new();
            clients[0].read_line(&mut got).await.unwrap();
            assert_eq!(got, line(number));
        }
        talk(&hub, &mut clients, 100).await;
        hub.end().await;
    });
}

#[test]
fn the_last_lines_are_written() {
    run("one who pauses before the end", async || {
        let hub = Hub::new();
        let mut client = hub.joins().await;
        for number in 0..BEHIND {
            hub.tell(News::Says(line(number))).await;
        }
        drop(hub.news);
        sleep(Duration::from_secs(5)).await;
        let mut text = String::new();
        client.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, (0..BEHIND).map(line).collect::<String>(), "all that was said");
        let ended = timeout(SOON, hub.running).await;
        ended.expect("the hub returns when everything is written").unwrap();
    });
}

#[test]
fn who_is_gone_is_forgotten() {
    run("one who leaves", async || {
        let hub = Hub::new();
        drop(hub.joins().await);
        let mut readers = [hub.joins().await];
        talk(&hub, &mut readers, 100).await;
        hub.end().await;
    });
}

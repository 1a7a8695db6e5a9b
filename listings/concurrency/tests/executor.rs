//! What the executor promises, each with the way in which it could fail.
#![cfg(target_os = "linux")]

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::pin::pin;
use std::rc::Rc;
use std::sync::mpsc;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use concurrency::executor::{
    Direction, Either, Source, race, run, sleep, sleep_until, spawn, timeout, wake_all,
};
use rustix::thread::{Pid, gettid};
use testkit::within;

const LIMIT: Duration = Duration::from_secs(60);

/// Runs it on a thread of its own, so that a loop that sleeps for ever is a failure.
fn on_executor<F: Future<Output: Send + 'static>>(
    what: &str,
    main: impl FnOnce() -> F + Send + 'static,
) -> F::Output {
    within(LIMIT, what, move || run(async { main().await }).unwrap())
}

/// Lets everything that is ready be polled once.
async fn yield_now() {
    let mut polled = false;
    poll_fn(|context| {
        if std::mem::replace(&mut polled, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

fn pair() -> (Source<TcpStream>, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    client.set_read_timeout(Some(LIMIT)).unwrap();
    let (server, _) = listener.accept().unwrap();
    server.set_nonblocking(true).unwrap();
    (Source::new(server).unwrap(), client)
}

#[test]
fn main_gives_its_output() {
    assert_eq!(on_executor("a number", || async { 7 }), 7);
}

#[test]
fn tasks_run_in_the_order_of_their_wakes() {
    let order = on_executor("three tasks", || async {
        let order = Rc::new(RefCell::new(Vec::new()));
        for name in 0..3 {
            let order = order.clone();
            spawn(async move {
                order.borrow_mut().push(name);
                yield_now().await;
                order.borrow_mut().push(name + 10);
            });
        }
        while order.borrow().len() < 6 {
            yield_now().await;
        }
        order.take()
    });
    assert_eq!(order, [0, 1, 2, 10, 11, 12]);
}

#[test]
fn a_task_is_polled_once_for_many_wakes() {
    let polls = on_executor("wakes", || async {
        let polls = Rc::new(Cell::new(0));
        let kept = Rc::new(RefCell::new(None));
        let (count, keep) = (polls.clone(), kept.clone());
        spawn(poll_fn(move |context| {
            count.set(count.get() + 1);
            *keep.borrow_mut() = Some(context.waker().clone());
            Poll::Pending
        }));
        yield_now().await;
        for _ in 0..100 {
            kept.borrow().as_ref().map(Waker::wake_by_ref);
        }
        yield_now().await;
        yield_now().await;
        polls.get()
    });
    assert_eq!(polls, 2);
}

#[test]
fn a_wake_during_the_poll_is_not_lost() {
    let polls = on_executor("a task that wakes itself", || async {
        let mut polls = 0;
        poll_fn(|context| {
            polls += 1;
            context.waker().wake_by_ref();
            if polls < 1000 { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
        polls
    });
    assert_eq!(polls, 1000);
}

/// Whether a thread of this process sleeps: field 3 of proc(5); field 2 is in parentheses.
fn sleeps(thread: Pid) -> bool {
    let path = format!("/proc/self/task/{}/stat", thread.as_raw_nonzero());
    let stat = std::fs::read_to_string(path).unwrap();
    stat.rsplit(") ").next().unwrap().starts_with('S')
}

#[test]
fn another_thread_ends_the_sleep() {
    on_executor("a wake from another thread", || async {
        let (send, receive) = mpsc::channel::<(Pid, Waker)>();
        let (done_send, done) = mpsc::channel::<()>();
        let waking = thread::spawn(move || {
            let (executor, waker) = receive.recv().unwrap();
            // There is nothing left for it to sleep in but `epoll_wait`.
            while !sleeps(executor) {
                thread::yield_now();
            }
            done_send.send(()).unwrap();
            waker.wake();
        });
        let mut send = Some(send);
        poll_fn(|context| {
            if let Some(send) = send.take() {
                send.send((gettid(), context.waker().clone())).unwrap();
            }
            if done.try_recv().is_ok() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        waking.join().unwrap();
    });
}

#[test]
fn a_waker_may_outlive_its_task_and_the_executor() {
    let waker = on_executor("a waker", || async {
        let kept = Rc::new(RefCell::new(None));
        let keep = kept.clone();
        spawn(poll_fn(move |context| {
            *keep.borrow_mut() = Some(context.waker().clone());
            Poll::Ready(())
        }));
        yield_now().await;
        let waker: Waker = kept.take().unwrap();
        waker.wake_by_ref(); // of a task that is done
        let polls = Rc::new(Cell::new(0));
        let count = polls.clone();
        spawn(poll_fn(move |_| {
            count.set(count.get() + 1); // in the place of the other one
            Poll::<()>::Pending
        }));
        yield_now().await;
        waker.wake_by_ref();
        yield_now().await;
        assert_eq!(polls.get(), 1, "the wake-up of a task that is gone reached the next one");
        waker
    });
    waker.wake_by_ref();
    waker.wake();
}

#[test]
fn a_panic_is_the_end_of_its_task_only() {
    struct Guard(Rc<Cell<bool>>);
    impl Drop for Guard {
        fn drop(&mut self) {
            self.0.set(true);
        }
    }
    on_executor("a panic", || async {
        let dropped = Rc::new(Cell::new(false));
        let guard = Guard(dropped.clone());
        spawn(async move {
            let _guard = guard;
            yield_now().await;
            panic!("this panic is part of the test");
        });
        for _ in 0..5 {
            yield_now().await;
        }
        assert!(dropped.get());
    });
}

#[test]
fn what_is_left_is_dropped_at_the_end() {
    struct SpawnsWhenDropped(Rc<Cell<u32>>);
    impl Drop for SpawnsWhenDropped {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
            if self.0.get() < 3 {
                let next = Self(self.0.clone());
                spawn(async move {
                    let _next = next;
                    pending::<()>().await;
                });
            }
        }
    }
    let drops = within(LIMIT, "the end", || {
        let drops = Rc::new(Cell::new(0));
        let guard = SpawnsWhenDropped(drops.clone());
        run(async {
            spawn(async move {
                let _guard = guard;
                pending::<()>().await;
            });
            yield_now().await;
        })
        .unwrap();
        drops.get()
    });
    assert_eq!(drops, 3);
}

#[test]
fn a_busy_task_does_not_starve_a_timer_or_a_socket() {
    on_executor("a task that always wakes itself", || async {
        spawn(async {
            loop {
                yield_now().await;
            }
        });
        sleep(Duration::from_millis(5)).await;
        let (server, mut client) = pair();
        client.write_all(b"x").unwrap();
        let mut byte = [0];
        assert_eq!(server.read(&mut byte).await.unwrap(), 1);
    });
}

#[test]
fn a_source_that_is_always_ready_does_not_starve_the_others() {
    on_executor("a call that always succeeds", || async {
        let (server, _client) = pair();
        spawn(async move {
            loop {
                server.io(Direction::Write, |_| Ok(())).await.unwrap();
            }
        });
        sleep(Duration::from_millis(5)).await;
    });
}

#[test]
fn times_come_in_their_order() {
    let order = on_executor("three times", || async {
        let order = Rc::new(RefCell::new(Vec::new()));
        // In the future: who is asked first when all of them are over comes first.
        let start = Instant::now() + Duration::from_millis(100);
        for milliseconds in [15, 5, 10, 5] {
            let order = order.clone();
            spawn(async move {
                sleep_until(start + Duration::from_millis(milliseconds)).await;
                order.borrow_mut().push(milliseconds);
            });
        }
        sleep_until(start + Duration::from_millis(15)).await;
        while order.borrow().len() < 4 {
            yield_now().await;
        }
        assert!(Instant::now() >= start + Duration::from_millis(15));
        order.take()
    });
    assert_eq!(order, [5, 5, 10, 15]);
}

#[test]
fn a_time_that_is_over_does_not_wait() {
    on_executor("no time at all", || async {
        sleep(Duration::ZERO).await;
        sleep_until(Instant::now().checked_sub(Duration::from_secs(1)).unwrap()).await;
        let forever = timeout(Duration::from_millis(1), sleep(Duration::MAX)).await;
        assert_eq!(forever, None);
    });
}

#[test]
fn a_dropped_timer_wakes_nobody() {
    let polls = on_executor("a timer that is dropped", || async {
        let polls = Rc::new(Cell::new(0));
        let count = polls.clone();
        spawn(poll_fn(move |context| {
            count.set(count.get() + 1);
            assert!(pin!(sleep(Duration::from_millis(2))).poll(context).is_pending());
            Poll::Pending
        }));
        sleep(Duration::from_millis(10)).await;
        polls.get()
    });
    assert_eq!(polls, 1);
}

#[test]
fn the_first_of_two_wins() {
    on_executor("a race", || async {
        assert_eq!(race(async { 1 }, async { 2 }).await, Either::First(1));
        assert_eq!(race(pending::<()>(), async { 2 }).await, Either::Second(2));
        assert_eq!(timeout(LIMIT, async { 3 }).await, Some(3));
        assert_eq!(timeout(Duration::from_millis(1), pending::<()>()).await, None);
    });
}

#[test]
fn a_stream_gives_its_bytes_and_then_its_end() {
    on_executor("a client of three writes", || async {
        let (server, mut client) = pair();
        let writing = thread::spawn(move || {
            for piece in [&b"one"[..], b"two", b"three"] {
                client.write_all(piece).unwrap();
                let mut answer = [0; 1];
                client.read_exact(&mut answer).unwrap();
            }
            client.write_all(b"bye").unwrap();
            client.shutdown(Shutdown::Write).unwrap(); // the bytes and the end in one event
            client
        });
        for expected in [&b"one"[..], b"two", b"three", b"bye", b""] {
            let mut buffer = [0; 64];
            let count = server.read(&mut buffer).await.unwrap();
            assert_eq!(&buffer[..count], expected);
            if expected.len() != 3 || expected != b"bye" {
                let _ = server.write_all(b".").await;
            }
            if expected == b"three" {
                // Bytes and end are both there before the next read.
                writing_done(&writing).await;
            }
        }
    });
}

async fn writing_done<T>(thread: &thread::JoinHandle<T>) {
    while !thread.is_finished() {
        sleep(Duration::from_millis(1)).await;
    }
}

#[test]
fn more_than_the_buffers_hold_is_written() {
    on_executor("a megabyte to a slow reader", || async {
        let (server, mut client) = pair();
        let reading = thread::spawn(move || {
            let mut all = Vec::new();
            client.read_to_end(&mut all).unwrap();
            all
        });
        let bytes: Vec<u8> = (0..=250).cycle().take(4 << 20).collect();
        server.write_all(&bytes).await.unwrap();
        drop(server);
        assert!(reading.join().unwrap() == bytes);
    });
}

#[test]
fn a_reset_is_an_error_and_not_a_wait() {
    on_executor("a reset", || async {
        let (server, client) = pair();
        socket2::SockRef::from(&client).set_linger(Some(Duration::ZERO)).unwrap();
        let mut byte = [0];
        let waiting = async {
            let mut closing = Some(client);
            race(server.read(&mut byte), async {
                yield_now().await;
                drop(closing.take());
                pending::<()>().await;
            })
            .await
        };
        let Either::First(result) = waiting.await else { panic!("the other side won") };
        assert!(result.is_err());
    });
}

#[test]
fn who_waits_makes_no_calls() {
    on_executor("a read of nothing", || async {
        let (server, _client) = pair();
        let mut calls = 0;
        let reading = server.io(Direction::Read, |mut stream| {
            calls += 1;
            stream.read(&mut [0; 8])
        });
        assert!(timeout(Duration::from_millis(10), reading).await.is_none());
        assert!(calls <= 2, "{calls} calls"); // the first, and one for the room to write
    });
}

#[test]
fn a_dropped_wait_leaves_the_source_usable() {
    on_executor("a read given up", || async {
        let (server, mut client) = pair();
        let mut byte = [0];
        assert!(timeout(Duration::from_millis(2), server.read(&mut byte)).await.is_none());
        client.write_all(b"x").unwrap();
        assert_eq!(server.read(&mut byte).await.unwrap(), 1);
        assert_eq!(byte, *b"x");
    });
}

#[test]
fn both_directions_have_a_waker_of_their_own() {
    on_executor("a reader and a writer", || async {
        let (server, mut client) = pair();
        let server = Rc::new(server);
        let (writer, written) = (server.clone(), Rc::new(Cell::new(false)));
        let done = written.clone();
        spawn(async move {
            writer.write_all(&vec![1; 8 << 20]).await.unwrap(); // waits for room
            done.set(true);
        });
        yield_now().await;
        client.write_all(b"x").unwrap();
        assert_eq!(server.read(&mut [0; 8]).await.unwrap(), 1);
        assert!(!written.get());
        let reading = thread::spawn(move || client.read_exact(&mut vec![0; 8 << 20]));
        while !written.get() {
            sleep(Duration::from_millis(1)).await;
        }
        reading.join().unwrap().unwrap();
    });
}

#[test]
fn a_number_that_is_used_again_gets_no_old_events() {
    on_executor("a descriptor used again", || async {
        let (server, mut client) = pair();
        let number = server.get_ref().as_raw_fd();
        let copy = server.get_ref().try_clone().unwrap(); // keeps the connection open
        client.write_all(b"x").unwrap(); // an event that nobody fetched yet
        drop(server);
        // The same connection under the same number: epoll takes it only if it forgot the old one.
        let copies: Vec<_> = (0..50).map(|_| copy.try_clone().unwrap()).collect();
        for copy in copies {
            if copy.as_raw_fd() == number {
                drop(Source::new(copy).unwrap());
            }
        }
        let next = pair();
        let waited = timeout(Duration::from_millis(20), next.0.read(&mut [0; 8])).await;
        assert!(waited.is_none(), "an event of the old one: {waited:?}");
        drop(copy);
    });
}

#[test]
fn everyone_can_be_woken() {
    let polls = on_executor("a message to all", || async {
        let polls = Rc::new(Cell::new(0));
        for _ in 0..3 {
            let polls = polls.clone();
            spawn(poll_fn(move |_| {
                polls.set(polls.get() + 1);
                Poll::Pending
            }));
        }
        yield_now().await;
        wake_all();
        yield_now().await;
        polls.get()
    });
    assert_eq!(polls, 6);
}

#[test]
#[should_panic(expected = "spawn instead")]
fn one_executor_for_a_thread() {
    let _ = run(async { run(async {}) });
}

#[test]
fn a_future_is_polled_by_hand() {
    let mut future = pin!(async { 5 });
    let mut context = Context::from_waker(Waker::noop());
    assert_eq!(future.as_mut().poll(&mut context), Poll::Ready(5));
}

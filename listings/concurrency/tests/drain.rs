//! The time after the stop: whoever has it, it ends, and it costs nothing to wait for it.
#![cfg(target_os = "linux")]

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use concurrency::session::{Service, WORK};
use concurrency::settings::{BUSY, Settings};
use concurrency::stop::{self, Stop};
use concurrency::{epoll, iterative, pool, tasks, threads, tokio_server, uring};
use rustix::process::{Pid, Signal, kill_process};
use testkit::{Process, within};

const LIMIT: Duration = Duration::from_secs(60);

type Run = fn(TcpListener, &Settings, &Stop) -> io::Result<()>;

const ALL: [(&str, Run); 9] = [
    ("iterative", iterative::run),
    ("threads", threads::run),
    ("pool", pool::run),
    ("level", epoll::run_level),
    ("edge", epoll::run_edge),
    ("executor", tasks::run),
    ("tokio", tokio_server::run),
    ("tokio-multi", tokio_server::run_multi),
    ("uring", uring::run),
];

/// Runs each server until `talk` has sent and got what it wants, then stops it. How long it took to
/// end, and the processor time of the thread that waits.
fn stopped_after(
    settings: &Settings,
    talk: fn(&mut TcpStream),
) -> Vec<(&'static str, Duration, Duration)> {
    let stop_one = |run: Run| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        client.set_read_timeout(Some(LIMIT)).unwrap();
        let (stopper, stop) = stop::pair().unwrap();
        let settings = settings.clone();
        let server = thread::spawn(move || {
            run(listener, &settings, &stop).unwrap();
            processor_time()
        });
        talk(&mut client);
        drop(stopper);
        let start = Instant::now();
        let used = server.join().unwrap();
        (start.elapsed(), used)
    };
    thread::scope(|scope| {
        let all = ALL.map(|(name, run)| (name, scope.spawn(move || stop_one(run))));
        let ended = all.map(|(name, server)| (name, server.join().unwrap()));
        ended.into_iter().map(|(name, (took, used))| (name, took, used)).collect()
    })
}

/// Of this thread: fields 14 and 15 of proc(5), in ticks of 10 ms; field 2 is in parentheses.
fn processor_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
    let fields = text.rsplit(") ").next().unwrap().split_whitespace().skip(11).take(2);
    Duration::from_millis(10 * fields.map(|field| field.parse::<u64>().unwrap()).sum::<u64>())
}

/// A client that has sent many lines at once is never waited for.
#[test]
fn work_that_is_queued_up_ends_with_the_drain() {
    const LINES: usize = 400; // 4 s of work
    let settings = Settings {
        service: Service::Upper,
        drain: Duration::from_millis(100),
        ..Settings::default()
    };
    let talk = |client: &mut TcpStream| {
        client.write_all(&b"\n".repeat(LINES)).unwrap();
        client.read_exact(&mut [0]).unwrap(); // it is at work
    };
    let ended = within(LIMIT, "the end", move || stopped_after(&settings, talk));
    let all = WORK * u32::try_from(LINES).unwrap();
    for (name, took, _) in ended {
        assert!(took < all / 2, "{name} ended after {took:?}");
    }
}

#[test]
fn waiting_for_the_last_client_costs_no_processor_time() {
    let quiet = Duration::from_millis(600);
    let settings = Settings { quiet, ..Settings::default() };
    let talk = |client: &mut TcpStream| {
        client.write_all(b"x").unwrap();
        client.read_exact(&mut [0]).unwrap();
    };
    let ended = within(LIMIT, "the end", move || stopped_after(&settings, talk));
    for (name, took, used) in ended {
        assert!(took >= quiet, "{name} ended after {took:?}");
        assert!(used < Duration::from_millis(30), "{name} was busy for {used:?} of {took:?}");
    }
}

/// Longer than the clock can count.
#[test]
fn no_time_is_too_long() {
    let settings = Settings {
        service: Service::Upper,
        idle: Duration::MAX,
        quiet: Duration::MAX,
        drain: Duration::MAX,
        ..Settings::default()
    };
    let talk = |client: &mut TcpStream| {
        client.write_all(b"x\n").unwrap();
        client.shutdown(Shutdown::Write).unwrap();
    };
    let ended = within(LIMIT, "the end", move || stopped_after(&settings, talk));
    assert_eq!(ended.len(), ALL.len());
}

/// While the server stands still.
fn meanwhile<R>(server: &Process, then: impl FnOnce() -> R) -> R {
    let pid = Pid::from_raw(server.id().cast_signed()).unwrap();
    kill_process(pid, Signal::STOP).unwrap();
    let result = then();
    kill_process(pid, Signal::CONT).unwrap();
    result
}

fn to_the_end(mut client: TcpStream) -> io::Result<Vec<u8>> {
    client.set_read_timeout(Some(LIMIT))?;
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).map(|_| answer)
}

/// The bytes are there before the server looks: closed with them unread, it would send a reset.
#[test]
fn who_gets_no_descriptor_gets_no_reset() {
    let script = format!("ulimit -n 24; exec {} level", env!("CARGO_BIN_EXE_servers"));
    let server = Process::start(Command::new("sh").args(["-c", &script])).unwrap();
    server.wait_for_text("\n", LIMIT).unwrap();
    let text = server.text_so_far();
    let address: SocketAddr = text.trim_end().rsplit_once(' ').unwrap().1.parse().unwrap();
    let mut all: Vec<_> = (0..24).map(|_| TcpStream::connect(address).unwrap()).collect();
    let last = all.pop().unwrap();
    assert_eq!(to_the_end(last).unwrap(), BUSY); // so all descriptors are taken
    let late = meanwhile(&server, || {
        let mut late = TcpStream::connect(address).unwrap();
        late.write_all(&[b'x'; 1000]).unwrap();
        late
    });
    assert_eq!(to_the_end(late).unwrap(), BUSY);
}

//! Bytes from one host to another over a link in memory: our TCP at both ends, and smoltcp's.
//!
//! Two questions. How much work is a byte: on a link without delay and loss, megabytes for each
//! second of processor time, and how many frames that took. And how well is the link used: on one of
//! 100 Mbit/s and 20 ms of round trip, megabits for each second of the link's own time, which no
//! other program disturbs.
//!
//! ```console
//! $ cargo bench -p tcp --bench goodput
//! ```

mod smol;

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use addresses::Mac;
use link_and_ip::Stack;
use link_and_ip::link::Node;
use link_and_ip::link::memory::{Conditions, Memory};
use link_and_ip::stack::{Config as StackConfig, Interface};
use rustix::time::{ClockId, clock_gettime};
use tcp::connection::{self, CongestionControl};
use tcp::host::{Config, Host};

/// The size of each of the buffers, in bytes: more than the slow link holds in a round trip.
pub(crate) const BUFFER: usize = 512 << 10;
/// What a program writes and reads at a time.
pub(crate) const PIECE: usize = 64 << 10;
pub(crate) const PORT: u16 = 80;

pub(crate) fn mac(last: u8) -> Mac {
    Mac([2, 0, 0, 0, 0, last])
}

pub(crate) fn address(last: u8) -> IpAddr {
    IpAddr::from([192, 0, 2, last])
}

/// Sends `total` bytes over the link and returns when the last one was read.
type Transfer = fn(link: &mut Memory, total: usize) -> Duration;

fn ours(link: &mut Memory, total: usize) -> Duration {
    transfer(link, total, CongestionControl::NewReno)
}

fn ours_without_control(link: &mut Memory, total: usize) -> Duration {
    transfer(link, total, CongestionControl::Off)
}

fn transfer(link: &mut Memory, total: usize, congestion_control: CongestionControl) -> Duration {
    let host = |last: u8| {
        let mut stack = Stack::new(StackConfig::default());
        let addresses = vec![(address(last), 24)];
        stack
            .add_interface(&Interface { mac: mac(last), mtu: smol::MTU, addresses })
            .expect("an interface");
        let connection = connection::Config {
            receive_buffer: BUFFER,
            send_buffer: BUFFER,
            // smoltcp has none, and they take 12 bytes of each segment.
            timestamps: false,
            congestion_control,
            ..connection::Config::default()
        };
        Host::new(stack, Config { connection, ..Config::default() })
    };
    let mut hosts = [host(1), host(2)];
    let at = SocketAddr::new(address(2), PORT);
    let listener = hosts[1].listen(at, 1).expect("a port");
    let mut now = Duration::ZERO;
    let client = hosts[0].connect(at, now).expect("a way");
    let (mut server, mut sent, mut got) = (None, 0, 0);
    let (piece, mut buffer) = (vec![7; PIECE], vec![0; PIECE]);
    while got < total {
        while sent < total {
            let most = PIECE.min(total - sent);
            match hosts[0].write(client, &piece[..most], now) {
                Ok(count) if count > 0 => sent += count,
                _ => break,
            }
        }
        server = server.or_else(|| hosts[1].accept(listener));
        while let Some(Ok(count)) = server.map(|id| hosts[1].read(id, &mut buffer, now)) {
            got += count;
        }
        if carry(&mut hosts, link, now) {
            continue;
        }
        let deadlines = hosts.iter().filter_map(Node::deadline);
        let next = deadlines.chain(link.next_arrival()).min().expect("something happens");
        now = now.max(next);
        assert!(now < Duration::from_secs(3600), "it stands still");
    }
    now
}

/// What is due at `now`: frames that have arrived, timers, and the frames that follow from them.
/// Whether there were any. A frame's buffer goes back to its sender, as a card gives it back.
fn carry(hosts: &mut [Host; 2], link: &mut Memory, now: Duration) -> bool {
    let mut sent = 0;
    for port in 0..2 {
        while let Some(frame) = link.receive(port, now) {
            hosts[port].receive(0, &frame, now);
            hosts[1 - port].recycle(frame);
        }
        if hosts[port].deadline().is_some_and(|deadline| deadline <= now) {
            hosts[port].handle_timeout(now);
        }
        while let Some((_, frame)) = hosts[port].next_frame() {
            link.send(port, frame, now);
            sent += 1;
        }
    }
    sent > 0
}

/// With congestion control, and without.
const ALL: [(&str, Transfer); 4] = [
    ("ours", ours),
    ("smoltcp", smol::reno),
    ("ours", ours_without_control),
    ("smoltcp", smol::none),
];

/// Processor time of this thread.
fn processor_time() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime).try_into().expect("it counts up from zero")
}

/// Megabytes a second, the median of several runs, which take turns so that noise meets all of them;
/// and how many thousand frames went over the link.
fn work(total: usize) -> ([f64; 4], [f64; 4]) {
    let (mut rates, mut frames) = ([const { Vec::new() }; 4], [0.0; 4]);
    for _ in 0..9 {
        for (((_, transfer), rates), frames) in ALL.iter().zip(&mut rates).zip(&mut frames) {
            let mut link = Memory::hub(2, Conditions::default(), 1);
            let start = processor_time();
            transfer(&mut link, total);
            let spent = processor_time().saturating_sub(start);
            rates.push(total as f64 / 1e6 / spent.as_secs_f64());
            *frames = link.fate().delivered as f64 / 1e3;
        }
    }
    let median = |mut rates: Vec<f64>| {
        rates.sort_by(f64::total_cmp);
        rates[rates.len() / 2]
    };
    (rates.map(median), frames)
}

/// Megabits a second on the link's clock, over several seeds.
fn use_of(delay: f64, loss: f64, total: usize, seeds: u64) -> [f64; 4] {
    let conditions = Conditions {
        loss,
        delay: Duration::from_secs_f64(delay / 2e3),
        bandwidth: Some(100_000_000),
        queue: Some(Duration::from_millis(50)),
        ..Conditions::default()
    };
    ALL.map(|(_, transfer)| {
        let one = |seed| transfer(&mut Memory::hub(2, conditions.clone(), seed), total);
        let time: Duration = (0..seeds).map(one).sum();
        (total as u64 * seeds * 8) as f64 / 1e6 / time.as_secs_f64()
    })
}

fn row(what: &str, unit: &str, [ours, reno, bare, none]: [f64; 4]) {
    let with = format!("{ours:>7.1} {reno:>8.1} {:>6.2}", ours / reno);
    let without = format!("{bare:>7.1} {none:>8.1} {:>6.2}", bare / none);
    println!("{what:<18} {unit:<7} {with} {without}");
}

fn main() {
    println!("{:26} {:^23} {:^23}", "", "congestion control", "none");
    let heading = format!("{:>7} {:>8} {:>6}", "ours", "smoltcp", "ratio");
    println!("{:26} {heading} {heading}", "");
    let (rates, frames) = work(64 << 20);
    row("no delay, no loss", "MB/s", rates);
    row("its frames", "1000", frames);
    println!("100 Mbit/s, and");
    for (delay, loss, total) in
        [(20.0, 0.0, 32), (1.0, 0.01, 4), (20.0, 0.001, 4), (20.0, 0.01, 2), (20.0, 0.05, 1)]
    {
        let what = format!("{delay} ms, loss {} %", loss * 100.0);
        row(&what, "Mbit/s", use_of(delay, loss, total << 20, 10));
    }
    // RFC 5681's window grows by a segment in a round trip and is halved at each loss, so on a link
    // that loses the share p it cannot be much faster than 1.22 * MSS / (RTT * sqrt(p)). The one of
    // smoltcp 0.12 grows by a segment with each acknowledgment, always.
    let bound = 1.22 * 1460.0 * 8.0 / (0.02 * 0.01_f64.sqrt()) / 1e6;
    println!("RFC 5681 at 20 ms and 1 %: about {bound:.1} Mbit/s");
}

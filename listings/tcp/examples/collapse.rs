//! Many senders, and one link in the middle that all of them need. What comes through if each sends what
//! its receiver has room for, what if it has a timer that measures, and what with congestion control?
//! `cargo run -p tcp --example collapse`

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use link_and_ip::link::memory::{Conditions, Memory};
use tcp::connection::{Config, CongestionControl};
use tcp::segment::Segment;
use tcp::{Connection, Seq};

/// Bytes of data in a full segment, and of IP's and TCP's headers.
const DATA: usize = 1460;
const HEADERS: usize = 40;
/// What every receiver has room for.
const WINDOW: usize = 64 << 10;
/// How long it is watched.
const TIME: Duration = Duration::from_secs(60);

/// 1 Mbit/s and a round trip of 100 ms: 12.5 kB fill it. What comes faster waits in a queue.
fn middle(queue: Duration) -> Conditions {
    Conditions {
        bandwidth: Some(1_000_000),
        delay: Duration::from_millis(50),
        queue: Some(queue),
        ..Conditions::default()
    }
}

/// Both ends of a transfer: 0 sends for ever, 1 receives.
trait Transfer {
    fn arrives(&mut self, end: usize, packet: &[u8], now: Duration);
    /// The next packet that this end sends, if there is one.
    fn next(&mut self, end: usize, now: Duration) -> Option<Vec<u8>>;
    fn deadline(&self) -> Option<Duration>;
    /// Segments that are there, each counted once.
    fn useful(&self) -> usize;
}

/// Sends all that the window has room for. What is not acknowledged within a second is sent again,
/// and everything behind it.
#[derive(Default)]
struct Greedy {
    /// All counted in segments.
    acknowledged: usize,
    next: usize,
    timer: Option<Duration>,
    expected: usize,
    early: BTreeSet<usize>,
    answers: usize,
}

impl Transfer for Greedy {
    fn arrives(&mut self, end: usize, packet: &[u8], now: Duration) {
        let number = usize::from(u16::from_be_bytes([packet[1], packet[2]]));
        if end == 1 {
            if number >= self.expected {
                self.early.insert(number);
            }
            while self.early.remove(&self.expected) {
                self.expected += 1;
            }
            self.answers += 1;
        } else if number > self.acknowledged {
            self.acknowledged = number;
            self.next = self.next.max(number);
            self.timer = Some(now + Duration::from_secs(1));
        }
    }

    // ANCHOR: greedy
    fn next(&mut self, end: usize, now: Duration) -> Option<Vec<u8>> {
        if end == 1 {
            self.answers = self.answers.checked_sub(1)?;
            return Some(packet(self.expected, HEADERS));
        }
        if self.timer.is_none_or(|timer| timer <= now) {
            self.next = self.acknowledged;
            self.timer = Some(now + Duration::from_secs(1));
        }
        if self.next >= self.acknowledged + WINDOW / DATA {
            return None;
        }
        self.next += 1;
        Some(packet(self.next - 1, HEADERS + DATA))
    }
    // ANCHOR_END: greedy

    fn deadline(&self) -> Option<Duration> {
        self.timer
    }

    fn useful(&self) -> usize {
        self.expected + self.early.len()
    }
}

fn packet(number: usize, length: usize) -> Vec<u8> {
    let mut packet = vec![0; length];
    packet[1..3].copy_from_slice(&(number as u16).to_be_bytes());
    packet
}

/// This chapter's TCP.
struct Ours([Connection; 2], u64);

impl Ours {
    fn new(id: usize, congestion_control: CongestionControl) -> Self {
        let config = Config {
            receive_buffer: WINDOW,
            send_buffer: 2 * WINDOW,
            timestamps: false,
            congestion_control,
            ..Config::default()
        };
        let [a, b] = addresses(id);
        let mut client = Connection::connect(config, a, b, Seq(0), Duration::ZERO);
        let mut syn = Vec::new();
        client.transmit(&mut syn, Duration::ZERO);
        let syn = Segment::parse(&syn, a.ip(), b.ip()).expect("our own SYN");
        let server = Connection::accept(config, b, a, Seq(0), &syn, Duration::ZERO);
        Self([client, server], 0)
    }
}

fn addresses(id: usize) -> [SocketAddr; 2] {
    [(1, 50_000 + id as u16), (2, 80)]
        .map(|(last, port)| SocketAddr::new(IpAddr::from([192, 0, 2, last]), port))
}

impl Transfer for Ours {
    fn arrives(&mut self, end: usize, packet: &[u8], now: Duration) {
        let from = addresses(packet[0].into());
        if let Ok(segment) = Segment::parse(&packet[20..], from[1 - end].ip(), from[end].ip()) {
            self.0[end].receive(&segment, now);
        }
        let mut buffer = vec![0; WINDOW];
        if end == 1
            && let Ok(count) = self.0[1].read(&mut buffer)
        {
            self.1 += count as u64;
        }
    }

    fn next(&mut self, end: usize, now: Duration) -> Option<Vec<u8>> {
        let connection = &mut self.0[end];
        if connection.deadline().is_some_and(|deadline| deadline <= now) {
            connection.handle_timeout(now);
        }
        if end == 0 {
            let _ = connection.write(&vec![b'x'; WINDOW], now);
        }
        let mut packet = vec![0; 20];
        connection.transmit(&mut packet, now).then_some(packet)
    }

    fn deadline(&self) -> Option<Duration> {
        self.0.iter().filter_map(Connection::deadline).min()
    }

    fn useful(&self) -> usize {
        self.1 as usize / DATA
    }
}

/// Full packets: sent, carried by the link, and how many of those were new.
fn run(mut transfers: Vec<impl Transfer>, queue: Duration) -> [usize; 3] {
    let mut link = Memory::hub(2, middle(queue), 1);
    let (mut now, mut sent, mut carried) = (Duration::ZERO, 0, 0);
    let is_full = |packet: &[u8]| usize::from(packet.len() > DATA);
    while now < TIME {
        for end in [0, 1] {
            while let Some(packet) = link.receive(end, now) {
                carried += is_full(&packet);
                transfers[usize::from(packet[0])].arrives(end, &packet, now);
            }
            for (id, transfer) in transfers.iter_mut().enumerate() {
                while let Some(mut packet) = transfer.next(end, now) {
                    packet[0] = id as u8;
                    sent += is_full(&packet);
                    link.send(end, packet, now);
                }
            }
        }
        let deadlines = transfers.iter().filter_map(Transfer::deadline);
        now = deadlines.chain(link.next_arrival()).min().unwrap_or(TIME).max(now);
    }
    [sent, carried, transfers.iter().map(Transfer::useful).sum()]
}

fn main() {
    use CongestionControl::{NewReno, Off};
    let rate = |segments: usize| (segments * DATA * 8) as f64 / TIME.as_secs_f64() / 1e6;
    println!("Mbit/s                       greedy           timer alone    congestion control");
    println!("queue senders    sent carried   new    sent carried   new    sent carried   new");
    for queue in [300, 3000].map(Duration::from_millis) {
        for count in [1, 8, 32] {
            let ours = |control| run((0..count).map(|id| Ours::new(id, control)).collect(), queue);
            let greedy = run((0..count).map(|_| Greedy::default()).collect(), queue);
            print!("{:3.1} s {count:7}", queue.as_secs_f64());
            for result in [greedy, ours(Off), ours(NewReno)] {
                let [sent, carried, new] = result.map(rate);
                print!("  {sent:6.2} {carried:7.2} {new:5.2}");
            }
            println!();
        }
    }
}

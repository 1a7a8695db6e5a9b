//! One sender, one receiver, a link in memory between them, and what can be seen of it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use link_and_ip::link::memory::{Conditions, Memory, Verdict};
use tcp::connection::{Config, Snapshot, Stats};
use tcp::segment::{Header, Segment};
use tcp::{Connection, Seq};

const HOSTS: [IpAddr; 2] =
    [IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2))];
const PORTS: [u16; 2] = [49152, 80];
/// Where the sender's numbers begin.
const ISN: Seq = Seq(0);

/// What happens, and when.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    pub conditions: Conditions,
    pub seed: u64,
    pub sender: Config,
    pub receiver: Config,
    /// Bytes that the sender's application has to send; `None` never ends.
    pub bytes: Option<u64>,
    /// Which of the sender's segments with data gets lost, counted from 1.
    pub lose: Option<u32>,
    /// From when until when the link loses everything.
    pub outage: Option<(Duration, Duration)>,
    /// Until when the receiver's application leaves everything unread.
    pub reads_from: Duration,
}

/// A segment that one of the two sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sent {
    pub at: Duration,
    /// 0 is the sender, 1 the receiver.
    pub from: usize,
    pub header: Header,
    /// Bytes of data.
    pub length: u32,
}

/// How the sender stood from some moment on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    pub at: Duration,
    pub snapshot: Snapshot,
    pub stats: Stats,
    /// From a fast retransmission until all that had been sent by then is acknowledged
    /// (RFC 6582 §3.2), or the timer expires.
    pub recovering: bool,
}

/// What was seen.
#[derive(Debug, Default)]
pub(crate) struct Log {
    pub sent: Vec<Sent>,
    pub samples: Vec<Sample>,
    /// Bytes that the receiver's application has read.
    pub read: u64,
}

struct Run {
    plan: Plan,
    link: Memory,
    /// The receiver is there when the SYN is.
    ends: [Option<Connection>; 2],
    now: Duration,
    written: u64,
    /// What has to be acknowledged to end fast recovery.
    recover: Option<Seq>,
    log: Log,
}

/// Runs a plan until this moment.
pub(crate) fn run(plan: Plan, until: Duration) -> Log {
    let mut link = Memory::hub(2, plan.conditions.clone(), plan.seed);
    if let Some(lost) = plan.lose {
        let mut count = 0;
        link.filter(move |port, bytes| {
            count += u32::from(port == 0 && bytes.len() > 100);
            if port == 0 && bytes.len() > 100 && count == lost {
                Verdict::Lose
            } else {
                Verdict::Pass
            }
        });
    }
    let [local, remote] = [0, 1].map(|end| SocketAddr::new(HOSTS[end], PORTS[end]));
    let sender = Connection::connect(plan.sender, local, remote, ISN, Duration::ZERO);
    let ends = [Some(sender), None];
    let now = Duration::ZERO;
    let mut run = Run { plan, link, ends, now, written: 0, recover: None, log: Log::default() };
    while run.now <= until {
        run.follow_the_plan();
        run.wake();
        run.work();
        // One at a time: who took in all that has come before answering would acknowledge it with one
        // segment, and slow start counts acknowledgments.
        while run.deliver() {
            run.work();
        }
        let Some(next) = run.next_event() else { break };
        run.now = next.max(run.now + Duration::from_micros(1));
    }
    run.log
}

impl Run {
    fn follow_the_plan(&mut self) {
        let Some((from, to)) = self.plan.outage else { return };
        let dead = from <= self.now && self.now < to;
        let loss = if dead { 1.0 } else { self.plan.conditions.loss };
        self.link.set_conditions(Conditions { loss, ..self.plan.conditions.clone() });
    }

    /// Brings the next segment that has arrived to its end, if there is one.
    fn deliver(&mut self) -> bool {
        for end in 0..2 {
            let Some(bytes) = self.link.receive(end, self.now) else { continue };
            if let Ok(segment) = Segment::parse(&bytes, HOSTS[1 - end], HOSTS[end]) {
                match &mut self.ends[end] {
                    Some(connection) => connection.receive(&segment, self.now),
                    None => self.ends[end] = Some(accept(self.plan.receiver, &segment, self.now)),
                }
            }
            return true;
        }
        false
    }

    /// Tells both what time it is, if they want to know.
    fn wake(&mut self) {
        for connection in self.ends.iter_mut().flatten() {
            if connection.deadline().is_some_and(|deadline| deadline <= self.now) {
                connection.handle_timeout(self.now);
            }
        }
    }

    fn work(&mut self) {
        self.use_connections();
        self.transmit();
        self.take_sample();
    }

    /// One application writes as much as it may, the other reads.
    fn use_connections(&mut self) {
        let mut buffer = [0; 16 * 1024];
        if let Some(sender) = &mut self.ends[0] {
            let mut left = self.plan.bytes.map_or(u64::MAX, |bytes| bytes - self.written);
            while left > 0 {
                let most = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                let Ok(count) = sender.write(&buffer[..most], self.now) else { break };
                self.written += count as u64;
                left -= count as u64;
            }
        }
        let Some(receiver) = &mut self.ends[1] else { return };
        while self.now >= self.plan.reads_from {
            match receiver.read(&mut buffer) {
                Ok(count) if count > 0 => self.log.read += count as u64,
                _ => break,
            }
        }
    }

    fn transmit(&mut self) {
        for (end, connection) in self.ends.iter_mut().enumerate() {
            let Some(connection) = connection else { continue };
            loop {
                let mut bytes = Vec::new();
                if !connection.transmit(&mut bytes, self.now) {
                    break;
                }
                if let Ok(Segment { header, payload }) =
                    Segment::parse(&bytes, HOSTS[end], HOSTS[1 - end])
                {
                    let length = payload.len() as u32;
                    self.log.sent.push(Sent { at: self.now, from: end, header, length });
                }
                self.link.send(end, bytes, self.now);
            }
        }
    }

    /// Notes how the sender stands, if that has changed.
    fn take_sample(&mut self) {
        let Some(sender) = &self.ends[0] else { return };
        let (snapshot, stats) = (sender.snapshot(), *sender.stats());
        let last = self.log.samples.last();
        if last.is_some_and(|last| last.snapshot == snapshot && last.stats == stats) {
            return;
        }
        let grew = |counter: fn(&Stats) -> u64| {
            counter(&stats) > last.map_or(0, |last| counter(&last.stats))
        };
        if grew(|stats| stats.fast_retransmits) {
            self.recover = Some(snapshot.snd_nxt);
        }
        let over = |end: &Seq| grew(|stats| stats.timeouts) || !snapshot.snd_una.is_before(*end);
        self.recover = self.recover.filter(|end| !over(end));
        let recovering = self.recover.is_some();
        self.log.samples.push(Sample { at: self.now, snapshot, stats, recovering });
    }

    fn next_event(&self) -> Option<Duration> {
        let deadlines = self.ends.iter().flatten().filter_map(Connection::deadline);
        let (from, to) = self.plan.outage.unwrap_or_default();
        let planned = [from, to, self.plan.reads_from].into_iter().filter(|at| *at > self.now);
        deadlines.chain(planned).chain(self.link.next_arrival()).min()
    }
}

fn accept(config: Config, syn: &Segment<'_>, now: Duration) -> Connection {
    let [remote, local] = [0, 1].map(|end| SocketAddr::new(HOSTS[end], PORTS[end]));
    Connection::accept(config, local, remote, Seq(0), syn, now)
}

impl Log {
    /// The moments at which a counter grew, each with the sample that shows it.
    pub(crate) fn whenever(&self, counter: fn(&Stats) -> u64) -> impl Iterator<Item = &Sample> {
        self.samples
            .windows(2)
            .filter(move |pair| counter(&pair[1].stats) > counter(&pair[0].stats))
            .map(|pair| &pair[1])
    }

    /// Segments with data that the sender sent.
    pub(crate) fn data(&self) -> impl Iterator<Item = &Sent> {
        self.sent.iter().filter(|sent| sent.from == 0 && sent.length > 0)
    }
}

impl Sent {
    /// The sequence number, relative to the first byte.
    pub(crate) fn seq(&self) -> u32 {
        self.header.seq.since(ISN + 1)
    }
}

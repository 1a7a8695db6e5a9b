//! One connection: segments, calls and time in; segments and bytes out (RFC 9293 §3.3, §3.10).
//!
//! | file | what is in it |
//! |---|---|
//! | `calls` | what the user does: read, write, shutdown, close, abort (§3.10.2–§3.10.5) |
//! | `arrive` | a segment arrives: its checks, in the order of the RFC (§3.10.7) |
//! | `ack` | what its acknowledgment says (step 5) |
//! | `text` | its bytes and its FIN (steps 7 and 8) |
//! | `transmit` | which segment goes next (§3.7.4, §3.8.6) |
//! | `timers` | what time brings (§3.10.8) |
//! | `sender`, `receiver` | the two halves of the block of variables (§3.3.1) |
//!
//! The owner calls [`Connection::transmit`] after each other call until it gives nothing more, and
//! [`Connection::handle_timeout`] when [`Connection::deadline`] has come. [`Connection`] has no
//! clock: time is a [`Duration`] since a zero that the owner chose.

mod ack;
mod arrive;
mod calls;
mod config;
mod receiver;
mod scoreboard;
mod sender;
mod state;
mod stats;
mod text;
mod timers;
mod transmit;

use std::net::SocketAddr;
use std::time::Duration;

use crate::congestion::{InitialWindow, NewReno};
use crate::rto::Estimator;
use crate::segment::{Header, Segment};
use crate::seq::Seq;

pub use config::{Config, CongestionControl, Error};
pub use state::State;
pub use stats::{Snapshot, Stats};

use receiver::Receiver;
use sender::Sender;
use timers::Timers;

/// One connection.
#[derive(Debug)]
pub struct Connection {
    config: Config,
    local: SocketAddr,
    remote: SocketAddr,
    state: State,
    /// Why it ended.
    error: Option<Error>,
    /// Whether a SYN of the peer's made it. Then RST in SYN-RECEIVED is no news for the user.
    passive: bool,
    /// After `close`: nobody will read.
    orphan: bool,
    snd: Sender,
    rcv: Receiver,
    rtt: Estimator,
    congestion: NewReno,
    timers: Timers,
    /// A segment that belongs to no place in our sequence: a RST. One is enough: whoever causes
    /// many wants many.
    reply: Option<Header>,
    stats: Stats,
}

impl Connection {
    /// Active open: a SYN is to go (RFC 9293 §3.10.1).
    pub fn connect(
        config: Config,
        local: SocketAddr,
        remote: SocketAddr,
        isn: Seq,
        now: Duration,
    ) -> Self {
        let mut connection = Self {
            config,
            local,
            remote,
            state: State::SynSent,
            error: None,
            passive: false,
            orphan: false,
            snd: Sender::new(&config, isn, now),
            rcv: Receiver::new(&config),
            rtt: Estimator::new(config.initial_rto, config.min_rto, config.max_rto),
            congestion: NewReno::new(config.mss.into(), InitialWindow::default()),
            timers: Timers::new(now),
            reply: None,
            stats: Stats::default(),
        };
        connection.rearm(now);
        connection
    }

    /// Passive open: `syn` has come to a listener, and is to be answered (RFC 9293 §3.10.7.2).
    ///
    /// Data in the SYN is not kept; the peer sends it again.
    pub fn accept(
        config: Config,
        local: SocketAddr,
        remote: SocketAddr,
        isn: Seq,
        syn: &Segment<'_>,
        now: Duration,
    ) -> Self {
        let mut connection = Self::connect(config, local, remote, isn, now);
        connection.passive = true;
        connection.stats.segments_received = 1;
        connection.synchronize(&syn.header, now);
        connection.state = State::SynReceived;
        connection
    }

    // ANCHOR: edge
    /// A segment for this connection has come.
    ///
    /// Urgent data is data like any other: the user is not told of the pointer. RFC 9293 §3.8.5
    /// wants that (MUST-32) for old applications; new ones should not use it.
    pub fn receive(&mut self, segment: &Segment<'_>, now: Duration) {
        self.stats.segments_received += 1;
        match self.state {
            // What comes now is for the host: there is no connection (§3.10.7.1).
            State::Closed => return,
            State::SynSent => self.arrives_in_syn_sent(segment, now),
            _ => self.arrives(segment, now),
        }
        self.rearm(now);
    }

    /// Appends the next segment that is to go now, checksum included; `false` if none is.
    pub fn transmit(&mut self, out: &mut Vec<u8>, now: Duration) -> bool {
        let (local, remote) = (self.local.ip(), self.remote.ip());
        let Some((header, data)) = self.next_segment(now) else { return false };
        header.write(local, remote, data, out);
        true
    }

    /// When [`Connection::handle_timeout`] wants to be called at the latest.
    pub fn deadline(&self) -> Option<Duration> {
        self.next_deadline()
    }

    /// Does what is due; [`Connection::transmit`] has the rest.
    pub fn handle_timeout(&mut self, now: Duration) {
        self.expire(now);
        self.rearm(now);
    }
    // ANCHOR_END: edge

    /// What [`Connection::transmit`] writes, for an owner that writes it elsewhere: the header, and
    /// the data as the ring has it, in two pieces.
    pub fn next_segment(&mut self, now: Duration) -> Option<(Header, [&[u8]; 2])> {
        let next = self.choose_segment(now);
        self.snd.tried = self.snd.flight();
        self.rearm(now);
        next.map(|(header, length)| (header, self.snd.buffer.slices(header.seq, length)))
    }

    pub fn state(&self) -> State {
        self.state
    }

    /// Why it ended, if not in good order.
    pub fn error(&self) -> Option<Error> {
        self.error
    }

    pub fn local(&self) -> SocketAddr {
        self.local
    }

    pub fn remote(&self) -> SocketAddr {
        self.remote
    }

    /// Two numbers that only a peer can move who is really there: SND.UNA and RCV.NXT.
    pub(crate) fn progress(&self) -> (Seq, Seq) {
        (self.snd.una, self.rcv.nxt)
    }

    /// What has happened so far.
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// How it stands.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            state: self.state,
            cwnd: self.congestion.cwnd(),
            ssthresh: self.congestion.threshold(),
            flight: self.snd.pipe(),
            srtt: self.rtt.smoothed(),
            rto: self.rtt.rto(),
            snd_una: self.snd.una,
            snd_nxt: self.snd.nxt,
            snd_wnd: self.snd.window,
            rcv_nxt: self.rcv.nxt,
            rcv_wnd: self.rcv.window(),
            send_queue: self.snd.buffer.len(),
            receive_queue: self.rcv.buffer.len(),
        }
    }

    /// Bytes of memory that it takes now, itself included. At most the two buffers and about 3 KiB,
    /// whatever the peer does: lists of ranges have limits of their own.
    pub fn memory(&self) -> usize {
        let lists = self.rcv.assembler.memory() + self.snd.scoreboard.memory();
        size_of::<Self>() + self.snd.buffer.memory() + self.rcv.buffer.memory() + lists
    }

    /// The end: timers stop, and the buffers are empty. What is in `reply` still goes.
    fn finish(&mut self, error: Option<Error>) {
        self.state = State::Closed;
        self.error = self.error.or(error);
        self.timers.stop();
        self.snd.discard();
        self.rcv.discard(error.is_some());
    }
}

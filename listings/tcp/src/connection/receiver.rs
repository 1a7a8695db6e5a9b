//! What we know about the bytes that we receive: the receive sequence space (RFC 9293 §3.3.1).

use std::time::Duration;

use super::Config;
use crate::assembler::Assembler;
use crate::buffer;
use crate::segment::MAX_WINDOW_SCALE;
use crate::seq::Seq;

/// RCV.NXT and so on.
#[derive(Debug)]
pub(super) struct Receiver {
    /// IRS: the number of the peer's SYN.
    pub(super) irs: Seq,
    /// RCV.NXT: the next number that we want.
    pub(super) nxt: Seq,
    /// The number after the last that any window has offered. It never goes back: what was offered
    /// is taken, though a window that a shift has rounded may look smaller (RFC 7323 §2.4).
    edge: Seq,
    /// How far our windows are shifted, and whether the peer knows that they are (RFC 7323 §2.2).
    pub(super) scale: u8,
    pub(super) scaled: bool,
    capacity: usize,
    /// The smallest step by which the edge moves (RFC 9293 §3.8.6.2.2).
    step: u32,
    pub(super) buffer: buffer::Receive,
    pub(super) assembler: Assembler,
    /// The number of the peer's FIN, as soon as one was seen.
    pub(super) fin: Option<Seq>,
    pub(super) ack: Acknowledge,
    /// How many segments came out of order and were not answered yet. The peer counts the answers
    /// (RFC 5681 §3.2), so one for several of them is not enough.
    pub(super) owed: u8,
    /// The last that we have acknowledged: RFC 7323's `Last.ACK.sent` (§4.3).
    pub(super) acknowledged: Seq,
    /// RFC 7323, if both sides want it.
    pub(super) timestamps: Option<Recent>,
}

/// Whether an acknowledgment is to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Acknowledge {
    No,
    /// At that time at the latest (RFC 9293 §3.8.6.3).
    By(Duration),
    Now,
}

/// What timestamps tell (RFC 7323 §4.3).
#[derive(Clone, Copy, Debug)]
pub(super) struct Recent {
    /// `TS.Recent`: what we echo, and what a newer segment may not be older than.
    pub(super) value: u32,
    /// When it came: after 24 days it means nothing (§5.5).
    pub(super) at: Duration,
}

impl Receiver {
    pub(super) fn new(config: &Config) -> Self {
        let capacity = config.receive_buffer.clamp(1, buffer::MAX_CAPACITY);
        let half = (capacity / 2).max(1) as u32;
        let needed = |scale: &u8| u16::try_from(capacity >> *scale).is_ok();
        Self {
            irs: Seq(0),
            nxt: Seq(0),
            edge: Seq(0),
            scaled: true,
            scale: (0..MAX_WINDOW_SCALE).find(needed).unwrap_or(MAX_WINDOW_SCALE),
            capacity,
            step: half.min(config.mss.into()),
            buffer: buffer::Receive::new(capacity, Seq(0)),
            assembler: Assembler::default(),
            fin: None,
            ack: Acknowledge::No,
            owed: 0,
            acknowledged: Seq(0),
            timestamps: None,
        }
    }

    /// The peer's SYN has come.
    pub(super) fn synchronize(&mut self, irs: Seq) {
        (self.irs, self.acknowledged) = (irs, irs);
        self.nxt = irs + 1;
        self.edge = self.nxt;
        self.buffer = buffer::Receive::new(self.capacity, self.nxt);
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    /// RCV.WND: how much of what was offered has not come.
    pub(super) fn window(&self) -> u32 {
        if self.edge.is_after(self.nxt) { self.edge.since(self.nxt) } else { 0 }
    }

    /// The number after the last that may come.
    pub(super) fn edge(&self) -> Seq {
        self.nxt + self.window()
    }

    // ANCHOR: offer
    /// What the window field says. With each call the edge moves if that is worth it: many small
    /// steps would make many small segments (RFC 9293 §3.8.6.2.2).
    pub(super) fn offer(&mut self, syn: bool) -> u16 {
        let scale = if syn { 0 } else { self.scale };
        if self.gain(scale) >= self.step {
            self.edge = self.edge + self.gain(scale);
        }
        (self.window() >> scale).min(u16::MAX.into()) as u16
    }

    /// By how much the edge could move.
    fn gain(&self, scale: u8) -> u32 {
        let most = u32::from(u16::MAX) << scale;
        let room = self.buffer.end() + self.buffer.free() as u32;
        let possible = room.earlier(self.nxt + most);
        if possible.is_after(self.edge) { possible.since(self.edge) } else { 0 }
    }
    // ANCHOR_END: offer

    /// Whether the peer should hear that there is room again: it may be waiting for that.
    pub(super) fn has_news(&self) -> bool {
        let little = (2 * self.step).max((self.capacity / 8) as u32);
        self.window() < little && self.gain(self.scale) >= self.step
    }

    /// Notes that an acknowledgment went out.
    pub(super) fn acknowledged(&mut self) {
        (self.ack, self.acknowledged) = (Acknowledge::No, self.nxt);
    }

    /// Whether the peer's FIN and all before it have come.
    pub(super) fn is_finished(&self) -> bool {
        self.fin.is_some_and(|fin| self.nxt.is_after(fin))
    }

    /// Forgets what waits for others, and what can be read as well if it must not be read any more.
    pub(super) fn discard(&mut self, all: bool) {
        (self.ack, self.owed) = (Acknowledge::No, 0);
        self.assembler.clear();
        if all {
            self.buffer.clear();
        } else {
            self.buffer.release();
        }
    }
}

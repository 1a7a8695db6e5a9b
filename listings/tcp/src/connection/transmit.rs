//! Which segment goes next (RFC 9293 §3.7.4, §3.8.6).

use std::time::Duration;

use super::receiver::Acknowledge;
use super::sender::Resend;
use super::{CongestionControl, Connection, State};
use crate::segment::{Flags, Header, Options, Timestamps};
use crate::seq::Seq;

impl Connection {
    /// The next segment that is to go now; `false` if none is.
    pub(super) fn transmit_next(&mut self, out: &mut Vec<u8>, now: Duration) -> bool {
        if let Some(reply) = self.reply.take() {
            self.write_segment(&reply, 0, out);
            return true;
        }
        let sent = match self.state {
            State::Closed => false,
            State::SynSent | State::SynReceived => self.transmit_syn(out, now),
            _ => {
                self.transmit_again(out, now)
                    || self.transmit_new(out, now)
                    || self.transmit_probe(out, now)
            }
        };
        sent || self.transmit_acknowledgment(out, now)
    }

    /// Our SYN, and with it what we can do.
    fn transmit_syn(&mut self, out: &mut Vec<u8>, now: Duration) -> bool {
        if self.snd.resend.take().is_none() {
            return false;
        }
        let answer = self.state == State::SynReceived;
        let flags = if answer { Flags::SYN_ACK } else { Flags::SYN };
        let mut header = self.header(self.snd.iss, flags, now);
        let theirs = self.rcv.timestamps.is_some();
        header.options = Options {
            mss: Some(self.config.mss),
            // RFC 7323 §2.2, RFC 2018 §2: in an answer only if the SYN had it.
            window_scale: (!answer || self.offers_scale()).then_some(self.rcv.scale),
            sack_permitted: if answer { self.snd.sack } else { self.config.sack },
            timestamps: if answer && !theirs || !self.config.timestamps {
                None
            } else {
                Some(self.timestamps(now))
            },
            ..Options::default()
        };
        if self.stats.segments_sent == 0 {
            self.snd.timed = Some((self.snd.nxt, now));
        } else {
            self.stats.retransmits += 1;
            self.snd.note_resent(now);
        }
        self.write_segment(&header, 0, out);
        true
    }

    fn offers_scale(&self) -> bool {
        self.rcv.scaled
    }

    /// What is believed to be lost.
    fn transmit_again(&mut self, out: &mut Vec<u8>, now: Duration) -> bool {
        let (Some((start, hole)), Some(resend)) = (self.snd.hole(), self.snd.resend) else {
            return false;
        };
        let header = self.header(start, Flags::ACK, now);
        // At its end the hole may be filled up with what was never sent.
        let end = if hole == self.snd.nxt { self.snd.end() } else { hole };
        let length = end.since(start).min(self.room(&header)).min(self.snd.usable(start));
        let fits = self.snd.pipe() + length <= self.congestion_window();
        if length == 0 || !(fits || resend.first) {
            return false;
        }
        self.stats.retransmits += 1;
        self.snd.note_resent(now);
        let next = start + length;
        self.snd.resend = Some(Resend { next, first: false, ..resend });
        self.write_text(header, length, out, now);
        true
    }

    /// What was never sent.
    fn transmit_new(&mut self, out: &mut Vec<u8>, now: Duration) -> bool {
        let idle = self.snd.flight() == 0;
        if idle && now.saturating_sub(self.snd.last_sent) > self.rtt.rto() {
            // RFC 5681 §4.1.
            self.congestion.restart();
        }
        let Some(length) = self.next_new() else { return false };
        let next = self.snd.nxt + length;
        if idle {
            self.snd.progress = now;
        }
        if self.snd.timed.is_none() && self.snd.resend.is_none() {
            self.snd.timed = Some((next, now));
        }
        let header = self.header(self.snd.nxt, Flags::ACK, now);
        self.write_text(header, length, out, now);
        true
    }

    // ANCHOR: next_new
    /// How many new numbers to send in one segment, if any at all.
    ///
    /// §3.8.6.2.1: a full segment; or all that there is, if nothing is on the way or Nagle does not
    /// mind (§3.7.4); or half of the largest window that there ever was.
    pub(super) fn next_new(&self) -> Option<u32> {
        let unsent = self.snd.unsent();
        let full = self.room(&self.header(self.snd.nxt, Flags::ACK, Duration::ZERO));
        let length = unsent.min(full).min(self.snd.usable(self.snd.nxt));
        let pipe = self.snd.pipe();
        if length == 0 || (pipe > 0 && pipe + length > self.congestion_window()) {
            return None;
        }
        let patient = self.config.nagle && self.snd.flight() > 0 && !self.snd.closing;
        let half = length >= self.snd.largest_window / 2;
        (length == full || !patient && (length == unsent || half)).then_some(length)
    }
    // ANCHOR_END: next_new

    /// Something that the window has no room for, or not enough, so that the peer says how large it
    /// is now (§3.8.6.1).
    fn transmit_probe(&mut self, out: &mut Vec<u8>, now: Duration) -> bool {
        if std::mem::take(&mut self.timers.keep_alive) {
            // A number that the peer has acknowledged already makes it do so again.
            self.stats.keep_alives += 1;
            let header = self.header(self.snd.nxt - 1, Flags::ACK, now);
            self.write_segment(&header, 0, out);
            return true;
        }
        if !std::mem::take(&mut self.snd.probe) {
            return false;
        }
        let start = self.snd.una;
        let header = self.header(start, Flags::ACK, now);
        let waiting = self.snd.end().since(start);
        let length = waiting.min(self.snd.usable(start).max(1)).min(self.room(&header));
        if length == 0 {
            return false;
        }
        self.stats.probes += 1;
        self.snd.note_resent(now);
        self.write_text(header, length, out, now);
        true
    }

    /// Nothing but an acknowledgment.
    fn transmit_acknowledgment(&mut self, out: &mut Vec<u8>, now: Duration) -> bool {
        let due = self.rcv.ack == Acknowledge::Now || self.rcv.owed > 0;
        if !due || self.state == State::SynSent {
            return false;
        }
        self.rcv.owed = self.rcv.owed.saturating_sub(1);
        let header = self.header(self.snd.nxt, Flags::ACK, now);
        self.write_segment(&header, 0, out);
        true
    }

    /// Sends `length` numbers from the header's on: bytes, and FIN if they reach so far.
    fn write_text(&mut self, mut header: Header, length: u32, out: &mut Vec<u8>, now: Duration) {
        let next = header.seq + length;
        let last = self.snd.buffer.end();
        let fin = next.is_after(last);
        header.flags.fin = fin;
        // The peer's program need not wait for more.
        header.flags.psh = header.seq.is_before(last) && !next.is_before(last);
        self.snd.nxt = self.snd.nxt.later(next);
        self.snd.last_sent = now;
        self.write_segment(&header, (length - u32::from(fin)) as usize, out);
    }

    /// Writes a segment with `length` bytes of data.
    fn write_segment(&mut self, header: &Header, length: usize, out: &mut Vec<u8>) {
        let mut header = *header;
        if header.flags.ack && !header.flags.rst {
            header.window = self.rcv.offer(header.flags.syn);
            self.rcv.acknowledged();
        } else if header.flags.syn {
            header.window = self.rcv.capacity().min(u16::MAX.into()) as u16;
        }
        self.stats.segments_sent += 1;
        self.stats.bytes_sent += length as u64;
        let payload = self.snd.buffer.slices(header.seq, length);
        header.write(self.local.ip(), self.remote.ip(), payload, out);
    }

    /// A header with all but its window.
    pub(super) fn header(&self, seq: Seq, flags: Flags, now: Duration) -> Header {
        let mut options = Options::default();
        if self.rcv.timestamps.is_some() {
            options.timestamps = Some(self.timestamps(now));
        }
        if self.snd.sack {
            options.sack = self.rcv.assembler.blocks();
        }
        Header {
            source: self.local.port(),
            destination: self.remote.port(),
            seq,
            ack: if flags.ack { self.rcv.nxt } else { Seq(0) },
            flags,
            options,
            ..Header::default()
        }
    }

    fn timestamps(&self, now: Duration) -> Timestamps {
        let echo = self.rcv.timestamps.map_or(0, |recent| recent.value);
        Timestamps { value: self.clock(now), echo }
    }

    /// The clock of our timestamps: milliseconds (RFC 7323 §5.4), from a number on that tells
    /// nobody how long we have been running.
    pub(super) fn clock(&self, now: Duration) -> u32 {
        (now.as_millis() as u32).wrapping_add(self.snd.iss.0)
    }

    /// Bytes of data that fit into a segment with this header: options make it smaller
    /// (RFC 9293 §3.7.1, RFC 6691).
    fn room(&self, header: &Header) -> u32 {
        self.snd.mss.saturating_sub(header.options.length() as u32).max(1)
    }

    /// SMSS (RFC 5681 §2): bytes of data in a full segment, timestamps deducted.
    pub(super) fn segment_size(&self) -> u32 {
        let timestamps = if self.rcv.timestamps.is_some() { 12 } else { 0 };
        self.snd.mss.saturating_sub(timestamps).max(1)
    }

    /// How much may be on the way. The scoreboard says exactly what has left the network; without
    /// one the window is made larger for each duplicate (RFC 5681 §3.2, RFC 3042).
    fn congestion_window(&self) -> u32 {
        if self.config.congestion_control == CongestionControl::Off {
            return u32::MAX;
        }
        match (self.snd.sack, self.congestion.is_recovering()) {
            (true, true) => self.congestion.threshold(),
            (true, false) => self.congestion.cwnd(),
            (false, _) => self.congestion.window(),
        }
    }
}

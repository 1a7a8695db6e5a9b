//! Which segment goes next (RFC 9293 §3.7.4, §3.8.6).

use std::time::Duration;

use super::receiver::Acknowledge;
use super::sender::Resend;
use super::{CongestionControl, Connection, State};
use crate::segment::{Flags, Header, Options, Timestamps};
use crate::seq::Seq;

/// A segment that is to go: its header, and how many bytes of data follow it.
type Chosen = (Header, usize);

impl Connection {
    /// The next segment that is to go now, if any is. It counts as sent.
    pub(super) fn choose_segment(&mut self, now: Duration) -> Option<Chosen> {
        if let Some(reply) = self.reply.take() {
            return Some(self.seal(reply, 0));
        }
        let text = match self.state {
            State::Closed => None,
            State::SynSent | State::SynReceived => self.syn(now),
            _ => self.text_again(now).or_else(|| self.new_text(now)).or_else(|| self.probe(now)),
        };
        text.or_else(|| self.acknowledgment(now))
    }

    /// Our SYN, and with it what we can do.
    fn syn(&mut self, now: Duration) -> Option<Chosen> {
        self.snd.resend.take()?;
        let answer = self.state == State::SynReceived;
        let flags = if answer { Flags::SYN_ACK } else { Flags::SYN };
        let mut header = self.header(self.snd.iss, flags, now);
        let theirs = self.rcv.timestamps.is_some();
        header.options = Options {
            mss: Some(self.config.mss),
            // In an answer only if the SYN had it: RFC 7323 §2.2, §3.2. SACK too, as in Linux.
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
        Some(self.seal(header, 0))
    }

    fn offers_scale(&self) -> bool {
        self.rcv.scaled
    }

    /// What is believed to be lost.
    fn text_again(&mut self, now: Duration) -> Option<Chosen> {
        let resend = self.snd.resend?;
        let (start, hole) = self.snd.hole()?;
        let header = self.header(start, Flags::ACK, now);
        // At its end the hole may be filled up with what was never sent.
        let end = if hole == self.snd.nxt { self.snd.end() } else { hole };
        let length = end.since(start).min(self.room()).min(self.snd.usable(start));
        let fits = self.snd.pipe() + length <= self.congestion_window();
        if length == 0 || !(fits || resend.first) {
            return None;
        }
        self.stats.retransmits += 1;
        self.snd.note_resent(now);
        let next = start + length;
        self.snd.resend = Some(Resend { next, first: false, ..resend });
        Some(self.text(header, length, now))
    }

    /// What was never sent.
    fn new_text(&mut self, now: Duration) -> Option<Chosen> {
        let idle = self.snd.flight() == 0;
        if idle && now.saturating_sub(self.snd.last_sent) > self.rtt.rto() {
            // RFC 5681 §4.1.
            self.congestion.restart();
        }
        let length = self.next_new()?;
        let next = self.snd.nxt + length;
        if idle {
            self.snd.progress = now;
        }
        if self.snd.timed.is_none() && self.snd.resend.is_none() {
            self.snd.timed = Some((next, now));
        }
        let header = self.header(self.snd.nxt, Flags::ACK, now);
        Some(self.text(header, length, now))
    }

    // ANCHOR: next_new
    /// How many new numbers to send in one segment, if any at all.
    ///
    /// §3.8.6.2.1: a full segment; or all that there is, if nothing is on the way or Nagle does not
    /// mind (§3.7.4); or half of the largest window that there ever was.
    pub(super) fn next_new(&self) -> Option<u32> {
        let unsent = self.snd.unsent();
        let full = self.room();
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
    fn probe(&mut self, now: Duration) -> Option<Chosen> {
        if std::mem::take(&mut self.timers.keep_alive) {
            // A number that the peer has acknowledged already makes it do so again.
            self.stats.keep_alives += 1;
            let header = self.header(self.snd.nxt - 1, Flags::ACK, now);
            return Some(self.seal(header, 0));
        }
        if !std::mem::take(&mut self.snd.probe) {
            return None;
        }
        let start = self.snd.una;
        let header = self.header(start, Flags::ACK, now);
        let waiting = self.snd.end().since(start);
        let length = waiting.min(self.snd.usable(start).max(1)).min(self.room());
        if length == 0 {
            return None;
        }
        self.stats.probes += 1;
        self.snd.note_resent(now);
        Some(self.text(header, length, now))
    }

    /// Nothing but an acknowledgment.
    fn acknowledgment(&mut self, now: Duration) -> Option<Chosen> {
        let due = self.rcv.ack == Acknowledge::Now || self.rcv.owed > 0;
        if !due || self.state == State::SynSent {
            return None;
        }
        // One that brings a new number is no duplicate, so it pays for none (RFC 5681 §2).
        if self.rcv.acknowledged == self.rcv.nxt {
            self.rcv.owed = self.rcv.owed.saturating_sub(1);
        }
        let header = self.header(self.snd.nxt, Flags::ACK, now);
        Some(self.seal(header, 0))
    }

    /// A segment with `length` numbers from the header's on: bytes, and FIN if they reach so far.
    fn text(&mut self, mut header: Header, length: u32, now: Duration) -> Chosen {
        let next = header.seq + length;
        let last = self.snd.buffer.end();
        let fin = next.is_after(last);
        header.flags.fin = fin;
        // The peer's program need not wait for more.
        header.flags.psh = header.seq.is_before(last) && !next.is_before(last);
        self.snd.nxt = self.snd.nxt.later(next);
        self.snd.last_sent = now;
        self.seal(header, (length - u32::from(fin)) as usize)
    }

    /// Fills in the window, and counts a segment with `length` bytes of data as sent.
    fn seal(&mut self, mut header: Header, length: usize) -> Chosen {
        if header.flags.ack && !header.flags.rst {
            header.window = self.rcv.offer(header.flags.syn);
            self.rcv.acknowledged();
        } else if header.flags.syn {
            header.window = self.rcv.capacity().min(u16::MAX.into()) as u16;
        }
        self.stats.segments_sent += 1;
        self.stats.bytes_sent += length as u64;
        (header, length)
    }

    /// A header with all but its window.
    pub(super) fn header(&self, seq: Seq, flags: Flags, now: Duration) -> Header {
        Header {
            source: self.local.port(),
            destination: self.remote.port(),
            seq,
            ack: if flags.ack { self.rcv.nxt } else { Seq(0) },
            flags,
            options: self.options(now),
            ..Header::default()
        }
    }

    /// The options of all segments but SYNs.
    fn options(&self, now: Duration) -> Options {
        let mut options = Options::default();
        if self.rcv.timestamps.is_some() {
            options.timestamps = Some(self.timestamps(now));
        }
        if self.snd.sack && !self.rcv.assembler.is_empty() {
            options.sack = self.rcv.assembler.blocks();
        }
        options
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

    /// Bytes of data that fit into a segment now: options make it smaller (RFC 9293 §3.7.1,
    /// RFC 6691).
    fn room(&self) -> u32 {
        let options = self.options(Duration::ZERO).length();
        self.snd.mss.saturating_sub(options as u32).max(1)
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
